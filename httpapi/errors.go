package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/kindreddb/kindred/node"
)

// errorsPath is what the type of every problem begins with; the code follows.
const errorsPath = "/errors/"

// whens says of each code when it is answered. The contract is where that stands.
var whens = sync.OnceValues(func() (map[node.Code]string, error) {
	var contract struct {
		Problems map[node.Code]struct{ When string } `json:"x-problems"`
	}
	if err := json.Unmarshal(openAPI, &contract); err != nil {
		return nil, fmt.Errorf("httpapi: openapi.json cannot be read: %w", err)
	}
	all := map[node.Code]string{}
	for code, p := range contract.Problems {
		all[code] = p.When
	}
	return all, nil
})

// getError answers GET /errors/{code}, which the type of a problem names: what the code means, for people.
func (s *Server) getError(x *exchange) error {
	if err := noParams(x.query); err != nil {
		return err
	}
	code := node.Code(x.rest)
	kind, known := problems[code]
	if !known {
		return refusal(codeNotFound, "there is no error %s; the codes are in /openapi.json on the admin listener", show(x.rest))
	}
	when, err := whens()
	if err != nil {
		return err
	}
	x.send(200, "text/plain; charset=utf-8", []byte(aboutError(code, kind, when[code])))
	return nil
}

// aboutError is the text of a code.
func aboutError(code node.Code, kind problemKind, when string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (HTTP status %d)\n%s.\n\n%s\n", code, kind.status, kind.title, when)
	switch {
	case kind.retryable:
		b.WriteString("The same request may succeed later or at another node. A write whose outcome is unknown may have happened: read the key first.\n")
	case kind.status < 500:
		b.WriteString("Nothing was changed, and the same request fails again: change it, or what it met.\n")
	}
	return b.String()
}
