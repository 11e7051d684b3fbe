package gossip

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

func TestAKilledNodeIsNoticedAndOneThatLeavesIsKnownAtOnce(t *testing.T) {
	nodes := cluster(t, 5)
	await(t, "all see all", see(nodes, 1, 2, 3, 4, 5), nodes...)
	if err := nodes[4].Leave(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	// It was told to each over a stream: nothing is left to wait for.
	if m, _ := nodes[0].View().Member(5); m.Up {
		await(t, "the view shows it", see(nodes[:4], 1, 2, 3, 4), nodes[:4]...)
	}
	m, ok := nodes[0].View().Member(5)
	if !ok || m.Cause != causeLeft || nodes[0].Reachable(5) {
		t.Fatalf("of the one that left is known: %+v", m)
	}
	nodes[4].Close()
	since := time.Now()
	nodes[3].Close()
	await(t, "the kill is noticed", see(nodes[:3], 1, 2, 3), nodes[:3]...)
	t.Logf("noticed after %v", time.Since(since).Round(10*time.Millisecond))
	m, ok = nodes[1].View().Member(4)
	if !ok || m.Up || m.Since.Before(since.Add(-time.Second)) || m.Cause == "" || m.Name != "n4" {
		t.Fatalf("of the one that was killed is known: %+v", m)
	}
	back := start(t, nodes[3].cfg)
	await(t, "the killed one is back", see([]*Gossip{nodes[0], nodes[1], nodes[2], back}, 1, 2, 3, 4), nodes[:3]...)
}

func TestTwoHalvesThatLostEachOtherFindTogetherAgain(t *testing.T) {
	nodes := cluster(t, 2)
	await(t, "both see both", see(nodes, 1, 2), nodes...)
	// While one is closed the other gives it up; nobody is told to join anybody when it comes back.
	address := nodes[1].Address()
	nodes[1].Close()
	await(t, "it is given up", see(nodes[:1], 1), nodes[0])
	cfg := nodes[1].cfg
	cfg.Bind, cfg.Join, cfg.Disk = address, nil, &memory{}
	state, _ := nodes[1].cfg.Disk.LoadState(savedState)
	_ = cfg.Disk.SaveState(savedState, state) // the cluster, and nobody's address
	back := start(t, cfg)
	await(t, "the other one calls", see([]*Gossip{nodes[0], back}, 1, 2), nodes[0], back)
}

func TestGarbageIsCountedAndDoesNothingElse(t *testing.T) {
	for name, secret := range map[string][]byte{"in plain": nil, "with a secret": []byte("a secret of theirs")} {
		t.Run(name, func(t *testing.T) {
			cfg, log := testConfig(t, 1)
			cfg.BootstrapExpect, cfg.Secret = 1, secret
			g := start(t, cfg)
			before := log.count("\n")
			packets, err := net.Dial("udp", g.Address())
			if err != nil {
				t.Fatal(err)
			}
			defer packets.Close()
			s := newSource(4)
			const each = 300
			garbage := make([]byte, 900)
			for range each {
				_, _ = s.Read(garbage)
				n := 1 + s.IntN(len(garbage)-1)
				_, _ = packets.Write(garbage[:n])                                            // no header
				_, _ = packets.Write(sealPacket(garbage[:n], g.View().ClusterID+1))          // another cluster
				_, _ = packets.Write(sealPacket(append([]byte{99}, garbage[:n]...), 0))      // no message of memberlist's
				_, _ = packets.Write(sealPacket(append([]byte{4, 0x84}, garbage[:n]...), 0)) // an alive message, about
			}
			for i := range 40 {
				conn, err := net.Dial("tcp", g.Address())
				if err != nil {
					t.Fatal(err)
				}
				_, _ = s.Read(garbage)
				first := garbage
				if i%2 == 0 {
					first = append([]byte(helloMagic), garbage...) // a greeting, about
				}
				_, _ = conn.Write(first)
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}
			await(t, "it is counted", func() bool {
				n := g.Stats()
				// The kernel may drop packets; most arrive.
				return n.PacketsDropped > each/2 && n.PacketsBad > each/4 && n.StreamsDropped+n.TurnedAway >= 40
			}, g)
			if g.Err() != nil || !g.Ready() || len(g.View().Members) != 1 {
				t.Fatalf("garbage did harm: %v", shows(g))
			}
			if lines := log.count("\n") - before; lines > 60 {
				t.Fatalf("%d lines were logged:\n%s", lines, log)
			}
			if g.Stats().LogLinesDropped == 0 {
				t.Fatal("no repeated line was left out")
			}
		})
	}
}

func TestManyHalfOpenStreamsLeaveRoomForFriends(t *testing.T) {
	g := cluster(t, 1)[0]
	var strangers []net.Conn
	for range 2 * handshakesMax {
		conn, err := net.Dial("tcp", g.Address())
		if err != nil {
			break
		}
		defer conn.Close()
		strangers = append(strangers, conn)
	}
	cfg, _ := testConfig(t, 2, g.Address())
	friend := start(t, cfg)
	await(t, "a friend is taken in when the strangers' time is up", ready(friend), friend)
	if g.Stats().StreamsDropped == 0 {
		t.Fatalf("%d half-open streams were all kept", len(strangers))
	}
}

func TestPropertiesOfABucketReachEverybodyAndThoseWhoComeLater(t *testing.T) {
	nodes := cluster(t, 3)
	wide := node.DefaultProps(5)
	wide.ExplicitN = true
	if err := nodes[0].SetBucket("wide", wide); err != nil {
		t.Fatal(err)
	}
	if got := nodes[0].View().Buckets["wide"]; got.N != 5 || got.Changed == 0 {
		t.Fatalf("the node itself shows %+v", got)
	}
	narrow := node.DefaultProps(3)
	narrow.MaxSiblings = 7
	if err := nodes[2].SetBucket("narrow", narrow); err != nil {
		t.Fatal(err)
	}
	known := func(nodes ...*Gossip) func() bool {
		return func() bool {
			for _, g := range nodes {
				v := g.View()
				if v.Bucket("wide").N != 5 || v.Bucket("narrow").MaxSiblings != 7 || v.Bucket("other").N != 3 {
					return false
				}
			}
			return true
		}
	}
	await(t, "all know", known(nodes...), nodes...)
	cfg, _ := testConfig(t, 4, nodes[1].Address())
	late := start(t, cfg)
	await(t, "a newcomer knows", func() bool { return late.Ready() && known(late)() }, late)
	nodes[0].Close()
	again := start(t, nodes[0].cfg)
	if !known(again)() {
		t.Fatal("it was forgotten over a restart")
	}
	if err := nodes[1].SetBucket("", wide); err == nil {
		t.Fatal("a bucket without a name was taken")
	}
}

func TestALayoutThatIsNamedIsTakenUpAndSpreads(t *testing.T) {
	nodes := cluster(t, 3)
	old := nodes[0].View().Layout
	next, err := ring.Next(old, testMembers(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	nodes[0].AdoptLayout(old)
	if nodes[0].View().Layout != old {
		t.Fatal("the present layout was taken up once more")
	}
	nodes[0].AdoptLayout(next)
	if nodes[0].View().Layout.Number() != 2 {
		t.Fatal("it is not in the view when AdoptLayout returns")
	}
	await(t, "all follow", func() bool {
		for _, g := range nodes {
			s := g.state()
			if s.Layout().Number() != 2 || len(s.layouts) != 1 || !s.layouts[0].sealed {
				return false
			}
		}
		return true
	}, nodes...)
}

func TestWaitingForAChangeOfTheViewNeedsNoPolling(t *testing.T) {
	g := cluster(t, 1)[0]
	for range 20 {
		changed := g.Changed()
		before := len(g.View().Buckets)
		if err := g.SetBucket(string(rune('a'+before)), node.DefaultProps(3)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatal("nobody was told of the change")
		}
		if len(g.View().Buckets) != before+1 {
			t.Fatal("the view is old when the change is told")
		}
	}
}
