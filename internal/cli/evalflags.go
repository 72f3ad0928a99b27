package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"euryale/data"
	"euryale/model"
)

// checkAlone refuses flags that go with others which are not given.
func (e *evalCommand) checkAlone() error {
	for _, name := range []string{"nfe", "calls", "rounds"} {
		if e.flags.given(name) && !e.solvers {
			return usagef("-%s has no effect without -solvers", name)
		}
	}
	switch {
	case e.data != "" && !e.likelihood:
		return usage("-data has no effect without -likelihood, which is measured of its rows")
	case e.data != "" && e.flags.given("n"):
		return usage("-n has no effect with -data: all rows of the file are measured")
	case e.out != "" && !e.likelihood && !e.solvers && !isNearestPicture(e.out):
		return usage("-o has no effect without -likelihood, whose values it takes, or -solvers, whose picture it takes")
	}
	return nil
}

// checkOut returns an error if the output cannot be written, before hours are spent on what it is to hold.
func (e *evalCommand) checkOut() error {
	switch extension := strings.ToLower(filepath.Ext(e.out)); {
	case e.out == "":
		return nil
	case e.solvers || isNearestPicture(e.out) && !e.likelihood:
		return checkPicture(e.out)
	case extension != ".csv" && extension != ".npy":
		return usagef("-o must end in .csv or .npy with -likelihood, got %q", e.out)
	case isSame(e.data, e.out):
		return usagef("-o: %s is the file of -data, which would be replaced; choose another name", e.out)
	}
	return checkPlace(e.out)
}

// isSame reports whether two paths are of one file.
func isSame(a, b string) bool {
	x, err := os.Stat(a)
	y, failed := os.Stat(b)
	return err == nil && failed == nil && os.SameFile(x, y)
}

// namesForSamples are the flags given that are about samples or a likelihood.
func (e *evalCommand) namesForSamples() []string {
	var names []string
	for _, name := range []string{"likelihood", "solvers", "judge", "samples"} {
		if e.flags.given(name) {
			names = append(names, "-"+name)
		}
	}
	return append(names, e.sampling.names()...)
}

// readData reads the rows of -data, and their labels if the net takes any and none is given.
func (e *evalCommand) readData(ctx context.Context, m *model.Model) (rows *data.Batch, err error) {
	switch {
	case e.data == "" || m.Image() != nil:
		return nil, nil
	case m.Table() != nil:
		rows, err = readTable(ctx, "-data", e.data, m, e.sampling.label == "")
	default:
		rows, err = readRows("-data", e.data, m.Schema)
	}
	if err != nil {
		return nil, err
	}
	r := &e.request
	r.N = rows.Rows
	if rows.Labels != nil && m.TakesLabels() && e.sampling.label == "" {
		r.Labels = rows.Labels
	}
	return rows, nil
}

// checkEffect refuses flags for how samples are drawn that have no effect on what is measured.
func (e *evalCommand) checkEffect(m *model.Model) error {
	switch {
	case e.likelihood && m.Image() != nil:
		return e.checkBits(m)
	case e.likelihood:
		for _, set := range e.sampling.settings {
			switch {
			case m.Process().Steps() == 0:
				return usagef("%s has no effect with -likelihood: in continuous time it is of the probability-flow ODE, whatever the solver", set.flag)
			case set.key != "solver" && set.key != "solver.variance":
				return usagef("%s has no effect with -likelihood: of how samples are drawn only the variance of a step matters to it, to the "+
					"bound of the chain", set.flag)
			}
		}
		switch err := m.CheckLikelihood(e.request); {
		case err != nil && e.request.Sampling.Guidance.Weight != 0:
			return usage(plain(err) + ", as by -guidance 0")
		case err != nil:
			return usage(plain(err))
		}
	case e.solvers:
		kept := []string{"spacing", "final", "start", "rescale", "clip_x0", "threshold_percentile", "guidance"}
		for _, set := range e.sampling.settings {
			if section, _, _ := strings.Cut(set.key, "."); !slices.Contains(kept, section) {
				return usagef("%s has no effect with -solvers: each solver runs with its defaults, in as many steps as each NFE allows", set.flag)
			}
		}
	}
	return nil
}

// parseNFE reads increasing numbers from 1 on.
func parseNFE(text string) ([]int, error) {
	var budgets []int
	for _, entry := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(entry))
		if err != nil || n < 1 || len(budgets) > 0 && n <= budgets[len(budgets)-1] {
			return nil, usagef("-nfe must be a list of increasing whole numbers from 1 on, as in 5,10,20; got %q", text)
		}
		budgets = append(budgets, n)
	}
	return budgets, nil
}
