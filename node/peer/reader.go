package peer

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"time"
)

// reader makes whole messages of a connection's chunks.
type reader struct {
	*conn
	from   *bufio.Reader
	header [headerBytes]byte
	parts  map[uint64]*part
	// admit claims memory for a long message, given its first chunk; where it says no, the message is read
	// and thrown away.
	admit func(first chunk, payload *buffer) bool
}

// part is a long message of which not all has come.
type part struct {
	first   chunk
	payload *buffer // nil: nobody wants it
	got     int
}

func (c *conn) newReader(admit func(chunk, *buffer) bool) *reader {
	return &reader{conn: c, from: bufio.NewReaderSize(c, readerBytes), parts: map[uint64]*part{}, admit: admit}
}

// next reads up to the end of the next message and gives its first chunk's header and the payload, which
// the caller frees. Kinds that stand for themselves (ping, pong, lost) come out as they are.
func (r *reader) next() (chunk, *buffer, error) {
	for {
		if len(r.parts) > 0 { // half a message holds memory: who stalls in one is cut off
			r.SetReadDeadline(time.Now().Add(r.settings.WriteTimeout))
		}
		if _, err := io.ReadFull(r.from, r.header[:]); err != nil {
			return chunk{}, nil, err
		}
		c, err := parseChunk(&r.header)
		if err != nil {
			return chunk{}, nil, err
		}
		first, payload, err := r.payload(c)
		if err != nil {
			return chunk{}, nil, err
		}
		if payload != nil {
			return first, payload, nil
		}
	}
}

// payload reads what follows a header. It gives nil where the message is not whole yet, or not wanted.
func (r *reader) payload(c chunk) (chunk, *buffer, error) {
	switch {
	case c.kind == kindMore:
		return r.more(c)
	case c.kind == kindAbandon:
		return chunk{}, nil, r.abandon(c)
	case c.length == c.size || c.kind > kindAbandon:
		payload := newBuffer(c.length)
		if err := r.fill(payload, c.length); err != nil {
			return chunk{}, nil, err
		}
		return c, payload, nil
	}
	return chunk{}, nil, r.first(c)
}

// first begins a long message.
func (r *reader) first(c chunk) error {
	switch {
	case c.length > c.size:
		return fmt.Errorf("%w: a chunk longer than its message", errDamaged)
	case r.parts[c.id] != nil:
		return fmt.Errorf("%w: a message begun twice", errDamaged)
	case len(r.parts) >= assembliesMax:
		return fmt.Errorf("%w: over %d messages begun at once", errDamaged, assembliesMax)
	}
	p := &part{first: c, payload: newBuffer(min(c.size, assemblyBytesFirst))}
	if err := r.fill(p.payload, c.length); err != nil {
		return err
	}
	if p.got = c.length; !r.admit(c, p.payload) {
		p.payload.free()
		p.payload = nil
	}
	r.parts[c.id] = p
	return nil
}

// more continues a long message.
func (r *reader) more(c chunk) (chunk, *buffer, error) {
	p := r.parts[c.id]
	if p == nil || c.size != p.got || c.length == 0 || c.length > p.first.size-p.got {
		return chunk{}, nil, fmt.Errorf("%w: a chunk that continues nothing", errDamaged)
	}
	into := p.payload
	if into == nil {
		into = newBuffer(c.length)
		defer into.free()
	} else if cap(into.b)-len(into.b) < c.length {
		into.b = append(make([]byte, 0, min(p.first.size, 2*(p.got+c.length))), into.b...)
	}
	if err := r.fill(into, c.length); err != nil {
		return chunk{}, nil, err
	}
	if p.got += c.length; p.got < p.first.size {
		return chunk{}, nil, nil
	}
	r.forget(c.id)
	return p.first, p.payload, nil
}

func (r *reader) abandon(c chunk) error {
	nothing := newBuffer(c.length)
	defer nothing.free()
	if err := r.fill(nothing, c.length); err != nil {
		return err
	}
	if p := r.parts[c.id]; p != nil {
		if p.payload != nil {
			p.payload.free()
		}
		r.forget(c.id)
	}
	return nil
}

func (r *reader) forget(id uint64) {
	if delete(r.parts, id); len(r.parts) == 0 {
		r.SetReadDeadline(time.Time{})
	}
}

// fill reads n bytes to the end of the buffer, which grows as they come and not as they were promised, and
// compares the checksum.
func (r *reader) fill(into *buffer, n int) error {
	at := len(into.b)
	into.b = slices.Grow(into.b, n)[:at+n]
	if _, err := io.ReadFull(r.from, into.b[at:]); err != nil {
		return err
	}
	if !intact(&r.header, into.b[at:]) {
		return fmt.Errorf("%w: a checksum does not fit", errDamaged)
	}
	r.reads.Add(1)
	r.stats.bytesIn.Add(uint64(headerBytes + n))
	return nil
}

// end frees what was never finished.
func (r *reader) end() {
	for _, p := range r.parts {
		if p.payload != nil {
			p.payload.free()
		}
	}
}
