package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kindreddb/kindred/httpapi/document"
)

func TestAFirstNodeIsAClusterOfOneAndKeepsWhatItAcknowledged(t *testing.T) {
	n := startNode(t)
	env := n.awaitReady(t)
	run := func(args ...string) outcome { return kindred(t, "", append(env, args...)...) }
	if got := run("put", "carts/ana", "milk"); got.code != 0 || !strings.HasPrefix(got.stdout, "ok  1 ack of 1 wanted  context ") {
		t.Errorf("put: %+v", got)
	}
	expect(t, run("get", "carts/ana"), 0, "milk", "")
	if got := run("status"); got.code != 0 || !strings.HasPrefix(got.stdout, "HEALTHY  1 of 1 nodes is up") {
		t.Errorf("status: %+v", got)
	}
	n.signal(t, syscall.SIGTERM)
	if code := n.awaitEnd(t); code != 0 {
		t.Errorf("SIGTERM ended it with %d", code)
	}
	n.restart(t)
	env = n.awaitReady(t)
	expect(t, run("get", "carts/ana"), 0, "milk", "")
	n.signal(t, syscall.SIGKILL)
	n.awaitEnd(t)
	n.restart(t)
	env = n.awaitReady(t)
	expect(t, run("get", "carts/ana"), 0, "milk", "")
}

func TestABusyPortEndsTheStartAndIsNamedWithItsFlagAndItsHolder(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, flag := range []string{"listen", "admin", "peer", "gossip"} {
		folder := filepath.Join(t.TempDir(), "data")
		n := startNode(t, "--"+flag, busy.Addr().String(), "--data", folder)
		if code := n.awaitEnd(t); code != 1 {
			t.Errorf("--%s: exit code %d", flag, code)
		}
		for _, want := range []string{"--" + flag + " " + busy.Addr().String(), fmt.Sprintf("pid %d", os.Getpid()), "--" + flag + " HOST:PORT"} {
			if !strings.Contains(n.logged(), want) {
				t.Errorf("--%s: the message lacks %q:\n%s", flag, want, n.logged())
			}
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("--%s: the folder was made all the same", flag)
		}
	}
}

func TestAFolderThatCannotBeUsedEndsTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{
		"somebody else's":   filepath.Dir(file),
		"a file":            file,
		"below a file":      filepath.Join(file, "data"),
		"where nobody may":  "/proc/self/data",
		"a read-only place": "/sys/kernel/data",
	} {
		n := startNode(t, "--data", folder)
		if code := n.awaitEnd(t); code != 1 || !strings.Contains(n.logged(), folder) || !strings.Contains(n.logged(), "--data FOLDER") {
			t.Errorf("%s: exit code %d:\n%s", name, code, n.logged())
		}
	}
}

func TestAFolderServesOneProcess(t *testing.T) {
	n := startNode(t)
	n.awaitReady(t)
	second := startNode(t, "--data", n.args[4])
	if code := second.awaitEnd(t); code != 1 || !strings.Contains(second.logged(), fmt.Sprint("process ", n.cmd.Process.Pid)) {
		t.Errorf("exit code %d:\n%s", code, second.logged())
	}
	if got := status(n.data, "/readyz"); got != 200 {
		t.Errorf("the first answers %d", got)
	}
}

func TestANodeOfAnotherClusterIsTurnedAway(t *testing.T) {
	one, other := startNode(t), startNode(t, "--name", "n2")
	one.awaitReady(t)
	other.awaitReady(t)
	other.signal(t, syscall.SIGTERM)
	other.awaitEnd(t)
	other.args = append(other.args, "--join", one.gossip)
	other.restart(t)
	if code := other.awaitEnd(t); code != 1 || !strings.Contains(other.logged(), "cluster") || !strings.Contains(other.logged(), "--join") {
		t.Errorf("exit code %d:\n%s", code, other.logged())
	}
	if got := status(one.data, "/readyz"); got != 200 {
		t.Errorf("the one that was joined answers %d", got)
	}
}

func TestANodeThatWaitsForOthersSaysSoAndCanBeStopped(t *testing.T) {
	address := freeAddress(t)
	n := startNode(t, "--bootstrap-expect", "3", "--listen", address)
	eventually(t, "the node answers", func() bool { return status(address, "/livez") == 200 })
	if got := status(address, "/readyz"); got != 503 {
		t.Errorf("readyz is %d", got)
	}
	expect(t, kindred(t, "", "KINDRED_ADDR="+address, "put", "b/k", "v"), 1, "", "not-ready")
	n.signal(t, syscall.SIGINT)
	if code := n.awaitEnd(t); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, n.logged())
	}
}

