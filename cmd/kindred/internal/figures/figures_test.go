package figures

import (
	"math"
	"testing"
	"time"
)

func TestBytesAreWrittenInTwoDigits(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 48: "48 B", 999: "999 B", 1000: "1.0 kB", 1100: "1.1 kB", 9949: "9.9 kB", 9950: "10 kB",
		999_499: "999 kB", 999_500: "1.0 MB", 1_100_000: "1.1 MB", 113_000_000: "113 MB",
		math.MaxInt64: "9.2 EB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSizesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "17": 17, "1KiB": 1024, "1 kib": 1024, "1kB": 1000, "4MiB": 4 << 20, "0.5KiB": 512,
		"1.5 MB": 1_500_000, "2GiB": 2 << 30, "9007199254740993": 9007199254740993,
	} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("ParseBytes(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "KiB", "-1", "-1KiB", "1.5", "0.3B", "1XB", "1e3", "0x10", "NaN", "99999999999TB", "1 2"} {
		if got, err := ParseBytes(text); err == nil {
			t.Errorf("ParseBytes(%q) = %d, and should refuse", text, got)
		}
	}
}

func TestCountsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]int64{"7": 7, "100k": 100_000, "1.5M": 1_500_000, "100,000": 100_000} {
		if got, err := ParseCount(text); err != nil || got != want {
			t.Errorf("ParseCount(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "k", "-5", "1.0001k", "5x", "5KiB"} {
		if got, err := ParseCount(text); err == nil {
			t.Errorf("ParseCount(%q) = %d, and should refuse", text, got)
		}
	}
}

func TestDurationsShowTheirTwoLargestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 400 * time.Millisecond: "0s", 14 * time.Second: "14s", 130 * time.Second: "2m10s",
		time.Hour + 5*time.Minute: "1h5m", 47 * time.Hour: "47h0m", 148 * time.Hour: "6d4h",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", d, got, want)
		}
	}
	now := time.Unix(1000, 0)
	if got := Ago(now.Add(-3*time.Second), now); got != "3s ago" {
		t.Errorf("three seconds ago is written %q", got)
	}
	if got := Ago(now.Add(time.Hour), now); got != "now" {
		t.Errorf("a moment ahead is written %q", got)
	}
}

func TestCountsSharesAndLatenciesAreWrittenForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(20118), "20,118"}, {Count(-1234567), "-1,234,567"},
		{Percent(1, 3), "33.3%"}, {Percent(1, 0), "–"}, {Plural(1, "sibling"), "1 sibling"}, {Plural(2, "sibling"), "2 siblings"},
		{Millis(0.91), "0.9"}, {Millis(0.05), "0.05"}, {Millis(0), "0.0"}, {Millis(14.2), "14"}, {Seconds(940 * time.Millisecond), "0.9s"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
