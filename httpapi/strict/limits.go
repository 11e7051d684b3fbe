package strict

import "time"

// Limits bound what one connection may cost.
type Limits struct {
	// LineBytesMax bounds a request line, BlockBytesMax all header fields together with their line ends, and
	// FieldsMax their number. Defaults: 8 KiB, 32 KiB, 100.
	LineBytesMax, BlockBytesMax, FieldsMax int
	// IdleTimeout bounds the wait for the next request of a connection. Default 60 s.
	IdleTimeout time.Duration
	// HeadTimeout bounds the time from a connection's opening, or from the first byte of a later head, to the
	// head's end. Default 10 s.
	HeadTimeout time.Duration
	// StepTimeout bounds the time in which each StepBytes of a body must arrive, and each StepBytes of an
	// answer be taken. Defaults 10 s, 64 KiB: slow lines pass, a connection that only pretends does not.
	StepTimeout time.Duration
	StepBytes   int
	// LingerTimeout is how long an answer given before the end of the request waits to be read, while what
	// still comes in is thrown away. Closing at once would make the kernel reset the connection, and the
	// client would not see the answer. Default 1 s.
	LingerTimeout time.Duration
}

// SetDefaults fills in what is zero.
func (l *Limits) SetDefaults() {
	set(&l.LineBytesMax, 8<<10)
	set(&l.BlockBytesMax, 32<<10)
	set(&l.FieldsMax, 100)
	set(&l.IdleTimeout, 60*time.Second)
	set(&l.HeadTimeout, 10*time.Second)
	set(&l.StepTimeout, 10*time.Second)
	set(&l.StepBytes, 64<<10)
	set(&l.LingerTimeout, time.Second)
}

func set[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// HeadBytesMax is the longest head that passes, and so the buffer that a parser behind the Conn needs. Rewritten
// Connection fields may be a byte longer than they came.
func (l *Limits) HeadBytesMax() int { return l.LineBytesMax + l.BlockBytesMax + l.FieldsMax + 64 }

// Bounds that nobody needs to set.
const (
	chunkLineBytesMax = 256
	trailerBytesMax   = 8 << 10
	lingerBytesMax    = 4 << 20
	bufferBytes       = 4 << 10 // of a connection; grows for a long line, for as long as that line
)
