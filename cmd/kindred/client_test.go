package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
)

// expect compares a run with what it should have left; an empty want for standard error means that it is
// silent, otherwise all lines of want must be in it.
func expect(t *testing.T, got outcome, code int, stdout, stderr string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d", got.code, code)
	}
	if got.stdout != stdout {
		t.Errorf("standard output is\n%s\nwant\n%s", got.stdout, stdout)
	}
	if stderr == "" && got.stderr != "" {
		t.Errorf("standard error is not silent:\n%s", got.stderr)
	}
	for line := range strings.SplitSeq(stderr, "\n") {
		if !strings.Contains(got.stderr, line) {
			t.Errorf("standard error is\n%s\nwithout\n%s", got.stderr, line)
		}
	}
}

func TestTwoWritersFromOneContextAreToldOfEachOtherAndResolved(t *testing.T) {
	_, env := startFake(t)
	run := func(args ...string) outcome { return kindred(t, "", append(env, args...)...) }

	expect(t, run("put", "carts/ana", "milk"), 0, "ok  2 acks of 2 wanted  context 9f1c27d0a1b2c3d4@1\n", "")
	expect(t, run("get", "carts/ana"), 0, "milk", "")
	expect(t, run("put", "carts/ana", `["milk","eggs"]`, "--context", "9f1c27d0a1b2c3d4@1"), 0, "ok  2 acks of 2 wanted  context 9f1c27d0a1b2c3d4@2\n", "")
	expect(t, run("put", "carts/ana", `["milk","bread"]`, "--context", "9f1c27d0a1b2c3d4@1"), 0,
		"ok  2 acks of 2 wanted  context 9f1c27d0a1b2c3d4@3\n"+
			"    2 siblings now: this write had not seen 9f1c@2. To merge: kindred resolve carts/ana\n", "")

	got := run("get", "carts/ana")
	got.stdout = maskAges(got.stdout)
	expect(t, got, 4, ""+
		"2 siblings of carts/ana  context 9f1c27d0a1b2c3d4@2+9f1c27d0a1b2c3d4@3\n"+
		"  #  id      written by  when  value\n"+
		"  1  9f1c@2  n1          AGO   [\"milk\",\"eggs\"]\n"+
		"  2  9f1c@3  n1          AGO   [\"milk\",\"bread\"]\n", "To merge: kindred resolve carts/ana")
	if got := run("resolve", "carts/ana"); got.code != 4 || !strings.Contains(got.stdout, "kindred resolve carts/ana --set VALUE, or --pick 1, or --newest") {
		t.Errorf("resolve without a choice: %+v", got)
	}
	expect(t, run("resolve", "carts/ana", "--set", `["milk","eggs","bread"]`), 0, "resolved: 2 siblings → 1\n", "")
	expect(t, run("get", "carts/ana"), 0, `["milk","eggs","bread"]`, "")
	expect(t, run("resolve", "carts/ana"), 0, "nothing to resolve: carts/ana has one value\n", "")
}

// maskAges hides what depends on when the test runs, and the width that it had.
func maskAges(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if at := strings.Index(line, " ago"); at >= 0 {
			start := strings.LastIndex(line[:at], "  ") + 2
			lines[i] = line[:start] + "AGO" + line[at+len(" ago"):]
			lines[i] = strings.Replace(lines[i], "AGO  ", "AGO   ", 1)
		} else if strings.Contains(line, "when") {
			before, after, _ := strings.Cut(line, "when")
			lines[i] = before + "when  " + strings.TrimLeft(after, " ")
		}
	}
	return strings.Join(lines, "\n")
}

func TestResolvePicksASiblingWithItsTypeAndMetadata(t *testing.T) {
	for _, c := range []struct{ flag, text, want string }{
		{"--pick", "1", "first"}, {"--pick", "9f1c@2", "second"}, {"--newest", "", "second"},
	} {
		f, env := startFake(t)
		kindred(t, "", append(env, "put", "b/k", "first", "--content-type", "text/x-first", "--meta", "author=a")...)
		kindred(t, "", append(env, "put", "b/k", "second", "--content-type", "text/x-second")...)
		args := []string{"resolve", "b/k", c.flag}
		if c.text != "" {
			args = append(args, c.text)
		}
		expect(t, kindred(t, "", append(env, args...)...), 0, "resolved: 2 siblings → 1\n", "")
		s := f.first("b/k")
		if s.Value != c.want || s.ContentType != "text/x-"+c.want || c.want == "first" && s.Metadata["author"] != "a" {
			t.Errorf("%s %s kept %+v", c.flag, c.text, s)
		}
	}
	_, env := startFake(t)
	kindred(t, "", append(env, "put", "b/k", "first")...)
	kindred(t, "", append(env, "put", "b/k", "second")...)
	expect(t, kindred(t, "", append(env, "resolve", "b/k", "--pick", "7")...), 2, "", "no sibling is number or id \"7\"")
	expect(t, kindred(t, "", append(env, "resolve", "b/k", "--pick", "1", "--newest")...), 2, "", "newest")
}

