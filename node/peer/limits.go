package peer

import "time"

// MessageBytesMax is the longest encoded message, in bytes. A put is refused long before, but a merge never
// is: 100 siblings of 4 MiB each, as the defaults of a bucket allow, come to 400 MiB, and must pass whole.
const MessageBytesMax = 512 << 20

// What is the same for every transport, because the other side counts on it or nobody would turn it.
const (
	// chunkBytesMax cuts long messages, so that a short one never waits for more than a chunk of each.
	chunkBytesMax = 64 << 10
	// batchBytesAbout is when a batch of chunks is written without looking for more.
	batchBytesAbout = 64 << 10
	// readerBytes is a connection's read buffer; what is longer is read past it.
	readerBytes = 32 << 10
	// unsentBytesMax is how much the kernel takes beyond what it has sent: what lies there can no longer be
	// overtaken by a short message.
	unsentBytesMax = 128 << 10
	// assembliesMax bounds the long messages that one connection may send interleaved.
	assembliesMax = 256
	// assemblyBytesFirst is what a long message gets before more of it has come.
	assemblyBytesFirst = 1 << 20
	// shortBytesMax bounds the requests of one connection that are in flight, with their replies, in bytes;
	// long messages are counted apart, for all connections together.
	shortBytesMax = 64 << 20
	// handlerTimeMax cuts deadlines that nobody means.
	handlerTimeMax = 10 * time.Minute
	// handshakesMax bounds the accepted connections that have not proved yet who they are.
	handshakesMax = 128
	// lingerFor is how long a side that said its last word waits for the other to hang up, so that the
	// word is not lost in a reset.
	lingerFor = 250 * time.Millisecond
	// userTimeout is how long sent bytes may stay unacknowledged before the kernel gives a connection up.
	userTimeout = 5 * time.Second
	// backoffMin is the pause after the first failure to connect; it doubles up to Config.BackoffMax.
	backoffMin = 50 * time.Millisecond
)
