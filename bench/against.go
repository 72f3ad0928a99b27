package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"euryale/bench/past"
)

// enough is the share of an old commit's speed that this one must have; what is missing is noise.
const enough = 0.97

// buildPast builds this program as it was at a commit. Its children know the same arguments and print the same figures.
func (e *environment) buildPast(ctx context.Context, commit string) error {
	progress("building %s", commit)
	source := filepath.Join(e.scratch, "source")
	if _, err := past.Clone(ctx, commit, source); err != nil {
		return err
	}
	bin := filepath.Join(e.scratch, "past")
	e.past, e.pastCommit = filepath.Join(bin, "bench"), commit
	return past.Build(ctx, source, bin, "./bench")
}

// against returns the jobs of training and of sampling with no other contender than an old commit, which has the turn
// after ours.
func against(all []job, e *environment) []job {
	var list []job
	for _, j := range all {
		if j.task.job != "train" && j.task.job != "sample" || j.figure != "ms" {
			continue
		}
		j.contenders, j.targets = nil, nil
		for _, workers := range []int{1, 2} {
			ours := e.euryale(workers)
			old := program(ours.name+", "+e.pastCommit, e.past, childArgument, "--threads", fmt.Sprint(workers))
			j.contenders = append(j.contenders, ours, old)
			j.targets = append(j.targets, keeps(ours.name, old.name))
		}
		list = append(list, j)
	}
	return list
}

// keeps holds the speed to that of an older contender, round by round, since both had their turns close together.
func keeps(ours, older string) target {
	return target{text: fmt.Sprintf("speed of %s over that of %s", ours, older[strings.LastIndex(older, " ")+1:]), limit: enough, unit: "×",
		value: func(r result) (float64, bool) {
			ratios := r.ratios(older, ours)
			if len(ratios) == 0 {
				return 0, false
			}
			return median(ratios), true
		}}
}

// ratios are the times of one contender over those of another, of each round.
func (r result) ratios(above, below string) []float64 {
	a, measuredA := r.Series[above]
	b, measuredB := r.Series[below]
	if !measuredA || !measuredB || len(a.Figures["ms"]) != len(b.Figures["ms"]) {
		return nil
	}
	ratios := make([]float64, len(a.Figures["ms"]))
	for i := range ratios {
		ratios[i] = a.Figures["ms"][i] / b.Figures["ms"][i]
	}
	return ratios
}
