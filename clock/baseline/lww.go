package baseline

import "cmp"

// lww keeps the write with the highest wall clock, and of equal ones the higher value. It looks at no
// context.
type lww struct {
	any   bool
	time  int64
	value string
}

func (l lww) Put(w Write) State { return l.Merge(lww{true, w.Time, w.Value}) }

func (l lww) Merge(from State) State {
	f := from.(lww)
	if !l.any || f.any && cmp.Or(cmp.Compare(f.time, l.time), cmp.Compare(f.value, l.value)) > 0 {
		return f
	}
	return l
}

func (l lww) Read() ([]string, Seen) {
	if !l.any {
		return nil, nil
	}
	return []string{l.value}, nil
}

func (l lww) Entries() int {
	if l.any {
		return 1
	}
	return 0
}
