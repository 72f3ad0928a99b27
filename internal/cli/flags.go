package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"euryale/choice"
	"euryale/kernel"
	"euryale/train"
)

// flags is a flag set whose errors are usage errors, and whose help goes to standard output.
type flags struct {
	*flag.FlagSet
	synopsis string
	about    string // what it does, if that is not the summary of Commands
	failed   error  // of a value: package flag would add words to it
	console  *console
}

// newFlags returns the flags of a command; the synopsis is the first line of its help.
func newFlags(name, synopsis string) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), synopsis: synopsis, console: newConsole(os.Stderr)}
	f.SetOutput(io.Discard) // end prints errors; only help is printed here
	return f
}

// number is the value of a flag that takes one.
type number[T int | uint64 | float64] struct {
	flags *flags
	name  string
	to    *T
	read  func(text string) (T, bool)
	want  string // what the text must be
}

// String implements flag.Value.
func (n *number[T]) String() string {
	if n.to == nil { // package flag calls it on a zero value
		return ""
	}
	return fmt.Sprint(*n.to)
}

// Set implements flag.Value.
func (n *number[T]) Set(text string) error {
	v, ok := n.read(text)
	if !ok {
		n.flags.failed = usagef("-%s must be %s, got %q", n.name, n.want, text)
		return n.flags.failed
	}
	*n.to = v
	return nil
}

// IntVar declares a flag for a whole number, which may also be written as 10_000 or 1e4.
func (f *flags) IntVar(to *int, name string, standard int, usage string) {
	*to = standard
	f.Var(&number[int]{f, name, to, readInt, "a whole number such as 10000 or 1e4"}, name, usage)
}

// Int is IntVar with a new variable.
func (f *flags) Int(name string, standard int, usage string) *int {
	to := new(int)
	f.IntVar(to, name, standard, usage)
	return to
}

// Uint64Var is IntVar for numbers from 0 on.
func (f *flags) Uint64Var(to *uint64, name string, standard uint64, usage string) {
	*to = standard
	f.Var(&number[uint64]{f, name, to, readUint64, "a whole number from 0 to 18446744073709551615"}, name, usage)
}

// Float64Var declares a flag for a number.
func (f *flags) Float64Var(to *float64, name string, standard float64, usage string) {
	*to = standard
	f.Var(&number[float64]{f, name, to, readFloat64, "a number such as 0.5"}, name, usage)
}

func readInt(text string) (int, bool) {
	digits := ungrouped(text)
	if n, err := strconv.Atoi(digits); err == nil {
		return n, true
	}
	v, ok := whole(digits)
	return int(v), ok
}

func readUint64(text string) (uint64, bool) {
	digits := ungrouped(text)
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
		return n, true
	}
	v, ok := whole(digits)
	return uint64(v), ok && v >= 0
}

