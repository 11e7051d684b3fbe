package baseline

import (
	_ "embed"
	"fmt"
)

//go:embed scripts/baseline.json
var builtin []byte

// Builtin gives the scripts that come with the program: the examples of the papers and of Riak's
// documentation, and random ones, each with the outcome that is expected under every mechanism.
func Builtin() []Script {
	f, err := Parse(builtin)
	if err != nil {
		panic(fmt.Sprintf("baseline: the built-in scripts: %v", err))
	}
	return f.Scripts
}
