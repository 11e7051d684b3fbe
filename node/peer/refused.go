package peer

import "fmt"

// RefusedError says why one side of a handshake turned the other away. Both sides come to it, with the same
// words, and log it.
type RefusedError struct {
	Reason Reason
	// Detail says who, what and what to do.
	Detail string
	// Told is set where it was the other side that said so.
	Told bool
}

// Error gives reason and detail.
func (e *RefusedError) Error() string {
	if e.Told {
		return fmt.Sprintf("turned away by the other node: %s: %s", e.Reason, e.Detail)
	}
	return fmt.Sprintf("turned away: %s: %s", e.Reason, e.Detail)
}

// Reason is why a handshake failed.
type Reason uint8

// The reasons; the numbers are those on the wire.
const (
	OtherProtocol      Reason = iota + 1 // the other side speaks something else
	OtherVersion                         // no version of the protocol that both speak
	SameID                               // two nodes with one id, or a node that dialled itself
	OtherNode                            // another node than the one that was dialled
	OtherCluster                         // a node of another cluster
	SecretOnOneSide                      // one side has a cluster secret, the other none
	OtherSecret                          // the secrets differ
	TooManyConnections                   // the accepting side holds as many connections as it may
)

// String gives the reason in words.
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasons) {
		return "an unknown reason"
	}
	return reasons[r]
}

var reasons = [...]string{
	"", "another protocol", "no common protocol version", "the same node id", "another node than expected",
	"another cluster", "a secret on one side only", "another secret", "too many connections",
}

// judge compares what the two sides said of themselves. Both sides call it with the same arguments, so both
// come to the same words. nil means that nothing but the proofs of the secret stands between them.
func judge(dialler, acceptor hello) *RefusedError {
	refuse := func(r Reason, format string, args ...any) *RefusedError {
		return &RefusedError{Reason: r, Detail: fmt.Sprintf(format, args...)}
	}
	d, a := dialler, acceptor
	switch {
	case d.version(a) == 0:
		return refuse(OtherVersion, "%s speaks %d to %d, %s speaks %d to %d; upgrade the older one, at most one release at a time",
			d, d.VersionMin, d.VersionMax, a, a.VersionMin, a.VersionMax)
	case d.ID == a.ID:
		return refuse(SameID, "%s dialled %s; a copied data folder needs an id of its own, and a node's address must not lead to itself", d, a)
	case d.Expects != 0 && d.Expects != a.ID:
		return refuse(OtherNode, "%s looked for node %s and was answered by %s; the address is that of another node now", d, d.Expects, a)
	case d.Cluster != 0 && a.Cluster != 0 && d.Cluster != a.Cluster:
		return refuse(OtherCluster, "%s is of cluster %016x, %s of cluster %016x; join one of them with an empty data folder", d, d.Cluster, a, a.Cluster)
	case d.HasSecret != a.HasSecret:
		with, without := d, a
		if a.HasSecret {
			with, without = a, d
		}
		return refuse(SecretOnOneSide, "%s has a cluster secret, %s has none; give all nodes the same secret file", with, without)
	}
	return nil
}

// refuseSecret is for proofs that do not fit.
func refuseSecret(dialler, acceptor hello) *RefusedError {
	return &RefusedError{
		Reason: OtherSecret,
		Detail: fmt.Sprintf("%s and %s have different cluster secrets; give all nodes the same secret file", dialler, acceptor),
	}
}
