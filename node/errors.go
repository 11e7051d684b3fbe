package node

import (
	"errors"
	"fmt"
)

// Code is the kind of a failure; its text is the code of http-api's problem documents.
type Code string

// What can go wrong with an operation.
const (
	CodeInvalidParameter   Code = "invalid-parameter"
	CodeTooManySiblings    Code = "too-many-siblings"
	CodeObjectTooLarge     Code = "object-too-large"
	CodeValueTooLarge      Code = "value-too-large"
	CodePreconditionFailed Code = "precondition-failed"
	CodeOverloaded         Code = "overloaded"
	CodeDraining           Code = "draining"
	CodeNotReady           Code = "not-ready"
	CodeQuorumUnavailable  Code = "quorum-unavailable"
	CodeTimeout            Code = "timeout"
	CodeDiskFull           Code = "disk-full"
	CodeBucketInUse        Code = "bucket-in-use"
	CodeInternal           Code = "internal"
)

// Effect says what became of a write that failed.
type Effect uint8

// A write that failed was not applied, or may have been. Reads have no effect.
const (
	NoEffect Effect = iota
	NotApplied
	Unknown
)

// Error is every failure that a client is told of. It crosses the wire between nodes.
type Error struct {
	Code   Code
	Effect Effect
	// Need and Got are counts of replicas, for CodeQuorumUnavailable and CodeTimeout.
	Need, Got int
	// Detail says what, where and what to do, for people.
	Detail string
	// Cause is for the log of the node where it happened; it does not cross the wire.
	Cause error
}

// Error gives code and detail.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Detail
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ErrMalformed is what came from another node and cannot have been meant.
var ErrMalformed = errors.New("malformed message")

func errMalformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// counted puts a number before the word that fits it.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
