package config

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with what the server was told.
type Fault struct {
	// Where is the flag, the variable, or FILE:LINE and the setting's name.
	Where string
	// What is wrong with it, and what would be right.
	What string
}

// Faults is every fault at once; it is never empty when returned as an error.
type Faults []Fault

// Error lists the faults, one a line.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].Where + ": " + f[0].What
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%d settings are wrong:", len(f))
	for _, fault := range f {
		out.WriteString("\n  " + fault.Where + ": " + fault.What)
	}
	return out.String()
}

func (f *Faults) add(where, format string, args ...any) {
	*f = append(*f, Fault{where, fmt.Sprintf(format, args...)})
}
