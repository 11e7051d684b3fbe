package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
)

// fake answers as a cluster does, as far as the commands look: siblings by contexts, which here are lists of
// ids; documents and faults that a test puts in.
type fake struct {
	mu      sync.Mutex
	keys    map[string][]document.Sibling // by raw path
	next    int
	problem *document.Problem // answered to everything on the data listener
	hinted  string            // answered with every write
	cluster document.Cluster
	buckets map[string]document.Bucket
	repair  document.Repair
	// meet is how many pairs of copies meet between two looks at a round.
	meet     int
	requests []string // method and raw target
}

// startFake gives the fake and the flags that find it.
func startFake(t *testing.T) (*fake, []string) {
	f := &fake{keys: map[string][]document.Sibling{}, buckets: map[string]document.Bucket{}}
	data, admin := httptest.NewServer(http.HandlerFunc(f.data)), httptest.NewServer(http.HandlerFunc(f.admin))
	t.Cleanup(data.Close)
	t.Cleanup(admin.Close)
	return f, []string{"KINDRED_ADDR=" + data.Listener.Addr().String(), "KINDRED_ADMIN_ADDR=" + admin.Listener.Addr().String()}
}

// set changes the fake while nobody is served.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// first is the first value that stands at the raw path.
func (f *fake) first(path string) document.Sibling {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.keys[path][0]
}

// asked is what was requested since the last call, in one line.
func (f *fake) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := strings.Join(f.requests, ", ")
	f.requests = nil
	return asked
}

func (f *fake) data(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.RequestURI)
	path, _, _ := strings.Cut(r.RequestURI, "?")
	path = strings.TrimPrefix(path, "/kv/")
	if f.problem != nil {
		w.Header().Set("Content-Type", document.TypeProblem)
		w.WriteHeader(f.problem.Status)
		json.NewEncoder(w).Encode(f.problem)
		return
	}
	seen := strings.Split(r.Header.Get("Causal-Context"), "+")
	switch r.Method {
	case http.MethodPut, http.MethodDelete:
		f.write(w, r, path, seen)
	default:
		f.read(w, r, path)
	}
}

