package ring

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestEverySizeIsSpreadAndBalanced(t *testing.T) {
	for size := 1; size <= 100; size++ {
		for n := 1 + size%2; n <= 5; n += 2 {
			check(t, first(t, inZones(nodes(size), min(1+(size+n)%6, size)), DefaultPartitions, n))
		}
	}
}

func TestEqualNodesDifferByOnePartitionAtMost(t *testing.T) {
	for size := 1; size <= 100; size++ {
		l := first(t, nodes(size), DefaultPartitions, 3)
		low, high := DefaultPartitions, 0
		for _, load := range loads(l) {
			low, high = min(low, load), max(high, load)
		}
		if high-low > 1 || len(loads(l)) != size {
			t.Errorf("%d nodes hold from %d to %d partitions", size, low, high)
		}
	}
}

func TestTheOrderOfMembersChangesNothing(t *testing.T) {
	const seed = 3
	r := rand.New(rand.NewPCG(seed, 0))
	for size := 1; size <= 100; size += 3 {
		members := anyNodes(r, size, 4)
		more := changed(r, members, 4)
		l := first(t, members, 64, 3)
		after := next(t, l, more)
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		r.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
		again := first(t, members, 64, 3)
		if !bytes.Equal(l.Encode(), again.Encode()) {
			t.Fatalf("seed %d: First of %d nodes depends on their order", seed, size)
		}
		if !bytes.Equal(after.Encode(), next(t, again, more).Encode()) {
			t.Fatalf("seed %d: Next of %d nodes depends on their order", seed, size)
		}
	}
}

func TestTheCallersMembersAreNotKept(t *testing.T) {
	members := nodes(3)
	l := first(t, members, 16, 3)
	before := l.Hash()
	members[0].Name, members[0].ID = "other", 1
	if _, found := l.Member(1); found || l.Hash() != before {
		t.Error("a change of the caller's slice shows in the layout")
	}
}

func TestChains(t *testing.T) {
	// A cluster that grows from 1 to 100 nodes and shrinks again, by one at a time.
	for _, zones := range []int{1, 3} {
		all := inZones(nodes(100), zones)
		l := first(t, all[:1], DefaultPartitions, 3)
		for size := 2; size <= 100; size++ {
			l = grown(t, l, all[:size])
		}
		for size := 99; size >= 1; size-- {
			after := next(t, l, all[:size])
			check(t, after)
			gone := loads(l)[all[size].ID]
			want := gone
			if size < 3 {
				want = 0 // the others hold everything already
			}
			if got := moves(t, l, after); zones == 1 && got != want {
				t.Errorf("%d nodes to %d: %d copies move, the one that leaves had %d", size+1, size, got, gone)
			}
			l = after
		}
	}
}

// grown is the layout after the last of the members has joined, of whom nobody else gains anything.
func grown(t *testing.T, l *Layout, members []Member) *Layout {
	t.Helper()
	after := next(t, l, members)
	check(t, after)
	joined := members[len(members)-1].ID
	changes, err := Diff(l, after, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if members[0].Zone == members[1].Zone && !slices.Equal(c.Gain, []NodeID{joined}) {
			t.Fatalf("%d nodes: partition %d goes to %v, and %s joined", len(members), c.Partition, c.Gain, joined)
		}
	}
	return after
}

func TestFewestMoves(t *testing.T) {
	all := nodes(101)
	for size := 3; size <= 100; size++ {
		l := first(t, all[:size], DefaultPartitions, 3)
		if got := moves(t, l, next(t, l, all[:size])); got != 0 {
			t.Errorf("%d nodes: %d copies move though nothing has changed", size, got)
		}

		joined := next(t, l, all[:size+1])
		if want := 3 * DefaultPartitions / (size + 1); moves(t, l, joined) != want {
			t.Errorf("a join to %d nodes moves %d copies, the new node's share is %d", size, moves(t, l, joined), want)
		}

		dead := l.Members()[size/2]
		replaced := slices.Clone(l.Members())
		replaced[size/2] = all[100]
		if size == 100 {
			replaced[size/2].ID++
		}
		after := next(t, l, replaced)
		if got, had := moves(t, l, after), loads(l)[dead.ID]; got != had {
			t.Errorf("the replacement of one of %d nodes moves %d copies, the dead one had %d", size, got, had)
		}

		if size > 3 {
			left := slices.DeleteFunc(slices.Clone(l.Members()), func(m Member) bool { return m.ID == dead.ID })
			if got, had := moves(t, l, next(t, l, left)), loads(l)[dead.ID]; got != had {
				t.Errorf("the leave of one of %d nodes moves %d copies, it had %d", size, got, had)
			}
		}
	}
}

