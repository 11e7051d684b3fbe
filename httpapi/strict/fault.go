package strict

import (
	"errors"
	"fmt"
)

// Kind is what is wrong with a head.
type Kind uint8

// A head breaks the grammar, or its request line is too long, or its fields are.
const (
	Malformed Kind = iota + 1
	LineTooLong
	FieldsTooLarge
)

// Fault is a head that was refused. The connection ends with it.
type Fault struct {
	Kind Kind
	// Detail says in words what is wrong and what is wanted. It holds no bytes of the request.
	Detail string
	// Method is the request's, where that much was understood.
	Method string
}

// Error gives the detail.
func (f *Fault) Error() string { return f.Detail }

func malformed(format string, args ...any) *Fault {
	return &Fault{Kind: Malformed, Detail: fmt.Sprintf(format, args...)}
}

// Errors of reading a body.
var (
	// ErrBodyTimeout: the body stopped arriving.
	ErrBodyTimeout = errors.New("the body of the request stopped arriving")
	// ErrBodyCut: the connection ended before the body did.
	ErrBodyCut = errors.New("the connection ended before the body of the request did")
	// ErrBodyFraming: the chunks of the body are malformed.
	ErrBodyFraming = errors.New("the chunks of the body are malformed")
)
