package kindred_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/kindreddb/kindred/"

// allowed is the import table: each room, and which others its production files may import. A row covers the
// folders below it that have no row of their own; every folder may import those below itself.
var allowed = map[string][]string{
	"clock":            {},
	"clock/baseline":   {"clock"},
	"ring":             {},
	"antientropy":      {},
	"node":             {"antientropy", "ring", "clock"},
	"node/quorum":      {},
	"node/gossip":      {"node", "ring", "clock"},
	"node/peer":        {"node", "ring", "clock", "antientropy"},
	"node/sim":         {"node", "node/peer", "ring", "clock", "antientropy", "storage/memory"},
	"storage":          {"node", "ring", "clock", "antientropy"},
	"httpapi":          {"node", "ring", "clock"},
	"httpapi/client":   {"httpapi/document", "httpapi/names"},
	"httpapi/document": {},
	"httpapi/names":    {},
	"jepsen":           {"httpapi/client"},
	"cmd": {"httpapi", "httpapi/client", "httpapi/document", "httpapi/names", "node", "node/gossip", "node/peer",
		"storage", "jepsen", "ring", "clock", "clock/baseline"},
}

// pure lists the rooms that do no input or output and know no time: what of the standard library they may
// not import.
var pure = []string{"clock", "clock/baseline", "ring", "antientropy", "node/quorum"}

var impure = []string{"os", "os/exec", "net", "net/http", "time", "io/ioutil", "log", "log/slog", "math/rand", "crypto/rand", "syscall"}

// outside says which room alone may import a library that is somebody's business.
var outside = map[string]string{
	"github.com/dgraph-io/badger/v4":  "storage",
	"github.com/hashicorp/memberlist": "node/gossip",
	"github.com/valyala/fasthttp":     "httpapi",
	"github.com/spf13/cobra":          "cmd",
	"github.com/spaolacci/murmur3":    "ring",
}

// room finds the row that a folder falls under.
func room(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := allowed[folder]; ok {
			return folder
		}
	}
	return ""
}

// below says whether a folder is the other one, or lies in it.
func below(folder, of string) bool { return folder == of || strings.HasPrefix(folder, of+"/") }

func TestEveryRoomImportsOnlyWhatTheTableAllows(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "tools") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		files++
		checkFile(t, filepath.ToSlash(file))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files were looked at", files)
	}
}

func checkFile(t *testing.T, file string) {
	t.Helper()
	folder := path.Dir(file)
	row := room(folder)
	if row == "" {
		t.Errorf("%s: the folder is in no row of the import table", file)
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if only, ok := outside[name]; ok && !below(folder, only) {
			t.Errorf("%s imports %s, which only %s may", file, name, only)
		}
		if slices.Contains(pure, row) && slices.Contains(impure, name) {
			t.Errorf("%s imports %s, and %s is pure", file, name, row)
		}
		ours, ok := strings.CutPrefix(name, module)
		if !ok || below(ours, row) {
			continue
		}
		if !slices.ContainsFunc(allowed[row], func(other string) bool { return room(ours) == other || ours == other }) {
			t.Errorf("%s imports %s, and %s may not", file, ours, row)
		}
	}
}
