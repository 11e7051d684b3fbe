package server

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kindreddb/kindred/httpapi"
	"github.com/kindreddb/kindred/node"
	"github.com/kindreddb/kindred/node/gossip"
	"github.com/kindreddb/kindred/node/peer"
	"github.com/kindreddb/kindred/ring"
)

// values gives all values of the metrics, and those of one name by label.
func values(metrics []httpapi.Metric, name string) (all []float64, of map[string]float64) {
	of = map[string]float64{}
	for _, m := range metrics {
		for _, s := range m.Samples {
			all = append(all, s.Value)
			if m.Name == name {
				of[s.Of] = s.Value
			}
		}
	}
	return all, of
}

func TestEveryCounterOfANodeIsAMetric(t *testing.T) {
	var c node.Counters
	fields := reflect.ValueOf(&c).Elem()
	for i := range fields.NumField() {
		fields.Field(i).Addr().Interface().(*atomic.Int64).Store(int64(1000 + i))
	}
	shown, _ := values(nodeMetrics(&c), "")
	for i := range fields.NumField() {
		if !slices.Contains(shown, float64(1000+i)) {
			t.Errorf("node.Counters.%s is no metric: add it to nodeMetrics", fields.Type().Field(i).Name)
		}
	}
}

func TestMetricsHaveNamesThatPrometheusTakes(t *testing.T) {
	v := &node.View{Members: []node.MemberInfo{{ID: 1, Name: "n1"}, {ID: 2, Name: "n2"}}}
	all := slices.Concat(nodeMetrics(new(node.Counters)), repairMetrics(node.RepairStatus{}), writeMetrics(node.StoreStats{}), storeMetrics(1, v, node.Status{}), peerMetrics(peer.Stats{}), gossipMetrics(gossip.Stats{}))
	good, seen := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`), map[string]bool{}
	for _, m := range all {
		if !good.MatchString(m.Name) || seen[m.Name] || (m.Kind == httpapi.Counter) != strings.HasSuffix(m.Name, "_total") {
			t.Errorf("%s %s: malformed, a second time, or its end is not that of its kind", m.Kind, m.Name)
		}
		if len(m.Samples) == 0 || (len(m.Samples) > 1) && m.Label == "" || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%s: %d samples with the label %q; %q", m.Name, len(m.Samples), m.Label, m.Help)
		}
		seen[m.Name] = true
	}
}

func TestHintsAreCountedByTheNameOfTheirTarget(t *testing.T) {
	v := &node.View{Members: []node.MemberInfo{{ID: 1, Name: "n1"}, {ID: 2, Name: "n2"}, {ID: 3, Name: "n3"}, {ID: 4, Name: "n3"}}}
	gone := ring.NodeID(9)
	m := storeMetrics(1, v, node.Status{Full: true, Hints: []node.TargetHints{{Target: 3, Count: 2, Bytes: 20}, {Target: 4, Count: 1, Bytes: 5}, {Target: gone, Count: 7, Bytes: 70}}})
	for name, want := range map[string]map[string]float64{
		"store_hints":      {"n2": 0, "n3": 3, gone.String(): 7},
		"store_hint_bytes": {"n2": 0, "n3": 25, gone.String(): 70},
		"store_full":       {"": 1},
	} {
		if _, got := values(m, name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
