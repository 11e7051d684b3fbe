package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

// oneFile gives the content of kindred.yaml and of nothing else.
func oneFile(content string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if path != "kindred.yaml" {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(content), nil
	}
}

func TestDefaultsAreThoseOfTheManual(t *testing.T) {
	c, err := Load(nil, nil, oneFile(""))
	if err != nil {
		t.Fatal(err)
	}
	if c.Name == "" {
		t.Error("a node without a name")
	}
	c.Name = "n1"
	want := Config{
		Name: "n1", Data: "./kindred-data",
		Listen: "127.0.0.1:8098", Admin: "127.0.0.1:8097", Peer: "127.0.0.1:7947", Gossip: "127.0.0.1:7946",
		BootstrapExpect: 1, Partitions: 256, N: 3, Capacity: 100,
		Durability: Sync, SyncInterval: 200 * time.Millisecond,
		MaxObjectSize: 32 << 20, MaxInFlight: 512 << 20, MaxConns: 4096,
		DrainTime: 10 * time.Second, RepairPeriod: 10 * time.Minute, RepairRate: 16 << 20,
		AntiEntropy: true, ReadRepair: true, Handoff: true, LogFormat: Text, LogLevel: slog.LevelInfo,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestAFlagBeatsTheEnvironmentBeatsTheFileBeatsTheDefault(t *testing.T) {
	file := "zone: from-file\nname: from-file\nlisten: 127.0.0.1:1\n"
	for _, c := range []struct {
		name  string
		flags map[string]string
		env   []string
		want  string
	}{
		{"the file alone", map[string]string{"config": "kindred.yaml"}, nil, "from-file"},
		{"the environment over the file", map[string]string{"config": "kindred.yaml"}, []string{"KINDRED_ZONE=from-env"}, "from-env"},
		{"the flag over both", map[string]string{"config": "kindred.yaml", "zone": "from-flag"}, []string{"KINDRED_ZONE=from-env"}, "from-flag"},
		{"an empty flag is a value too", map[string]string{"config": "kindred.yaml", "zone": ""}, []string{"KINDRED_ZONE=from-env"}, ""},
		{"the file named by the environment", nil, []string{"KINDRED_CONFIG=kindred.yaml"}, "from-file"},
		{"nobody says anything", nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Load(c.flags, c.env, oneFile(file))
			if err != nil {
				t.Fatal(err)
			}
			if got.Zone != c.want {
				t.Errorf("zone is %q, want %q", got.Zone, c.want)
			}
		})
	}
}

func TestTheFileTakesEverySettingInItsYAMLForms(t *testing.T) {
	c, err := Load(map[string]string{"config": "kindred.yaml"}, nil, oneFile(`
# a remark
name: "n 1" # replaced below by the test of faults; here the next document counts
`))
	if err == nil || !strings.Contains(err.Error(), `kindred.yaml:3: name`) {
		t.Fatalf("a name with a space gave %v, %+v", err, c)
	}
	c, err = Load(map[string]string{"config": "kindred.yaml"}, nil, oneFile(`---
name: n1
join: [10.0.0.1, "10.0.0.2:99", "[::1]:5"]
insecure: yes
bootstrap-expect: 3
max-object-size: 8MiB
drain-time: 2s
repair-period: 1h
repair-rate: 0
anti-entropy: off
read-repair: false
handoff: "off"
data: >
  /var/lib/kindred
`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"10.0.0.1:7946", "10.0.0.2:99", "[::1]:5"}; !reflect.DeepEqual(c.Join, want) {
		t.Errorf("join is %q, want %q", c.Join, want)
	}
	if !c.Insecure || c.BootstrapExpect != 3 || c.MaxObjectSize != 8<<20 || c.DrainTime != 2*time.Second || c.Data != "/var/lib/kindred" {
		t.Errorf("got %+v", c)
	}
	if c.RepairPeriod != time.Hour || c.RepairRate != 0 || c.AntiEntropy || c.ReadRepair || c.Handoff {
		t.Errorf("of repair it took %+v", c)
	}
}

func TestEveryFaultIsReportedAtOnceWithItsPlace(t *testing.T) {
	file := "name: n1\ndurabilty: sync\npartitions: 100\nlisten: {a: 1}\npartitions: 128\nmax_object_size: 1\nconfig: x\n"
	_, err := Load(
		map[string]string{"config": "kindred.yaml", "n": "none", "admin": "0.0.0.0:8097", "durability": "synch"},
		[]string{"KINDRED_CAPACITY=-1", "KINDRED_PEER=127.0.0.1:7946"}, oneFile(file))
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	want := []string{
		`kindred.yaml:2: unknown setting "durabilty"; did you mean "durability"?`,
		`kindred.yaml:3: partitions: 100 is no power of two: 64, 256 and 1024 are`,
		`kindred.yaml:4: listen: a setting takes a plain value, not a mapping`,
		`kindred.yaml:5: "partitions" stands on line 3 already`,
		`kindred.yaml:6: unknown setting "max_object_size"; did you mean "max-object-size"?`,
		`kindred.yaml:7: a settings file cannot name another one`,
		`--n: "none" is no whole number from 1 to 16`,
		`--admin: 0.0.0.0:8097 can be reached from other machines`,
		`--admin: 0.0.0.0:8097 is every address of this machine: say with --advertise HOST`,
		`--durability: "synch" is none of sync, interval; did you mean "sync"?`,
		`KINDRED_CAPACITY: "-1" is no whole number from 1 to 1000000`,
		`127.0.0.1:7946 is where --peer listens already`,
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("missing: %s", w)
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults, want %d:\n%v", len(faults), len(want), err)
	}
}

func TestSingleSettingsAreRefusedWithWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct{ setting, text, want string }{
		{"name", "", "1 to 63 letters"},
		{"name", "a b", `holds ' '`},
		{"name", strings.Repeat("x", 64), "1 to 63 letters"},
		{"zone", "a/b", `holds '/'`},
		{"data", "", "needs a folder"},
		{"listen", "8098", "write HOST:PORT"},
		{"listen", "127.0.0.1:99999", "no port between"},
		{"listen", "127.0.0.1:http", "no port between"},
		{"listen", "exa mple:1", "is no host"},
		{"listen", "192.168.1.2:8098", "--insecure"},
		{"listen", ":8098", "--insecure"},
		{"gossip", "example.org:1", "--insecure"},
		{"advertise", "10.0.0.1:7946", "without a port"},
		{"advertise", "0.0.0.0", "no address that others could reach"},
		{"join", "10.0.0.1:x", "no port between"},
		{"join", strings.Repeat("h,", 65), "65 addresses are too many"},
		{"bootstrap-expect", "0", "from 1 to 1024"},
		{"partitions", "131072", "from 1 to 65536"},
		{"n", "17", "from 1 to 16"},
		{"insecure", "perhaps", "neither true nor false"},
		{"sync-interval", "5", "write a number with its unit"},
		{"sync-interval", "1ms", "not within 10ms and 10s"},
		{"max-object-size", "1TB", "not within"},
		{"max-in-flight", "2MiB", "not within"},
		{"min-free", "100MiB", "from 160MiB on"},
		{"repair-period", "0s", "not within 1s and 720h"},
		{"repair-period", "10", "write a number with its unit"},
		{"repair-rate", "fast", "is no size"},
		{"repair-rate", "-1", "is no size"},
		{"anti-entropy", "offf", `did you mean "off"?`},
		{"handoff", "never", "none of on, off"},
		{"log-format", "jsn", `did you mean "json"?`},
		{"log-level", "loud", "none of debug, info, warn, error"},
		{"config", "nowhere.yaml", "cannot be read"},
	} {
		t.Run(c.setting+"="+c.text, func(t *testing.T) {
			_, err := Load(map[string]string{c.setting: c.text}, nil, oneFile(""))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something with %q", err, c.want)
			}
		})
	}
}

