package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/document"
)

// content is what a write takes beside its key.
type content struct {
	file, contentType, contentEncoding string
	meta                               []string
}

func (c *content) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.file, "file", "", "take the value from this file")
	f.StringVar(&c.contentType, "content-type", "", "stored with the value (default: by the file's name; application/json for a JSON object or array given as an argument, text/plain for other text; else application/octet-stream)")
	f.StringVar(&c.contentEncoding, "content-encoding", "", "stored with the value, as gzip")
	f.StringArrayVar(&c.meta, "meta", nil, "metadata stored with the value, NAME=TEXT; may be repeated")
}

// value reads the value: from --file, from standard input ("-", or nothing at all), or the argument itself.
func (c *content) value(a *app, cmd *cobra.Command, args []string) ([]byte, error) {
	switch {
	case c.contentType != "" && !document.IsMediaType(c.contentType):
		return nil, usage(cmd, "--content-type %q is no media type: write TYPE/SUBTYPE, as in text/plain", c.contentType)
	case len(args) == 1 && c.file != "":
		return nil, usage(cmd, "the value is given twice: as an argument and as --file")
	case c.file != "":
		b, err := os.ReadFile(c.file)
		if err != nil {
			return nil, &failure{exit: exitFailed, message: err.Error(), next: "Name another file: --file FILE", cause: err}
		}
		if c.contentType == "" {
			c.contentType = mime.TypeByExtension(filepath.Ext(c.file))
		}
		return b, nil
	case len(args) == 1 && args[0] != "-":
		if c.contentType == "" {
			c.contentType = typeOf(args[0])
		}
		return []byte(args[0]), nil
	}
	b, err := io.ReadAll(a.in)
	if err != nil {
		return nil, &failure{exit: exitFailed, message: "standard input: " + err.Error(), cause: err}
	}
	return b, nil
}

// typeOf is the content type of a value that was typed: what somebody writes on a command line is text.
func typeOf(text string) string {
	switch {
	case !utf8.ValidString(text):
		return ""
	case strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["):
		if json.Valid([]byte(text)) {
			return "application/json"
		}
	}
	return "text/plain; charset=utf-8"
}

// tokenBytes may stand in the name of a header field, as which metadata travels (RFC 9110, 5.6.2).
const tokenBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

// metadata reads NAME=TEXT.
func (c *content) metadata(cmd *cobra.Command) (map[string]string, error) {
	m := map[string]string{}
	for _, pair := range c.meta {
		name, text, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, usage(cmd, "--meta %q: write NAME=TEXT", pair)
		}
		if strings.Trim(name, tokenBytes) != "" || strings.ContainsAny(text, "\r\n\x00") {
			return nil, usage(cmd, "--meta %q: a name has letters, digits, dashes and underscores, and the text is one line", pair)
		}
		m[strings.ToLower(name)] = text
	}
	return m, nil
}

// siblingsTable lists values side by side.
func (a *app) siblingsTable(k keyArg, o *client.Object) string {
	const valueColumns = 60
	short := shortIDs(o.Siblings)
	table := show.NewTable("#", "id", "written by", "when", "value")
	for i, s := range o.Siblings {
		table.Row(fmt.Sprint(i+1), short[i], s.Node, figures.Ago(s.LastModified, now()), show.Clip(summary(s), valueColumns))
	}
	return fmt.Sprintf("%s of %s  context %s\n%s", figures.Plural(int64(len(o.Siblings)), "sibling"), k, o.Context, table)
}

// summary is a value on one line: its text, or what it is.
func summary(s client.Sibling) string {
	switch {
	case len(s.Value) == 0:
		return "(empty)"
	case s.ContentEncoding != "" || !utf8.Valid(s.Value):
		return fmt.Sprintf("(%s of %s)", figures.Bytes(int64(len(s.Value))), s.ContentType)
	}
	return show.Harmless(string(s.Value))
}

// shortIDs shortens the actors in the ids of siblings to the digits that tell them apart, four at least:
// 9f1c27d0a1b2c3d4@412 is shown as 9f1c@412.
func shortIDs(siblings []client.Sibling) []string {
	digits := 4
	ids := make([]string, len(siblings))
	for ; digits < 16; digits++ {
		actors := map[string]string{}
		clash := false
		for _, s := range siblings {
			actor, _, _ := strings.Cut(s.ID, "@")
			head := actor[:min(digits, len(actor))]
			if other, ok := actors[head]; ok && other != actor {
				clash = true
			}
			actors[head] = actor
		}
		if !clash {
			break
		}
	}
	for i, s := range siblings {
		actor, counter, _ := strings.Cut(s.ID, "@")
		ids[i] = actor[:min(digits, len(actor))] + "@" + counter
	}
	return ids
}

// errAmbiguous says that a shortened id fits several siblings.
var errAmbiguous = errors.New("it fits several siblings")

// pick finds the sibling that the text names: its number in the table, its id, or its shortened id.
func pick(siblings []client.Sibling, text string) (client.Sibling, error) {
	var found []client.Sibling
	actor, counter, isID := strings.Cut(text, "@")
	for i, s := range siblings {
		itsActor, itsCounter, _ := strings.Cut(s.ID, "@")
		if !isID && text == fmt.Sprint(i+1) || isID && counter == itsCounter && strings.HasPrefix(itsActor, actor) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return client.Sibling{}, fmt.Errorf("no sibling is number or id %q", text)
	case 1:
		return found[0], nil
	}
	return client.Sibling{}, fmt.Errorf("%q: %w", text, errAmbiguous)
}
