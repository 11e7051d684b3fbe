package ring

import (
	"cmp"
	"slices"
)

// balancedPlaces is how many places of the lists are balanced, each for itself: the first place because its
// node coordinates most requests, the others for buckets with fewer copies than the cluster's default.
const balancedPlaces = 8

// ordering puts the owners of each partition in their order, place by place in all partitions at once.
//
// Owners that stay keep their relative order. One that comes takes the place of one that went where that
// suits; it goes before others that stay only where a zone would else come twice before another comes once,
// or to balance the place. No order moves a copy of a bucket with the default n; for buckets with fewer
// copies it does, so it changes as little as that.
type ordering struct {
	*placement
	width int
	stay  [][]stayer // by partition: owners of the last layout that are not listed yet, in order
	come  [][]uint16 // by partition: new owners that are not listed yet, best score first
	left  []int      // by member: partitions where it is not listed yet
	lists []uint16
}

// stayer is an owner that was one before.
type stayer struct {
	member uint16
	place  int // in the last layout
}

// ordered lists the owners of all partitions, width for each in turn.
func (pl *placement) ordered(last *Layout, width int) []uint16 {
	o := &ordering{
		placement: pl,
		width:     width,
		stay:      make([][]stayer, pl.partitions),
		come:      make([][]uint16, pl.partitions),
		left:      slices.Clone(pl.load),
		lists:     make([]uint16, pl.partitions*width),
	}
	for p := range pl.partitions {
		o.gather(last, p)
	}
	for place := range width {
		if place < balancedPlaces {
			o.balanced(place)
		} else {
			o.plain(place)
		}
	}
	return o.lists
}

// gather finds the owners of a partition.
func (o *ordering) gather(last *Layout, partition int) {
	if last != nil {
		for place, i := range last.ownersOf(partition) {
			m, found := indexOf(o.members, last.members[i].ID)
			if found && o.holds.has(m, partition) {
				o.stay[partition] = append(o.stay[partition], stayer{uint16(m), place})
			}
		}
	}
	for m := range o.members {
		if o.holds.has(m, partition) && (o.before.bits == nil || !o.before.has(m, partition)) {
			o.come[partition] = append(o.come[partition], uint16(m))
		}
	}
	slices.SortFunc(o.come[partition], func(a, b uint16) int {
		return cmp.Compare(score(partition, o.members[b].ID), score(partition, o.members[a].ID))
	})
}

// plain fills one place without a look at balance.
func (o *ordering) plain(place int) {
	for p := range o.partitions {
		o.list(p, place, o.calm(p, place)[0])
	}
}

// calm are the owners that may take the place without putting back one that stays.
func (o *ordering) calm(partition, place int) []uint16 {
	stay := o.stay[partition]
	switch {
	case len(stay) == 0:
		return o.come[partition]
	case stay[0].place <= place:
		return []uint16{stay[0].member}
	}
	return o.all(partition)
}

// all are the owners that may take the place at all: those that come, and the first of those that stay.
func (o *ordering) all(partition int) []uint16 {
	all := slices.Clone(o.come[partition])
	if stay := o.stay[partition]; len(stay) > 0 {
		all = append(all, stay[0].member)
	}
	return all
}

// list gives the owner the place.
func (o *ordering) list(partition, place int, owner uint16) {
	o.lists[partition*o.width+place] = owner
	o.left[owner]--
	if stay := o.stay[partition]; len(stay) > 0 && stay[0].member == owner {
		o.stay[partition] = stay[1:]
		return
	}
	o.come[partition] = slices.DeleteFunc(o.come[partition], func(m uint16) bool { return m == owner })
}

// balanced fills one place so that each member has its share of what it has left, as far as zones allow and
// with as few put back as possible.
func (o *ordering) balanced(place int) {
	spans := make([]span, len(o.members))
	for m, left := range o.left {
		places := o.width - place
		spans[m] = span{left / places, (left + places - 1) / places}
	}
	picks := make([]pick, o.partitions)
	load := make([]int, len(o.members))
	for p := range picks {
		options := o.spread(p, place, o.calm(p, place))
		if len(options) == 0 {
			options = o.spread(p, place, o.all(p))
		}
		chosen := slices.MaxFunc(options, func(a, b uint16) int {
			return cmp.Compare(spans[a].high-load[a], spans[b].high-load[b])
		})
		picks[p] = pick{options, chosen}
		load[chosen]++
	}
	balance(picks, spans, load)
	for p := range picks {
		picks[p].options = o.spread(p, place, o.all(p))
	}
	balance(picks, spans, load)
	for p := range picks {
		o.list(p, place, picks[p].chosen)
	}
}

// spread keeps those candidates whose zone is the least seen on the list so far, if no other owner is of a
// zone that is less so. The result may be empty.
func (o *ordering) spread(partition, place int, candidates []uint16) []uint16 {
	listed := o.lists[partition*o.width:][:place]
	seen := func(m uint16) int {
		count := 0
		for _, l := range listed {
			if o.zones.of[l] == o.zones.of[m] {
				count++
			}
		}
		return count
	}
	least := o.width
	for _, m := range o.all(partition) {
		least = min(least, seen(m))
	}
	return slices.DeleteFunc(slices.Clone(candidates), func(m uint16) bool { return seen(m) > least })
}
