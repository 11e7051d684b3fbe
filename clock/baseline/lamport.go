package baseline

import "cmp"

// lamport keeps the write with the highest Lamport number, and of equal ones that of the higher replica.
type lamport struct {
	number  uint64 // 0 for a replica that holds nothing
	replica string
	value   string
}

func (l lamport) Put(w Write) State {
	last := l.number
	for _, seen := range w.Seen {
		last = max(last, seen.(uint64))
	}
	return l.Merge(lamport{last + 1, w.Replica, w.Value})
}

func (l lamport) Merge(from State) State {
	f := from.(lamport)
	if cmp.Or(cmp.Compare(f.number, l.number), cmp.Compare(f.replica, l.replica)) > 0 {
		return f
	}
	return l
}

func (l lamport) Read() ([]string, Seen) {
	if l.number == 0 {
		return nil, l.number
	}
	return []string{l.value}, l.number
}

func (l lamport) Entries() int {
	if l.number == 0 {
		return 0
	}
	return 1
}
