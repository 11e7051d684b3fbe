package figures

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes writes a number of bytes in decimal units, two digits where that says enough: "48 B", "1.1 MB",
// "113 MB".
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n), -1
	for value >= 999.5 && unit < len(byteUnits)-1 {
		value /= 1000
		unit++
	}
	return short(value) + " " + byteUnits[unit]
}

var byteUnits = []string{"kB", "MB", "GB", "TB", "PB", "EB"}

// short writes one decimal below ten and none above.
func short(v float64) string {
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// ParseBytes reads a size: a whole number of bytes, or a number with a unit (kB, MB, GB are thousands;
// KiB, MiB, GiB are 1,024s). Units may be written in any case. The result is never negative.
func ParseBytes(text string) (int64, error) {
	number, unit := splitUnit(text)
	factor, ok := sizeFactors[strings.ToLower(unit)]
	if !ok {
		return 0, fmt.Errorf("%q is no size: write bytes, or a number with KiB, MiB, GiB, kB, MB or GB", text)
	}
	n, err := scaled(number, factor)
	if err != nil {
		return 0, fmt.Errorf("%q is no size: %w", text, err)
	}
	return n, nil
}

var sizeFactors = map[string]float64{
	"": 1, "b": 1,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// ParseCount reads a count: "100000", "100k", "1.5M", "100,000".
func ParseCount(text string) (int64, error) {
	number, unit := splitUnit(strings.ReplaceAll(text, ",", ""))
	factor, ok := countFactors[unit]
	if !ok {
		return 0, fmt.Errorf("%q is no count: write a number, or one with k or M behind it", text)
	}
	n, err := scaled(number, factor)
	if err != nil {
		return 0, fmt.Errorf("%q is no count: %w", text, err)
	}
	return n, nil
}

var countFactors = map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6}

// splitUnit parts digits from the letters behind them.
func splitUnit(text string) (number, unit string) {
	text = strings.TrimSpace(text)
	end := strings.LastIndexAny(text, "0123456789.") + 1
	return strings.TrimSpace(text[:end]), strings.TrimSpace(text[end:])
}

// scaled multiplies a decimal number; the product must be whole, not negative, and fit.
func scaled(number string, factor float64) (int64, error) {
	if whole, err := strconv.ParseInt(number, 10, 64); err == nil && factor == 1 {
		if whole < 0 {
			return 0, fmt.Errorf("it is negative")
		}
		return whole, nil
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.ContainsAny(number, "eExXpP_iInN") {
		return 0, fmt.Errorf("there is no number in front")
	}
	v *= factor
	switch {
	case v < 0:
		return 0, fmt.Errorf("it is negative")
	case v >= math.MaxInt64:
		return 0, fmt.Errorf("it is too large")
	case v != math.Trunc(v):
		return 0, fmt.Errorf("it is no whole number")
	}
	return int64(v), nil
}
