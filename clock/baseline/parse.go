package baseline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Parse reads a file of vectors and checks that its scripts can be run: operations are known, replicas are
// named, handles stand for an earlier step. Fields that it does not know are ignored.
func Parse(b []byte) (File, error) {
	var raw struct {
		Schema string            `json:"schema"`
		Kind   Kind              `json:"kind"`
		Seed   *uint64           `json:"seed"`
		Cases  []json.RawMessage `json:"cases"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return File{}, fmt.Errorf("baseline: no file of vectors: %w", err)
	}
	if raw.Schema != Schema {
		return File{}, fmt.Errorf("baseline: schema %q, want %q", raw.Schema, Schema)
	}
	f := File{Kind: raw.Kind, Seed: raw.Seed}
	for i, c := range raw.Cases {
		if err := f.add(c); err != nil {
			return File{}, fmt.Errorf("baseline: case %d: %w", i+1, err)
		}
	}
	return f, nil
}

func (f *File) add(b []byte) error {
	switch f.Kind {
	case KindClock:
		var c ClockCase
		if err := json.Unmarshal(b, &c); err != nil {
			return err
		}
		f.Clocks = append(f.Clocks, c)
		return nil
	case KindScript, KindBaseline:
		var s Script
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		if err := s.validate(f.Kind); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		f.Scripts = append(f.Scripts, s)
		return nil
	}
	return fmt.Errorf("unknown kind %q: want script, clock or baseline", f.Kind)
}

func isAck(handle string) bool { return strings.HasPrefix(handle, AckPrefix) }

// handles are the names that earlier steps gave to what came of them.
type handles struct {
	replicas                  []string
	gets, versions, snapshots map[string]bool
}

func (s Script) validate(kind Kind) error {
	if len(s.Replicas) == 0 {
		return fmt.Errorf("no replicas")
	}
	h := handles{s.Replicas, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for i, step := range s.Steps {
		if kind == KindBaseline && !slices.Contains([]Op{OpPut, OpGet, OpSync, OpConverge}, step.Op) {
			return fmt.Errorf("step %d: %s has no place in a script of kind baseline", i+1, step.Op)
		}
		if kind == KindBaseline && slices.ContainsFunc(step.Seen, isAck) {
			return fmt.Errorf("step %d: the context of an ack has no place in a script of kind baseline", i+1)
		}
		if err := h.check(step); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, step.Op, err)
		}
	}
	return nil
}

// check looks up all names that the step uses, and adds the one that it gives.
func (h *handles) check(s Step) error {
	replicas, gets, versions := []string(nil), []string(nil), []string(nil)
	switch s.Op {
	case OpPut, OpDelete:
		replicas = []string{s.Replica}
		for _, seen := range s.Seen {
			if put, ack := strings.CutPrefix(seen, AckPrefix); ack {
				versions = append(versions, put)
			} else {
				gets = append(gets, seen)
			}
		}
		defer h.name(h.versions, s.As)
	case OpGet:
		replicas = s.ReadsFrom()
		defer h.name(h.gets, s.As)
	case OpSync:
		replicas = []string{s.From, s.To}
	case OpSend:
		replicas, versions = []string{s.To}, []string{s.Version}
	case OpConverge:
	case OpSnapshot:
		replicas = []string{s.Replica}
		defer h.name(h.snapshots, s.As)
	case OpRestore:
		replicas = []string{s.Replica}
		if s.From != "" && !h.snapshots[s.From] {
			return fmt.Errorf("no snapshot %q before this step", s.From)
		}
		if s.Actor == "" {
			return fmt.Errorf("no new actor")
		}
	case OpExpectHistory:
		replicas = []string{s.Replica}
	case OpCompare:
		versions = []string{s.Left, s.Right}
	case OpCompareCtx:
		gets = []string{s.Left, s.Right}
	case OpCompareReplicas:
		replicas = []string{s.Left, s.Right}
	case OpCovers:
		gets, versions = s.Seen, []string{s.Version}
	default:
		return fmt.Errorf("unknown operation")
	}
	for _, r := range replicas {
		if !slices.Contains(h.replicas, r) {
			return fmt.Errorf("no replica %q", r)
		}
	}
	for _, g := range gets {
		if !h.gets[g] {
			return fmt.Errorf("no get %q before this step", g)
		}
	}
	for _, v := range versions {
		if !h.versions[v] {
			return fmt.Errorf("no put or delete %q before this step", v)
		}
	}
	return nil
}

func (h *handles) name(in map[string]bool, as string) {
	if as != "" {
		in[as] = true
	}
}

// ReadsFrom lists the replicas that a get reads and merges: one, or several.
func (s Step) ReadsFrom() []string {
	if len(s.Replicas) > 0 {
		return s.Replicas
	}
	return []string{s.Replica}
}
