package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kindreddb/kindred/httpapi/client"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1 // or degraded
	exitUsage       = 2
	exitUnreachable = 3
	exitSiblings    = 4 // several values where one was asked for
)

// failure is an error that knows its exit code and the next command. An empty message is one whose matter
// has been printed already.
type failure struct {
	exit          int
	message, next string
	cause         error
}

// Error gives the message.
func (f *failure) Error() string { return f.message }

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// quietly ends the program with a code, the result having been printed.
func quietly(exit int) error { return &failure{exit: exit} }

func usage(cmd *cobra.Command, format string, args ...any) error {
	return &failure{exit: exitUsage, message: fmt.Sprintf(format, args...), next: "How to use it: " + cmd.CommandPath() + " --help"}
}

// exactly checks the number of arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usage(cmd, "%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// report prints what went wrong and gives the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	var f *failure
	if !errors.As(err, &f) {
		// All commands return failures; what is none comes from the parsing of the command line.
		f = &failure{exit: exitUsage, message: oneLine(err), next: "All commands: " + self() + " --help"}
	}
	if f.message == "" {
		return f.exit
	}
	if a.json() {
		a.reportJSON(f)
		return f.exit
	}
	fmt.Fprintf(a.errOut, "kindred: %s\n", f.message)
	if f.next != "" {
		fmt.Fprintf(a.errOut, "  %s\n", f.next)
	}
	return f.exit
}

// oneLine writes cobra's suggestions behind what it complains of.
func oneLine(err error) string {
	what, suggestions, found := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if !found {
		return what
	}
	return what + "; did you mean " + strings.Join(strings.Fields(suggestions), " or ") + "?"
}

// failureDocument is what -o json writes to standard error.
type failureDocument struct {
	Error   string `json:"error"`
	Next    string `json:"next,omitempty"`
	Exit    int    `json:"exit"`
	Status  int    `json:"status,omitempty"`
	Code    string `json:"code,omitempty"`
	Needed  int    `json:"needed,omitempty"`
	Got     int    `json:"got,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}

func (a *app) reportJSON(f *failure) {
	d := failureDocument{Error: f.message, Next: f.next, Exit: f.exit}
	var e *client.Error
	if errors.As(f, &e) {
		d.Status, d.Code, d.Needed, d.Got, d.Outcome = e.Status, e.Code, e.Needed, e.Got, e.Outcome
	}
	to := *a
	to.out = a.errOut
	to.printJSON(d) // where this fails there is nobody left to tell
}

// clientFailure tells a call's error, what became of the write, and what to do. look is the command that
// shows the present state of what was asked for; "" where none does.
func (a *app) clientFailure(err error, addrs, flag, look string) error {
	var e *client.Error
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{exit: exitFailed, message: "stopped before an answer came", cause: err}
	case !errors.As(err, &e):
		return &failure{exit: exitUsage, message: err.Error(), next: "Another address: " + flag + " HOST:PORT", cause: err}
	case e.Code == client.CodeUnreachable:
		return &failure{exitUnreachable, fmt.Sprintf("nobody answers at %s (%s)", addrs, short(e.Err)),
			fmt.Sprintf("Start a cluster: %s demo · or name another node: %s HOST:PORT", self(), flag), err}
	}
	f := &failure{exit: exitFailed, message: e.Code + ": " + cmp.Or(e.Detail, e.Title), cause: err}
	if e.Code == client.CodeConnectionLost {
		f.message = fmt.Sprintf("%s broke off before it answered (%s)", e.Node, short(e.Err))
		f.exit = exitUnreachable
	}
	switch {
	case e.Outcome == client.OutcomeUnknown:
		f.exit = exitFailed
		f.message += "; the write may or may not have happened"
		if look != "" {
			f.next = "Look: " + look
		}
	case e.Status == 503 || e.Status == 504 || e.Status == 507:
		f.next = "See what is wrong: " + self() + " status"
	case e.Code == "invalid-context":
		f.next = "Read a new one: " + look + " -v"
	case e.Code == client.CodeInvalidRequest || e.Code == "invalid-parameter" || e.Code == "invalid-name":
		f.exit = exitUsage // a flag's value, which only the client or the server could judge
		f.next = "All commands and their flags: " + self() + " --help"
	case e.Code == "value-too-large":
		f.next = "Allow larger ones: " + self() + " bucket BUCKET --max-value-size SIZE"
	case e.Code == "bucket-in-use":
		f.next = "Take another bucket: " + self() + " bucket NAME --n N"
	case e.Status == 404:
		f.message = fmt.Sprintf("%s does not serve that (%s)", e.Node, f.message)
		f.next = fmt.Sprintf("Is this the right listener? Name another one: %s HOST:PORT", flag)
	case e.Code == "precondition-failed" && look != "":
		f.next = "See what stands: " + look
	case e.Code == "too-many-siblings" && look != "":
		f.next = "See them: " + look
	case e.Status == 0:
		f.next = fmt.Sprintf("Name another node: %s HOST:PORT", flag)
	}
	return f
}

// short is a network error without the layers around it: "connection refused".
func short(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.Err
	}
	return err.Error()
}
