package httpapi

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/node"
)

// sealerCache keeps the sealer of the present view. Views change seldom, requests come all the time.
type sealerCache struct {
	present atomic.Pointer[viewSealer]
}

type viewSealer struct {
	view   *node.View
	sealer *clock.Sealer
}

// of gives the sealer of the view's keys.
func (c *sealerCache) of(v *node.View) (*clock.Sealer, error) {
	if p := c.present.Load(); p != nil && p.view == v {
		return p.sealer, nil
	}
	if len(v.TokenKeys) == 0 {
		return nil, errors.New("httpapi: the view has a layout and no token keys")
	}
	s, err := clock.NewSealer(v.ClusterID, v.TokenKeys[0], v.TokenKeys[1:]...)
	if err != nil {
		return nil, err
	}
	c.present.Store(&viewSealer{v, s})
	return s, nil
}

// seen reads what a client says that it has seen of a key: the union of all tokens in all its
// Causal-Context fields. has is false where it sent no token at all.
func (o *objectExchange) seen() (c clock.Clock, has bool, err error) {
	for _, field := range o.headers("Causal-Context") {
		for token := range strings.SplitSeq(field, ",") {
			token = strings.Trim(token, " \t")
			if token == "" {
				continue
			}
			one, err := o.sealer.Open(o.bucket, o.key, token)
			if err != nil {
				return clock.Clock{}, false, refusal(codeInvalidContext, "%v; read the key again and use the context of that answer", err)
			}
			c, has = c.Join(one), true
		}
	}
	return c, has, nil
}
