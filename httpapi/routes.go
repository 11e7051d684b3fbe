package httpapi

import (
	"slices"
	"strings"

	"github.com/kindreddb/kindred/node"
)

// listener is one of the two sides of a server.
type listener uint8

// A route may be on both.
const (
	data listener = 1 << iota
	admin
)

// route is one pattern of paths and what may be done there.
type route struct {
	on listener
	// pattern is the path, names in braces at its end: {bucket}/{key}, or one name alone. A key takes all
	// the rest of the path, a lone name no slash.
	pattern string
	methods []method
	// always says that the route is served while the server shuts down or is overloaded.
	always bool
}

// method is what a route does on one method. GET stands for HEAD too.
type method struct {
	name    string
	op      string // for metrics
	handler func(*Server, *exchange) error
	writes  bool // it changes something
	body    bool // it takes one; the others refuse any
}

// routes is the one table of all there is. It is read by the server and held against openapi.json by a test.
var routes = []route{
	{on: data, pattern: "/kv/{bucket}/{key}", methods: []method{
		{name: "GET", op: "get", handler: (*Server).getObject},
		{name: "PUT", op: "put", handler: (*Server).putObject, writes: true, body: true},
		{name: "DELETE", op: "delete", handler: (*Server).deleteObject, writes: true},
	}},
	{on: data, pattern: "/kv/{bucket}", methods: []method{
		{name: "POST", op: "create", handler: (*Server).createObject, writes: true, body: true},
	}},
	{on: admin, pattern: "/admin/cluster", methods: []method{{name: "GET", op: "cluster", handler: (*Server).getCluster}}},
	{on: admin, pattern: "/admin/layout", methods: []method{{name: "GET", op: "layout", handler: (*Server).getLayout}}},
	{on: admin, pattern: "/admin/buckets", methods: []method{{name: "GET", op: "buckets", handler: (*Server).getBuckets}}},
	{on: admin, pattern: "/admin/buckets/{bucket}", methods: []method{
		{name: "GET", op: "bucket", handler: (*Server).getBucket},
		{name: "PUT", op: "bucket", handler: (*Server).putBucket, writes: true, body: true},
	}},
	{on: admin, pattern: "/admin/where/{bucket}/{key}", methods: []method{{name: "GET", op: "where", handler: (*Server).getWhere}}},
	{on: admin, pattern: "/admin/repair", methods: []method{
		{name: "GET", op: "repair", handler: (*Server).getRepair},
		{name: "POST", op: "repair", handler: (*Server).postRepair, writes: true, body: true},
	}},
	{on: admin, pattern: "/metrics", methods: []method{{name: "GET", op: "metrics", handler: (*Server).getMetrics}}, always: true},
	{on: admin, pattern: "/openapi.json", methods: []method{{name: "GET", op: "openapi", handler: (*Server).getOpenAPI}}},
	{on: admin, pattern: "/", methods: []method{{name: "GET", op: "ui", handler: (*Server).redirectToUI}}},
	{on: admin, pattern: "/ui", methods: []method{{name: "GET", op: "ui", handler: (*Server).redirectToUI}}},
	{on: admin, pattern: "/ui/", methods: []method{{name: "GET", op: "ui", handler: (*Server).getUI}}},
	{on: admin, pattern: "/ui/{file}", methods: []method{{name: "GET", op: "ui", handler: (*Server).getUI}}},
	{on: data | admin, pattern: errorsPath + "{code}", methods: []method{{name: "GET", op: "error", handler: (*Server).getError}}, always: true},
	{on: data | admin, pattern: "/livez", methods: []method{{name: "GET", op: "livez", handler: (*Server).getLivez}}, always: true},
	{on: data | admin, pattern: "/readyz", methods: []method{{name: "GET", op: "readyz", handler: (*Server).getReadyz}}, always: true},
	{on: data | admin, pattern: "/version", methods: []method{{name: "GET", op: "version", handler: (*Server).getVersion}}, always: true},
}

// findRoute finds the route of a raw path and what stands behind the route's prefix.
func findRoute(on listener, path string) (r *route, rest string) {
	for i := range routes {
		r := &routes[i]
		if r.on&on == 0 {
			continue
		}
		prefix, names, hasNames := strings.Cut(r.pattern, "{")
		rest, found := strings.CutPrefix(path, prefix)
		switch {
		case !found:
		case !hasNames && rest == "", hasNames && fits(rest, names):
			return r, rest
		}
	}
	return nil, ""
}

// fits says whether the rest of a path is what the names of a pattern stand for. That a name is empty is for
// the handler to say.
func fits(rest, names string) bool {
	if strings.Contains(names, "/") {
		return rest == "" || strings.Contains(rest, "/")
	}
	return rest != "" && !strings.Contains(rest, "/")
}

// findMethod finds what the route does on a method.
func (r *route) findMethod(name string) (*method, error) {
	if name == "HEAD" {
		name = "GET"
	}
	if i := slices.IndexFunc(r.methods, func(m method) bool { return m.name == name }); i >= 0 {
		return &r.methods[i], nil
	}
	return nil, refusal(codeMethodNotAllowed, "here are allowed: %s", r.allow())
}

// allow is the Allow field of the route.
func (r *route) allow() string {
	var names []string
	for _, m := range r.methods {
		names = append(names, m.name)
		if m.name == "GET" {
			names = append(names, "HEAD")
		}
	}
	return strings.Join(names, ", ")
}

// errNoRoute is the answer to a path that leads nowhere.
func errNoRoute() *node.Error {
	return refusal(codeNotFound, "there is nothing under this path; keys are under /kv/BUCKET/KEY on the data listener, the contract is /openapi.json on the admin listener")
}