func TestValuesComeFromArgumentsFilesAndStandardInput(t *testing.T) {
	f, env := startFake(t)
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte("<p>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stdin       string
		args        []string
		value, kind string
	}{
		{"", []string{"tea"}, "tea", "text/plain; charset=utf-8"},
		{"", []string{`{"a":1}`}, `{"a":1}`, "application/json"},
		{"", []string{`{broken`}, `{broken`, "text/plain; charset=utf-8"},
		{"", []string{""}, "", "text/plain; charset=utf-8"},
		{"a\x00b", []string{"-"}, "a\x00b", "application/octet-stream"},
		{"piped", nil, "piped", "application/octet-stream"},
		{"", []string{"--file", path}, "<p>", "text/html; charset=utf-8"},
		{"", []string{"--file", path, "--content-type", "x/y"}, "<p>", "x/y"},
	} {
		f.set(func() { f.keys = map[string][]document.Sibling{} })
		if got := kindred(t, c.stdin, append(append(env, "put", "b/k"), c.args...)...); got.code != 0 {
			t.Fatalf("%q: %+v", c.args, got)
		}
		s := f.first("b/k")
		value, _ := s.Bytes()
		if string(value) != c.value || s.ContentType != c.kind {
			t.Errorf("%q stored %q as %q", c.args, value, s.ContentType)
		}
	}
	expect(t, kindred(t, "", append(env, "put", "b/k", "x", "--file", path)...), 2, "", "given twice")
	expect(t, kindred(t, "", append(env, "put", "b/k", "--file", "/nowhere")...), 1, "", "/nowhere")
	expect(t, kindred(t, "", append(env, "put", "b/k", "x", "--meta", "novalue")...), 2, "", "NAME=TEXT")
}

func TestKeysReachTheServerAsTheyAreWritten(t *testing.T) {
	f, env := startFake(t)
	for arg, target := range map[string]string{
		"a/b/c":      "/kv/a/b/c",
		"a//b":       "/kv/a/%2Fb",
		"a/../b":     "/kv/a/..%2Fb",
		"a/100%":     "/kv/a/100%25",
		"a/ü x?y#z":  "/kv/a/%C3%BC%20x%3Fy%23z",
		"a/\xff\xfe": "/kv/a/%FF%FE",
	} {
		kindred(t, "", append(env, "get", arg)...)
		if asked := f.asked(); asked != "GET "+target {
			t.Errorf("%q asked for %q, want %q", arg, asked, target)
		}
	}
	kindred(t, "", append(env, "get", "--encoded", "a%2Fb/c%00d")...)
	if asked := f.asked(); asked != "GET /kv/a%2Fb/c%00d" {
		t.Errorf("the encoded key asked for %q", asked)
	}
	expect(t, kindred(t, "", append(env, "get", "nokey")...), 2, "", "write BUCKET/KEY")
	expect(t, kindred(t, "", append(env, "get", "b/")...), 2, "", "the key is empty")
	expect(t, kindred(t, "", append(env, "get", "--encoded", "b/%zz")...), 2, "", "percent")
}

