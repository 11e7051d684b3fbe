package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
)

// node is a server that always answers alike and counts how often it was asked.
type node struct {
	*httptest.Server
	asked atomic.Int32
}

func serve(t *testing.T, answer http.HandlerFunc) *node {
	n := &node{}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(n.Close)
	return n
}

func answers(status int, code, outcome string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", document.TypeProblem)
		w.WriteHeader(status)
		needed, got := 2, 1
		_ = json.NewEncoder(w).Encode(document.Problem{
			Status: status, Code: code, Detail: "as it is", Outcome: outcome, Retryable: true, Needed: &needed, Got: &got,
		})
	}
}

func hangsUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func stored(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Causal-Context", "token")
	w.WriteHeader(http.StatusNoContent)
}

func found(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "value") }

// nobody is an address at which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func TestAnotherNodeIsAskedOnlyWhereThatDoesNoHarm(t *testing.T) {
	for _, c := range []struct {
		name                  string
		first                 http.HandlerFunc // nil: nothing listens
		movesReads, movesPuts bool
	}{
		{"nothing listens", nil, true, true},
		{"the node drains", answers(503, "draining", "not_applied"), true, true},
		{"the node is overloaded", answers(429, "overloaded", "not_applied"), true, true},
		{"too few nodes, and nothing was written", answers(503, "quorum-unavailable", "not_applied"), true, true},
		{"too few nodes, and it may have been written", answers(503, "quorum-unavailable", "unknown"), true, false},
		{"too slow", answers(504, "timeout", "unknown"), false, false},
		{"an internal error", answers(500, "internal", "unknown"), false, false},
		{"the disk is full", answers(507, "disk-full", "not_applied"), false, false},
		{"a refusal", answers(400, "invalid-context", "not_applied"), false, false},
		{"the connection is lost", hangsUp, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := nobody(t)
			if c.first != nil {
				first = serve(t, c.first).Listener.Addr().String()
			}
			reads, puts := serve(t, found), serve(t, stored)
			reader, err := client.New(first, reads.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			writer, err := client.New(first, puts.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, err = reader.Get(t.Context(), "b", "k", client.GetOptions{})
			if moved := reads.asked.Load() == 1; moved != c.movesReads || moved != (err == nil) {
				t.Errorf("the read moved on: %v; want %v; error %v", moved, c.movesReads, err)
			}
			_, err = writer.Put(t.Context(), "b", "k", []byte("v"), client.PutOptions{})
			if moved := puts.asked.Load() == 1; moved != c.movesPuts || moved != (err == nil) {
				t.Errorf("the write moved on: %v; want %v; error %v", moved, c.movesPuts, err)
			}
		})
	}
}

func TestTheNodeThatAnsweredIsAskedFirstTheNextTime(t *testing.T) {
	drained, good := serve(t, answers(503, "draining", "not_applied")), serve(t, found)
	c, err := client.New(drained.Listener.Addr().String(), good.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if o, err := c.Get(t.Context(), "b", "k", client.GetOptions{}); err != nil || o.Node != good.Listener.Addr().String() {
			t.Fatal(o, err)
		}
	}
	if n := drained.asked.Load(); n != 1 {
		t.Errorf("the node that drains was asked %d times", n)
	}
}

func TestAFailureSaysWhatBecameOfTheWrite(t *testing.T) {
	for _, c := range []struct {
		name          string
		answer        http.HandlerFunc
		code, outcome string
		status        int
		unreachable   bool
	}{
		{"nothing listens", nil, client.CodeUnreachable, client.OutcomeNotApplied, 0, true},
		{"the connection is lost", hangsUp, client.CodeConnectionLost, client.OutcomeUnknown, 0, true},
		{"the server says that it was not", answers(507, "disk-full", "not_applied"), "disk-full", client.OutcomeNotApplied, 507, false},
		{"the server says that it does not know", answers(504, "timeout", "unknown"), "timeout", client.OutcomeUnknown, 504, false},
		{"a refusal that does not say", answers(400, "bad-request", ""), "bad-request", client.OutcomeNotApplied, 400, false},
		{"a failure that does not say", answers(500, "internal", ""), "internal", client.OutcomeUnknown, 500, false},
		{"an answer of somebody else", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "proxy", http.StatusBadGateway) }, "http-502", client.OutcomeUnknown, 502, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := nobody(t)
			if c.answer != nil {
				addr = serve(t, c.answer).Listener.Addr().String()
			}
			k, err := client.New(addr)
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.Put(t.Context(), "b", "k", []byte("v"), client.PutOptions{})
			var e *client.Error
			if !errors.As(err, &e) || e.Code != c.code || e.Outcome != c.outcome || e.Status != c.status ||
				client.IsUnreachable(err) != c.unreachable || e.Error() == "" || e.Node != addr {
				t.Errorf("%+v", err)
			}
			_, err = k.Get(t.Context(), "b", "k", client.GetOptions{})
			if !errors.As(err, &e) || e.Outcome != "" {
				t.Errorf("a read has the outcome %+v", err)
			}
		})
	}
}