// freeAddress is one that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// halfAPut sends the head and half of the body of a write.
func halfAPut(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := fmt.Fprintf(c, "PUT /kv/b/slow HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const goOn = "HTTP/1.1 100 Continue\r\n\r\n" // it says that the server is at work on this request
	answer := make([]byte, len(goOn))
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != goOn {
		t.Fatalf("the head of a put was answered %q, %v", answer, err)
	}
	if _, err := io.WriteString(c, "half"); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequestsInFlightFinishWhenTheServerStops(t *testing.T) {
	n := startNode(t)
	n.awaitReady(t)
	c := halfAPut(t, n.data)
	if got := status(n.data, "/readyz"); got != 200 {
		t.Fatalf("readyz is %d before the end", got)
	}
	n.signal(t, syscall.SIGTERM)
	eventually(t, "readyz says that it drains", func() bool { return status(n.data, "/readyz") == 503 })
	if got := status(n.data, "/kv/b/other"); got != 503 {
		t.Errorf("a new request while draining is answered %d", got)
	}
	if _, err := c.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, " 204 ") {
		t.Errorf("the request in flight was answered %q, %v", line, err)
	}
	if code := n.awaitEnd(t); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	n.restart(t)
	expect(t, kindred(t, "", append(n.awaitReady(t), "get", "b/slow")...), 0, "halfhalf", "")
}

func TestARequestThatNeverEndsHoldsNoServer(t *testing.T) {
	n := startNode(t, "--drain-time", "200ms")
	n.awaitReady(t)
	halfAPut(t, n.data)
	n.signal(t, syscall.SIGTERM)
	if code := n.awaitEnd(t); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, n.logged())
	}
	n.restart(t)
	expect(t, kindred(t, "", append(n.awaitReady(t), "get", "b/slow")...), 1, "", "no value at b/slow")
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	n := startNode(t, "--drain-time", "60s")
	n.awaitReady(t)
	halfAPut(t, n.data)
	n.signal(t, syscall.SIGTERM)
	eventually(t, "it drains", func() bool { return status(n.data, "/readyz") == 503 })
	n.signal(t, os.Interrupt) // another one: a repeat of the first counts only after a while
	if code := n.awaitEnd(t); code != 1 || !strings.Contains(n.logged(), "second signal") {
		t.Errorf("it ended with %d:\n%s", code, n.logged())
	}
}

func TestWhatIsInsecureIsRefusedOrSaidLoudly(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("s", 32)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want []string }{
		{[]string{"--listen", "0.0.0.0:0"}, []string{"--insecure", "--advertise"}},
		{[]string{"--secret-file", secret}, []string{"chmod 600"}},
		{[]string{"--listen", "0.0.0.0:0", "--partitions", "7", "--secret-file", secret}, []string{"--insecure", "power of two", "chmod 600"}},
	} {
		n := startNode(t, c.args...)
		if code := n.awaitEnd(t); code != 2 {
			t.Errorf("%q: exit code %d", c.args, code)
		}
		for _, want := range c.want {
			if !strings.Contains(n.logged(), want) {
				t.Errorf("%q: the message lacks %q:\n%s", c.args, want, n.logged())
			}
		}
	}
	n := startNode(t, "--listen", "0.0.0.0:0", "--insecure", "--advertise", "127.0.0.1")
	n.awaitReady(t)
	if !strings.Contains(n.logged(), "INSECURE") || !strings.Contains(n.logged(), `"WARN"`) {
		t.Errorf("it started without a warning:\n%s", n.logged())
	}
}

func TestAClusterWithASecretTakesOnlyThoseWhoKnowIt(t *testing.T) {
	folder := t.TempDir()
	secret := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right, wrong := secret("right", strings.Repeat("a", 32)), secret("wrong", strings.Repeat("b", 32))
	one := startNode(t, "--secret-file", right)
	one.awaitReady(t)
	for _, args := range [][]string{{"--secret-file", wrong}, nil} {
		stranger := startNode(t, append(args, "--name", "n2", "--join", one.gossip)...)
		if code := stranger.awaitEnd(t); code != 1 || !strings.Contains(stranger.logged(), "secret") {
			t.Errorf("%q: exit code %d:\n%s", args, code, stranger.logged())
		}
	}
	friend := startNode(t, "--name", "n3", "--join", one.gossip, "--secret-file", right)
	env := friend.awaitReady(t)
	if got := kindred(t, "", append(env, "put", "b/k", "v")...); got.code != 0 {
		t.Errorf("a node that is in no layout forwards: %+v", got)
	}
}

