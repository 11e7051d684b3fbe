package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/cmd/kindred/internal/config"
	"github.com/kindreddb/kindred/cmd/kindred/internal/server"
)

func (a *app) serverCommand() *cobra.Command {
	given := map[string]string{}
	var exitWithStdin bool
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Run a node",
		Long: `Run a node until SIGTERM or Ctrl-C; then requests in flight are finished first. A second
signal ends it at once (a repeat within 200 ms is taken for the first).

Every setting can be given as a flag, as an environment variable, or in a YAML file by its
name without dashes; the flag counts before the variable, the variable before the file.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.server(cmd, given, exitWithStdin)
		},
	}
	// Flags are recorded as text: their faults are reported together with those of the other sources.
	for _, s := range append(config.Settings(), config.FileSetting) {
		flag := cmd.Flags().VarPF(&recorded{s, given}, s.Name, "", s.Meaning)
		if s.IsSwitch() {
			flag.NoOptDefVal = "true"
		}
	}
	cmd.Flags().BoolVar(&exitWithStdin, "exit-with-stdin", false, "stop when standard input ends")
	cmd.Flags().MarkHidden("exit-with-stdin") // fails only for a flag that does not exist
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		io.WriteString(cmd.OutOrStdout(), cmd.Long+"\n\nUsage:\n  kindred server [flags]\n"+settingsHelp())
	})
	return cmd
}

func (a *app) server(cmd *cobra.Command, given map[string]string, exitWithStdin bool) error {
	c, err := config.Load(given, a.environ, os.ReadFile)
	secret, secretErr := c.ReadSecret()
	if err := errors.Join(err, secretErr); err != nil {
		return &failure{exit: exitUsage, message: err.Error(), next: "All settings: " + self() + " server --help", cause: err}
	}
	o := server.Options{Config: c, Secret: secret, Version: version, Log: a.errOut}
	if exitWithStdin {
		o.Lifeline = a.in
	}
	defer atSecondSignal(a.endAtOnce)()
	if err := server.Run(cmd.Context(), o); err != nil {
		f := &failure{exit: exitFailed, message: err.Error(), cause: err}
		var start *server.StartError
		if errors.As(err, &start) {
			f.next = start.Next
		}
		return f
	}
	return nil
}

// endAtOnce is for who does not want to wait for requests in flight.
func (a *app) endAtOnce() {
	fmt.Fprintln(a.errOut, "kindred: ended at once by a second signal; what was acknowledged is kept as after a crash")
	os.Exit(exitFailed)
}

// recorded keeps a flag's text.
type recorded struct {
	setting config.Setting
	given   map[string]string
}

// Set keeps the text; it is judged by config.Load.
func (r *recorded) Set(text string) error {
	if before, ok := r.given[r.setting.Name]; ok && r.setting.Name == "join" {
		text = before + "," + text // --join A --join B is what people write
	}
	r.given[r.setting.Name] = text
	return nil
}

// String is the present text.
func (r *recorded) String() string { return r.given[r.setting.Name] }

// Type is the unit.
func (r *recorded) Type() string { return r.setting.Unit }

// settingsHelp lists all settings with unit, default, variable and meaning, under their headings.
func settingsHelp() string {
	var out strings.Builder
	group := ""
	for _, s := range append(config.Settings(), config.FileSetting) {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&out, "\n%s\n", group)
		}
		flag := "--" + s.Name + " " + s.Unit
		if s.IsSwitch() {
			flag = "--" + s.Name
		}
		fallback := s.Default
		if fallback == "" {
			fallback = "none"
		}
		fmt.Fprintf(&out, "  %-34s default %-18s %s\n", flag, fallback, s.Env())
		for _, line := range wrap(s.Meaning, 90) {
			fmt.Fprintf(&out, "      %s\n", line)
		}
	}
	return out.String()
}

// wrap breaks text into lines of at most that many columns.
func wrap(text string, columns int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > columns {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
