package ring

import (
	"math"
	"math/rand/v2"
	"testing"
)

// dealtShares finds fair shares by giving out partitions crumb by crumb: each goes to the member that has
// least for its capacity, of those to whom one may go so that all bounds can still be met.
func dealtShares(members []Member, partitions, n, crumbs int) []float64 {
	zones := make(map[string]int)
	for _, m := range members {
		zones[m.Zone] = 0
	}
	cut, left := partitions*crumbs, partitions*crumbs*n
	low, high := 0, cut
	if len(zones) < n {
		low, high = cut, left
	}
	missing := low * len(zones) // what zones must still get
	given := make([]int, len(members))
	for ; left > 0; left-- {
		best := -1
		for i, m := range members {
			needs := zones[m.Zone] < low
			if given[i] == cut || zones[m.Zone] == high || !needs && missing == left {
				continue
			}
			if best < 0 || float64(given[i])/float64(m.Capacity) < float64(given[best])/float64(members[best].Capacity) {
				best = i
			}
		}
		given[best]++
		if zones[members[best].Zone] < low {
			missing--
		}
		zones[members[best].Zone]++
	}
	shares := make([]float64, len(members))
	for i, g := range given {
		shares[i] = float64(g) / float64(crumbs)
	}
	return shares
}

func TestSharesAreWhatDealingCrumbsGives(t *testing.T) {
	const crumbs, near = 200, 0.1
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		members := anyNodes(r, 1+r.IntN(12), 1+r.IntN(5))
		partitions, n := 1<<r.IntN(5), min(1+r.IntN(5), len(members))
		spans := shares(members, zonesOf(members, n), partitions, n)
		for i, dealt := range dealtShares(members, partitions, n, crumbs) {
			s := spans[i]
			if float64(s.low) > math.Floor(dealt+near) || float64(s.high) < math.Ceil(dealt-near) || s.high-s.low > 1 {
				t.Fatalf("seed %d: %s has %d to %d, dealing gives %.2f of %d partitions, n=%d\n%v",
					seed, members[i].Name, s.low, s.high, dealt, partitions, n, members)
			}
		}
	}
}

func TestSharesOfHugeCapacities(t *testing.T) {
	members := nodes(MembersMax)
	for i := range members {
		members[i].Capacity = math.MaxUint32
	}
	for i, s := range shares(members, zonesOf(members, 3), PartitionsMax, 3) {
		if s != (span{192, 192}) {
			t.Fatalf("%s of %d has %v in place of 192", members[i].Name, len(members), s)
		}
	}
}
