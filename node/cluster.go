package node

import (
	"time"

	"github.com/kindreddb/kindred/clock"
	"github.com/kindreddb/kindred/ring"
)

// Cluster is what gossip knows. Implementations: node/gossip, and node/sim's.
type Cluster interface {
	// View is the present state; it costs nothing and never changes.
	View() *View
	// Reachable says whether gossip believes the node to be alive. The node itself is always reachable.
	Reachable(id ring.NodeID) bool
	// AdoptLayout takes up a layout that another node named, where it is newer than the present one.
	AdoptLayout(l *ring.Layout)
	// SetBucket spreads new properties of a bucket.
	SetBucket(bucket string, p BucketProps) error
}

// View is one moment of a cluster, as one node sees it.
type View struct {
	// ClusterID is 0 before the cluster's birth.
	ClusterID uint64
	// Layout is nil before the cluster's birth.
	Layout *ring.Layout
	// Members are all nodes ever heard of and not removed, ordered by id; this node is among them.
	Members []MemberInfo
	// Buckets holds the properties of those buckets that were given any.
	Buckets map[string]BucketProps
	// TokenKeys authenticate contexts; the first is used for new ones. TreeKey keys the hashes of states.
	TokenKeys []clock.TokenKey
	TreeKey   [16]byte
}

// MemberInfo is what is known of one node.
type MemberInfo struct {
	ID    ring.NodeID
	Name  string
	Up    bool
	Since time.Time // of the last change of Up, as this node saw it
	Cause string    // why it is down, in words; "" while up
	// host:port of the four listeners.
	Data, Admin, Peer, Gossip string
	Version                   string // of the program
}

// Member finds a member by its id.
func (v *View) Member(id ring.NodeID) (MemberInfo, bool) {
	for _, m := range v.Members {
		if m.ID == id {
			return m, true
		}
	}
	return MemberInfo{}, false
}

// NameOf gives the node's name, or its id in hexadecimal digits where the name is unknown.
func (v *View) NameOf(id ring.NodeID) string {
	if v.Layout != nil {
		if m, ok := v.Layout.Member(id); ok {
			return m.Name
		}
	}
	if m, ok := v.Member(id); ok {
		return m.Name
	}
	return id.String()
}

// BucketProps are a bucket's settings.
type BucketProps struct {
	N            int
	R, W         Level
	PR, PW, DW   Level
	MaxSiblings  int   // stored versions of a key, above which a put is refused
	MaxValueSize int   // bytes
	Changed      int64 // wall clock of the change in milliseconds since 1970: the later change wins
	ExplicitN    bool  // N was set when the bucket was created, and not taken from the cluster
}

// Level is how many replicas an operation asks for.
type Level int

// Levels that are not a number. Zero and above are numbers.
const (
	LevelUnset  Level = -1 // take the bucket's
	LevelQuorum Level = -2 // more than half
	LevelAll    Level = -3
	// LevelAsW is the default of dw: as many on disk as w, or 0 where durability is interval.
	LevelAsW Level = -4
)

// Count is the number of replicas that the level means among that many.
func (l Level) Count(replicas int) int {
	switch l {
	case LevelQuorum:
		return replicas/2 + 1
	case LevelAll:
		return replicas
	}
	return int(l)
}

// DefaultProps are the properties of a bucket that was given none.
func DefaultProps(n int) BucketProps {
	return BucketProps{
		N: n, R: LevelQuorum, W: LevelQuorum, PR: 0, PW: 0, DW: LevelAsW,
		MaxSiblings: 100, MaxValueSize: 4 << 20,
	}
}

// Bucket gives a bucket's properties: its own, or the defaults.
func (v *View) Bucket(bucket string) BucketProps {
	if p, ok := v.Buckets[bucket]; ok {
		return p
	}
	return DefaultProps(v.Layout.N())
}