func TestEveryFailureHasItsExitCodeAndTheNextCommand(t *testing.T) {
	needed, got := 2, 1
	for _, c := range []struct {
		name    string
		problem *document.Problem
		args    []string
		code    int
		stderr  string
	}{
		{"an absent key", nil, []string{"get", "b/none"}, 1, "no value at b/none (2 replicas that know say so)\n  Write one: kindred put b/none VALUE"},
		{"a missing quorum", &document.Problem{Status: 503, Code: "quorum-unavailable", Detail: "1 of 2 replicas answered", Needed: &needed, Got: &got, Outcome: "not_applied"}, []string{"put", "b/k", "v"}, 1, "quorum-unavailable: 1 of 2 replicas answered\n  See what is wrong: kindred status"},
		{"a write of unknown outcome", &document.Problem{Status: 504, Code: "timeout", Detail: "late", Outcome: "unknown"}, []string{"put", "b/k", "v"}, 1, "the write may or may not have happened\n  Look: kindred get b/k"},
		{"a condition that does not hold", &document.Problem{Status: 412, Code: "precondition-failed", Detail: "a value stands", Outcome: "not_applied"}, []string{"put", "b/k", "v", "--if-absent"}, 1, "  See what stands: kindred get b/k"},
		{"a context of elsewhere", &document.Problem{Status: 400, Code: "invalid-context", Detail: "altered"}, []string{"put", "b/k", "v", "--context", "x"}, 1, "  Read a new one: kindred get b/k -v"},
		{"a level that the bucket does not have", &document.Problem{Status: 400, Code: "invalid-parameter", Detail: "r=9 is out of range"}, []string{"get", "b/k", "--r", "9"}, 2, "r=9 is out of range\n  All commands and their flags: kindred --help"},
		{"a value above the bucket's size", &document.Problem{Status: 413, Code: "value-too-large", Detail: "too large", Outcome: "not_applied"}, []string{"put", "b/k", "v"}, 1, "  Allow larger ones: kindred bucket BUCKET --max-value-size SIZE"},
		{"a full disk", &document.Problem{Status: 507, Code: "disk-full", Detail: "full", Outcome: "not_applied"}, []string{"delete", "b/k"}, 1, "  See what is wrong: kindred status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, env := startFake(t)
			f.set(func() { f.problem = c.problem })
			expect(t, kindred(t, "", append(env, c.args...)...), c.code, "", c.stderr)
		})
	}
	t.Run("a listener that serves no keys", func(t *testing.T) {
		_, env := startFake(t)
		other := strings.Replace(env[1], "KINDRED_ADMIN_ADDR", "KINDRED_ADDR", 1)
		for _, args := range [][]string{{"get", "b/k"}, {"resolve", "b/k"}, {"get", "b/k", "-o", "json"}, {"where", "b/k", "--explain"}} {
			expect(t, kindred(t, "", append([]string{other}, args...)...), 1, "", "does not serve that (not-found: there is nothing under this path)\nIs this the right listener? Name another one: --addr HOST:PORT")
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		for _, args := range [][]string{{"get", "b/k"}, {"put", "b/k", "v"}, {"delete", "b/k"}, {"status"}, {"where", "b/k"}, {"bucket"}, {"bench", "--keys", "1", "--time", "10ms"}} {
			expect(t, kindred(t, "", append([]string{"KINDRED_ADDR=127.0.0.1:1", "KINDRED_ADMIN_ADDR=127.0.0.1:1"}, args...)...), 3,
				kindredHeads(args), "nobody answers at 127.0.0.1:1 (connection refused)\n  Start a cluster: kindred demo")
		}
	})
	t.Run("wrong usage", func(t *testing.T) {
		for _, c := range []struct {
			args   []string
			stderr string
		}{
			{[]string{"gett", "b/k"}, "unknown command \"gett\" for \"kindred\"; did you mean get?\n  All commands: kindred --help"},
			{[]string{"help", "gett"}, "there is no command \"gett\""},
			{[]string{"get"}, "takes one BUCKET/KEY"},
			{[]string{"get", "b/k", "--quorom", "1"}, "unknown flag --quorom"},
			{[]string{"get", "b/k", "--contxt", "1"}, "unknown flag --contxt; did you mean --context?"},
			{[]string{"get", "b/k", "-o", "yaml"}, "write table or json"},
			{[]string{"get", "b/k", "--addr", "nonsense"}, "host:port is wanted"},
			{[]string{"put", "b/k", "v", "--meta", "a b=c"}, "a name has letters"},
			{[]string{"put", "b/k", "v", "--meta", "a=two\nlines"}, "the text is one line"},
			{[]string{"get", "b/k", "--context", "two\nlines"}, "the header Causal-Context cannot hold \"two\\nlines\""},
			{[]string{"put", "b/k", "v", "--content-type", "bad type"}, "--content-type \"bad type\" is no media type: write TYPE/SUBTYPE"},
			{[]string{"get", "b/k", "--timeout", "0"}, "--timeout: \"0\" is no duration from 1ms to 60s"},
			{[]string{"get", "b/k", "--timeout", "61s"}, "--timeout: \"61s\" is no duration from 1ms to 60s"},
			{[]string{"bucket", "b", "--n", "three"}, "--n: \"three\" is no whole number"},
			{[]string{"resolve", "b/k", "--pick", "1", "--newest"}, "--pick, --newest: choose one"},
			{[]string{"bench", "--mix", "60r50w", "--size", "big", "--keys", "-1"}, "--mix: \"60r50w\" is no mix"},
			{[]string{"bench", "--mix", "60r50w", "--size", "big", "--keys", "-1"}, "--keys:"},
			{[]string{"bucket", "--w", "2"}, "name the bucket"},
			{[]string{"server", "--partitions", "3", "--n", "0"}, "2 settings are wrong"},
		} {
			expect(t, kindred(t, "", c.args...), 2, "", c.stderr)
		}
	})
}

