// Package command is what the commands share: how they end. Exit status 0 says done, 1 that the run failed,
// 2 that the usage or the configuration was wrong, 130 that the user interrupted it.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"euryale/configs"
	"euryale/train"
)

// Usage is an error in the way a command was called.
type Usage string

func (u Usage) Error() string { return string(u) }

// Main runs a command and ends the process. The first interrupt ends ctx, so that the command can leave in
// order; a second one ends the process at once.
func Main(name string, run func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop()
	}()
	err := run(ctx, os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		// Errors of package train begin with the name of the command train already.
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, strings.TrimPrefix(err.Error(), name+": "))
	}
	os.Exit(Status(err))
}

// Status is the exit status of an error.
func Status(err error) int {
	var usage Usage
	var config *configs.Error
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &usage) || errors.As(err, &config) || errors.Is(err, train.ErrRunExists):
		return 2
	}
	return 1
}

// Flags is a flag set whose errors are of type Usage, and whose help goes to standard output.
type Flags struct {
	*flag.FlagSet
	synopsis string
}

// NewFlags returns the flags of a command; the synopsis is the first line of its help.
func NewFlags(name, synopsis string) *Flags {
	f := &Flags{flag.NewFlagSet(name, flag.ContinueOnError), synopsis}
	f.SetOutput(io.Discard) // Main prints errors; only help is printed here
	return f
}

// Parse reads the arguments, of which none may be left over.
func (f *Flags) Parse(args []string) error {
	err := f.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(os.Stdout)
		fmt.Fprintf(os.Stdout, "usage: %s\n", f.synopsis)
		f.PrintDefaults()
		return err
	case err != nil:
		return Usage(err.Error() + "; -help lists the flags")
	case f.NArg() > 0:
		return Usage(fmt.Sprintf("unexpected argument %q; -help lists the flags", f.Arg(0)))
	}
	return nil
}

// Given says whether a flag was on the command line.
func (f *Flags) Given(name string) bool {
	given := false
	f.Visit(func(g *flag.Flag) { given = given || g.Name == name })
	return given
}
