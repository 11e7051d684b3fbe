package ring

import (
	"encoding/binary"
	"fmt"
	"math"
)

// reader takes an encoding apart. After the first fault it reads zeros only, so that the caller looks once.
type reader struct {
	rest  []byte
	fault string
}

func (r *reader) fail(format string, args ...any) {
	if r.fault == "" {
		r.fault = fmt.Sprintf(format, args...)
	}
}

// uint reads a varint between low and high. One that could be shorter is refused: no two encodings of a
// layout are both right.
func (r *reader) uint(what string, low, high uint64) uint64 {
	v, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.fail("%s is no number", what)
	} else if v < low || v > high {
		r.fail("%s is %d: %d to %d is possible", what, v, low, high)
	}
	if r.fault != "" {
		return 0
	}
	r.rest = r.rest[size:]
	return v
}

func (r *reader) take(what string, size int) []byte {
	if len(r.rest) < size {
		r.fail("%s is cut short", what)
	}
	if r.fault != "" {
		return make([]byte, size)
	}
	taken := r.rest[:size]
	r.rest = r.rest[size:]
	return taken
}

func (r *reader) layout() *Layout {
	number := r.uint("number", 1, math.MaxUint64)
	n := int(r.uint("n", 1, ReplicasMax))
	log := r.uint("log2 of the partitions", 0, 16)
	members := r.members()
	if r.fault != "" {
		return nil
	}
	owners := r.owners(1<<log, min(n, len(members)), len(members))
	if r.fault != "" {
		return nil
	}
	return newLayout(number, n, 1<<log, members, owners)
}

func (r *reader) members() []Member {
	count := int(r.uint("count of members", 1, MembersMax))
	members := make([]Member, 0, count)
	for range count {
		m := Member{ID: NodeID(binary.BigEndian.Uint64(r.take("id", 8)))}
		m.Name = string(r.take("name", int(r.uint("length of name", 0, NameBytesMax))))
		m.Zone = string(r.take("zone", int(r.uint("length of zone", 0, NameBytesMax))))
		m.Capacity = uint32(r.uint("capacity", 1, math.MaxUint32))
		if r.fault != "" {
			return nil
		}
		if len(members) > 0 && m.ID <= members[len(members)-1].ID {
			r.fail("member %s is out of order", m.ID)
		}
		members = append(members, m)
	}
	if _, err := ordered(members); err != nil {
		r.fail("%v", err)
	}
	return members
}

func (r *reader) owners(partitions, width, members int) []uint16 {
	size := 1
	if members > 256 {
		size = 2
	}
	if len(r.rest) != partitions*width*size {
		r.fail("owners have %d bytes in place of %d", len(r.rest), partitions*width*size)
		return nil
	}
	owners := make([]uint16, partitions*width)
	holder := make([]int, members) // the last partition, counted from 1, that the member was seen in
	for i := range owners {
		o := uint16(r.rest[0])
		if size == 2 {
			o = binary.BigEndian.Uint16(r.rest)
		}
		partition := i/width + 1
		if int(o) >= members || holder[o] == partition {
			r.fail("partition %d has the owner %d: unknown, or twice", partition-1, o)
			return nil
		}
		holder[o] = partition
		owners[i] = o
		r.rest = r.rest[size:]
	}
	return owners
}
