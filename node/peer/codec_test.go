package peer

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/node"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestEachMessageHasTheBytesOfItsGoldenFile(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			golden(t, s.name, AppendMessage(nil, s.message))
			m, err := DecodeMessage(AppendMessage(nil, s.message))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m, s.message) {
				t.Errorf("came back as %#v, went as %#v", m, s.message)
			}
		})
	}
}

func TestAFrameHasTheBytesOfItsGoldenFile(t *testing.T) {
	f := node.Frame{Layout: 300, Step: 7, Body: &node.FetchRequest{Key: node.NewKey("carts", "alice/1", 3), ContentMax: -1}}
	b := AppendFrame(nil, f)
	golden(t, "frame", b)
	back, err := DecodeFrame(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, f) {
		t.Errorf("came back as %#v, went as %#v", back, f)
	}
}

// golden compares got with a file of testdata, in hexadecimal digits, 32 bytes a line.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var lines strings.Builder
	for rest := got; len(rest) > 0; {
		line := rest[:min(32, len(rest))]
		lines.WriteString(hex.EncodeToString(line) + "\n")
		rest = rest[len(line):]
	}
	path := "testdata/" + name + ".hex"
	if *update {
		if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines.String() != string(want) {
		t.Errorf("%s differs: bytes that are out in the world must not change without a new version byte.\ngot:\n%swant:\n%s", path, lines.String(), want)
	}
}

func TestEveryMessageOfNodeHasASample(t *testing.T) {
	covered := map[string]bool{}
	for _, s := range samples(t) {
		covered[reflect.TypeOf(s.message).Elem().Name()] = true
	}
	for _, name := range messagesOfNode(t) {
		if !covered[name] {
			t.Errorf("node.%s has no sample, and perhaps no number on the wire", name)
		}
	}
}

// messagesOfNode reads from node's source which types have the method message.
func messagesOfNode(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../wire.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || f.Name.Name != "message" {
			continue
		}
		names = append(names, f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name)
	}
	if len(names) < 13 {
		t.Fatalf("found only %v in node/wire.go", names)
	}
	return names
}

// A field that no sample fills could be forgotten by the codec without anybody seeing it.
func TestEveryFieldIsFilledInSomeSample(t *testing.T) {
	all, filled := map[string]bool{}, map[string]bool{}
	for _, s := range samples(t) {
		walkFields(reflect.ValueOf(s.message).Elem(), "", all, filled)
	}
	for path := range all {
		if !filled[path] && !strings.HasSuffix(path, "Error.Cause") { // the cause does not travel
			t.Errorf("no sample fills %s", path)
		}
	}
}

func walkFields(v reflect.Value, path string, all, filled map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		all[path] = true
		if !v.IsNil() {
			filled[path] = true
			walkFields(v.Elem(), path, all, filled)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				walkFields(v.Field(i), v.Type().Name()+"."+f.Name, all, filled)
			}
		}
	case reflect.Slice:
		all[path] = true
		filled[path] = filled[path] || v.Len() > 0
		for i := range v.Len() {
			walkFields(v.Index(i), path, all, filled)
		}
	default:
		all[path] = true
		filled[path] = filled[path] || !v.IsZero()
	}
}

func TestTruthAndAbsenceSurvive(t *testing.T) {
	empty := node.PutRequest{Bucket: "b", Key: "k", HasSeen: true, Options: node.DefaultOptions()}
	none := empty
	none.HasSeen = false
	zeroTag := empty
	zeroTag.IfMatch = new(node.ETag)
	emptyValue := empty
	emptyValue.Content = node.NewContent(nil, "", "", nil)
	for name, put := range map[string]node.PutRequest{
		"an empty context": empty, "no context": none, "a tag of zeros": zeroTag, "an empty value": emptyValue,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := DecodeMessage(AppendMessage(nil, &node.ForwardRequest{Put: put}))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.(*node.ForwardRequest).Put; !reflect.DeepEqual(got, put) {
				t.Errorf("came back as %+v, went as %+v", got, put)
			}
		})
	}
}

func TestWhatIsCutOrTooLongIsRefused(t *testing.T) {
	for _, s := range samples(t) {
		whole := AppendFrame(nil, node.Frame{Layout: 1, Step: 1, Body: s.message})
		for n := range whole {
			if _, err := DecodeFrame(whole[:n]); !errors.Is(err, node.ErrMalformed) {
				t.Fatalf("%s cut to %d of %d bytes: %v", s.name, n, len(whole), err)
			}
		}
		if _, err := DecodeFrame(append(whole, 0)); !errors.Is(err, node.ErrMalformed) {
			t.Errorf("%s with a byte behind it: %v", s.name, err)
		}
	}
}

