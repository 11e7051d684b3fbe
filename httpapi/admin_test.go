package httpapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/node"
)

func TestTheAdminDocumentsAreThoseOfTheContract(t *testing.T) {
	w := start(t, nil)
	w.put("/kv/b/k", "v", "Content-Type", "text/plain")
	w.put("/kv/b/k", "w")
	var out strings.Builder
	for _, target := range []string{
		"/admin/cluster", "/admin/layout", "/admin/buckets", "/admin/buckets/b", "/admin/where/b/a%20key",
		"/admin/repair", "/livez", "/readyz",
	} {
		r := w.want(200, w.doAt(w.admin, "GET", target, ""))
		out.WriteString("# " + target + "\n" + string(r.body) + "\n")
	}
	r := w.want(200, w.do("GET", "/kv/b/k?explain=true", ""))
	out.WriteString("# /kv/b/k?explain=true\n" + string(r.body) + "\n")
	r = w.want(200, w.do("GET", "/kv/b/absent?explain=true", "", "Accept", "text/html"))
	out.WriteString("# /kv/b/absent?explain=true\n" + string(r.body) + "\n")
	golden(t, "admin.txt", out.String())
	if r := w.want(200, w.do("GET", "/version", "")); !strings.HasPrefix(string(r.body), `{"version":"test","api":1,"go":"go1.`) {
		t.Errorf("/version: %s", r.body)
	}
}

func TestAnAccountTellsTheAgeOfATombstone(t *testing.T) {
	w := start(t, nil)
	w.want(204, w.do("DELETE", "/kv/b/k", ""))
	r := w.want(200, w.do("GET", "/kv/b/k?explain=true", ""))
	if strings.Contains(string(r.body), `"tombstone_age_seconds":null`) || !strings.Contains(string(r.body), `"tombstone":true`) {
		t.Errorf("%s", r.body)
	}
}

func TestABucketsPropertiesCanBeChangedOneByOne(t *testing.T) {
	w := start(t, nil)
	put := func(body string) reply {
		return w.doAt(w.admin, "PUT", "/admin/buckets/my%2Fcarts", body, "Content-Type", "application/json; charset=utf-8")
	}
	want := `{"n":3,"r":1,"w":"all","pr":0,"pw":0,"dw":"w","max_siblings":10,"max_value_size":4194304}`
	if r := w.want(200, put(`{"r":"one","w":"all","max_siblings":10}`)); string(r.body) != want {
		t.Errorf("the change answers %s", r.body)
	}
	if r := w.want(200, w.doAt(w.admin, "GET", "/admin/buckets/my%2fcarts", "")); string(r.body) != want {
		t.Errorf("afterwards the bucket has %s", r.body)
	}
	want = `{"n":2,"r":1,"w":"all","pr":0,"pw":2,"dw":1,"max_siblings":10,"max_value_size":5}`
	if r := w.want(200, put(`{"n":2,"pw":"2","dw":1,"max_value_size":5}`)); string(r.body) != want {
		t.Errorf("the second change answers %s", r.body)
	}
	if r := w.want(200, w.doAt(w.admin, "GET", "/admin/buckets", "")); !strings.Contains(string(r.body), `"buckets":{"my%2Fcarts":`+want+`}`) {
		t.Errorf("the list of buckets is %s", r.body)
	}
	w.put("/kv/my%2Fcarts/k", "five!")
	if p := w.wantProblem(413, "value-too-large", w.do("PUT", "/kv/my%2Fcarts/k", "sixsix")); p.Detail != "the value is larger than is allowed here, which is 5 bytes" {
		t.Errorf("a value above the bucket's size: %s", p.Detail)
	}
	w.want(200, put(`{"max_value_size":1}`))
	if p := w.wantProblem(413, "value-too-large", w.do("PUT", "/kv/my%2Fcarts/k", "ab")); p.Detail != "the value is larger than is allowed here, which is 1 byte" {
		t.Errorf("a value above the bucket's size: %s", p.Detail)
	}
	w.wantProblem(400, "invalid-parameter", w.do("GET", "/kv/my%2Fcarts/k?r=3", ""))
}

