// Package cli has the commands of Euryale, one file each: train.go, sample.go, eval.go, list.go, version.go. It reads flags,
// prints results on standard output and progress on standard error, and decides how a command ends: exit status 0 is
// done, 1 a failed run, 2 a mistake in usage or configuration, 130 an interruption, 141 a reader of standard output that
// went away.
//
//   - flags.go reads flags. modelflags.go has those that choose a trained model, sampling.go those for how samples are
//     drawn, both for sample and eval; effect.go refuses flags that would have no effect.
//   - known.go and rows.go read coordinates and rows that samples are given, tablerows.go rows of a table. classes.go chooses
//     the classes of samples, where.go values that they have. output.go writes samples, partial.go what an interruption leaves
//     of them.
//   - console.go is what a command shows on standard error, which no slow reader holds up (unhurried.go), progress.go its progress,
//     as a bar on a terminal.
//   - picture.go and losspicture.go are the hooks that draw pictures at the end of training.
//   - report.go makes web pages of runs.
//   - figures.go draws the pictures of a run.
//   - export.go writes a net for another program; exportonnx.go has the flags of ONNX graphs.
//   - sweep.go trains and compares the trials of a sweep, each by a process of its own (sweepprocess.go).
//   - datacommand.go describes a table, dataprint.go prints it. memory.go keeps large tables within few times their size.
//   - evalflags.go checks the flags of eval; print.go prints what it measured, chart.go draws it. evaltable.go judges tables,
//     tableprint.go prints their reports, evaluationlog.go logs the evaluations of a run while it trains.
//
// The binary cmd/euryale has all commands; cmd/train, cmd/sample and cmd/eval have one each. All errors end up in end, which
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
	"euryale/kernel"
	"euryale/run"
	"euryale/sweep"
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
		{"eval", "measure a trained model, or the table of any program", runEval},
		{"figures", "draw the pictures of a trained model and its process", runFigures},
		{"report", "make a web page of a run, or one that compares several", runReport},
		{"data", "describe a table before it is trained on", runData},
		{"export", "write a trained net as another program reads it", runExport},
		{"sweep", "train many runs that differ in a few keys, and compare them", runSweep},
		{"studio", "show runs in a browser while they train, and start others", runStudio},
		{"list", "print what a configuration can choose by name", runList},
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

// names are the names of the subcommands.
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

// Only runs the one subcommand of a binary, and ends the process.
func Only(name string) {
	for _, c := range Commands() {
		if c.Name == name {
			end(name, c.run, os.Args[1:])
		}
	}
	panic("cli: no command is called " + name)
}

// end runs a command and ends the process. The first interrupt, or the end of the terminal, ends ctx, so that the command
// can leave in order; a second one ends the process at once. If the reader of the log goes away, the command goes on; if
// the reader of its results does, the command ends without a message.
func end(name string, run func(ctx context.Context, args []string) error, args []string) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-ctx.Done()
		stop()
	}()
	err := run(ctx, args)
	if err != nil && !errors.Is(err, flag.ErrHelp) && !errors.Is(err, syscall.EPIPE) {
		line := fmt.Sprintf("%s: %s", name, plain(err))
		if logged, ok := errors.AsType[loggedError](err); ok {
			line = logged.line(name)
		}
		fmt.Fprintln(os.Stderr, line)
	}
	os.Exit(status(err))
}

// packages are the names that errors begin with, for programs. A user needs what is wrong, not where in the program.
var packages = []string{
	"train", "run", "model", "eval", "data", "npy", "report", "optim", "nets", "objective", "solver", "guidance", "graph", "eager",
	"diffusers", "ops", "metrics", "table", "mixed", "tabular", "selection", "picture", "sweep", "figures", "html", "studio", "torchfile", "tensorboard",
	"onnx", "unroll",
}

// plain is an error without the names of packages. Errors of a configuration have none, but keys that look like them.
func plain(err error) string {
	text := err.Error()
	if config := (*configs.Error)(nil); errors.As(err, &config) {
		before, rest, _ := strings.Cut(text, config.Error()) // which may begin with the name of a folder
		return cutPackages(before) + config.Error() + rest
	}
	lines := strings.Split(text, "\n") // of several errors one each
	for i, line := range lines {
		parts := strings.Split(line, ": ")
		last := len(parts) - 1
		parts = append(slices.DeleteFunc(parts[:last:last], func(p string) bool { return slices.Contains(packages, p) }), parts[last])
		lines[i] = strings.Join(parts, ": ")
	}
	return strings.Join(lines, "\n")
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

// usage is a mistake in how a command was called.
type usage string

func (u usage) Error() string { return string(u) }

func usagef(format string, args ...any) error { return usage(fmt.Sprintf(format, args...)) }

// status is the exit status of an error.
func status(err error) int {
	var u usage
	var config *configs.Error
	var key *choice.FieldError    // of a configuration that its data does not fit
	var path *kernel.PathError    // of the environment
	var bad *train.NotFiniteError // also where the run was interrupted
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, syscall.EPIPE):
		return 141 // as a shell reports a command that SIGPIPE ended
	case errors.As(err, &bad):
		return 1
	case errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &u) || errors.As(err, &config) || errors.As(err, &key) || errors.As(err, &path) || errors.Is(err, run.ErrExists),
		errors.Is(err, sweep.ErrForeign):
		return 2
	}
	return 1
}
