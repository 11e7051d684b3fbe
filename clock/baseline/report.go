package baseline

// Report says how the mechanisms fared on the same scripts.
type Report struct {
	Scripts    int   `json:"scripts"`
	Writes     int   `json:"writes"` // in all scripts together
	Mechanisms []Row `json:"mechanisms"`
}

// Row is one mechanism's sum over all scripts.
type Row struct {
	Mechanism string `json:"mechanism"`
	// About says in a few words what the mechanism does.
	About string `json:"about"`
	// Lost counts writes that nobody had overwritten and that were gone in the end; FalseSiblings those that
	// had been overwritten and still stood.
	Lost          int `json:"lost"`
	FalseSiblings int `json:"false_siblings"`
	// Disagreed counts the scripts after which replicas showed different values.
	Disagreed int `json:"disagreed"`
	// EntriesMean is the mean metadata of a replica at the end of a script, in entries; the maxima are over
	// all replicas and steps.
	EntriesMean float64 `json:"entries_mean"`
	EntriesMax  int     `json:"entries_max"`
	SiblingsMax int     `json:"siblings_max"`
}

// Compare runs each script under every mechanism, in the order of Mechanisms. The scripts are as for Run; what
// they expect is not looked at.
func Compare(scripts ...Script) Report {
	r := Report{Scripts: len(scripts)}
	for _, m := range Mechanisms() {
		r.Mechanisms = append(r.Mechanisms, Row{Mechanism: m.Name, About: m.About})
	}
	for _, s := range scripts {
		r.Writes += s.writes()
		truth := play(Mechanisms()[0], s)
		for i, m := range Mechanisms() {
			r.Mechanisms[i].add(play(m, s).against(truth))
		}
	}
	for i := range r.Mechanisms {
		r.Mechanisms[i].EntriesMean /= float64(max(r.Scripts, 1)) // add left the sum
	}
	return r
}

// add counts an outcome; EntriesMean is the sum until all are in.
func (r *Row) add(o Outcome) {
	r.Lost += len(o.Lost)
	r.FalseSiblings += len(o.False)
	if !o.Agree {
		r.Disagreed++
	}
	r.EntriesMean += float64(o.Entries)
	r.EntriesMax = max(r.EntriesMax, o.EntriesMax)
	r.SiblingsMax = max(r.SiblingsMax, o.SiblingsMax)
}

func (s Script) writes() int {
	n := 0
	for _, step := range s.Steps {
		if step.Op == OpPut {
			n++
		}
	}
	return n
}
