package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// fileMax bounds a settings file, in bytes: all settings with a remark each take a tenth of it.
const fileMax = 64 << 10

// entry is one setting in the file.
type entry struct {
	name, text string
	line       int
}

// parseFile reads a YAML mapping of settings to plain values; join may be a list. Anything else is a
// fault, named with its line.
func parseFile(path string, content []byte) ([]entry, Faults) {
	var faults Faults
	if len(content) > fileMax {
		faults.add(path, "%d bytes are too many for a settings file (at most %d)", len(content), fileMax)
		return nil, faults
	}
	file, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		line, what := 1, err.Error()
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			what = syntax.GetMessage()
			if token := syntax.GetToken(); token != nil && token.Position != nil {
				line = token.Position.Line
			}
		}
		faults.add(at(path, line), "this is no YAML: %s", what)
		return nil, faults
	}
	var entries []entry
	for i, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if i > 0 {
			faults.add(at(path, lineOf(doc.Body)), "a settings file holds one document")
			return nil, faults
		}
		pairs, ok := mapping(doc.Body)
		if !ok {
			faults.add(at(path, lineOf(doc.Body)), "a settings file is a list of lines NAME: VALUE")
			return nil, faults
		}
		for _, pair := range pairs {
			line := lineOf(pair.Key)
			text, err := plain(pair.Value)
			name, nameErr := plain(pair.Key)
			if nameErr != nil {
				faults.add(at(path, line), "the name of a setting is %v", nameErr)
			} else if err != nil {
				faults.add(at(path, line)+": "+name, "%v", err)
			} else {
				entries = append(entries, entry{name, text, line})
			}
		}
	}
	return entries, faults
}

func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// plain gives the text of a scalar, and of a list of scalars joined by commas.
func plain(n ast.Node) (string, error) {
	switch n := n.(type) {
	case nil:
		return "", nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), nil
	case *ast.NullNode:
		return "", nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, nil
	case *ast.SequenceNode:
		var parts []string
		for _, item := range n.Values {
			if _, nested := item.(*ast.SequenceNode); nested {
				return "", errors.New("a list holds plain values only")
			}
			part, err := plain(item)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ","), nil
	}
	return "", fmt.Errorf("a setting takes a plain value, not a %s", strings.ToLower(n.Type().String()))
}

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

func at(path string, line int) string { return path + ":" + strconv.Itoa(line) }