func TestTheSettingsFileIsReadAndItsFaultsAreNamedByLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kindred.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# settings\ndurabilty: interval\nn: none\n")
	n := startNode(t, "--config", path)
	if code := n.awaitEnd(t); code != 2 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{path + `:2: unknown setting "durabilty"; did you mean "durability"?`, path + `:3: n: "none"`, "server --help"} {
		if !strings.Contains(n.logged(), want) {
			t.Errorf("the message lacks %q:\n%s", want, n.logged())
		}
	}
	write("durability: interval\nsync-interval: 50ms\npartitions: 8\n")
	n = startNode(t, "--config", path)
	env := n.awaitReady(t)
	if got := kindred(t, "", append(env, "put", "b/k", "v")...); got.code != 0 || !strings.Contains(got.stdout, "(0 on disk yet)") {
		t.Errorf("a write in interval mode: %+v", got)
	}
}

func TestHelpShowsEverySettingWithUnitDefaultVariableAndMeaning(t *testing.T) {
	got := kindred(t, "", "server", "--help")
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("%+v", got)
	}
	for _, want := range []string{
		"--listen HOST:PORT", "127.0.0.1:8098", "KINDRED_LISTEN", "--join HOST:PORT,…", "KINDRED_BOOTSTRAP_EXPECT",
		"--durability sync|interval", "--max-object-size SIZE", "32MiB", "--drain-time DURATION", "--config FILE",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the help lacks %q", want)
		}
	}
	if strings.Contains(got.stdout, "exit-with-stdin") {
		t.Error("the help shows what is not for people")
	}
}

func TestAnEmptyFolderTakesThePlaceOfTheMemberWhoseNameItHas(t *testing.T) {
	var addresses []string
	for range 2 {
		addresses = append(addresses, freeAddress(t))
	}
	startMember := func(i int, folder string, more ...string) *node {
		return startNode(t, append([]string{"--name", fmt.Sprint("m", i+1), "--data", folder, "--gossip", addresses[i],
			"--join", strings.Join(addresses, ","), "--bootstrap-expect", "2", "--partitions", "8"}, more...)...)
	}
	folder := t.TempDir()
	one, two := startMember(0, filepath.Join(folder, "m1")), startMember(1, filepath.Join(folder, "m2"))
	env := one.awaitReady(t)
	two.awaitReady(t)
	if got := kindred(t, "", append(env, "put", "b/k", "v", "--w", "all")...); got.code != 0 {
		t.Fatalf("put: %+v", got)
	}
	members := func() map[string]document.Node {
		var c document.Cluster
		got := kindred(t, "", append(env, "status", "-o", "json")...)
		if err := json.Unmarshal([]byte(got.stdout), &c); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		byName := map[string]document.Node{}
		for _, n := range c.Nodes {
			byName[n.Name] = n
		}
		return byName
	}
	incomplete := func(n document.Node) bool { return n.State == "up" && n.Incomplete != nil && *n.Incomplete > 0 }
	before := members()
	if incomplete(before["m1"]) || incomplete(before["m2"]) {
		t.Errorf("copies of the first layout are born complete: %+v", before)
	}

	two.signal(t, syscall.SIGKILL)
	two.awaitEnd(t)
	again := startMember(1, filepath.Join(folder, "empty"), "--anti-entropy", "off") // which would refill it too soon
	again.awaitReady(t)
	eventually(t, "the new folder stands in the old one's place, and knows that it knows nothing", func() bool {
		now := members()
		return len(now) == 2 && now["m2"].ID == before["m2"].ID && incomplete(now["m2"])
	})
	again.signal(t, syscall.SIGKILL)
	again.awaitEnd(t)
	again.restart(t)
	again.awaitReady(t)
	eventually(t, "it still knows that after a restart", func() bool { return incomplete(members()["m2"]) })
	expect(t, kindred(t, "", "KINDRED_ADDR="+again.data, "get", "b/k"), 0, "v", "")

	again.signal(t, syscall.SIGKILL)
	again.awaitEnd(t)
	again.args = again.args[:len(again.args)-2] // anti-entropy on
	again.restart(t)
	again.awaitReady(t)
	eventually(t, "it is refilled", func() bool {
		n := members()["m2"]
		return n.State == "up" && n.Incomplete != nil && *n.Incomplete == 0
	})
}
