package ring

// pick is a choice of one member among several.
type pick struct {
	options []uint16
	chosen  uint16
}

// balance changes picks until every member is chosen as often as its span says, or as near to that as the
// options allow. load is how often each is chosen at present, and is kept right.
//
// A pick that goes from one member to another may be balanced by a further one, and so on: as long as there
// is such a chain from a member with too much to one with room, the shortest is taken.
func balance(picks []pick, spans []span, load []int) {
	b := balancer{picks: picks, load: load, held: make([][]int32, len(spans)), via: make([]int32, len(spans))}
	for i, p := range picks {
		if len(p.options) > 1 {
			b.held[p.chosen] = append(b.held[p.chosen], int32(i))
		}
	}
	for b.improve(
		func(m int) bool { return load[m] > spans[m].high },
		func(m int) bool { return load[m] < spans[m].high },
	) {
	}
	for b.improve(
		func(m int) bool { return load[m] > spans[m].low },
		func(m int) bool { return load[m] < spans[m].low },
	) {
	}
}

type balancer struct {
	picks []pick
	load  []int
	held  [][]int32 // by member: picks that chose it; some may have changed since
	via   []int32   // by member, while searching: the pick by which it was reached
}

// Values of via that are no pick.
const (
	unseen = -1
	start  = -2
)

// improve moves one unit of load from a giver to a taker, and says whether there was a way.
func (b *balancer) improve(gives, takes func(member int) bool) bool {
	var queue []int
	for m := range b.via {
		b.via[m] = unseen
		if gives(m) {
			b.via[m] = start
			queue = append(queue, m)
		}
	}
	for len(queue) > 0 {
		m := queue[0]
		queue = queue[1:]
		for _, i := range b.held[m] {
			if int(b.picks[i].chosen) != m {
				continue
			}
			for _, o := range b.picks[i].options {
				if b.via[o] != unseen {
					continue
				}
				b.via[o] = i
				if takes(int(o)) {
					b.apply(int(o))
					return true
				}
				queue = append(queue, int(o))
			}
		}
	}
	return false
}

// apply changes the picks on the way to the member.
func (b *balancer) apply(member int) {
	b.load[member]++
	for b.via[member] != start {
		i := b.via[member]
		before := int(b.picks[i].chosen)
		b.picks[i].chosen = uint16(member)
		b.held[member] = append(b.held[member], i)
		member = before
	}
	b.load[member]--
}
