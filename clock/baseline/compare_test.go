package baseline_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"github.com/kindreddb/kindred/clock/baseline"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	seed   = flag.Uint64("seed", 0, "replay the random tests with this seed alone")
)

func TestTheReportOnTheBuiltInAndOnRandomScripts(t *testing.T) {
	for file, report := range map[string]baseline.Report{
		"testdata/builtin.json": baseline.Compare(baseline.Builtin()...),
		"testdata/random.json":  baseline.Compare(baseline.Random(1, 300)...),
	} {
		got, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s differs; if it should, write it anew with -update and read the difference:\n%s", file, got)
		}
	}
}

// TestDottedMechanismsAreExact: on any script the kernel and the set of dotted versions end with the truth,
// at all replicas. The others must be seen to fail, or the scripts would prove nothing.
func TestDottedMechanismsAreExact(t *testing.T) {
	s := *seed
	if s == 0 {
		s = rand.Uint64() | 1
	}
	report := baseline.Compare(baseline.Random(s, 1000)...)
	for _, row := range report.Mechanisms {
		wrong := row.Lost + row.FalseSiblings + row.Disagreed
		switch row.Mechanism {
		case baseline.Truth, "dvv", "dvvset":
			if wrong > 0 {
				t.Errorf("%+v\nreplay with: go test ./clock/baseline -run '^%s$' -seed %d", row, t.Name(), s)
			}
		default:
			if wrong == 0 {
				t.Errorf("%s was right on all %d scripts of seed %d", row.Mechanism, report.Scripts, s)
			}
		}
	}
}

func TestTheSameSeedGivesTheSameScripts(t *testing.T) {
	if a, b := baseline.Random(7, 20), baseline.Random(7, 20); !reflect.DeepEqual(a, b) {
		t.Error("two runs of seed 7 differ")
	}
	if a, b := baseline.Random(7, 20), baseline.Random(8, 20); reflect.DeepEqual(a[0].Steps, b[0].Steps) {
		t.Error("seeds 7 and 8 give the same script")
	}
}

func TestAReportOfNothingIsAllZero(t *testing.T) {
	for _, row := range baseline.Compare().Mechanisms {
		if row.EntriesMean != 0 || row.Lost != 0 {
			t.Errorf("%+v", row)
		}
	}
}
