package storage

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
	"golang.org/x/sys/unix"
)

// put1 writes a version over all that the record holds.
func put1(s *Store, key node.Key, c *node.Content, durable bool) (clock.Dot, error) {
	var dot clock.Dot
	err := s.Update(context.Background(), key, durable, func(h node.Held) (node.Change, error) {
		source, err := h.Issue()
		if err != nil {
			return node.Change{}, err
		}
		v := clock.Update(h.Versions.Context(), h.Versions, source)
		v.Content, dot = c.Digest, v.Dot
		object := node.Object{Versions: clock.Set{v}, Contents: []*node.Content{c}}
		return node.Change{Write: true, Object: node.MergeObjects(h.Object, object)}, nil
	})
	return dot, err
}

func value(seed, size int) *node.Content {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(seed>>(i%4*8)) ^ byte(i*131)
	}
	return node.NewContent(b, "application/octet-stream", "", nil)
}

func BenchmarkPut(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 100 << 10} {
		for _, writers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%d_bytes/%d_writers", size, writers), func(b *testing.B) {
				s := newBed(b, Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}).store
				var next atomic.Int64
				b.SetParallelism((writers + 1) / 2)
				before := s.commits.commits.Load()
				run := func() {
					i := int(next.Add(1))
					if _, err := put1(s, node.NewKey("bench", fmt.Sprint(i), 3), value(i, size), false); err != nil {
						b.Error(err)
					}
				}
				if writers == 1 {
					for b.Loop() {
						run()
					}
				} else {
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							run()
						}
					})
				}
				b.ReportMetric(float64(next.Load())/b.Elapsed().Seconds(), "puts/s")
				b.ReportMetric(float64(next.Load())/float64(s.commits.commits.Load()-before), "puts/sync")
			})
		}
	}
}

// BenchmarkPutTrees tells what hash trees cost a put: in time of the processor, beside the same without them.
func BenchmarkPutTrees(b *testing.B) {
	for _, trees := range []bool{false, true} {
		b.Run(fmt.Sprintf("trees_%t", trees), func(b *testing.B) {
			s := newBed(b, Options{Partitions: 256, Logger: slog.New(slog.DiscardHandler)}).store
			if trees {
				if err := s.SetTreeKey(testTreeKey); err != nil {
					b.Fatal(err)
				}
			}
			keys := make([]node.Key, 20_000)
			for i := range keys {
				keys[i] = node.NewKey("bench", fmt.Sprint(i), 3)
			}
			c := value(1, 1<<10)
			var next atomic.Int64
			b.SetParallelism(32)
			b.ReportAllocs()
			before := processorTime(b)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := put1(s, keys[int(next.Add(1))%len(keys)], c, false); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(next.Load()), "cpu-µs/op")
		})
	}
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func BenchmarkRead(b *testing.B) {
	s := newBed(b, Options{Logger: slog.New(slog.DiscardHandler)}).store
	const keys = 1000
	for i := range keys {
		for j, size := range []int{1 << 10, 100 << 10} {
			if _, err := put1(s, node.NewKey("bench", fmt.Sprint(j, i), 3), value(i, size), false); err != nil {
				b.Fatal(err)
			}
		}
	}
	for j, name := range []string{"1_KiB", "100_KiB", "absent"} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := s.Read(context.Background(), node.NewKey("bench", fmt.Sprint(j, i%keys), 3), -1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
