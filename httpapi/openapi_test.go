package httpapi

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

// contract is what the tests read of openapi.json.
type contract struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Parameters, Headers, Responses map[string]json.RawMessage
		Schemas                        map[string]struct {
			Properties map[string]json.RawMessage
			Required   []string
		}
	}
	Problems map[node.Code]struct {
		Status int
		When   string
	} `json:"x-problems"`
}

func readContract(t *testing.T) contract {
	t.Helper()
	var c contract
	if err := json.Unmarshal(openAPI, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheContractHasEveryRouteAndNoOther(t *testing.T) {
	c := readContract(t)
	for _, r := range routes {
		path, described := c.Paths[r.pattern]
		if !described {
			t.Errorf("openapi.json lacks the path %s", r.pattern)
			continue
		}
		var on []string
		if r.on&data != 0 {
			on = append(on, "data")
		}
		if r.on&admin != 0 {
			on = append(on, "admin")
		}
		var listeners []string
		if err := json.Unmarshal(path["x-listeners"], &listeners); err != nil || !slices.Equal(listeners, on) {
			t.Errorf("openapi.json has %s on %v, and it is on %v", r.pattern, listeners, on)
		}
		delete(path, "x-listeners")
		delete(path, "parameters")
		for _, m := range r.methods {
			if _, described := path[strings.ToLower(m.name)]; !described {
				t.Errorf("openapi.json lacks %s %s", m.name, r.pattern)
			}
			delete(path, strings.ToLower(m.name))
		}
		for name := range path {
			t.Errorf("openapi.json has %s %s, which does not exist", name, r.pattern)
		}
		delete(c.Paths, r.pattern)
	}
	for path := range c.Paths {
		t.Errorf("openapi.json has the path %s, which does not exist", path)
	}
}

func TestTheContractHasEveryCodeAndNoOther(t *testing.T) {
	c := readContract(t)
	for code, kind := range problems {
		described, has := c.Problems[code]
		if !has || described.Status != kind.status || described.When == "" {
			t.Errorf("openapi.json says of %s: %+v, and its status is %d", code, described, kind.status)
		}
	}
	for code := range c.Problems {
		if _, has := problems[code]; !has {
			t.Errorf("openapi.json has the code %s, which does not exist", code)
		}
	}
}

func TestTheContractHasEveryFieldOfEveryDocument(t *testing.T) {
	c := readContract(t)
	for name, document := range map[string]any{
		"Object": document.Object{}, "Sibling": document.Sibling{}, "Problem": document.Problem{},
		"Account": document.Account{}, "Replica": document.Replica{}, "HeldVersion": document.HeldVersion{},
		"Hint": document.Hint{}, "NodeRef": document.NodeRef{}, "Cluster": document.Cluster{},
		"Node": document.Node{}, "Trouble": document.Trouble{}, "Layout": document.Layout{},
		"LayoutMember": document.LayoutMember{}, "Where": document.Where{}, "Bucket": document.Bucket{},
		"BucketChange": document.BucketChange{}, "Buckets": document.Buckets{}, "Version": document.Version{},
		"Repair": document.Repair{}, "RepairStats": document.RepairStats{}, "RepairChange": document.RepairChange{},
		"ClusterRepair": document.ClusterRepair{},
		"State":         document.State{}, "Created": document.Created{},
	} {
		var fields, required []string
		of := reflect.TypeOf(document)
		for i := range of.NumField() {
			field, option, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			fields = append(fields, field)
			if option != "omitempty" {
				required = append(required, field)
			}
		}
		slices.Sort(fields)
		slices.Sort(required)
		schema := c.Components.Schemas[name]
		if described := slices.Sorted(maps.Keys(schema.Properties)); !slices.Equal(described, fields) {
			t.Errorf("openapi.json gives %s the fields %v, and it has %v", name, described, fields)
		}
		if described := slices.Sorted(slices.Values(schema.Required)); !slices.Equal(described, required) {
			t.Errorf("openapi.json requires of %s the fields %v, and always there are %v", name, described, required)
		}
	}
}

func TestEveryReferenceOfTheContractLeadsSomewhere(t *testing.T) {
	c := readContract(t)
	known := map[string]bool{}
	for name := range c.Components.Schemas {
		known["schemas/"+name] = true
	}
	for kind, of := range map[string]map[string]json.RawMessage{
		"parameters": c.Components.Parameters, "headers": c.Components.Headers, "responses": c.Components.Responses,
	} {
		for name := range of {
			known[kind+"/"+name] = true
		}
	}
	used := map[string]bool{}
	for i, part := range strings.Split(string(openAPI), `"$ref": "#/components/`) {
		if i > 0 {
			name, _, _ := strings.Cut(part, `"`)
			used[name] = true
		}
	}
	for name := range used {
		if !known[name] {
			t.Errorf("openapi.json refers to %s, which it does not have", name)
		}
	}
	for name := range known {
		if !used[name] {
			t.Errorf("openapi.json has %s, which it never refers to", name)
		}
	}
}