func TestWhatNobodyWroteIsRefused(t *testing.T) {
	object := sampleObject()
	swapped := object
	swapped.Contents = []*node.Content{object.Contents[1], object.Contents[0]}
	damaged := *object.Contents[0]
	damaged.Value = []byte("mild")
	spoilt := object
	spoilt.Contents = []*node.Content{&damaged, object.Contents[1]}
	lacking := object
	lacking.Contents = object.Contents[:1]
	reversed := node.Object{Versions: append(object.Versions[1:2:2], object.Versions[0]), Contents: object.Contents}
	disordered := *node.NewContent(nil, "", "", []node.Meta{{Name: "a"}, {Name: "b"}})
	disordered.Meta = []node.Meta{{Name: "b"}, {Name: "a"}}
	key := node.NewKey("b", "k", 3)
	stubPut := node.PutRequest{Content: object.Contents[0].Stub()}
	badPut := node.PutRequest{Content: &damaged}
	for name, b := range map[string][]byte{
		"another version of the encoding":    {9, numberStatusRequest},
		"a message without a number":         {codecVersion, 0},
		"a number that no message has":       {codecVersion, 99},
		"unknown flags":                      {codecVersion, numberMergeReply, 2},
		"a number in more bytes than needed": {codecVersion, numberSeenReply, 0x81, 0x00, 0},
		"a list that claims more than there": {codecVersion, numberSeenReply, 0xff, 0xff, 0xff, 0xff, 0x0f, 0},
		"no reason for a refusal":            {codecVersion, numberRefused, 0, 0, 0},
		"an outcome without an answer":       {codecVersion, numberForwardReply, 0},
		"a standing that does not exist":     AppendMessage(nil, &node.FetchReply{Standing: 3}),
		"a role that does not exist":         AppendMessage(nil, &node.ForwardRequest{Role: 2}),
		"an effect that does not exist":      AppendMessage(nil, &node.ForwardReply{Err: &node.Error{Effect: 3}}),
		"a level that does not exist":        AppendMessage(nil, &node.ForwardRequest{Put: node.PutRequest{Options: node.Options{R: -5}}}),
		"an answer and an error":             AppendMessage(nil, &node.ForwardReply{Answer: &node.Answer{}, Err: &node.Error{}}),
		"a count below zero":                 AppendMessage(nil, &node.ForwardReply{Answer: &node.Answer{Siblings: -1}}),
		"a key without replicas":             AppendMessage(nil, &node.FetchRequest{Key: node.NewKey("b", "k", 0)}),
		"a hint for no node":                 AppendMessage(nil, &node.MergeRequest{Key: key, Targets: []nodeID{0}}),
		"an actor of zero":                   AppendMessage(nil, &node.SeenRequest{Claims: []node.ActorClaim{{Range: node.Range{N: 1}}}}),
		"contents out of order":              AppendMessage(nil, &node.FetchReply{Object: swapped}),
		"versions out of order":              AppendMessage(nil, &node.FetchReply{Object: reversed}),
		"a content that is damaged":          AppendMessage(nil, &node.FetchReply{Object: spoilt}),
		"a version without its content":      AppendMessage(nil, &node.FetchReply{Object: lacking}),
		"metadata out of order":              AppendMessage(nil, &node.ForwardRequest{Put: node.PutRequest{Content: &disordered}}),
		"a merge that is not whole":          AppendMessage(nil, &node.MergeRequest{Key: key, Object: object.Limit(0)}),
		"a put whose content was left out":   AppendMessage(nil, &node.ForwardRequest{Put: stubPut}),
		"a put whose content is damaged":     AppendMessage(nil, &node.ForwardRequest{Put: badPut}),
	} {
		if m, err := DecodeMessage(b); !errors.Is(err, node.ErrMalformed) || m != nil {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

func TestADecodedFrameSharesNoMemoryWithItsBytes(t *testing.T) {
	for _, s := range samples(t) {
		b := AppendMessage(nil, s.message)
		m, err := DecodeMessage(b)
		if err != nil {
			t.Fatal(err)
		}
		before := AppendMessage(nil, m)
		for i := range b {
			b[i] ^= 0xff
		}
		if !bytes.Equal(AppendMessage(nil, m), before) {
			t.Errorf("%s changed with the bytes that it was read from", s.name)
		}
	}
}
