package httpapi

import "log/slog"

// siblingsWarn is how many siblings a put may leave before somebody is told: far more than writers that read
// first ever leave, and far fewer than what a bucket refuses (max_siblings, 100 where nobody set it).
const siblingsWarn = 25

// noteSiblings counts a put that left too many siblings and tells of it. path is the key's, percent-encoded.
func (s *Server) noteSiblings(path string, siblings int) {
	if siblings <= siblingsWarn {
		return
	}
	s.metrics.manySiblings.Add(1)
	s.logLimited(&s.piles, slog.LevelWarn, "siblings pile up: writers of the key do not send the Causal-Context of what they read",
		"path", path, "siblings", siblings, "above", siblingsWarn)
}
