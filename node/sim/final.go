package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// Copy is what one member's store holds of a key.
type Copy struct {
	Member *Member
	Role   ring.Role
	Record node.Record
}

// Copies are what all stores hold of a key given as "bucket/name", in the order of its preference list. A
// member that does not run, or whose record is damaged, is left out.
func (c *Cluster) Copies(key string) []Copy {
	bucket, name, _ := strings.Cut(key, "/")
	n := c.bucketN(bucket)
	var out []Copy
	for i, m := range c.Places(bucket, name) {
		s := m.Store()
		if s == nil {
			continue
		}
		rec, err := s.Read(context.Background(), node.NewKey(bucket, name, n), -1)
		if err != nil {
			continue
		}
		role := ring.Primary
		if i >= n {
			role = ring.Fallback
		}
		c.Ledger.note(key, rec.Object)
		out = append(out, Copy{m, role, rec})
	}
	return out
}

// Standing are the values of a key that stand when everything that any store holds, hints included, is
// merged: what the cluster comes to once all of it has met.
func (c *Cluster) Standing(key string) []string {
	var all node.Object
	for _, copy := range c.Copies(key) {
		all = node.MergeObjects(all, copy.Record.Object)
	}
	return valuesOf(all)
}

// Final gives, for every key of the history, the values that stand.
func (c *Cluster) Final() map[string][]string {
	out := map[string][]string{}
	for _, op := range c.History.Ops() {
		if _, done := out[op.Key]; !done {
			out[op.Key] = c.Standing(op.Key)
		}
	}
	return out
}

// Diverged says which keys' primaries do not hold equal sets, which keys others still hold, and, where
// anti-entropy runs, which members do not know their ranges.
func (c *Cluster) Diverged() []string {
	var out []string
	for key := range c.Final() {
		var first *Copy
		for _, copy := range c.Copies(key) {
			switch {
			case copy.Role == ring.Fallback:
				if len(copy.Record.Targets) > 0 {
					out = append(out, fmt.Sprintf("%s: %s still holds a hint", key, copy.Member.Name))
				}
			case first == nil:
				first = &copy
			case !first.Record.Versions.Equal(copy.Record.Versions):
				out = append(out, fmt.Sprintf("%s: %s holds %v and %s holds %v", key, first.Member.Name,
					valuesOf(first.Record.Object), copy.Member.Name, valuesOf(copy.Record.Object)))
			}
		}
	}
	for _, m := range c.Members {
		if n := m.Node(); c.AntiEntropy && n != nil && n.Status().Incomplete > 0 {
			out = append(out, fmt.Sprintf("%s does not know %d of its ranges", m.Name, n.Status().Incomplete))
		}
	}
	slices.Sort(out)
	return out
}
