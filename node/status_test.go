package node_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/ring"
)

// markDown makes every view list the member as down, as gossip does some time after its end.
func (r *rig) markDown(id ring.NodeID) {
	r.setDown(true, id)
	for at := range r.members {
		r.setView(at, func(v *node.View) {
			infos := slices.Clone(v.Members)
			for i := range infos {
				if infos[i].ID == id {
					infos[i].Up, infos[i].Since, infos[i].Cause = false, time.Now(), "no answer"
				}
			}
			v.Members = infos
		})
	}
}

func (r *rig) status(at ring.NodeID) node.ClusterStatus {
	r.t.Helper()
	s, err := r.members[at].ClusterStatus(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func TestTheStatusOfAClusterIsAskedOfAllItsNodes(t *testing.T) {
	run(t, setup{members: 4, n: 3}, func(t *testing.T, r *rig) {
		s := r.status(1)
		if s.Verdict != node.Healthy || s.CanFail != 1 || len(s.Problems) != 0 || len(s.Nodes) != 4 {
			t.Fatalf("%+v", s)
		}
		partitions := 0
		for _, row := range s.Nodes {
			partitions += row.Partitions
			if row.State != "up" || row.Status == nil || row.Capacity != 1 {
				t.Errorf("%+v", row)
			}
		}
		if partitions != 16*3 {
			t.Errorf("%d copies of partitions, want 48", partitions)
		}

		r.markDown(4)
		for i := range 40 {
			r.mustPut(1, write(fmt.Sprintf("k%d", i), "v"))
		}
		time.Sleep(time.Second)
		s = r.status(1)
		row := s.Nodes[3]
		if s.Verdict != node.Degraded || s.CanFail != 0 || row.State != "down" || row.Status != nil {
			t.Errorf("%s, %d may fail, %+v", s.Verdict, s.CanFail, row)
		}
		var kept int64
		for at := ring.NodeID(1); at <= 3; at++ {
			kept += r.hints(at, 4)
		}
		if kept == 0 || row.HintsFor.Count != kept {
			t.Errorf("%d hints are told of, and %d are kept", row.HintsFor.Count, kept)
		}
	})
}

func TestANodeThatHangsDelaysTheStatusByItsTimeOutOnly(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == 3 {
				return hang(ctx)
			}
			return c.deliver(ctx)
		})
		began := time.Now()
		s := r.status(1)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("took %s", took)
		}
		if s.Verdict != node.Degraded || s.Nodes[2].State != "up" || s.Nodes[2].Status != nil || s.Nodes[1].Status == nil {
			t.Errorf("%+v", s)
		}
	})
}

func TestANodeInNoLayoutIsASpareAndServesNobody(t *testing.T) {
	run(t, setup{members: 3, n: 3}, func(t *testing.T, r *rig) {
		r.setView(1, func(v *node.View) {
			v.Members = append(slices.Clone(v.Members), node.MemberInfo{ID: 9, Name: "n9", Up: true})
		})
		r.setScript(func(ctx context.Context, c call) (node.Message, error) {
			if c.to == 9 {
				return &node.StatusReply{}, nil
			}
			return c.deliver(ctx)
		})
		s := r.status(1)
		if row := s.Nodes[3]; row.State != "spare" || row.Partitions != 0 || row.Status == nil || s.Verdict != node.Healthy || s.CanFail != 1 {
			t.Errorf("%s, %d may fail, %+v", s.Verdict, s.CanFail, row)
		}
	})
}

func TestWhereAndExplainNameTheWholePreferenceList(t *testing.T) {
	run(t, setup{members: 5, n: 3}, func(t *testing.T, r *rig) {
		list := r.list("k")
		r.setDown(true, list[1])
		p := write("k", "v")
		p.Options.W = node.LevelAll
		r.mustPut(list[0], p)
		where, err := r.members[list[4]].Where(bucket, "k")
		if err != nil || len(where.Primaries) != 3 || len(where.Fallbacks) != 2 || where.N != 3 || where.Primaries[0] != list[0] {
			t.Errorf("%+v, %v", where, err)
		}
		a, err := r.members[list[4]].Explain(context.Background(), bucket, "k")
		if err != nil || len(a.Replicas) != 5 {
			t.Fatalf("%+v, %v", a, err)
		}
		whole := a.Replicas[0].Hash
		for i, c := range a.Replicas {
			switch i {
			case 1:
				if c.Err == "" {
					t.Errorf("a node that is down answers: %+v", c)
				}
			case 3:
				if len(c.Targets) != 1 || c.Targets[0] != list[1] || c.Hash != whole || c.Standing != node.Stranger {
					t.Errorf("the fallback that keeps the hint: %+v", c)
				}
			case 4:
				if len(c.Versions) != 0 || c.Standing != node.Stranger {
					t.Errorf("the fallback that is not needed: %+v", c)
				}
			default:
				if c.Hash != whole || c.Standing != node.Complete || c.Err != "" || c.Node != list[i] || c.Role != ring.Primary {
					t.Errorf("primary %d: %+v", i, c)
				}
			}
		}
	})
}
