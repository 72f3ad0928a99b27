package main

import (
	"context"
	"fmt"
	"path/filepath"

	"euryale/bench/past"
)

// buildPast builds this program as it was at a commit. Its children take the same arguments and print the same figures.
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

// against returns the jobs of training and of sampling with no other contender than an old commit, measured right
// after ours.
func against(all []job, e *environment) []job {
	var list []job
	for _, j := range all {
		if j.task.job != "train" && j.task.job != "sample" || j.figure != "ms" {
			continue
		}
		j.contenders, j.ratios = nil, nil
		for _, workers := range []int{1, 2} {
			ours := e.euryale(workers)
			old := program(ours.name+", "+e.pastCommit, e.past, childArgument, "--threads", fmt.Sprint(workers))
			j.contenders = append(j.contenders, ours, old)
			j.ratios = append(j.ratios, paired(old.name, ours.name))
		}
		list = append(list, j)
	}
	return list
}

// paired is how many times as long an older contender takes as ours, round by round, since both had their turns close
// together.
func paired(older, ours string) ratio {
	return ratio{text: fmt.Sprintf("time of %s / time of %s, median over rounds", older, ours), unit: "×",
		value: func(r result) (float64, bool) {
			ratios := r.ratios(older, ours)
			if len(ratios) == 0 {
				return 0, false
			}
			return median(ratios), true
		}}
}

// ratios are the times of one contender over those of another, per round.
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
