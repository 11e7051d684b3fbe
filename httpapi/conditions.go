package httpapi

import (
	"strings"

	"github.com/kindreddb/kindred/node"
)

// entityTag is one tag of a conditional header, as it came.
type entityTag struct {
	weak   bool
	opaque string // without quotes
}

// parseTags reads the value of If-Match or If-None-Match: "*", or a list of quoted tags. fields are the
// values of all fields of that name.
func parseTags(name string, fields []string) (tags []entityTag, star bool, err error) {
	bad := refusal(codeBadRequest, "%s is malformed: * or quoted entity tags are wanted, as an ETag header gave them", name)
	value := strings.Trim(strings.Join(fields, ","), " \t")
	if value == "*" {
		return nil, true, nil
	}
	for rest := value; ; {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			break
		}
		var tag entityTag
		rest, tag.weak = strings.CutPrefix(rest, "W/")
		if !strings.HasPrefix(rest, `"`) {
			return nil, false, bad
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 || strings.ContainsAny(rest[1:end+1], " \t") {
			return nil, false, bad
		}
		tag.opaque = rest[1 : end+1]
		rest = strings.TrimLeft(rest[end+2:], " \t")
		if rest != "" && rest[0] != ',' {
			return nil, false, bad
		}
		tags = append(tags, tag)
	}
	if len(tags) == 0 && len(fields) > 0 {
		return nil, false, bad
	}
	return tags, false, nil
}

// writeConditions fills in what a write depends on: If-None-Match: * and If-Match with one strong tag.
// Others cannot be promised and are refused, because a condition that is ignored loses updates.
func (o *objectExchange) writeConditions(r *node.PutRequest) error {
	none, star, err := parseTags("If-None-Match", o.headers("If-None-Match"))
	if err != nil {
		return err
	}
	if len(none) > 0 {
		return refusal(codeBadRequest, "If-None-Match on a write takes * alone, which means that no value stands")
	}
	r.IfAbsent = star
	match, star, err := parseTags("If-Match", o.headers("If-Match"))
	switch {
	case err != nil:
		return err
	case star, len(match) > 1:
		return refusal(codeBadRequest, "If-Match takes one entity tag: that of the state that the write is to replace")
	case o.header("If-Unmodified-Since") != "":
		return refusal(codeBadRequest, "If-Unmodified-Since is not supported, because nothing is decided by wall clocks; use If-Match")
	case len(match) == 0:
		return nil
	case r.IfAbsent:
		return refusal(codeBadRequest, "If-Match and If-None-Match: * can never hold together")
	}
	tag, err := node.ParseETag(match[0].opaque)
	if err != nil || match[0].weak {
		return refusal(node.CodePreconditionFailed, "the key's state is none that has this entity tag")
	}
	r.IfMatch = &tag
	return nil
}

// readConditions are what a read depends on.
type readConditions struct {
	noneMatch, match []entityTag
	noneMatchAny     bool
}

func (o *objectExchange) readConditions() (c readConditions, err error) {
	if c.noneMatch, c.noneMatchAny, err = parseTags("If-None-Match", o.headers("If-None-Match")); err != nil {
		return c, err
	}
	c.match, _, err = parseTags("If-Match", o.headers("If-Match"))
	return c, err
}

// notModified says that the client has this state already. Tags are compared weakly, as a read allows.
func (c readConditions) notModified(present node.ETag) bool {
	return c.noneMatchAny || hasTag(c.noneMatch, present, true)
}

// failed says that the client wanted another state than this one.
func (c readConditions) failed(present node.ETag) bool {
	return len(c.match) > 0 && !hasTag(c.match, present, false)
}

func hasTag(tags []entityTag, present node.ETag, weakly bool) bool {
	for _, t := range tags {
		if t.opaque == present.String() && (weakly || !t.weak) {
			return true
		}
	}
	return false
}
