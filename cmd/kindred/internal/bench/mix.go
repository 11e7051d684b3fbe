package bench

import (
	"fmt"
	"strconv"
)

// Mix is how many of a hundred operations are reads; the others are writes.
type Mix struct{ Reads int }

// ParseMix reads "50r50w", "95r5w", "100r" or "100w", in either order. The parts must make 100.
func ParseMix(text string) (Mix, error) {
	fault := fmt.Errorf("%q is no mix: write reads and writes of a hundred, as in 50r50w, 95r5w or 100r", text)
	reads, writes, rest := -1, -1, text
	for rest != "" {
		end := 0
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		n, err := strconv.Atoi(rest[:end])
		if err != nil || n > 100 || end == len(rest) {
			return Mix{}, fault
		}
		switch {
		case rest[end] == 'r' && reads < 0:
			reads = n
		case rest[end] == 'w' && writes < 0:
			writes = n
		default:
			return Mix{}, fault
		}
		rest = rest[end+1:]
	}
	if max(reads, 0)+max(writes, 0) != 100 {
		return Mix{}, fault
	}
	return Mix{max(reads, 0)}, nil
}

// String is the mix as ParseMix reads it.
func (m Mix) String() string {
	switch m.Reads {
	case 0:
		return "100w"
	case 100:
		return "100r"
	}
	return fmt.Sprintf("%dr%dw", m.Reads, 100-m.Reads)
}
