package baseline

import (
	"fmt"
	"math/rand/v2"
)

// Random makes n scripts from a seed, the same ones each time: a few clients with clocks that are askew read
// and write at a few replicas, mostly with the context of a recent read, while replicas hear of each other
// now and then. A client's own write is in its context only where it read it back, which is more than
// vectors by client can bear. All end with converge.
func Random(seed uint64, n int) []Script {
	out := make([]Script, n)
	for i := range out {
		g := generator{rng: rand.New(rand.NewPCG(seed, uint64(i)))}
		out[i] = g.script(fmt.Sprintf("random-%d-%d", seed, i+1), seed)
	}
	return out
}

type generator struct {
	rng     *rand.Rand
	clients []client
	now     int64
	values  int
}

// client remembers its reads.
type client struct {
	name  string
	skew  int64
	reads []string
}

func (g *generator) script(name string, seed uint64) Script {
	s := Script{Name: name, Source: fmt.Sprintf("seed %d", seed)}
	for i := range 2 + g.rng.IntN(3) {
		s.Replicas = append(s.Replicas, string(rune('a'+i)))
	}
	for i := range 2 + g.rng.IntN(4) {
		g.clients = append(g.clients, client{name: fmt.Sprintf("C%d", i+1), skew: g.rng.Int64N(21) - 10})
	}
	for range 15 + g.rng.IntN(36) {
		g.now += 1 + g.rng.Int64N(5)
		s.Steps = append(s.Steps, g.step(s.Replicas))
	}
	s.Steps = append(s.Steps, Step{Op: OpConverge})
	return s
}

func (g *generator) step(replicas []string) Step {
	c, r := &g.clients[g.rng.IntN(len(g.clients))], replicas[g.rng.IntN(len(replicas))]
	switch p := g.rng.IntN(100); {
	case p < 45:
		g.values++
		return Step{Op: OpPut, Replica: r, Client: c.name, Value: fmt.Sprintf("v%d", g.values),
			Time: 100 + g.now + c.skew, Seen: g.seen(c)}
	case p < 75:
		as := fmt.Sprintf("g%d", g.now)
		c.reads = append(c.reads, as)
		return Step{Op: OpGet, Replica: r, As: as}
	default:
		return Step{Op: OpSync, From: r, To: replicas[g.rng.IntN(len(replicas))]}
	}
}

// seen is what a write is based on: mostly the client's last read, at times an older one, two, or nothing.
func (g *generator) seen(c *client) Handles {
	n := len(c.reads)
	if n == 0 || g.rng.IntN(8) == 0 {
		return nil
	}
	seen := Handles{c.reads[n-1]}
	switch g.rng.IntN(8) {
	case 0:
		seen[0] = c.reads[g.rng.IntN(n)]
	case 1:
		seen = append(seen, c.reads[g.rng.IntN(n)])
	}
	return seen
}
