package folder

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/storage/actors"
	"github.com/kindreddb/kindred/storage/envelope"
)

// facts say of which ranges the copy is complete: a default, and the ranges of which the opposite holds. They
// are never changed, only replaced.
type facts struct {
	complete   bool
	exceptions map[node.Range]bool
}

const (
	factsFile    = "facts"
	factsKind    = 'F'
	factsVersion = 1
)

// factsJSON is what the envelope of the file holds.
type factsJSON struct {
	Complete bool        `json:"complete"`
	Except   []rangeJSON `json:"except"`
}

type rangeJSON struct {
	Partition int `json:"partition"`
	N         int `json:"n"`
}

func encodeFacts(fs facts) ([]byte, error) {
	out := factsJSON{Complete: fs.complete, Except: []rangeJSON{}}
	for _, r := range slices.SortedFunc(maps.Keys(fs.exceptions), actors.CompareRanges) {
		out.Except = append(out.Except, rangeJSON(r))
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return envelope.Seal(nil, factsKind, factsVersion, []byte(factsFile), body), nil
}

func decodeFacts(b []byte) (facts, error) {
	body, _, err := envelope.Open(factsKind, factsVersion, []byte(factsFile), b)
	if err != nil {
		return facts{}, err
	}
	var in factsJSON
	if err := json.Unmarshal(body, &in); err != nil {
		return facts{}, fmt.Errorf("%w: %w", envelope.ErrDamaged, err)
	}
	fs := facts{complete: in.Complete, exceptions: make(map[node.Range]bool)}
	for _, r := range in.Except {
		fs.exceptions[node.Range(r)] = true
	}
	return fs, nil
}

// loadFacts takes a file that is missing or damaged for no knowledge at all.
func (f *Folder) loadFacts() error {
	known := facts{exceptions: make(map[node.Range]bool)}
	b, err := f.files.Read(f.path(factsFile))
	switch {
	case missing(err):
	case err != nil:
		return err
	default:
		known, err = decodeFacts(b)
		if err != nil {
			known.exceptions = make(map[node.Range]bool)
			f.findings = append(f.findings, fmt.Errorf("the file %s cannot be read, all ranges count as incomplete: %w", f.path(factsFile), err))
		}
	}
	f.facts.Store(&known)
	return nil
}

// Knows says whether the copy of the range is complete. A new folder knows nothing.
func (f *Folder) Knows(r node.Range) bool {
	known := f.facts.Load()
	return known.complete != known.exceptions[r]
}

// SetKnows stores whether the copy of the range is complete.
func (f *Folder) SetKnows(r node.Range, complete bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.facts.Load()
	next := facts{known.complete, maps.Clone(known.exceptions)}
	if next.complete == complete {
		delete(next.exceptions, r)
	} else {
		next.exceptions[r] = true
	}
	return f.saveFacts(next)
}

// SetKnowsAll stores it for every range.
func (f *Folder) SetKnowsAll(complete bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.saveFacts(facts{complete, make(map[node.Range]bool)})
}

func (f *Folder) saveFacts(next facts) error {
	if known := f.facts.Load(); next.complete == known.complete && maps.Equal(next.exceptions, known.exceptions) {
		return nil
	}
	b, err := encodeFacts(next)
	if err == nil {
		err = replace(f.files, f.dir, factsFile, b)
	}
	if err != nil {
		return f.wrap("store what is known", err)
	}
	f.facts.Store(&next)
	return nil
}
