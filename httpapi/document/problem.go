package document

// Problem is every error, as RFC 9457 writes it, with what a program needs to act.
type Problem struct {
	Type     string `json:"type"` // "/errors/" and the code
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance,omitempty"` // the path that was asked for
	Code     string `json:"code"`
	// Needed and Got count replicas, where too few of them are the matter.
	Needed *int `json:"needed,omitempty"`
	Got    *int `json:"got,omitempty"`
	// Retryable says that the same request may succeed later or at another node, and does no harm there.
	Retryable bool `json:"retryable"`
	// Outcome is what became of a write: OutcomeNotApplied or OutcomeUnknown; "" for reads.
	Outcome string `json:"outcome,omitempty"`
}

// What became of a write that was answered with an error.
const (
	OutcomeNotApplied = "not_applied"
	OutcomeUnknown    = "unknown"
)