func TestAChangeThatIsNotUnderstoodIsRefused(t *testing.T) {
	w := start(t, nil)
	const json = "application/json"
	for _, c := range []struct{ name, contentType, body, code string }{
		{"no JSON", json, "n=3", "bad-request"},
		{"nothing", json, "", "bad-request"},
		{"another type", "text/plain", "{}", "bad-request"},
		{"no type", "", "{}", "bad-request"},
		{"a list", json, "[]", "bad-request"},
		{"an unknown property", json, `{"q":1}`, "bad-request"},
		{"something behind", json, `{} {}`, "bad-request"},
		{"deep JSON", json, strings.Repeat("[", 8000), "bad-request"},
		{"a level that is none", json, `{"r":"some"}`, "invalid-parameter"},
		{"a level of another kind", json, `{"r":true}`, "bad-request"},
		{"an empty level", json, `{"r":""}`, "bad-request"},
		{"r of 0", json, `{"r":0}`, "invalid-parameter"},
		{"w above n", json, `{"w":4}`, "invalid-parameter"},
		{"r as w", json, `{"r":"w"}`, "invalid-parameter"},
		{"n of 0", json, `{"n":0}`, "invalid-parameter"},
		{"a negative size", json, `{"max_value_size":-1}`, "invalid-parameter"},
		{"no siblings", json, `{"max_siblings":0}`, "invalid-parameter"},
		{"a size that nodes cannot tell each other", json, `{"max_value_size":99999999999}`, "invalid-parameter"},
		{"siblings beyond what nodes can tell each other", json, `{"max_siblings":2147483648}`, "invalid-parameter"},
		{"more copies than there may be", json, `{"n":17}`, "invalid-parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wantProblem(t, 400, c.code, w.doAt(w.admin, "PUT", "/admin/buckets/b", c.body, "Content-Type", c.contentType))
			if p.Outcome != document.OutcomeNotApplied {
				t.Errorf("outcome %q", p.Outcome)
			}
		})
	}
	w.wantProblem(413, "value-too-large", w.doAt(w.admin, "PUT", "/admin/buckets/b", strings.Repeat(" ", 17<<10), "Content-Type", json))
	w.wantProblem(400, "invalid-parameter", w.doAt(w.admin, "GET", "/admin/buckets/b?n=3", ""))
	w.wantProblem(400, "invalid-name", w.doAt(w.admin, "GET", "/admin/buckets/%zz", ""))
	w.wantProblem(400, "invalid-name", w.doAt(w.admin, "GET", "/admin/where/b/", ""))
	w.backend.Before = func(context.Context, string) error {
		return &node.Error{Code: node.CodeBucketInUse, Effect: node.NotApplied, Detail: "n2 holds keys of the bucket"}
	}
	w.wantProblem(409, "bucket-in-use", w.doAt(w.admin, "PUT", "/admin/buckets/b", `{"n":2}`, "Content-Type", json))
}

func TestARefusedChangeNamesTheFieldAndWhatIsWanted(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ path, body, detail string }{
		{"buckets/b", `{"n":"3"}`, "the body is no change of a bucket: n must be a whole number that fits, not a string"},
		{"buckets/b", `{"max_siblings":1.5}`, "the body is no change of a bucket: max_siblings must be a whole number that fits, not 1.5"},
		{"buckets/b", `{"n":99999999999999999999}`, "the body is no change of a bucket: n must be a whole number that fits, not 99999999999999999999"},
		{"buckets/b", `{"r":true}`, "the body is no change of a bucket: r must be a number of replicas, one, quorum or all, not true or false"},
		{"buckets/b", `{"dw":""}`, "the body is no change of a bucket: dw must be a number of replicas, one, quorum or all, not an empty string"},
		{"buckets/b", `{"w":{"x":1}}`, "the body is no change of a bucket: w must be a number of replicas, one, quorum or all, not an object"},
		{"buckets/b", `{"w":-1}`, "the body is no change of a bucket: w must be a number of replicas, one, quorum or all, not -1"},
		{"buckets/b", `[]`, "the body is no change of a bucket: it must be a JSON object, not an array"},
		{"buckets/b", `{"q":1}`, "the body is no change of a bucket: there is no property q"},
		{"buckets/b", `{"n":3`, "the body is no change of a bucket: its JSON ends too early"},
		{"buckets/b", `n=3`, "the body is no change of a bucket: it is no JSON from byte 2 on"},
		{"buckets/b", ``, "the body is no change of a bucket: it is empty"},
		{"buckets/b", `{"max_value_size":99999999999}`, "max_value_size=99999999999 is out of range: 0 to 2147483647"},
		{"buckets/b", `{"n":0}`, "n=0 is out of range: 1 to 16"},
		{"repair", `{"paused":1}`, "the body is no change of repair: paused must be true or false, not a number"},
		{"repair", `{"bytes_per_second":[1]}`, "the body is no change of repair: bytes_per_second must be a whole number that fits, not an array"},
	} {
		method := "PUT"
		if c.path == "repair" {
			method = "POST"
		}
		r := w.doAt(w.admin, method, "/admin/"+c.path, c.body, "Content-Type", "application/json")
		if r.StatusCode != 400 || !strings.Contains(string(r.body), `"detail":`+quoted(t, c.detail)+`,`) {
			t.Errorf("%s: %d %s", c.body, r.StatusCode, r.body)
		}
	}
}

