package httpapi

import (
	"io"
	"strconv"
	"strings"
)

// MetricKind is what a metric's values do.
type MetricKind string

// The kinds that there are.
const (
	Counter MetricKind = "counter" // it only grows while the process runs; its name ends in _total
	Gauge   MetricKind = "gauge"   // it goes up and down
)

// Metric is a figure of the parts below HTTP, as /metrics shows it.
type Metric struct {
	// Name is in lower case, with the unit behind it, and without the kindred_ that all names begin with.
	Name string
	Kind MetricKind
	// Help is one sentence.
	Help string
	// Label names what tells the samples apart; "" where there is just one, without a label. Its values must
	// come from a small set: never from names of buckets or keys.
	Label   string
	Samples []Sample
}

// Sample is one value of a metric.
type Sample struct {
	Of    string // the label's value
	Value float64
}

// NewCounter makes a counter with one sample.
func NewCounter[N int | int64 | uint64](name, help string, value N) Metric {
	return Metric{Name: name, Kind: Counter, Help: help, Samples: []Sample{{Value: float64(value)}}}
}

// NewGauge makes a gauge with one sample.
func NewGauge[N int | int64 | uint64](name, help string, value N) Metric {
	return Metric{Name: name, Kind: Gauge, Help: help, Samples: []Sample{{Value: float64(value)}}}
}

// What the text format wants escaped. Labels hold names of nodes, which people choose.
var (
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	escapeLabel = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// write gives the metric in the Prometheus text format.
func (m Metric) write(w io.Writer) {
	name := "kindred_" + m.Name
	head(w, name, string(m.Kind), escapeHelp.Replace(m.Help))
	for _, s := range m.Samples {
		line := name
		if m.Label != "" {
			line += "{" + m.Label + `="` + escapeLabel.Replace(strings.ToValidUTF8(s.Of, "\uFFFD")) + `"}`
		}
		// Whole numbers without an exponent: people read this, too.
		_, _ = io.WriteString(w, line+" "+strconv.FormatFloat(s.Value, 'f', -1, 64)+"\n") // w is a buffer
	}
}
