package antientropy

import (
	"cmp"
	"fmt"
	"strings"
)

// NameBytesMax is the longest name of a key, in bytes. A bucket of 255 and a key of 1,024 bytes fit, with what an
// encoding puts around them.
const NameBytesMax = 2048

// Key is a key as this room knows it. Keys are ordered by position, then by the bytes of the name: the order in
// which storage holds them. Beside keys it serves as a mark between them: a Key with an empty name stands before
// all keys of its position.
type Key struct {
	// Position is the key's place on the ring.
	Position uint64
	// Name is the key's name, its bucket included, in the encoding that Hash is given: 1 to NameBytesMax bytes.
	Name string
}

// Compare is negative where k stands before other, 0 where they are equal, positive where it stands behind.
func (k Key) Compare(other Key) int {
	if c := cmp.Compare(k.Position, other.Position); c != 0 {
		return c
	}
	return strings.Compare(k.Name, other.Name)
}

// next is the mark right behind k: nothing fits between the two.
func (k Key) next() Key { return Key{k.Position, k.Name + "\x00"} }

// KeyState is a key that a copy holds, and the Hash of it and its state.
type KeyState struct {
	Key
	Sum Sum
}

// check says what is wrong with a key that somebody listed.
func (k KeyState) check() error {
	switch {
	case len(k.Name) < 1 || len(k.Name) > NameBytesMax:
		return fmt.Errorf("a name of %d bytes: 1 to %d is possible", len(k.Name), NameBytesMax)
	case k.Sum.IsZero():
		return fmt.Errorf("the key %q has the sum of nothing", k.Name)
	}
	return nil
}