// quoted is the text as JSON writes it.
func quoted(t *testing.T, text string) string {
	t.Helper()
	b, err := document.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWebPagesAreKeptOutOfTheAdminSide(t *testing.T) {
	w := start(t, func(c *httpapi.Config) { c.AdminHosts = []string{"kindred.example"} })
	_, port, _ := strings.Cut(w.admin, ":")
	for _, c := range []struct {
		name, method, host, origin string
		status                     int
	}{
		{"an address in digits", "GET", w.admin, "", 200},
		{"localhost", "GET", "LOCALHOST:" + port, "", 200},
		{"an IPv6 address", "GET", "[::1]:" + port, "", 200},
		{"an IPv6 address without a port", "GET", "[::1]", "", 200},
		{"a name that was allowed", "GET", "Kindred.Example", "", 200},
		{"a name that a page had resolved to this machine", "GET", "evil.example", "", 403},
		{"a name that begins alike", "GET", "localhost.evil.example:" + port, "", 403},
		{"a change from the own page", "PUT", w.admin, "http://" + w.admin, 200},
		{"a change from another page", "PUT", w.admin, "http://evil.example", 403},
		{"a change from a page without origin", "PUT", w.admin, "null", 403},
		{"a change from another port", "PUT", w.admin, "http://127.0.0.1:1", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			target, body := "/admin/cluster", ""
			header := []string{"Host", c.host, "Content-Type", "application/json"}
			if c.origin != "" {
				header = append(header, "Origin", c.origin)
			}
			if c.method == "PUT" {
				target, body = "/admin/buckets/b", "{}"
			}
			r := w.doAt(w.admin, c.method, target, body, header...)
			if r.StatusCode != c.status {
				t.Errorf("%d %s, want %d", r.StatusCode, r.body, c.status)
			}
			if r.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("another origin is allowed to read the answer")
			}
		})
	}
	r := dial(t, w.admin).send("GET http://evil.example/admin/cluster HTTP/1.1\r\nHost: " + w.admin + "\r\n\r\n").receive("GET")
	wantProblem(t, 403, "forbidden", r)
}

func TestTheAdminListenerLeadsToTheDashboard(t *testing.T) {
	w := start(t, nil)
	for _, target := range []string{"/", "/ui"} {
		if r := w.want(308, w.doAt(w.admin, "GET", target, "")); r.Header.Get("Location") != "/ui/" {
			t.Errorf("%s leads to %q", target, r.Header.Get("Location"))
		}
		w.wantProblem(404, "not-found", w.do("GET", target, ""))
	}
}

func TestTheDashboardLoadsNothingFromElsewhere(t *testing.T) {
	w := start(t, nil)
	r := w.want(200, w.doAt(w.admin, "GET", "/ui/", ""))
	if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("Content-Security-Policy: %s", csp)
	}
	for _, file := range []string{"app.js", "style.css"} {
		if !strings.Contains(string(r.body), `"`+file+`"`) {
			t.Errorf("the page does not load %s", file)
		}
		w.want(200, w.doAt(w.admin, "GET", "/ui/"+file, ""))
	}
	if strings.Contains(string(r.body), "//") && strings.Contains(string(r.body), "http") {
		t.Error("the page names another server")
	}
}

func TestMetricsCountRequestsAndNameNoKeys(t *testing.T) {
	w := start(t, func(c *httpapi.Config) {
		c.MoreMetrics = func() []httpapi.Metric { return []httpapi.Metric{httpapi.NewGauge("more", "More of it.", 1)} }
	})
	w.put("/kv/secret-bucket/secret-key", "secret-value")
	w.do("GET", "/kv/secret-bucket/secret-key", "")
	w.do("GET", "/kv/secret-bucket/secret-key?W=1", "")
	dial(t, w.data).send("nonsense\r\n\r\n").receive("GET")
	body := string(w.want(200, w.doAt(w.admin, "GET", "/metrics", "")).body)
	for _, line := range []string{
		`kindred_http_requests_total{op="put",status="204"} 1`,
		`kindred_http_requests_total{op="get",status="200"} 1`,
		`kindred_http_requests_total{op="get",status="400"} 1`,
		`kindred_http_problems_total{code="invalid-parameter"} 1`,
		`kindred_http_problems_total{code="bad-request"} 1`,
		`kindred_http_request_seconds_bucket{op="get",le="+Inf"} 2`,
		`kindred_http_request_seconds_count{op="get"} 2`,
		"# TYPE kindred_http_request_seconds histogram",
		"kindred_more 1",
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if strings.Contains(body, "secret") {
		t.Errorf("the metrics tell names:\n%s", body)
	}
}
