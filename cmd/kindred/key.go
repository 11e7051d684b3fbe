package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/show"
	"github.com/kindreddb/kindred/httpapi/client"
	"github.com/kindreddb/kindred/httpapi/names"
)

// keyHelp belongs into the help of every command that takes a key.
const keyHelp = `BUCKET/KEY is taken as it stands: the first slash ends the bucket, all that follows is
the key, slashes, blanks and percent signs included. With --encoded both are written as
in a URL, which reaches names that a shell cannot write (a slash in a bucket is %2F, a
zero byte %00).`

// keyArg is a key as the command line names it.
type keyArg struct {
	bucket, key string
	text        string // as given, for messages
	encoded     bool
}

// keyFlag adds --encoded.
func keyFlag(cmd *cobra.Command, encoded *bool) {
	cmd.Flags().BoolVar(encoded, "encoded", false, "BUCKET/KEY is percent-encoded as in a URL")
}

// parseKey splits and checks the argument.
func parseKey(cmd *cobra.Command, text string, encoded bool) (keyArg, error) {
	k := keyArg{text: text, encoded: encoded}
	raw := text
	if !encoded {
		bucket, key, found := strings.Cut(text, "/")
		if !found {
			return k, usage(cmd, "%q names no key: write BUCKET/KEY, as in carts/ana", text)
		}
		raw = names.Join(bucket, key)
	}
	var err error
	if k.bucket, k.key, err = names.Split(raw); err != nil {
		return k, usage(cmd, "%q: %v", text, err)
	}
	return k, nil
}

// String is the key as messages show it.
func (k keyArg) String() string { return show.Harmless(k.text) }

// command is a command line about this key, ready to be copied.
func (k keyArg) command(verb string, rest ...string) string {
	words := []string{self(), verb}
	if k.encoded {
		words = append(words, "--encoded")
	}
	words = append(words, quote(k.text))
	return strings.Join(append(words, rest...), " ")
}

// quote writes a word as a POSIX shell reads it.
func quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@%+"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(show.Harmless(word), "'", `'\''`) + "'"
}

// levelFlags adds the flags that say how many replicas must answer.
func levelFlags(cmd *cobra.Command, o *client.Options, write bool) {
	f := cmd.Flags()
	const words = ": a number, one, quorum or all (default: the bucket's)"
	if write {
		f.StringVar(&o.W, "w", "", "replicas that must acknowledge the write"+words)
		f.StringVar(&o.PW, "pw", "", "of them primaries: a number, one, quorum or all (default: the bucket's)")
		f.StringVar(&o.DW, "dw", "", "of them on disk: a number, one, quorum or all (default: the bucket's)")
	} else {
		f.StringVar(&o.R, "r", "", "replicas that must answer"+words)
		f.StringVar(&o.PR, "pr", "", "of them primaries: a number, one, quorum or all (default: the bucket's)")
	}
	f.BoolVar(&o.NoSloppy, "strict", false, "only the key's own replicas count; no other node stands in for them")
	f.Var((*timeout)(&o.Timeout), "timeout", "how long the server may take, 1ms to 60s (default 5s)")
}

// timeout is a flag's duration. The client leaves one of zero to the server, so that a zero which somebody
// typed must be refused here.
type timeout time.Duration

// String is the flag's default, none.
func (t *timeout) String() string { return "" }

// Type names the value in the help.
func (t *timeout) Type() string { return "duration" }

// Set reads the duration.
func (t *timeout) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Millisecond || d > time.Minute {
		return errors.New("it is not within 1ms and 60s")
	}
	*t = timeout(d)
	return nil
}