// kindredHeads is what a command prints before it finds that nobody is there.
func kindredHeads(args []string) string {
	if args[0] == "bench" {
		return "bench 50r50w · 1.0 kB values · 1 key · 16 clients · seed 1\n"
	}
	return ""
}

func TestJSONIsTheAPIsOwnDocumentAndErrorsAreJSONToo(t *testing.T) {
	f, env := startFake(t)
	kindred(t, "", append(env, "put", "b/k", "v", "--meta", "author=a")...)
	var object document.Object
	got := kindred(t, "", append(env, "get", "b/k", "-o", "json")...)
	if err := json.Unmarshal([]byte(got.stdout), &object); err != nil || got.code != 0 || len(object.Siblings) != 1 ||
		object.Siblings[0].Value != "v" || object.Siblings[0].Metadata["author"] != "a" || object.Context == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	got = kindred(t, "", append(env, "put", "b/k", "w", "-o", "json")...)
	var wrote map[string]any
	if err := json.Unmarshal([]byte(got.stdout), &wrote); err != nil || wrote["acks"] != 2.0 || wrote["wanted"] != 2.0 || wrote["siblings"] != 2.0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if got = kindred(t, "", append(env, "get", "b/k", "-o", "json")...); got.code != 4 {
		t.Errorf("two siblings as JSON: %+v", got)
	}
	f.set(func() { f.problem = &document.Problem{Status: 503, Code: "not-ready", Detail: "no cluster yet"} })
	got = kindred(t, "", append(env, "get", "b/k", "-o", "json")...)
	var failed failureDocument
	if err := json.Unmarshal([]byte(got.stderr), &failed); err != nil || failed.Exit != 1 || failed.Code != "not-ready" || failed.Status != 503 || failed.Next == "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAWriteTellsWhoWasAwayAndWhoKeepsAHint(t *testing.T) {
	f, env := startFake(t)
	f.set(func() { f.hinted, f.cluster.Nodes = "n3", []document.Node{{Name: "n3", State: "down"}} })
	expect(t, kindred(t, "", append(env, "put", "carts/bo", "tea")...), 0, "ok  2 of 3 replicas  (n3 is down; n1 keeps a hint for it)  context 9f1c27d0a1b2c3d4@1\n", "")
	f.set(func() { f.cluster.Nodes[0].State = "up" })
	expect(t, kindred(t, "", append(env, "delete", "carts/bo")...), 0, "ok  2 of 3 replicas  (n3 did not answer; n1 keeps a hint for it)  context 9f1c27d0a1b2c3d4@2\n", "")
}

func TestWhereAndBucketsAreTables(t *testing.T) {
	_, env := startFake(t)
	expect(t, kindred(t, "", append(env, "where", "carts/ana")...), 0, ""+
		"carts/ana  partition 17 · n=3\n"+
		"  place  node  role\n"+
		"  1      n2    primary\n"+
		"  2      n1    primary\n"+
		"  3      n3    primary\n"+
		"  4      n4    fallback\n", "")
	expect(t, kindred(t, "", append(env, "bucket", "carts", "--w", "all")...), 0, ""+
		"  bucket  n  r       w    pr  pw  dw  max siblings  max value\n"+
		"  carts   3  quorum  all  0   0   w   100           4.2 MB\n", "")
	expect(t, kindred(t, "", append(env, "bucket")...), 0, ""+
		"  bucket        n  r       w       pr  pw  dw  max siblings  max value\n"+
		"  carts         3  quorum  all     0   0   w   100           4.2 MB\n"+
		"  (all others)  3  quorum  quorum  0   0   w   100           4.2 MB\n", "")
	kindred(t, "", append(env, "bucket", "a/b c", "--w", "all")...)
	if got := kindred(t, "", append(env, "bucket")...); !strings.Contains(got.stdout, "\n  carts ") || !strings.Contains(got.stdout, "  a/b c  ") {
		t.Errorf("a name is not shown as it is given: %+v", got)
	}
}