func TestShapes(t *testing.T) {
	zoned := func(zones string) []Member {
		members := nodes(len(zones))
		for i := range members {
			members[i].Zone = zones[i : i+1]
		}
		return members
	}
	weighed := func(capacities ...uint32) []Member {
		members := nodes(len(capacities))
		for i := range members {
			members[i].Capacity = capacities[i]
		}
		return members
	}
	cases := []struct {
		name       string
		members    []Member
		partitions int
		n          int
		want       []int // partitions by member
	}{
		{"one node holds everything once", nodes(1), 8, 3, []int{8}},
		{"with fewer members than n all are replicas", nodes(2), 8, 3, []int{8, 8}},
		{"a ring of one partition lies on n nodes", nodes(2), 1, 2, []int{1, 1}},
		{"shares are in proportion to capacity", weighed(1, 2, 5, 8), 16, 1, []int{1, 2, 5, 8}},
		{"a node never holds a partition twice, however large", weighed(1, 1, 1, 1, 1000), 16, 2, []int{4, 4, 4, 4, 16}},
		{"the lone node of a zone holds all when two copies lie in two zones", zoned("abbbb"), 16, 2, []int{16, 4, 4, 4, 4}},
		{"each zone has a copy when there are fewer zones than copies", zoned("abbbb"), 16, 3, []int{16, 8, 8, 8, 8}},
		{"three zones of one size share evenly", zoned("abcabc"), 16, 3, []int{8, 8, 8, 8, 8, 8}},
		{"a small zone among many takes no more than its share", zoned("abbbcccd"), 64, 2, []int{16, 16, 16, 16, 16, 16, 16, 16}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := first(t, c.members, c.partitions, c.n)
			check(t, l)
			count := loads(l)
			for i, want := range c.want {
				if got := count[c.members[i].ID]; got != want {
					t.Errorf("%s holds %d partitions in place of %d", c.members[i].Name, got, want)
				}
			}
		})
	}
}

func TestALargeClusterIsPlaced(t *testing.T) {
	all := inZones(nodes(101), 3)
	l := first(t, all[:100], 4096, 3)
	check(t, l)
	after := next(t, l, all)
	check(t, after)
}

func TestMembershipsThatAreRefused(t *testing.T) {
	with := func(change func(*Member)) []Member {
		members := nodes(3)
		change(&members[2])
		return members
	}
	long := string(make([]byte, NameBytesMax+1))
	cases := []struct {
		name       string
		members    []Member
		partitions int
		n          int
	}{
		{"no member", nil, 16, 3},
		{"too many members", nodes(MembersMax + 1), 16, 3},
		{"a member without id", with(func(m *Member) { m.ID = 0 }), 16, 3},
		{"an id twice", with(func(m *Member) { m.ID = nodes(1)[0].ID }), 16, 3},
		{"a name twice", with(func(m *Member) { m.Name = "n1" }), 16, 3},
		{"a name too long", with(func(m *Member) { m.Name = long }), 16, 3},
		{"a zone too long", with(func(m *Member) { m.Zone = long }), 16, 3},
		{"no capacity", with(func(m *Member) { m.Capacity = 0 }), 16, 3},
		{"no partition", nodes(3), 0, 3},
		{"partitions that are no power of two", nodes(3), 48, 3},
		{"too many partitions", nodes(3), 2 * PartitionsMax, 3},
		{"no copies", nodes(3), 16, 0},
		{"too many copies", nodes(3), 16, ReplicasMax + 1},
	}
	good := first(t, nodes(3), 16, 3)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if l, err := First(c.members, c.partitions, c.n); err == nil || l != nil {
				t.Errorf("First takes it: %v, %v", l, err)
			}
			if c.partitions != 16 || c.n != 3 {
				return
			}
			if l, err := Next(good, c.members); err == nil || l != nil {
				t.Errorf("Next takes it: %v, %v", l, err)
			}
		})
	}
	if _, err := First(with(func(m *Member) { m.Name = "" }), 16, 3); err != nil {
		t.Errorf("a member without a name: %v", err)
	}
}

func TestAllFaultsOfAMembershipAreReportedAtOnce(t *testing.T) {
	members := nodes(3)
	members[0].Capacity, members[1].Name = 0, members[2].Name
	_, err := First(members, 16, 3)
	for _, want := range []string{"capacity 0", `called "n3"`} {
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("%q is missing in %q", want, fmt.Sprint(err))
		}
	}
}

func TestTheLastNumberHasNoNext(t *testing.T) {
	l := first(t, nodes(3), 16, 3)
	l.number = 1<<64 - 1
	if _, err := Next(l, nodes(3)); err == nil {
		t.Error("the number wraps around")
	}
}
