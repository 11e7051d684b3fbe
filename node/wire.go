package node

import (
	"context"
	"errors"

	"github.com/kindreddb/kindred/antientropy"
	"github.com/kindreddb/kindred/ring"
)

// Peers calls other nodes. Implementations: node/peer (frames on TCP) and node/sim (a seeded network).
type Peers interface {
	// Call sends the frame and waits for the reply, which may be a *Refused. ctx must have a deadline; it
	// is sent along. An error that wraps ErrUnsent means that the other certainly did not take the request;
	// any other error leaves it open. Call does not keep nor change the frame.
	Call(ctx context.Context, to ring.NodeID, f Frame) (Message, error)
}

// ErrUnsent marks a call that certainly did not reach the other node: no connection, or a full queue here.
var ErrUnsent = errors.New("not sent")

// Frame is a request between nodes.
type Frame struct {
	// Layout is the number of the layout that the request was made on, 0 where none matters. A node on a
	// newer one refuses, and sends it.
	Layout uint64
	// Step is the reaping step at which the versions in the body were read; older ones are refused.
	Step uint64
	Body Message
}

// Message is a request's body or a reply. The types below are all there are; node/peer gives each its
// number on the wire.
type Message interface{ message() }

// MergeRequest delivers a whole object to one receiver, which merges it: replication, read repair, hinted
// handoff, transfer and anti-entropy all send this.
type MergeRequest struct {
	Key    Key
	Object Object // whole
	// Targets, where not empty, makes the copy a hint for these nodes, beside what the receiver owns.
	Targets []ring.NodeID
	// Durable asks that the reply wait for the disk, whatever the receiver's durability.
	Durable bool
}

// MergeReply says that the receiver holds the object, or what came of it.
type MergeReply struct {
	Durable bool // on disk
}

// FetchRequest asks what a node holds of a key.
type FetchRequest struct {
	Key        Key
	ContentMax int // bytes of contents wanted; more are left out; negative: all
}

// FetchReply is what a node holds of a key.
type FetchReply struct {
	Object   Object
	Standing Standing
	// Targets are the nodes that the answering one keeps the record for.
	Targets []ring.NodeID
}

// Standing says what a node's answer about a key is worth.
type Standing uint8

// A node owns the key's range and its copy is complete; or it owns it and has forgotten, or never had, some
// of it; or it does not own it and answers only for what it holds.
const (
	Complete Standing = iota
	Incomplete
	Stranger
)

// String gives the standing's name in lower case.
func (s Standing) String() string { return [...]string{"complete", "incomplete", "stranger"}[s] }

// ForwardRequest asks another node to coordinate a write.
type ForwardRequest struct {
	Put PutRequest
	// Role is the part that the sender believes the receiver to play; a receiver that does not own the
	// key refuses unless it is asked as a fallback.
	Role ring.Role
}

// ForwardReply is the outcome; exactly one of the two is set.
type ForwardReply struct {
	Answer *Answer
	Err    *Error
}

// SeenRequest asks for the highest number that the receiver ever saw of each actor.
type SeenRequest struct {
	Claims []ActorClaim
}

// SeenReply answers a SeenRequest in its order.
type SeenReply struct {
	Highest []uint64
}

// BindRequest asks a member to bind itself to a bucket's replication factor; it refuses where it holds
// anything of the bucket under another. N 0 takes the promise back.
type BindRequest struct {
	Bucket string
	N      int
}

// BindReply answers a BindRequest.
type BindReply struct {
	Bound  bool
	Reason string // why not
}

// TreeRequest asks one question about the receiver's copy of a range.
type TreeRequest struct {
	Range   Range
	Request antientropy.Request
}

// TreeReply answers it.
type TreeReply struct {
	Answer antientropy.Answer
}

// StatusRequest asks for a node's own figures.
type StatusRequest struct{}

// StatusReply holds them.
type StatusReply struct {
	Status Status
}

// Refused is the reply of a node that did not do what was asked; nothing was changed.
type Refused struct {
	Reason Refusal
	Detail string
	// Layout is sent along with RefusedOldLayout.
	Layout *ring.Layout
}

// Refusal is why a node did not take a request.
type Refusal uint8

// The reasons for a refusal.
const (
	RefusedOldLayout Refusal = iota + 1
	RefusedOldStep
	RefusedNotOwner
	RefusedOtherN // the bucket has another replication factor here
	RefusedOverloaded
	RefusedDiskFull
	RefusedDamaged
	RefusedNotReady
	RefusedDraining
	RefusedMalformed
	RefusedFailed // an error of the receiver's own; its log has it
)

// String gives the reason in words.
func (r Refusal) String() string {
	if int(r) >= len(refusals) {
		return "an unknown reason"
	}
	return refusals[r]
}

var refusals = [...]string{
	"", "the layout is older", "the step is older", "not an owner of the key", "the bucket has another n",
	"overloaded", "the disk is full", "the stored object is damaged", "not ready", "draining",
	"the message is malformed", "an internal error",
}

func (*MergeRequest) message()   {}
func (*MergeReply) message()     {}
func (*FetchRequest) message()   {}
func (*FetchReply) message()     {}
func (*ForwardRequest) message() {}
func (*ForwardReply) message()   {}
func (*SeenRequest) message()    {}
func (*SeenReply) message()      {}
func (*BindRequest) message()    {}
func (*BindReply) message()      {}
func (*TreeRequest) message()    {}
func (*TreeReply) message()      {}
func (*StatusRequest) message()  {}
func (*StatusReply) message()    {}
func (*Refused) message()        {}

// Status is one node's account of itself.
type Status struct {
	Version   string
	Keys      int64
	Bytes     int64
	Hints     []TargetHints
	Damaged   int64
	FreeBytes int64
	Full      bool
	// Pairings are of anti-entropy; RepairPaused says that an operator holds it.
	Pairings
	RepairPaused bool
	// What the node's Config keeps it from doing.
	NoAntiEntropy, NoReadRepair, NoHandoff bool
	// GetP99 and PutP99 are of the requests that this node coordinated lately, in microseconds; 0: none.
	GetP99, PutP99 int64
}

// TargetHints are the hints that a node keeps for one other.
type TargetHints struct {
	Target ring.NodeID
	Count  int64
	Bytes  int64
}
