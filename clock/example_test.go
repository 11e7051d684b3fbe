package clock_test

import (
	"fmt"

	"github.com/kindreddb/kindred/clock"
)

// Two clients write without having seen each other, at two replicas; a third sees both and settles it.
func Example() {
	const a, b clock.Actor = 0xa, 0xb
	milk, eggs, both := clock.Digest{1}, clock.Digest{2}, clock.Digest{3}

	// The first write at each replica: nothing seen, nothing held.
	one := clock.Update(clock.Clock{}, nil, clock.Source{Actor: a, Counter: 1})
	one.Content = milk
	two := clock.Update(clock.Clock{}, nil, clock.Source{Actor: b, Counter: 1})
	two.Content = eggs

	// The replicas exchange what they hold: the two stand side by side.
	set := clock.Sync(clock.Set{one}, clock.Set{two})
	fmt.Println("siblings:", len(set.Visible()))

	// A reader gets both and their context, and writes with it at the first replica. Meanwhile that one
	// gave 2 to 6 to other keys.
	context := set.Context()
	past := clock.Fold(context, set, both, false)
	three := clock.Update(past, set, clock.Source{Actor: a, Counter: 7})
	three.Content = both
	set = clock.Sync(set, clock.Set{three})
	fmt.Println("siblings:", len(set.Visible()))
	fmt.Println("dot:", three.Dot)
	fmt.Println("clock:", three.Clock())

	// A replica that was away still holds the first write. Merging changes nothing.
	fmt.Println("same:", clock.Sync(clock.Set{one}, set).Equal(set))
	// Output:
	// siblings: 2
	// siblings: 1
	// dot: 000000000000000a@7
	// clock: 000000000000000a(0,7] 000000000000000b(0,1]
	// same: true
}

// A token takes a context to a client and back.
func ExampleSealer() {
	sealer, err := clock.NewSealer(42, clock.TokenKey{ID: 1, Secret: [32]byte{1, 2, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	token := sealer.Seal("carts", "alice", clock.Of(0xa, clock.Run{Upto: 7}))
	seen, err := sealer.Open("carts", "alice", token)
	fmt.Println(seen, err)
	_, err = sealer.Open("carts", "bob", token)
	fmt.Println(err)
	// Output:
	// 000000000000000a(0,7] <nil>
	// clock: not a valid context token: altered, or of another bucket, key or cluster
}