func (f *fake) write(w http.ResponseWriter, r *http.Request, path string, seen []string) {
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodDelete && r.Header.Get("Causal-Context") == "" {
		f.keys[path] = nil
	}
	f.keys[path] = slices.DeleteFunc(f.keys[path], func(s document.Sibling) bool { return slices.Contains(seen, s.ID) })
	f.next++
	id := fmt.Sprintf("9f1c27d0a1b2c3d4@%d", f.next)
	if r.Method == http.MethodPut {
		s := document.Sibling{ID: id, Node: "n1", ContentType: r.Header.Get("Content-Type"), LastModified: "2026-11-21T10:00:00.123Z", Metadata: map[string]string{}}
		for name, values := range r.Header {
			if meta, ok := strings.CutPrefix(strings.ToLower(name), "meta-"); ok {
				s.Metadata[meta] = strings.Join(values, ", ")
			}
		}
		s.SetValue(body)
		f.keys[path] = append(f.keys[path], s)
	}
	h := w.Header()
	h.Set("Causal-Context", id)
	h.Set("Siblings", fmt.Sprint(len(f.keys[path])))
	h.Set("Quorum", "n=3, acks=2, primary=2, fallback=0, durable=2")
	h.Set("Coordinator", "n1")
	if f.hinted != "" {
		h.Set("Hinted", f.hinted)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *fake) read(w http.ResponseWriter, r *http.Request, path string) {
	siblings := f.keys[path]
	h := w.Header()
	h.Set("Siblings", fmt.Sprint(len(siblings)))
	h.Set("Quorum", "n=3, answers=2, primary=2, fallback=0")
	h.Set("Coordinator", "n1")
	if len(siblings) == 0 {
		h.Set("Content-Type", document.TypeProblem)
		w.WriteHeader(http.StatusNotFound)
		json.NewEncoder(w).Encode(document.Problem{Status: 404, Code: "not-found"})
		return
	}
	var ids []string
	for _, s := range siblings {
		ids = append(ids, s.ID)
	}
	context := strings.Join(ids, "+")
	h.Set("Causal-Context", context)
	asDocument := r.Header.Get("Accept") == document.TypeObject
	if len(siblings) > 1 || asDocument {
		bucket, key, _ := names.Split(path)
		h.Set("Content-Type", document.TypeObject)
		if !asDocument {
			w.WriteHeader(http.StatusMultipleChoices)
		}
		json.NewEncoder(w).Encode(document.Object{Bucket: names.EncodeBucket(bucket), Key: names.EncodeKey(key), Context: context, Siblings: siblings})
		return
	}
	h.Set("Content-Type", siblings[0].ContentType)
	value, _ := siblings[0].Bytes()
	w.Write(value)
}

func (f *fake) admin(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.RequestURI)
	w.Header().Set("Content-Type", document.TypeJSON)
	defaults := document.Bucket{N: 3, R: "quorum", W: "quorum", PR: "0", PW: "0", DW: "w", MaxSiblings: 100, MaxValueSize: 4 << 20}
	bucket, isBucket := strings.CutPrefix(r.RequestURI, "/admin/buckets/")
	switch {
	case r.RequestURI == "/admin/cluster":
		json.NewEncoder(w).Encode(f.cluster)
	case r.RequestURI == "/admin/repair":
		f.steer(r)
		json.NewEncoder(w).Encode(f.repair)
	case r.RequestURI == "/admin/layout":
		json.NewEncoder(w).Encode(document.Layout{Number: 1, N: 3, Members: make([]document.LayoutMember, 3)})
	case r.RequestURI == "/admin/buckets":
		json.NewEncoder(w).Encode(document.Buckets{Defaults: defaults, Buckets: f.buckets})
	case isBucket && r.Method == http.MethodPut:
		props := defaults
		var change document.BucketChange
		json.NewDecoder(r.Body).Decode(&change)
		if change.W != nil {
			props.W = *change.W
		}
		f.buckets[bucket] = props
		json.NewEncoder(w).Encode(props)
	case isBucket:
		props, ok := f.buckets[bucket]
		if !ok {
			props = defaults
		}
		json.NewEncoder(w).Encode(props)
	case strings.HasPrefix(r.RequestURI, "/admin/where/"):
		json.NewEncoder(w).Encode(document.Where{Bucket: "carts", Key: "ana", Partition: 17, N: 3,
			Primaries: []document.NodeRef{{ID: "1", Name: "n2"}, {ID: "2", Name: "n1"}, {ID: "3", Name: "n3"}}, Fallbacks: []document.NodeRef{{ID: "4", Name: "n4"}}})
	default:
		w.Header().Set("Content-Type", document.TypeProblem)
		w.WriteHeader(http.StatusNotFound)
		json.NewEncoder(w).Encode(document.Problem{Status: 404, Code: "not-found", Detail: "there is nothing under this path"})
	}
}

// steer makes the change that a request asks for, or lets some pairs of a round meet.
func (f *fake) steer(r *http.Request) {
	if r.Method == http.MethodGet {
		met := min(f.meet, f.repair.Due-f.repair.Away)
		f.repair.Due -= met
		f.repair.Exchanges += int64(met)
		f.repair.KeysFound += int64(met)
		f.repair.Bytes += 1000 * int64(met)
		return
	}
	var change document.RepairChange
	json.NewDecoder(r.Body).Decode(&change)
	if change.Run {
		f.repair.Due = f.repair.Pairs
	}
	if change.Paused != nil {
		f.repair.Paused = *change.Paused
	}
	if change.BytesPerSecond != nil {
		f.repair.BytesPerSecond = *change.BytesPerSecond
	}
}
