package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// transcript is the README's console blocks: commands with the output that they should have.
type transcript []struct {
	command string
	output  []string
}

func readTranscript(t *testing.T, path string) transcript {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all transcript
	inside := false
	for line := range strings.SplitSeq(string(content), "\n") {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && isCommand:
			all = append(all, struct {
				command string
				output  []string
			}{command: command})
		case inside && len(all) > 0:
			last := &all[len(all)-1]
			last.output = append(last.output, line)
		}
	}
	return all
}

// masks are what differs from run to run, each with what it may be instead. A token of a context is kept by
// the name that the README gives it.
var masks = []struct{ figure, pattern string }{
	{`A[A-Za-z0-9]{3}…`, `(A[A-Za-z0-9_-]+)`},
	{`[0-9a-f]{4}@[0-9]+`, `[0-9a-f]{4,16}@[0-9]+`},
	{`[0-9]+s ago`, `(?:now|[0-9]+s ago)`},
	{`[0-9.]+ / [0-9.]+ ms|–`, `(?:–|[0-9.–]+ / [0-9.–]+ ms)`},
	{`[0-9]+ B\b`, `[0-9]+ B`},
	{`\b[0-9.]+s\b`, `[0-9.]+s`},
	{`\b41[0-9]{3}\b`, `[0-9]+`},
	{`n1 keeps`, `n[12] keeps`},
	{` +`, ` +`},
}

// pattern is the regular expression of one line of output, and the names of the contexts in it.
func pattern(line string) (expression string, names []string) {
	var all []string
	for _, m := range masks {
		all = append(all, "(?:"+m.figure+")")
	}
	any := regexp.MustCompile(strings.Join(all, "|"))
	last := 0
	for _, at := range any.FindAllStringIndex(line, -1) {
		expression += regexp.QuoteMeta(line[last:at[0]])
		figure := line[at[0]:at[1]]
		for i, m := range masks {
			if regexp.MustCompile("^(?:" + m.figure + ")$").MatchString(figure) {
				expression += m.pattern
				if i == 0 {
					names = append(names, figure)
				}
				break
			}
		}
		last = at[1]
	}
	return "^" + expression + regexp.QuoteMeta(line[last:]) + "$", names
}

// match compares output with what was expected; a line that is only … stands for any lines, also none.
func match(expected []string, output string, contexts map[string]string) error {
	got := strings.Split(strings.TrimRight(strings.ReplaceAll(output, "\r", ""), "\n"), "\n")
	if output == "" {
		got = nil
	}
	for i, want := range expected {
		if want == "…" {
			rest := expected[i+1:]
			for skip := 0; skip <= len(got); skip++ {
				if match(rest, strings.Join(got[skip:], "\n"), contexts) == nil {
					return nil
				}
			}
			return fmt.Errorf("nothing in\n%s\nis\n%s", strings.Join(got, "\n"), strings.Join(rest, "\n"))
		}
		if len(got) == 0 {
			return fmt.Errorf("the line %q is missing", want)
		}
		expression, names := pattern(want)
		found := regexp.MustCompile(expression).FindStringSubmatch(got[0])
		if found == nil {
			return fmt.Errorf("the line %q is not as %q", got[0], want)
		}
		for j, name := range names {
			contexts[name] = found[j+1]
		}
		got = got[1:]
	}
	if len(got) > 0 {
		return fmt.Errorf("further lines: %q", got)
	}
	return nil
}

func TestTheFirstTenMinutesOfTheREADMEAreTrue(t *testing.T) {
	for _, tool := range []string{"curl", "bash"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the README's transcript uses %s, which this machine does not have", tool)
		}
	}
	steps := readTranscript(t, "../../README.md")
	if len(steps) < 8 || steps[0].command != "kindred demo" {
		t.Fatalf("%d commands in the README, the first of them %q", len(steps), steps[0].command)
	}
	d := startDemo(t)
	nodes := d.nodes(t)
	usual := []string{"8098", "8198", "8298", "8097", "8197", "8297"}
	actual := []string{nodes[0].Data, nodes[1].Data, nodes[2].Data, nodes[0].Admin, nodes[1].Admin, nodes[2].Admin}
	asUsual := func(text string) string {
		for i := range usual {
			text = strings.ReplaceAll(text, actual[i], "127.0.0.1:"+usual[i])
		}
		return strings.ReplaceAll(text, d.folder, "./kindred-demo")
	}
	contexts := map[string]string{}
	if err := match(steps[0].output, asUsual(d.output()), contexts); err != nil {
		t.Errorf("$ %s\n%v", steps[0].command, err)
	}

	shell := shellWithKindred(t, d)
	for _, step := range steps[1:] {
		command := step.command
		for name, token := range contexts {
			command = strings.ReplaceAll(command, name, token)
		}
		for i := range usual {
			command = strings.ReplaceAll(command, "127.0.0.1:"+usual[i], actual[i])
		}
		command = strings.ReplaceAll(command, "41212", fmt.Sprint(nodes[2].PID))
		command = strings.Replace(command, "demo restart n3", "demo restart n3 --data "+d.folder, 1)
		var err error
		for end := time.Now().Add(patience); ; {
			output := shell(command)
			if err = match(step.output, asUsual(output), contexts); err == nil || time.Now().After(end) || !strings.HasPrefix(command, "kindred status") {
				break // status alone is asked again: the others need a moment to notice a death
			}
		}
		if err != nil {
			t.Fatalf("$ %s\n%v", step.command, err)
		}
	}
}

// Each promise names tests; a name that has changed is no proof.
func TestTheTestsThatTheREADMENamesExist(t *testing.T) {
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(content), -1)
	if len(named) < 7 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, name := range named {
		files, err := filepath.Glob(filepath.Join("../..", name[1], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(source), "\nfunc "+name[2]+"(")
		}
		if !found {
			t.Errorf("there is no %s in %s", name[2], name[1])
		}
	}
}

// shellWithKindred runs a command line as the README's reader does, with both outputs together.
func shellWithKindred(t *testing.T, d *demoProcess) func(command string) string {
	t.Helper()
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nexec %s=1 %s \"$@\"\n", "env "+asProgram, self)
	if err := os.WriteFile(filepath.Join(bin, "kindred"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	// Without a terminal curl would show its progress.
	if err := os.WriteFile(filepath.Join(bin, ".curlrc"), []byte("silent\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(command string) string {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, "bash", "-c", command)
		cmd.Env = append(append(os.Environ(), d.env...), "PATH="+bin+":"+os.Getenv("PATH"), "CURL_HOME="+bin)
		output, _ := cmd.CombinedOutput() // the exit code is not shown in a transcript
		return string(output)
	}
}