func TestARequestThatCannotBeSentReachesNobodyAndSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name string
		o    client.PutOptions
		want string
	}{
		{"a type of two lines", client.PutOptions{ContentType: "text/plain\nEvil: 1"}, "Content-Type"},
		{"metadata with a control character", client.PutOptions{Metadata: map[string]string{"author": "a\x00b"}}, "Meta-Author"},
		{"metadata whose name is no header's", client.PutOptions{Metadata: map[string]string{"the author": "a"}}, `"Meta-the author"`},
		{"a context of two lines", client.PutOptions{Context: "a\r\nb"}, "Causal-Context"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := serve(t, stored), serve(t, stored)
			k, err := client.New(first.Listener.Addr().String(), second.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.Put(t.Context(), "b", "k", []byte("v"), c.o)
			var e *client.Error
			if !errors.As(err, &e) || e.Code != client.CodeInvalidRequest || e.Outcome != client.OutcomeNotApplied ||
				e.Retryable || client.IsUnreachable(err) || !strings.Contains(e.Detail, c.want) {
				t.Errorf("%+v", err)
			}
			if first.asked.Load() != 0 || second.asked.Load() != 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestAbsenceIsOnlyWhatACoordinatorTells(t *testing.T) {
	missing := answers(404, "not-found", "")
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		code   string // "" where the key is absent
	}{
		{"a coordinator", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Coordinator", "n1"); missing(w, r) }, ""},
		{"a listener that knows no such path", missing, "not-found"},
		{"another service", http.NotFound, "http-404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := client.New(serve(t, c.answer).Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			o, err := k.Get(t.Context(), "b", "k", client.GetOptions{})
			if c.code == "" && (err != nil || len(o.Siblings) != 0) || c.code != "" && !client.IsCode(err, c.code) {
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
}

func TestNeededAndGotAreRead(t *testing.T) {
	c, err := client.New(serve(t, answers(503, "quorum-unavailable", "")).Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Get(t.Context(), "b", "k", client.GetOptions{})
	var e *client.Error
	if !errors.As(err, &e) || e.Needed != 2 || e.Got != 1 || !e.Retryable {
		t.Errorf("%+v", err)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	held := make(chan struct{})
	n := serve(t, func(http.ResponseWriter, *http.Request) { <-held })
	defer close(held)
	c, err := client.New(n.Listener.Addr().String(), nobody(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Put(ctx, "b", "k", []byte("v"), client.PutOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatCannotBeUnderstoodIsAnError(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON":                    "value",
		"a value that is no base64":  `{"siblings":[{"value":"*","encoding":"base64","last_modified":"2026-11-21T10:00:00.123Z"}]}`,
		"an encoding that is none":   `{"siblings":[{"value":"v","encoding":"rot13","last_modified":"2026-11-21T10:00:00.123Z"}]}`,
		"a time that is none":        `{"siblings":[{"value":"v","encoding":"utf-8","last_modified":"yesterday"}]}`,
		"siblings that are no list":  `{"siblings":{}}`,
		"a document cut in the half": `{"siblings":[`,
	} {
		t.Run(name, func(t *testing.T) {
			n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", document.TypeObject)
				fmt.Fprint(w, body)
			})
			c, err := client.New(n.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Get(t.Context(), "b", "k", client.GetOptions{Document: true}); !client.IsCode(err, client.CodeMalformed) {
				t.Errorf("%v", err)
			}
		})
	}
}
