package trees

import (
	"fmt"
	"testing"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/node"
)

// BenchmarkWrite is what trees cost a write beside its entry in the database: the change, and its part of a
// batch of 64.
func BenchmarkWrite(b *testing.B) {
	f := New(antientropy.Secret{1}, 256)
	keys := make([]node.Key, 1000)
	for i := range keys {
		keys[i] = node.NewKey("bench", fmt.Sprint(i), 3)
	}
	before, after := set(1), set(2)
	var batch []Change
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		batch = append(batch, f.Change(keys[i%len(keys)], before, after))
		if len(batch) == 64 {
			f.After(batch)
			f.Apply(batch)
			batch = batch[:0]
		}
	}
}
