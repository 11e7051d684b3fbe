package httpapi

import (
	"strconv"
	"strings"
	"time"

	"github.com/kindreddb/kindred/httpapi/names"
	"github.com/kindreddb/kindred/node"
)

// Bounds and default of an operation's time.
const (
	timeoutMin     = time.Millisecond
	timeoutMax     = 60 * time.Second
	timeoutDefault = 5 * time.Second
)

// params are the query parameters of a request for an object.
type params struct {
	options      node.Options
	timeout      time.Duration // that of options, or the default
	returnObject bool
	explain      bool
}

// parseParams reads the raw query of a request for an object of a bucket with n replicas. What is unknown,
// repeated or out of range is refused, so that no slip of a pen weakens a write.
func parseParams(query string, n int, isWrite bool) (params, error) {
	p := params{options: node.DefaultOptions(), timeout: timeoutDefault}
	levels := map[string]*node.Level{
		"r": &p.options.R, "w": &p.options.W, "pr": &p.options.PR, "pw": &p.options.PW, "dw": &p.options.DW,
	}
	err := eachParam(query, func(name, value string) (err error) {
		level := levels[name]
		switch {
		case level != nil:
			*level, err = parseLevel(name, value, n)
		case name == "timeout":
			p.timeout, err = parseTimeout(value)
			p.options.Timeout = p.timeout
		case name == "sloppy":
			var sloppy bool
			sloppy, err = parseBool(name, value)
			p.options.NoSloppy = !sloppy
		case name == "return" && isWrite:
			if value != "object" {
				return refusal(node.CodeInvalidParameter, "return=object is all that a write can return")
			}
			p.returnObject = true
		case name == "explain" && !isWrite:
			p.explain, err = parseBool(name, value)
		default:
			known := "r, w, pr, pw, dw, sloppy, timeout, explain"
			if isWrite {
				known = "r, w, pr, pw, dw, sloppy, timeout, return"
			}
			return refusal(node.CodeInvalidParameter, "there is no parameter %s here; known are %s, all in lower case", show(name), known)
		}
		return err
	})
	return p, err
}

// noParams refuses all parameters.
func noParams(query string) error {
	return eachParam(query, func(name, _ string) error {
		return refusal(node.CodeInvalidParameter, "there is no parameter %s here; this path takes none", show(name))
	})
}

// eachParam calls f with each parameter of a raw query, decoded once, until f fails.
func eachParam(query string, f func(name, value string) error) error {
	if query == "" {
		return nil
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(query, "&") {
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, err1 := names.Decode(rawName)
		value, err2 := names.Decode(rawValue)
		if err1 != nil || err2 != nil {
			return refusal(node.CodeInvalidParameter, "a query parameter is badly percent-encoded")
		}
		if seen[name] {
			return refusal(node.CodeInvalidParameter, "the parameter %s is repeated", show(name))
		}
		seen[name] = true
		if err := f(name, value); err != nil {
			return err
		}
	}
	return nil
}

// parseLevel reads a count of replicas. 0 is legal where primaries or disks are counted, but not for r and w.
func parseLevel(name, value string, n int) (node.Level, error) {
	least := 0
	if name == "r" || name == "w" {
		least = 1
	}
	switch value {
	case "one":
		return 1, nil
	case "quorum":
		return node.LevelQuorum, nil
	case "all":
		return node.LevelAll, nil
	}
	count, err := strconv.ParseUint(value, 10, 16)
	if err != nil || int(count) < least || int(count) > n {
		return 0, refusal(node.CodeInvalidParameter, "%s=%s is out of range: %d to %d (the bucket's n), one, quorum or all", name, show(value), least, n)
	}
	return node.Level(count), nil
}

func parseTimeout(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < timeoutMin || d > timeoutMax {
		return 0, refusal(node.CodeInvalidParameter, "timeout=%s is out of range: a duration with its unit, from 1ms to 60s, for example 500ms or 2s", show(value))
	}
	return d, nil
}

func parseBool(name, value string) (bool, error) {
	switch value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, refusal(node.CodeInvalidParameter, "%s=%s: true or false is wanted", name, show(value))
}

// plural is a count with its noun: "1 byte", "2 bytes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// show makes bytes of a client fit for a detail: quoted, and not longer than a line.
func show(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "…"
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' }) < 0 {
		return s
	}
	return strconv.QuoteToASCII(s)
}
