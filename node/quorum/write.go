package quorum

// WriteNeed is what a write wants: acks in all, of primaries, and on disk.
type WriteNeed struct {
	W, PW, DW int
}

// Write counts the acks of a write. It is for one goroutine.
type Write struct {
	need   WriteNeed
	places []ackPlace
}

// ackPlace is one place of the preference list.
type ackPlace struct {
	node    uint64 // who acked for it, 0 while nobody has
	primary bool   // the ack is its primary's own
	durable bool   // an ack for it rests on disk
	closed  bool   // nobody is left to ask for it
	lost    bool   // its primary will not ack
}

// NewWrite begins to count over the first places of the preference list, one for each replica.
func NewWrite(need WriteNeed, places int) *Write {
	return &Write{need, make([]ackPlace, places)}
}

// Ack counts an ack of the node for the place. The primary's own ack takes the place of a fallback's. A
// node that counts elsewhere already adds nothing.
func (t *Write) Ack(i int, node uint64, primary, durable bool) {
	for j, p := range t.places {
		if j != i && p.node == node {
			return
		}
	}
	p := &t.places[i]
	if p.node != 0 && !primary {
		return
	}
	p.node, p.primary, p.durable = node, primary, p.durable || durable
}

// Lost says that the place's primary will not ack; a fallback still may.
func (t *Write) Lost(i int) { t.places[i].lost = true }

// Close says that nobody is left to ask for the place.
func (t *Write) Close(i int) { t.places[i].closed, t.places[i].lost = true, true }

// Acked says whether the place has its ack.
func (t *Write) Acked(i int) bool { return t.places[i].node != 0 }

// AllAcked says whether every place has its ack.
func (t *Write) AllAcked() bool {
	for _, p := range t.places {
		if p.node == 0 {
			return false
		}
	}
	return true
}

// Counts gives the acks so far: in all, of primaries, of fallbacks, and on disk.
func (t *Write) Counts() (total, primary, fallback, durable int) {
	for _, p := range t.places {
		if p.node == 0 {
			continue
		}
		total++
		if p.primary {
			primary++
		} else {
			fallback++
		}
		if p.durable {
			durable++
		}
	}
	return total, primary, fallback, durable
}

// Result says whether the write has its acks.
func (t *Write) Result() Result {
	total, primary, _, durable := t.Counts()
	if total >= t.need.W && primary >= t.need.PW && durable >= t.need.DW {
		return Met
	}
	open, openPrimary, openDurable := 0, 0, 0
	for _, p := range t.places {
		ownAck := !p.primary && !p.lost // the primary's own may still come, and be on disk where another's was not
		if p.node == 0 && !p.closed {
			open++
		}
		if ownAck {
			openPrimary++
		}
		if !p.durable && (p.node == 0 && !p.closed || ownAck) {
			openDurable++
		}
	}
	if total+open < t.need.W || primary+openPrimary < t.need.PW || durable+openDurable < t.need.DW {
		return Unreachable
	}
	return Pending
}
