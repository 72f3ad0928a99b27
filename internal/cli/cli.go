// Package cli is the commands of Euryale, a file each: train.go, sample.go, eval.go, list.go, version.go. It reads flags,
// prints results on standard output and progress on standard error, and decides how a command ends: exit status 0 is
// done, 1 a failed run, 2 a mistake in usage or configuration, 130 an interruption.
//
//   - sampling.go holds the flags that sample and eval share; known.go reads coordinates that are fixed.
//   - picture.go is the hook that draws the strip at the end of a training; print.go prints what eval measured.
//
// One binary, cmd/euryale, has them all; cmd/train, cmd/sample and cmd/eval are one each. All errors end up in end, which
// prints them without the names of packages.
//
// Start reading at Commands, then train.go.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"euryale/choice"
	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// Command is one subcommand.
type Command struct {
	Name, Summary string
	run           func(ctx context.Context, args []string) error
}

// Commands lists the subcommands.
func Commands() []Command {
	return []Command{
		{"train", "train a model as a configuration describes it", runTrain},
		{"sample", "draw samples from a trained model", runSample},
		{"eval", "measure a trained model", runEval},
		{"list", "print all that a configuration can choose by name", runList},
		{"version", "print version, commit and kernel", runVersion},
	}
}

// Main runs the subcommand that the arguments begin with, and ends the process.
func Main() {
	args := os.Args[1:]
	if len(args) > 0 {
		for _, c := range Commands() {
			if c.Name == args[0] {
				end("euryale "+c.Name, c.run, args[1:])
			}
		}
	}
	if len(args) > 0 && slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		if len(args) > 1 { // help train
			os.Args = []string{os.Args[0], args[1], "-help"}
			Main()
		}
		end("euryale help", func(context.Context, []string) error { return help(os.Stdout) }, nil)
	}
	if len(args) > 0 {
		fmt.Fprintf(os.Stderr, "euryale: %v\n\n", choice.Wrong("command", "%w", choice.OneOf(args[0], names()...)))
	}
	help(os.Stderr)
	os.Exit(2)
}

// names are those of the subcommands.
func names() []string {
	var list []string
	for _, c := range Commands() {
		list = append(list, c.Name)
	}
	return list
}

func help(w io.Writer) error {
	p := &printer{to: w}
	p.f("usage: euryale COMMAND [flags]; each command takes -help\n\n")
	for _, c := range Commands() {
		p.f("  %-8s %s\n", c.Name, c.Summary)
	}
	return p.err
}

// Only runs one subcommand, which is a binary of its own, and ends the process.
func Only(name string) {
	for _, c := range Commands() {
		if c.Name == name {
			end(name, c.run, os.Args[1:])
		}
	}
	panic("cli: no command is called " + name)
}

// end runs a command and ends the process. The first interrupt, or the end of the terminal, ends ctx, so that the command
// can leave in order; a second one ends the process at once. A reader of the log that goes away ends nothing.
func end(name string, run func(ctx context.Context, args []string) error, args []string) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-ctx.Done()
		stop()
	}()
	err := run(ctx, args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, plain(err))
	}
	os.Exit(status(err))
}

// packages are the names that errors begin with, for programs. A user is told what is wrong, not where in the program.
var packages = []string{"train", "run", "model", "eval", "data", "npy", "report", "optim", "nets", "objective", "solver", "guidance"}

// plain is an error without the names of packages. Those of a configuration have none, but keys that look like them.
func plain(err error) string {
	text := err.Error()
	if config := (*configs.Error)(nil); errors.As(err, &config) {
		before, rest, _ := strings.Cut(text, config.Error()) // which may begin with the name of a folder
		return cutPackages(before) + config.Error() + rest
	}
	parts := strings.Split(text, ": ")
	last := len(parts) - 1
	parts = append(slices.DeleteFunc(parts[:last:last], func(p string) bool { return slices.Contains(packages, p) }), parts[last])
	return strings.Join(parts, ": ")
}

// cutPackages removes the names of packages before a text.
func cutPackages(text string) string {
	for {
		name, rest, ok := strings.Cut(text, ": ")
		if !ok || !slices.Contains(packages, name) {
			return text
		}
		text = rest
	}
}

// usage is an error in the way a command was called.
type usage string

func (u usage) Error() string { return string(u) }

func usagef(format string, args ...any) error { return usage(fmt.Sprintf(format, args...)) }

// status is the exit status of an error.
func status(err error) int {
	var u usage
	var config *configs.Error
	var key *choice.FieldError // of a configuration that its data does not fit
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &u) || errors.As(err, &config) || errors.As(err, &key) || errors.Is(err, run.ErrExists):
		return 2
	}
	return 1
}

// flags is a flag set whose errors are usage errors, and whose help goes to standard output.
type flags struct {
	*flag.FlagSet
	synopsis string
}

// newFlags returns the flags of a command; the synopsis is the first line of its help.
func newFlags(name, synopsis string) *flags {
	f := &flags{flag.NewFlagSet(name, flag.ContinueOnError), synopsis}
	f.SetOutput(io.Discard) // end prints errors; only help is printed here
	return f
}

// parse reads the arguments, of which none may be left over.
func (f *flags) parse(args []string) error {
	err := f.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		if failed := f.help(os.Stdout); failed != nil {
			return failed
		}
		return err
	case err != nil:
		return usage(err.Error() + "; -help lists the flags")
	case f.NArg() > 0:
		return usagef("unexpected argument %q; -help lists the flags", f.Arg(0))
	}
	return nil
}

// help prints what the flags are for. A flag whose text has its default in words is not given another.
func (f *flags) help(w io.Writer) error {
	p := &printer{to: w}
	p.f("usage: %s\n", f.synopsis)
	f.VisitAll(func(g *flag.Flag) {
		value, text := flag.UnquoteUsage(g)
		name := strings.TrimSpace("-" + g.Name + " " + value)
		standard := ""
		if g.DefValue != "" && g.DefValue != "false" && g.DefValue != "0" && !strings.Contains(text, "default") {
			standard = fmt.Sprintf(" (default %s)", g.DefValue)
		}
		p.f("  %s\n        %s%s\n", name, text, standard)
	})
	return p.err
}

// given reports whether a flag was on the command line.
func (f *flags) given(name string) bool {
	given := false
	f.Visit(func(g *flag.Flag) { given = given || g.Name == name })
	return given
}

// checkWorkers checks the flag -workers.
func (f *flags) checkWorkers(n int) error {
	if f.given("workers") && (n < 1 || n > train.MaxWorkers) {
		return usagef("-workers must be from 1 to %d, got %d", train.MaxWorkers, n)
	}
	return nil
}
