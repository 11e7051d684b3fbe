package httpapi

import (
	"math"
	"strconv"

	"github.com/kindreddb/kindred/httpapi/document"
	"github.com/kindreddb/kindred/httpapi/names"
	"github.com/kindreddb/kindred/node"
)

// getBuckets answers GET /admin/buckets.
func (s *Server) getBuckets(x *exchange) error {
	view, err := s.bucketView(x)
	if err != nil {
		return err
	}
	d := document.Buckets{
		Defaults: bucketDocument(node.DefaultProps(view.Layout.N())),
		Buckets:  map[string]document.Bucket{},
	}
	for name, p := range view.Buckets {
		d.Buckets[names.EncodeBucket(name)] = bucketDocument(p)
	}
	return x.sendDocument(200, document.TypeJSON, d)
}

// getBucket answers GET /admin/buckets/{bucket}. Every bucket has properties, written to or not.
func (s *Server) getBucket(x *exchange) error {
	bucket, view, err := s.openBucket(x)
	if err != nil {
		return err
	}
	return x.sendDocument(200, document.TypeJSON, bucketDocument(view.Bucket(bucket)))
}

// putBucket answers PUT /admin/buckets/{bucket}: what the body leaves out stays as it is. The answer holds
// all properties as they then are.
func (s *Server) putBucket(x *exchange) error {
	bucket, view, err := s.openBucket(x)
	if err != nil {
		return err
	}
	var change document.BucketChange
	if err := x.readChange(&change, "a bucket"); err != nil {
		return err
	}
	props, err := applyChange(view.Bucket(bucket), change)
	if err != nil {
		return err
	}
	ctx, cancel := x.context(adminTimeout)
	defer cancel()
	if err := s.Backend.SetBucket(ctx, bucket, props); err != nil {
		return err
	}
	return x.sendDocument(200, document.TypeJSON, bucketDocument(props))
}

func (s *Server) openBucket(x *exchange) (string, *node.View, error) {
	bucket, err := names.Bucket(x.rest)
	if err != nil {
		return "", nil, refusal(codeInvalidName, "%v", err)
	}
	view, err := s.bucketView(x)
	return bucket, view, err
}

// bucketView gives a view that has a layout: the defaults of buckets depend on it.
func (s *Server) bucketView(x *exchange) (*node.View, error) {
	if err := noParams(x.query); err != nil {
		return nil, err
	}
	view := s.Backend.View()
	if view.Layout == nil {
		return nil, refusal(node.CodeNotReady, "there is no layout yet: the cluster is not founded, see --bootstrap-expect and --join")
	}
	return view, nil
}

// Bounds of a bucket's numbers. boundMax is the largest that the nodes tell each other.
const (
	replicasMax = 16
	boundMax    = math.MaxInt32
)

// applyChange gives the properties as they are to be. Whether they go together is the backend's to judge.
func applyChange(p node.BucketProps, c document.BucketChange) (node.BucketProps, error) {
	ints := []struct {
		name        string
		to, from    *int
		least, most int
	}{
		{"n", &p.N, c.N, 1, replicasMax},
		{"max_siblings", &p.MaxSiblings, c.MaxSiblings, 1, boundMax},
		{"max_value_size", &p.MaxValueSize, c.MaxValueSize, 0, boundMax},
	}
	for _, i := range ints {
		switch {
		case i.from == nil:
		case *i.from < i.least || *i.from > i.most:
			return p, refusal(node.CodeInvalidParameter, "%s=%d is out of range: %d to %d", i.name, *i.from, i.least, i.most)
		default:
			*i.to = *i.from
		}
	}
	levels := []struct {
		name string
		to   *node.Level
		from *document.Level
	}{{"r", &p.R, c.R}, {"w", &p.W, c.W}, {"pr", &p.PR, c.PR}, {"pw", &p.PW, c.PW}, {"dw", &p.DW, c.DW}}
	for _, l := range levels {
		var err error
		switch {
		case l.from == nil:
		case l.name == "dw" && *l.from == "w":
			*l.to = node.LevelAsW
		default:
			*l.to, err = parseLevel(l.name, string(*l.from), p.N)
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

func bucketDocument(p node.BucketProps) document.Bucket {
	return document.Bucket{
		N: p.N, R: levelDocument(p.R), W: levelDocument(p.W), PR: levelDocument(p.PR), PW: levelDocument(p.PW),
		DW: levelDocument(p.DW), MaxSiblings: p.MaxSiblings, MaxValueSize: p.MaxValueSize,
	}
}

func levelDocument(l node.Level) document.Level {
	switch l {
	case node.LevelQuorum:
		return "quorum"
	case node.LevelAll:
		return "all"
	case node.LevelAsW:
		return "w"
	}
	return document.Level(strconv.Itoa(int(l)))
}
