package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
)

// Each reader below turns one setting's text into its field, or says what would have been right.

const nameMax = 63 // bytes; a name stands in headers, tables and every gossip message

func readName(to *string, text string) error {
	if text == "" || len(text) > nameMax {
		return fmt.Errorf("a name has 1 to %d letters, digits, dots, dashes or underscores", nameMax)
	}
	return readZone(to, text)
}

func readZone(to *string, text string) error {
	if len(text) > nameMax {
		return fmt.Errorf("a name has at most %d letters, digits, dots, dashes or underscores", nameMax)
	}
	for _, r := range text {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", r) {
			return fmt.Errorf("%q holds %q; a name has letters, digits, dots, dashes and underscores", text, r)
		}
	}
	*to = text
	return nil
}

func readText(to *string, text string) error {
	if strings.ContainsRune(text, 0) {
		return errors.New("a path holds no zero byte")
	}
	*to = text
	return nil
}

func readAddress(to *string, text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is no address: write HOST:PORT, as in 127.0.0.1:8098", text)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port between 0 and 65535", text)
	} else if port = strconv.FormatUint(n, 10); host != "" {
		if err := readHost(&host, host); err != nil {
			return err
		}
	}
	*to = net.JoinHostPort(host, port)
	return nil
}

func readHost(to *string, text string) error {
	if net.ParseIP(text) == nil && (len(text) > 253 || strings.ContainsAny(text, ":/ []@%\x00")) {
		return fmt.Errorf("%q is no host: write a name or an IP address, without a port", text)
	}
	*to = text
	return nil
}

const (
	joinMax           = 64
	defaultGossipPort = "7946"
)

func readJoin(to *[]string, text string) error {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(part); err != nil {
			part = net.JoinHostPort(strings.Trim(part, "[]"), defaultGossipPort)
		}
		if err := readAddress(&part, part); err != nil {
			return err
		}
		list = append(list, part)
	}
	if len(list) > joinMax {
		return fmt.Errorf("%d addresses are too many: %d are enough to find any cluster", len(list), joinMax)
	}
	*to = list
	return nil
}

func readNumber(to *int, text string, low, high int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return fmt.Errorf("%q is no whole number from %d to %d", text, low, high)
	}
	*to = n
	return nil
}

func readCapacity(to *uint32, text string) error {
	var n int
	if err := readNumber(&n, text, 1, 1_000_000); err != nil {
		return err
	}
	*to = uint32(n)
	return nil
}

func readPartitions(to *int, text string) error {
	var n int
	if err := readNumber(&n, text, 1, 65536); err != nil {
		return err
	}
	if n&(n-1) != 0 {
		return fmt.Errorf("%d is no power of two: 64, 256 and 1024 are", n)
	}
	*to = n
	return nil
}

func readSwitch(to *bool, text string) error {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		*to = true
	case "false", "no", "off", "0":
		*to = false
	default:
		return fmt.Errorf("%q is neither true nor false", text)
	}
	return nil
}

// readOnOff takes what a switch takes too: YAML files are written either way.
func readOnOff(to *bool, text string) error {
	if readSwitch(to, text) != nil {
		return notAmong(text, "on", "off")
	}
	return nil
}

func readDurability(to *Durability, text string) error {
	switch d := Durability(text); d {
	case Sync, Interval:
		*to = d
		return nil
	}
	return notAmong(text, string(Sync), string(Interval))
}

func readLogFormat(to *LogFormat, text string) error {
	switch f := LogFormat(text); f {
	case Text, JSON:
		*to = f
		return nil
	}
	return notAmong(text, string(Text), string(JSON))
}

func readLogLevel(to *slog.Level, text string) error {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[text]
	if !ok {
		return notAmong(text, "debug", "info", "warn", "error")
	}
	*to = level
	return nil
}

func notAmong(text string, words ...string) error {
	return fmt.Errorf("%q is none of %s%s", text, strings.Join(words, ", "), didYouMean(text, words))
}

func readTime(to *time.Duration, text, low, high string) error {
	lowest, _ := time.ParseDuration(low) // both are constants of the table of settings
	highest, _ := time.ParseDuration(high)
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration: write a number with its unit, as in 500ms or 2s", text)
	}
	if d < lowest || d > highest {
		return fmt.Errorf("%s is not within %s and %s", text, low, high)
	}
	*to = d
	return nil
}

func readSize(to *int64, text string, low, high int64) error {
	n, err := figures.ParseBytes(text)
	if err != nil {
		return err
	}
	if n < low || n > high {
		return fmt.Errorf("%s is not within %d and %d bytes", text, low, high)
	}
	*to = n
	return nil
}
