package sim

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Every story and every checker is seen to fail where the rule that it stands for is left out. The wrong
// variants are patches in testdata/bite, applied to copies and built by go test -overlay: the program itself
// has no switch for them.
//
// A patch's head says
//
//	What:   what is wrong, in words
//	Story:  a pattern of stories; at least one must fail
//	Seeds:  of so many seeds of the workload at least one must fail
//	Short:  yes, where the default run tries the variant too
var bite = flag.String("bite", "short", "which wrong variants to try: short, all, or a pattern of their names")

// root is the module's root, from this folder.
const root = "../../"

// variants are all patches, in the order of their names.
func variants(t *testing.T) []*variant {
	t.Helper()
	paths, err := filepath.Glob("testdata/bite/*.patch")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no patches: %v", err)
	}
	var out []*variant
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v, err := parseVariant(strings.TrimSuffix(filepath.Base(path), ".patch"), string(text))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// chosen says whether the flag asks for the variant.
func chosen(t *testing.T, v *variant) bool {
	switch *bite {
	case "all":
		return true
	case "short":
		return v.head["Short"] == "yes" && !testing.Short()
	}
	matched, err := regexp.MatchString(*bite, v.name)
	if err != nil {
		t.Fatal(err)
	}
	return matched
}

func TestWrongVariantsAreCaught(t *testing.T) {
	var mu sync.Mutex
	var table []string
	t.Run("variants", func(t *testing.T) {
		for _, v := range variants(t) {
			if !chosen(t, v) {
				continue
			}
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				line := v.caught(t)
				mu.Lock()
				defer mu.Unlock()
				table = append(table, line)
			})
		}
	})
	slices.Sort(table)
	t.Logf("wrong variant · story · first seed of the workload that catches it\n%s", strings.Join(table, "\n"))
}

// caught builds the variant, runs what must catch it, and gives a line for the table.
func (v *variant) caught(t *testing.T) string {
	binary := v.build(t)
	stories, seed := "—", "not tried"
	if pattern := v.head["Story"]; pattern != "" {
		out := runVariant(t, binary, "-test.run", pattern)
		if stories = strings.Join(failures(out), ", "); stories == "" {
			t.Errorf("no story fails: %s\n%s", v.head["What"], out)
		}
	}
	if seeds := v.head["Seeds"]; seeds != "" && (*bite != "short" || v.head["Story"] == "") {
		out := runVariant(t, binary, "-test.run", "TestSeeds$", "-seeds", seeds, "-first", "0", "-stop")
		if found := regexp.MustCompile(`-seed (\d+)`).FindStringSubmatch(out); found != nil {
			seed = found[1]
		} else if strings.Contains(out, "panic:") {
			seed = "of a panic"
		} else {
			t.Errorf("none of %s seeds fails: %s\n%s", seeds, v.head["What"], out)
		}
	}
	return fmt.Sprintf("%-34s %s · seed %s", v.name, stories, seed)
}

// build compiles this package's tests against the patched files.
func (v *variant) build(t *testing.T) string {
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, hunks := range v.files {
		whole, err := filepath.Abs(root + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		patched, err := apply(string(text), hunks)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		copied := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay.Replace)))
		if err := os.WriteFile(copied, []byte(patched), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[whole] = copied
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "sim.test")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", file, "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the variant does not compile: %v\n%s", err, out)
	}
	return binary
}

// runVariant runs the variant's tests, which may fail, panic, or hang.
func runVariant(t *testing.T, binary string, args ...string) string {
	cmd := exec.CommandContext(t.Context(), binary, append(args, "-test.timeout", "5m")...)
	cmd.WaitDelay = time.Second
	out, _ := cmd.CombinedOutput() // that it fails is what is looked for
	return string(out)
}

// failures are the stories that failed, by name. A panic counts as the story that ran.
func failures(out string) []string {
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^--- FAIL: TestStory(\w+)`).FindAllStringSubmatch(out, -1) {
		names = append(names, found[1])
	}
	if len(names) == 0 && strings.Contains(out, "panic:") {
		names = append(names, "a panic")
	}
	return names
}
