package baseline_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/kindreddb/kindred/clock/baseline"
)

func TestEachMechanismGivesExactlyTheExpectedOutcome(t *testing.T) {
	for _, s := range baseline.Builtin() {
		t.Run(s.Name, func(t *testing.T) {
			for _, m := range baseline.Mechanisms() {
				want, ok := s.Expected[m.Name]
				if !ok {
					t.Errorf("%s: the file expects nothing", m.Name)
				}
				if got := baseline.Run(m, s); !got.Equal(want) {
					t.Errorf("%s:\n got %+v\nwant %+v", m.Name, got, want)
				}
			}
		})
	}
}

func TestTheBuiltInFileIsThatOfTheVectors(t *testing.T) {
	a, err := os.ReadFile("scripts/baseline.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../testdata/vectors/baseline.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("scripts/baseline.json and ../testdata/vectors/baseline.json differ: copy the one that is right over the other")
	}
}
