package main

import (
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
)

func TestWhatANodeHoldsOfAKeyIsToldInWords(t *testing.T) {
	value, tombstone := document.HeldVersion{ID: "1@1"}, document.HeldVersion{ID: "1@2", Tombstone: true}
	n3 := []document.NodeRef{{ID: "3", Name: "n3"}}
	for _, c := range []struct {
		name         string
		replica      document.Replica
		state, holds string
	}{
		{"an owner that knows", document.Replica{State: "complete", Versions: []document.HeldVersion{value}}, "complete", "1 value"},
		{"an owner that knows of nothing", document.Replica{State: "complete"}, "complete", "–"},
		{"an owner that has forgotten", document.Replica{State: "incomplete", Versions: []document.HeldVersion{value, value, tombstone}}, "incomplete", "2 values, 1 tombstone"},
		{"another node without a copy", document.Replica{State: "stranger"}, "holds nothing of it", "–"},
		{"another node with a hint", document.Replica{State: "stranger", Versions: []document.HeldVersion{value}, HintFor: n3}, "keeps it for another", "1 value, for n3"},
		{"another node with a copy", document.Replica{State: "stranger", Versions: []document.HeldVersion{tombstone}}, "holds a copy", "1 tombstone"},
		{"a node that does not answer", document.Replica{State: "unreachable", Cause: "connection refused"}, "unreachable (connection refused)", "–"},
	} {
		if state, holds := stateOf(c.replica), holds(c.replica); state != c.state || holds != c.holds {
			t.Errorf("%s: %q, %q, want %q, %q", c.name, state, holds, c.state, c.holds)
		}
	}
}

func TestEveryColumnOfTheComparisonHasAHeading(t *testing.T) {
	got := kindred(t, "", "compare", "--scripts", "1")
	lines := strings.Split(got.stdout, "\n")
	if got.code != 0 || len(lines) < 3 || !strings.HasSuffix(lines[1], "  how it works") {
		t.Errorf("compare: %+v", got)
	}
}

func TestAReadTellsWhatItRestsOnInGoodNumbers(t *testing.T) {
	o := &client.Object{Reply: client.Reply{Quorum: client.Quorum{N: 3, Total: 1, Primary: 1}, Coordinator: "n1", Context: "token"}}
	if got := aboutRead(o); got != "1 answer of 3 replicas (1 primary, 0 fallback) through n1  context token" {
		t.Errorf("%q", got)
	}
}
