package clock_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock/baseline"
)

// TestVectors runs every file of vectors: those of testdata, or of the folder that
// KINDRED_VECTORS names.
func TestVectors(t *testing.T) {
	folder := cmp.Or(os.Getenv("KINDRED_VECTORS"), "testdata/vectors")
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no file of vectors (*.json) in %s", folder)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := baseline.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if len(file.Scripts)+len(file.Clocks) == 0 {
				t.Fatal("no cases")
			}
			runFile(t, file)
		})
	}
}

func runFile(t *testing.T, file baseline.File) {
	for i, c := range file.Clocks {
		runClockCase(t, i, c)
	}
	for _, s := range file.Scripts {
		t.Run(s.Name, func(t *testing.T) {
			if file.Kind == baseline.KindBaseline {
				runMechanisms(t, s)
				return
			}
			runScript(t, s, checkAll)
			if !uses(s, "lone_version") {
				if uses(s, "ack_ctx") {
					runScript(t, s, foldCheckConverged)
				} else {
					runScript(t, s, foldCheckVisible)
				}
			}
		})
	}
}

// uses says whether the script needs the feature, whether or not it says so.
func uses(s baseline.Script, feature string) bool {
	return slices.Contains(s.Features, feature) || slices.ContainsFunc(s.Steps, func(step baseline.Step) bool {
		switch feature {
		case "lone_version":
			return step.Op == baseline.OpSend
		case "ack_ctx":
			return slices.ContainsFunc(step.Seen, func(h string) bool { return strings.HasPrefix(h, baseline.AckPrefix) })
		}
		return false
	})
}

// runMechanisms compares the outcome of every mechanism that the script expects something of.
func runMechanisms(t *testing.T, s baseline.Script) {
	checked := 0
	for _, m := range baseline.Mechanisms() {
		if want, ok := s.Expected[m.Name]; ok {
			checked++
			if got := baseline.Run(m, s); !got.Equal(want) {
				t.Errorf("%s:\n got %+v\nwant %+v", m.Name, got, want)
			}
		}
	}
	if checked == 0 {
		t.Error("nothing is expected of any mechanism")
	}
}
