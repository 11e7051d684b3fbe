package baseline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/clock/baseline"
)

func script(kind, steps string) string {
	return `{"schema":"dvv-vectors/1","kind":"` + kind + `","cases":[{"name":"x","replicas":["a","b"],"steps":[` + steps + `]}]}`
}

func TestParseRefusesWhatCannotBeRun(t *testing.T) {
	for _, test := range []struct{ name, file, reason string }{
		{"no JSON", `{`, "no file of vectors"},
		{"another schema", `{"schema":"dvv-vectors/2","kind":"script","cases":[{}]}`, "dvv-vectors/2"},
		{"an unknown kind", `{"schema":"dvv-vectors/1","kind":"poem","cases":[{}]}`, "poem"},
		{"no replicas", `{"schema":"dvv-vectors/1","kind":"script","cases":[{"name":"x"}]}`, "no replicas"},
		{"an unknown operation", script("script", `{"op":"sing"}`), "unknown operation"},
		{"an unknown replica", script("script", `{"op":"sync","from":"a","to":"c"}`), `no replica "c"`},
		{"a context from nowhere", script("script", `{"op":"put","replica":"a","ctx":"g1","value":"v"}`), `no get "g1"`},
		{"a context from later", script("script", `{"op":"put","replica":"a","ctx":["g1"],"value":"v"},{"op":"get","replica":"a","as":"g1"}`), `no get "g1"`},
		{"an ack from nowhere", script("script", `{"op":"put","replica":"a","ctx":"ack:p","value":"v"}`), `no put or delete "p"`},
		{"a snapshot from nowhere", script("script", `{"op":"restore","replica":"a","from":"s","actor":"z"}`), `no snapshot "s"`},
		{"a restore without an actor", script("script", `{"op":"restore","replica":"a","from":null}`), "no new actor"},
		{"a delete among baselines", script("baseline", `{"op":"delete","replica":"a","ctx":null}`), "no place"},
		{"an ack among baselines", script("baseline", `{"op":"put","replica":"a","ctx":null,"as":"p"},{"op":"put","replica":"a","ctx":"ack:p"}`), "no place"},
		{"a clock's entry of one", `{"schema":"dvv-vectors/1","kind":"clock","cases":[{"op":"history","clock":[["a"]]}]}`, "no entry of a clock"},
		{"a clock's entry of four", `{"schema":"dvv-vectors/1","kind":"clock","cases":[{"op":"history","clock":[["a",1,2,3]]}]}`, "no entry of a clock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := baseline.Parse([]byte(test.file)); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("error %v, want one that says %q", err, test.reason)
			}
		})
	}
}

func TestParseIgnoresFieldsThatItDoesNotKnow(t *testing.T) {
	f, err := baseline.Parse([]byte(script("script", `{"op":"get","replica":"a","as":"g","colour":"green","expect":[],"knows":{}}`)))
	if err != nil {
		t.Fatal(err)
	}
	step := f.Scripts[0].Steps[0]
	if step.Expect.Values == nil || step.Knows == nil || step.KnowsEvents != nil {
		t.Errorf("empty and absent are mixed up: %+v", step)
	}
}

// FuzzParse: whatever is taken can be run.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("../testdata/vectors/*.json")
	if err != nil || len(paths) == 0 {
		f.Fatal("no vectors", err)
	}
	f.Add([]byte(script("baseline", `{"op":"put","replica":"a","ctx":null,"client":"C","value":"v","ts":1},{"op":"get","replicas":["a","b"],"as":"g"},{"op":"put","replica":"b","ctx":["g","g"],"client":"C","value":"w","ts":0},{"op":"converge"}`)))
	f.Add([]byte(`{"schema":"dvv-vectors/1","kind":"clock","cases":[{"op":"sync","s1":[[["a",1,3]]],"s2":[],"expect":[[["a",1,3]]]}]}`))
	for _, path := range paths {
		if filepath.Base(path) == "script_hand.json" {
			b, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := baseline.Parse(b)
		if err != nil || file.Kind != baseline.KindBaseline {
			return
		}
		for _, s := range file.Scripts {
			if len(s.Steps) < 40 && len(s.Replicas) < 8 {
				baseline.Compare(s)
			}
		}
	})
}
