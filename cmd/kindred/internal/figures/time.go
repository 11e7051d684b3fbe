package figures

import (
	"fmt"
	"strconv"
	"time"
)

// Span writes a duration with its two largest units, in whole seconds: "14s", "2m10s", "3h5m", "6d4h".
func Span(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s < 0 {
		s = 0
	}
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%ds", s/60, s%60)
	case s < 2*86400:
		return fmt.Sprintf("%dh%dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%dh", s/86400, s/3600%24)
}

// Ago writes how long ago a moment was. A moment ahead of now, as another machine's clock gives it, is
// "now".
func Ago(then, now time.Time) string {
	d := now.Sub(then)
	if d < 500*time.Millisecond {
		return "now"
	}
	return Span(d) + " ago"
}

// Seconds writes a short duration with one decimal: "0.9s".
func Seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// Millis writes a latency in milliseconds, without the unit: "0.9", "14", "0.05".
func Millis(ms float64) string {
	switch {
	case ms > 0 && ms < 0.095:
		return strconv.FormatFloat(ms, 'f', 2, 64)
	}
	return short(ms)
}