func readFloat64(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// whole reads a whole number with an exponent, such as 1e4.
func whole(text string) (float64, bool) {
	v, ok := readFloat64(text)
	const exact = 1 << 53 // beyond it not every whole number is a float64
	return v, ok && v == math.Trunc(v) && math.Abs(v) <= exact && strings.ContainsAny(text, "eE")
}

// ungrouped is a number without the underscores between its digits.
func ungrouped(text string) string {
	parts := strings.Split(text, "_")
	for i, part := range parts {
		if len(parts) > 1 && (part == "" || strings.Trim(part, "0123456789") != "" && i > 0) {
			return text
		}
	}
	return strings.Join(parts, "")
}

// parse reads the arguments, of which none may be left over, and checks the environment.
func (f *flags) parse(args []string) error {
	if err := f.read(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return usagef("unexpected argument %q; -help lists the flags", f.Arg(0))
	}
	_, err := kernel.Path() // the same for all commands
	return err
}

// parseAround is parse for a command with arguments that are no flags, which may stand before, between and after flags.
func (f *flags) parseAround(args []string) (rest []string, err error) {
	for {
		if err := f.read(args); err != nil {
			return nil, err
		}
		if f.NArg() == 0 {
			_, err := kernel.Path()
			return rest, err
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// read reads flags up to the first argument that is none.
func (f *flags) read(args []string) error {
	err := f.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		if failed := f.help(os.Stdout); failed != nil {
			return failed
		}
		return err
	case f.failed != nil:
		return f.failed
	case err != nil:
		return usage(f.explained(err.Error()) + "; -help lists the flags")
	}
	return f.console.check()
}

// explained words an error of package flag.
func (f *flags) explained(text string) string {
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		if near := f.nearest(name); near != "" {
			return fmt.Sprintf("there is no flag -%s; did you mean -%s?", name, near)
		}
		return "there is no flag -" + name
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		if known := f.Lookup(name); known != nil {
			value, _ := flag.UnquoteUsage(known)
			return fmt.Sprintf("-%s needs a value: %s", name, value)
		}
	}
	if text, ok := strings.CutPrefix(text, "invalid boolean value "); ok {
		value, rest, _ := strings.Cut(text, " for -")
		name, _, _ := strings.Cut(rest, ":")
		return fmt.Sprintf("-%s takes no value, got %s", name, value)
	}
	return text
}

// nearest is the flag that a misspelled name may mean; "" if there is none.
func (f *flags) nearest(name string) string {
	best, least := "", min(max(1, len(name)/3)+1, len(name))
	f.VisitAll(func(g *flag.Flag) {
		if d := choice.EditDistance(name, g.Name); d < least && g.Usage != "" {
			best, least = g.Name, d
		}
	})
	return best
}

// helpWidth is the number of columns that help fits in.
const helpWidth = 80

// help prints what the command and its flags are for. A flag whose text has its default in words is not given another, and
// one without any text is not shown.
func (f *flags) help(w io.Writer) error {
	p := &printer{to: w}
	parts := strings.Split(regexp.MustCompile(` ([\[|-])`).ReplaceAllString(f.synopsis, "\n$1"), "\n") // a flag with its value
	p.f("usage: %s\n", wrapped(parts, len("usage: ")))
	gap, about := "", f.about
	for _, c := range Commands() {
		if c.Name == f.Name() && about == "" {
			about = c.Summary
		}
	}
	if about != "" {
		p.f("\n%s\n", wrapped(strings.Fields(about), 0))
		gap = "\n"
	}
	f.VisitAll(func(g *flag.Flag) {
		if g.Usage == "" {
			return
		}
		value, text := flag.UnquoteUsage(g)
		name := strings.TrimSpace("-" + g.Name + " " + value)
		standard := ""
		if g.DefValue != "" && g.DefValue != "false" && g.DefValue != "0" && !strings.Contains(text, "default") {
			standard = fmt.Sprintf(" (default %s)", g.DefValue)
		}
		p.f("%s  %s\n        %s\n", gap, name, wrapped(strings.Fields(text+standard), 8))
		gap = ""
	})
	return p.err
}

// wrapped joins words to lines of at most helpWidth columns, indented after the first.
func wrapped(words []string, indent int) string {
	var b strings.Builder
	column := indent
	for i, word := range words {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+width > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
	}
	return b.String()
}

// given reports whether a flag was on the command line.
func (f *flags) given(name string) bool {
	given := false
	f.Visit(func(g *flag.Flag) { given = given || g.Name == name })
	return given
}

// checkEmpty refuses flags for text that were given none.
func (f *flags) checkEmpty() error {
	var empty error
	f.Visit(func(g *flag.Flag) {
		if value, _ := flag.UnquoteUsage(g); g.Value.String() == "" && value != "" && empty == nil && !isFunc(g.Value) {
			empty = usagef("-%s is empty; give it a %s, or leave it out", g.Name, value)
		}
	})
	return empty
}

// isFunc reports whether a flag keeps no text.
func isFunc(v flag.Value) bool {
	_, keeps := v.(flag.Getter)
	return !keeps
}

// checkWorkers checks the flag -workers.
func (f *flags) checkWorkers(n int) error {
	if f.given("workers") && (n < 1 || n > train.MaxWorkers) {
		return usagef("-workers must be from 1 to %d, got %d", train.MaxWorkers, n)
	}
	return nil
}
