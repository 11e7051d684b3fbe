package jepsen_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/jepsen/process"
)

// written is what a node has put on its disk since its start.
type written struct{ commits, bytes int64 }

// writtenBy reads the figures from a node's metrics.
func writtenBy(ctx context.Context, n *process.Node) (w written, err error) {
	for name, to := range map[string]*int64{"kindred_store_commits_total": &w.commits, "kindred_store_written_bytes_total": &w.bytes} {
		if *to, err = metricOf(ctx, n, name); err != nil {
			return w, err
		}
	}
	return w, nil
}

// metricOf reads a metric without labels.
func metricOf(ctx context.Context, n *process.Node, name string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Admin+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer reply.Body.Close()
	for lines := bufio.NewScanner(reply.Body); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), name+" "); found {
			return strconv.ParseInt(text, 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no metric %s", n.Name, name)
}

// writtenByAll reads the figures of all nodes, once they stand still: what goes on behind answers has ended.
func writtenByAll(t *testing.T, c *process.Cluster) []written {
	t.Helper()
	all := make([]written, len(c.Nodes))
	still := 0
	eventually(t, 30*time.Second, "the disks are still being written to", func() error {
		still++
		for i, n := range c.Nodes {
			w, err := writtenBy(t.Context(), n)
			if err != nil {
				return err
			}
			if w != all[i] {
				all[i], still = w, 0
			}
		}
		if still < 10 {
			return errors.New("they moved just now")
		}
		return nil
	})
	return all
}

func TestReadRepairWritesToTheReplicasThatNeedItAndNothingElse(t *testing.T) {
	const equal, reads, stale = 500, 2000, 100
	const bucket = "read-repair"
	c := startCluster(t, 3, "--anti-entropy", "off", "--handoff", "off")
	clients := clientsOf(t, c)
	everybody := client.Options{R: "all", W: "all"}
	eachKey(t, "written to all replicas", equal, func(ctx context.Context, i int, key string) error {
		_, err := clients[i%3].Put(ctx, bucket, key, []byte("value of "+key), client.PutOptions{Options: everybody})
		return err
	})

	before := writtenByAll(t, c)
	eachKey(t, "reads of equal replicas, of a quorum and of all", reads, func(ctx context.Context, i int, _ string) error {
		o := client.GetOptions{}
		if i%2 == 0 {
			o.Options = everybody
		}
		_, err := clients[i%3].Get(ctx, bucket, fmt.Sprintf("key-%06d", i%equal), o)
		return err
	})
	for i, after := range writtenByAll(t, c) {
		if after != before[i] {
			t.Errorf("reads of equal replicas made n%d write %d times, %d bytes", i+1, after.commits-before[i].commits, after.bytes-before[i].bytes)
		}
	}
	t.Logf("%d reads of equal replicas: 0 commits, 0 bytes written on any node", reads)

	away := c.Nodes[2]
	away.Kill()
	eachKey(t, "written while n3 is away", stale, func(ctx context.Context, i int, key string) error {
		_, err := clients[i%2].Put(ctx, bucket, "stale-"+key, []byte("value of "+key), client.PutOptions{})
		return err
	})
	if err := away.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, away)
	eventually(t, 30*time.Second, "the others do not see n3", func() error {
		for _, one := range clients {
			if _, err := one.Get(t.Context(), bucket, "key-000000", client.GetOptions{Options: everybody}); err != nil {
				return err
			}
		}
		return nil
	})
	before = writtenByAll(t, c)
	eachKey(t, "reads that find n3 behind, through n3 itself at first", stale, func(ctx context.Context, i int, key string) error {
		_, err := clients[(i+2)%3].Get(ctx, bucket, "stale-"+key, client.GetOptions{Options: everybody})
		return err
	})
	after := writtenByAll(t, c)
	for i := range 2 {
		if after[i] != before[i] {
			t.Errorf("n%d needed nothing and wrote %d times, %d bytes", i+1, after[i].commits-before[i].commits, after[i].bytes-before[i].bytes)
		}
	}
	t.Logf("%d reads of stale replicas: n3 wrote %d times, %d bytes; the others nothing", stale,
		after[2].commits-before[2].commits, after[2].bytes-before[2].bytes)
	eachKey(t, "looked up on n3 alone", stale, func(ctx context.Context, i int, key string) error {
		account, err := clients[0].Explain(ctx, bucket, "stale-"+key)
		if err != nil {
			return err
		}
		for _, r := range account.Replicas {
			if r.Name == away.Name && len(r.Versions) != 1 {
				return fmt.Errorf("n3 holds %d versions", len(r.Versions))
			}
		}
		return nil
	})
	var mended int64
	for _, n := range c.Nodes {
		r, err := adminOf(t, n).Repair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		mended += r.ReadRepairs
		if r.Exchanges != 0 || r.HintsDelivered != 0 {
			t.Errorf("%s repaired in other ways, too: %+v", n.Name, r)
		}
	}
	if mended != stale {
		t.Errorf("%d merges mended %d stale replicas", mended, stale)
	}
}
