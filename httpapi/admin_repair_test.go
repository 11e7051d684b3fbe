package httpapi_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

// steer posts a change and gives the answer's document.
func (w *world) steer(body string) document.Repair {
	w.t.Helper()
	r := w.want(200, w.doAt(w.admin, "POST", "/admin/repair", body, "Content-Type", "application/json"))
	var d document.Repair
	if err := json.Unmarshal(r.body, &d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

func TestRepairIsSteeredByAnyPartOfAChangeAlone(t *testing.T) {
	w := start(t, nil)
	before := w.steer(`{}`)
	if before.Paused || before.Due != 4 || before.BytesPerSecond != 16<<20 || before.PeriodSeconds != (10*time.Minute).Seconds() {
		t.Errorf("a change of nothing answers %+v", before)
	}
	if d := w.steer(`{"paused":true}`); !d.Paused || d.Due != 4 || d.BytesPerSecond != 16<<20 {
		t.Errorf("a pause answers %+v", d)
	}
	if d := w.steer(`{"bytes_per_second":0}`); !d.Paused || d.BytesPerSecond != 0 || d.Due != 4 {
		t.Errorf("a budget without a bound answers %+v", d)
	}
	if d := w.steer(`{"run":false}`); d.Due != 4 {
		t.Errorf("no round answers %+v", d)
	}
	if d := w.steer(`{"run":true,"paused":false,"bytes_per_second":1048576}`); d.Paused || d.Due != d.Pairs || d.BytesPerSecond != 1<<20 {
		t.Errorf("all three answer %+v", d)
	}
	var now document.Repair
	if err := json.Unmarshal(w.want(200, w.doAt(w.admin, "GET", "/admin/repair", "")).body, &now); err != nil || now.Due != now.Pairs || now.Paused {
		t.Errorf("afterwards it is %+v, %v", now, err)
	}
}

func TestTheClusterSumsUpTheRepairOfTheNodesThatAnswered(t *testing.T) {
	w := start(t, nil)
	w.steer(`{"paused":true}`)
	var c document.Cluster
	if err := json.Unmarshal(w.want(200, w.doAt(w.admin, "GET", "/admin/cluster", "")).body, &c); err != nil {
		t.Fatal(err)
	}
	want := document.ClusterRepair{Nodes: 2, Paused: 2, Pairs: 32, Due: 8, Away: 6, Incomplete: 2}
	if c.Repair == nil || *c.Repair != want {
		t.Errorf("the sum is %+v, want %+v", c.Repair, want)
	}
}

func TestAChangeOfRepairThatIsNotUnderstoodIsRefused(t *testing.T) {
	w := start(t, nil)
	const json = "application/json"
	for _, c := range []struct{ name, contentType, body, code string }{
		{"no JSON", json, "run", "bad-request"},
		{"nothing", json, "", "bad-request"},
		{"another type", "text/plain", `{"run":true}`, "bad-request"},
		{"an unknown field", json, `{"rum":true}`, "bad-request"},
		{"something behind", json, `{"run":true} {}`, "bad-request"},
		{"a word for a switch", json, `{"paused":"yes"}`, "bad-request"},
		{"half a byte", json, `{"bytes_per_second":0.5}`, "bad-request"},
		{"more than there is", json, `{"bytes_per_second":99999999999999999999}`, "bad-request"},
		{"less than nothing", json, `{"bytes_per_second":-1}`, "invalid-parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wantProblem(t, 400, c.code, w.doAt(w.admin, "POST", "/admin/repair", c.body, "Content-Type", c.contentType))
			if p.Outcome != document.OutcomeNotApplied {
				t.Errorf("outcome %q", p.Outcome)
			}
		})
	}
	w.wantProblem(400, "invalid-parameter", w.doAt(w.admin, "GET", "/admin/repair?run=true", ""))
	w.wantProblem(400, "invalid-parameter", w.doAt(w.admin, "POST", "/admin/repair?run=true", "{}", "Content-Type", json))
	w.wantProblem(405, "method-not-allowed", w.doAt(w.admin, "PUT", "/admin/repair", "{}", "Content-Type", json))
	w.wantProblem(404, "not-found", w.do("GET", "/admin/repair", ""))
	w.wantProblem(403, "forbidden", w.doAt(w.admin, "POST", "/admin/repair", "{}", "Content-Type", json, "Origin", "http://evil.example"))
	w.backend.Before = func(context.Context, string) error {
		return &node.Error{Code: node.CodeNotReady, Effect: node.NotApplied, Detail: "no cluster yet"}
	}
	w.wantProblem(503, "not-ready", w.doAt(w.admin, "GET", "/admin/repair", ""))
}
