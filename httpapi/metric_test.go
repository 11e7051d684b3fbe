package httpapi_test

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/kindreddb/kindred/httpapi"
)

// A reader of the Prometheus text format that knows what /metrics may hold, and no more.
var (
	metricHelp   = regexp.MustCompile(`^# HELP (kindred_[a-z0-9_]+) (?:[^\\]|\\\\|\\n)+$`)
	metricType   = regexp.MustCompile(`^# TYPE (kindred_[a-z0-9_]+) (counter|gauge|histogram)$`)
	metricSample = regexp.MustCompile(`^(kindred_[a-z0-9_]+)((?:\{(?:[a-z_]+="(?:[^"\\]|\\\\|\\"|\\n)*",?)+\})?) (-?[0-9.]+(?:e[-+][0-9]+)?)$`)
)

func TestMetricsAreOfTheFormatThatPrometheusReads(t *testing.T) {
	w := start(t, func(c *httpapi.Config) {
		c.MoreMetrics = func() []httpapi.Metric {
			return []httpapi.Metric{
				httpapi.NewCounter("some_total", "A slash \\ and a\nline end.", uint64(math.MaxUint32)),
				httpapi.NewGauge("large_bytes", "A big one.", int64(1)<<50),
				{Name: "none", Kind: httpapi.Gauge, Help: "Without samples.", Label: "target"},
				{Name: "odd", Kind: httpapi.Gauge, Help: "Odd names of nodes.", Label: "target", Samples: []httpapi.Sample{
					{Of: `a "quoted" \ one`, Value: 0.25}, {Of: "two\nlines", Value: -1}, {Of: "no \xff text"}}},
			}
		}
	})
	w.put("/kv/b/k", "v")
	w.do("GET", "/nothing", "")
	body := string(w.want(200, w.doAt(w.admin, "GET", "/metrics", "")).body)
	told, samples, family := map[string]bool{}, map[string]bool{}, ""
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n") {
		if m := metricHelp.FindStringSubmatch(line); m != nil {
			if told[m[1]] {
				t.Errorf("a second help for %s", m[1])
			}
			told[m[1]], family = true, m[1]
			continue
		}
		if m := metricType.FindStringSubmatch(line); m != nil {
			if m[1] != family || (m[2] == "counter") != strings.HasSuffix(m[1], "_total") {
				t.Errorf("%q stands below the help of %s, or its name does not say its type", line, family)
			}
			continue
		}
		m := metricSample.FindStringSubmatch(line)
		if m == nil || !strings.HasPrefix(m[1], family) || samples[m[1]+m[2]] {
			t.Errorf("%q is no sample of %s, or comes twice", line, family)
			continue
		}
		samples[m[1]+m[2]] = true
	}
	for _, line := range []string{
		"# HELP kindred_some_total A slash \\\\ and a\\nline end.\n# TYPE kindred_some_total counter\nkindred_some_total 4294967295",
		"kindred_large_bytes 1125899906842624",
		`kindred_odd{target="a \"quoted\" \\ one"} 0.25`,
		`kindred_odd{target="two\nlines"} -1`,
		"kindred_odd{target=\"no \uFFFD text\"} 0",
		"kindred_http_puts_leaving_many_siblings_total 0",
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}