func TestListenersOffLoopbackAreAllowedWhereInsecureIsSaid(t *testing.T) {
	c, err := Load(map[string]string{"insecure": "true", "listen": "0.0.0.0:8098", "advertise": "db1"}, nil, oneFile(""))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.OffLoopback(); !reflect.DeepEqual(got, []string{"--listen 0.0.0.0:8098"}) {
		t.Errorf("off loopback: %q", got)
	}
}

func TestAVariableThatLooksMistypedIsNotedAndOthersAreLetAlone(t *testing.T) {
	c, err := Load(nil, []string{"KINDRED_DURABILTY=interval", "KINDRED_ADDR=x", "KINDRED_SERVICE_HOST=10.1.1.1", "HOME=/"}, oneFile(""))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"KINDRED_DURABILTY is no setting and is ignored; did you mean KINDRED_DURABILITY?"}; !reflect.DeepEqual(c.Notes, want) {
		t.Errorf("notes are %q", c.Notes)
	}
}

func TestFilesThatAreNoSettingsAreRefusedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"no YAML":            {"name: [1\n", "is no YAML"},
		"a list":             {"- a\n- b\n", "kindred.yaml:1: a settings file is a list of lines NAME: VALUE"},
		"plain text":         {"hello", "kindred.yaml:1: a settings file is a list"},
		"two documents":      {"name: a\n---\nzone: b\n", "one document"},
		"a list in a list":   {"join: [[a]]\n", "kindred.yaml:1: join: a list holds plain values only"},
		"an alias":           {"name: &a n1\nzone: *a\n", "plain value"},
		"too large":          {strings.Repeat("#\n", fileMax), "too many for a settings file"},
		"a list as the name": {"? [a]\n: b\n", "kindred.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(map[string]string{"config": "kindred.yaml"}, nil, oneFile(c.content))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something with %q", err, c.want)
			}
		})
	}
}

func TestEverySettingHasAFlagAVariableAMeaningAndALegalDefault(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings() {
		if seen[s.Name] || seen[s.Env()] || s.Unit == "" || s.Group == "" || !strings.HasSuffix(s.Meaning, ".") {
			t.Errorf("the setting %q is incomplete or stands twice: %+v", s.Name, s)
		}
		seen[s.Name], seen[s.Env()] = true, true
		var c Config
		if err := s.read(&c, s.Default); err != nil {
			t.Errorf("the default of %s is refused: %v", s.Name, err)
		}
	}
}

func TestTheNearestNameIsOneThatAHandCouldHaveMissed(t *testing.T) {
	var names []string
	for _, s := range Settings() {
		names = append(names, s.Name)
	}
	for text, want := range map[string]string{
		"durabilty": "durability", "lsten": "listen", "jion": "join", "bootstrap-expct": "bootstrap-expect",
		"partitons": "partitions", "colour": "", "": "", "x": "", "secretfile": "secret-file",
	} {
		if got := Nearest(text, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", text, got, want)
		}
	}
}

func FuzzASettingsFileNeverPanics(f *testing.F) {
	for _, seed := range []string{"name: n1\n", "join: [a, b]\n", "a: &x 1\nb: *x\n", "? a\n: b\n", "{a: 1", "!!binary x", "--- |\n text\n", "<<: {a: 1}\n", "- - -"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		_, err := Load(map[string]string{"config": "kindred.yaml"}, nil, oneFile(content))
		if err != nil {
			_ = fmt.Sprint(err)
		}
	})
}
