package peer

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// BenchmarkMerge is a round trip of a MergeRequest of 1 KiB over the loopback, both ends in this process.
// cpu-us/op is the processor time of both ends together.
func BenchmarkMerge(b *testing.B) {
	ln := listen(b)
	addressOf := func(ring.NodeID) (string, bool) { return ln.Addr().String(), true }
	client, server := benchTransport(b, idA, addressOf), benchTransport(b, idB, addressOf)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- server.Serve(ctx, ln, benchHandler) }()
	f := node.Frame{Layout: 1, Body: &node.MergeRequest{Key: node.NewKey("bucket", "some/key", 3), Object: bigObject(1024)}}
	run := func(name string, parallelism int) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(parallelism)
			before := processorTime()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					call, cancel := context.WithTimeout(context.Background(), 5*time.Second)
					if _, err := client.Call(call, idB, f); err != nil {
						b.Error(err)
					}
					cancel()
				}
			})
			b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N)/1000, "cpu-us/op")
		})
	}
	run("one at a time a processor", 1)
	run("pipelined", 64)
	client.Close()
	stop()
	<-served
}

// BenchmarkLong is a round trip of a MergeRequest of 4 MiB.
func BenchmarkLong(b *testing.B) {
	ln := listen(b)
	addressOf := func(ring.NodeID) (string, bool) { return ln.Addr().String(), true }
	client, server := benchTransport(b, idA, addressOf), benchTransport(b, idB, addressOf)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- server.Serve(ctx, ln, benchHandler) }()
	f := node.Frame{Layout: 1, Body: &node.MergeRequest{Key: node.NewKey("bucket", "some/key", 3), Object: bigObject(4 << 20)}}
	b.SetBytes(4 << 20)
	for b.Loop() {
		call, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if _, err := client.Call(call, idB, f); err != nil {
			b.Fatal(err)
		}
		cancel()
	}
	client.Close()
	stop()
	<-served
}

func benchTransport(b *testing.B, id ring.NodeID, addressOf func(ring.NodeID) (string, bool)) *Transport {
	b.Helper()
	t, err := New(Config{Self: id, Address: addressOf})
	if err != nil {
		b.Fatal(err)
	}
	return t
}

var benchHandler = handlerFunc(func(context.Context, ring.NodeID, node.Frame) node.Message {
	return &node.MergeReply{Durable: true}
})

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCodec is what of it is encoding, decoding and the content's digest.
func BenchmarkCodec(b *testing.B) {
	f := node.Frame{Layout: 1, Body: &node.MergeRequest{Key: node.NewKey("bucket", "some/key", 3), Object: bigObject(1024)}}
	encoded := AppendFrame(nil, f)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			encoded = AppendFrame(encoded[:0], f)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeFrame(encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}
