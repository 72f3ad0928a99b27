// Samebits checks that the working tree computes what an older commit of this repository did, bit for bit.
//
//	go run ./bench/samebits [-commit COMMIT] [-presets NAME,...]
//
// It builds the commands of both, trains each preset of the old commit for some epochs with both, draws samples, and
// compares every tensor of the checkpoint, the samples and the picture of the run byte for byte. Then the new commands
// sample from the old run, and go on with it for an epoch. It prints a table and exits with status 1 if anything
// differs. Everything happens in a temporary folder; it needs git, go and about a minute.
//
// Start reading at compare (preset.go); tensors.go compares checkpoints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"euryale/bench/past"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := manage(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "samebits: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func manage(ctx context.Context) (err error) {
	commit := flag.String("commit", "d02d51d", "the `commit` to compare the working tree with")
	chosen := flag.String("presets", "", "only these presets, a list of `names` with commas (default: all that the commit has)")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("expected no arguments, got %q; -help lists the flags", flag.Args())
	}
	scratch, err := os.MkdirTemp("", "euryale-samebits-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	old, present, err := build(ctx, *commit, scratch)
	if err != nil {
		return err
	}
	presets, err := old.presets(*chosen)
	if err != nil {
		return err
	}
	fmt.Printf("| preset | %s |\n|---%s|\n", strings.Join(columns[:], " | "), strings.Repeat("|---", len(columns)))
	different := 0
	for _, preset := range presets {
		r := compare(ctx, old, present, preset)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Printf("| %s | %s |\n", preset, strings.Join(r.cells(), " | "))
		if r.differs() {
			different++
		}
	}
	if different > 0 {
		return fmt.Errorf("%d of %d presets differ from %s", different, len(presets), *commit)
	}
	return nil
}

// side is one of the two programs.
type side struct {
	root string // its source
	bin  string // folder of its commands
	runs string // folder of its runs
}

// build makes both sides in the scratch folder.
func build(ctx context.Context, commit, scratch string) (old, present side, err error) {
	old = side{filepath.Join(scratch, "source"), filepath.Join(scratch, "old-bin"), filepath.Join(scratch, "old")}
	present = side{"", filepath.Join(scratch, "new-bin"), filepath.Join(scratch, "new")}
	if present.root, err = past.Clone(ctx, commit, old.root); err != nil {
		return old, present, err
	}
	for _, s := range []side{old, present} {
		if err := past.Build(ctx, s.root, s.bin, "./cmd/train", "./cmd/sample"); err != nil {
			return old, present, err
		}
	}
	return old, present, nil
}

// run runs a command of the side.
func (s side) run(ctx context.Context, command string, arguments ...string) error {
	_, err := past.Output(ctx, s.root, filepath.Join(s.bin, command), arguments...)
	return err
}

// presets are the names that a list with commas chooses of the side's, or all.
func (s side) presets(chosen string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(s.root, "configs", "*.yaml"))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, file := range files {
		all = append(all, strings.TrimSuffix(filepath.Base(file), ".yaml"))
	}
	if len(all) == 0 {
		return nil, errors.New("the old commit has no presets")
	}
	if chosen == "" {
		return all, nil
	}
	list := strings.Split(chosen, ",")
	for _, name := range list {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("-presets: the old commit has no preset %q, but %s", name, strings.Join(all, ", "))
		}
	}
	return list, nil
}
