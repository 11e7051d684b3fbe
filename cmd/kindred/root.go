package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kindreddb/kindred/cmd/kindred/internal/config"
	"github.com/kindreddb/kindred/httpapi/document"
)

// app is one run of the program: where it reads and writes, and the flags that every command has.
type app struct {
	in          io.Reader
	out, errOut io.Writer
	environ     []string
	terminal    bool

	format           string // table or json
	addr, adminAddr  string
	addrsAreOneWorld bool // both were given, or neither: data and admin belong to one cluster
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:     "kindred",
		Version: version,
		Short:   "A leaderless replicated key-value database",
		Long: `Kindred is a leaderless replicated key-value database: every node takes reads and
writes, concurrent writes are kept side by side, and nothing that was acknowledged
is lost unless a later write had seen it.

A first look: kindred demo

Exit codes: 0 done · 1 failed or degraded · 2 wrong usage · 3 unreachable ·
4 several values (siblings) where one was asked for.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.settle(cmd)
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVarP(&a.format, "output", "o", "table", "how results are written: table, for people, or json")
	root.SetFlagErrorFunc(flagFault)
	for _, c := range []*cobra.Command{
		a.serverCommand(), a.demoCommand(),
		a.getCommand(), a.putCommand(), a.deleteCommand(), a.resolveCommand(),
		a.bucketCommand(), a.whereCommand(), a.statusCommand(), a.repairCommand(),
		a.benchCommand(), a.compareCommand(), a.versionCommand(),
	} {
		root.AddCommand(c)
	}
	root.SetHelpCommand(helpCommand(root))
	return root
}

// helpCommand is cobra's, but for an end with an exit code where no such command exists.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usage(root, "there is no command %q", strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// flagFault names the nearest flag where one is unknown.
func flagFault(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return usage(cmd, "--%s: %q is no %s", invalid.GetFlag().Name, invalid.GetValue(), kindOf(invalid))
	}
	unknown, found := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !found {
		return usage(cmd, "%v", err)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if name := config.Nearest(unknown, names); name != "" {
		return usage(cmd, "unknown flag --%s; did you mean --%s?", unknown, name)
	}
	return usage(cmd, "unknown flag --%s", unknown)
}

// kindOf says what the flag's value should have been.
func kindOf(invalid *pflag.InvalidValueError) string {
	if _, ok := invalid.GetFlag().Value.(*timeout); ok {
		return "duration from 1ms to 60s, as in 500ms or 2s"
	}
	switch kind := invalid.GetFlag().Value.Type(); kind {
	case "int", "uint", "uint64":
		return "whole number that fits"
	case "intSlice":
		return "list of whole numbers, as in 41210,41211"
	case "duration":
		return "duration with its unit, as in 500ms or 2s"
	default:
		return kind
	}
}

const (
	defaultAddr      = "127.0.0.1:8098"
	defaultAdminAddr = "127.0.0.1:8097"
)

// addrFlags gives a client command the flags that find a cluster.
func (a *app) addrFlags(cmd *cobra.Command, data, admin bool) {
	if data {
		cmd.Flags().StringVar(&a.addr, "addr", "", "data listeners, HOST:PORT[,HOST:PORT…]; KINDRED_ADDR (default "+defaultAddr+")")
	}
	if admin {
		cmd.Flags().StringVar(&a.adminAddr, "admin-addr", "", "admin listeners, HOST:PORT[,HOST:PORT…]; KINDRED_ADMIN_ADDR (default "+defaultAdminAddr+")")
	}
}

// settle checks the flags that all commands share, and finds the addresses: flag, environment, default.
func (a *app) settle(cmd *cobra.Command) error {
	if a.format != "table" && a.format != "json" {
		return usage(cmd, "-o %q: write table or json", a.format)
	}
	if a.addr == "" {
		a.addr = a.env("KINDRED_ADDR")
	}
	if a.adminAddr == "" {
		a.adminAddr = a.env("KINDRED_ADMIN_ADDR")
	}
	a.addrsAreOneWorld = (a.addr == "") == (a.adminAddr == "")
	if a.addr == "" {
		a.addr = defaultAddr
	}
	if a.adminAddr == "" {
		a.adminAddr = defaultAdminAddr
	}
	return nil
}

func (a *app) env(name string) string {
	for i := len(a.environ) - 1; i >= 0; i-- {
		if text, ok := strings.CutPrefix(a.environ[i], name+"="); ok {
			return text
		}
	}
	return ""
}

func (a *app) json() bool { return a.format == "json" }

// printf writes to standard output.
func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

// print writes the document as one line of JSON.
func (a *app) printJSON(v any) error {
	b, err := document.Encode(v)
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(b, '\n'))
	return err
}

// self is how a user calls this program again: by its name, or by go run where that is what made it.
func self() string {
	path, err := os.Executable()
	if err == nil && filepath.Base(path) == "kindred" && strings.Contains(path, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/kindred"
	}
	return "kindred"
}
