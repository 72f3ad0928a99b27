package main

import (
	"fmt"
	"math"
	"os"
	"slices"
)

// job is something to be done that is measured.
type job struct {
	name, title string
	task        task
	figure      string // by which a contender's settings are compared
	rounds      int    // at most; 0: as many as asked for
	contenders  []contender
	targets     []target
}

// target is what a job's figures are held to.
type target struct {
	text   string
	limit  float64
	atMost bool // the value may be at most limit; otherwise it must be at least that
	unit   string
	value  func(r result) (v float64, measured bool)
}

// verdict is a target and how it came out.
type verdict struct {
	Text     string  `json:"text"`
	Limit    float64 `json:"limit"`
	AtMost   bool    `json:"at_most"`
	Unit     string  `json:"unit"`
	Value    float64 `json:"value"`
	Measured bool    `json:"measured"`
	Met      bool    `json:"met"`
}

func judge(j job, r result) []verdict {
	var all []verdict
	for _, t := range j.targets {
		v, ok := t.value(r)
		all = append(all, verdict{t.text, t.limit, t.atMost, t.unit, v, ok, ok && (t.atMost && v <= t.limit || !t.atMost && v >= t.limit)})
	}
	return all
}

const (
	one, two        = "Euryale, 1 worker", "Euryale, 2 workers"
	tutorial, tuned = "PyTorch, a tutorial's way", "PyTorch, tuned"
	plainC          = "C with OpenBLAS, 1 core"
	onnxruntime     = "onnxruntime, 2 threads"
	openBLAS        = "OpenBLAS, 1 core"
	peakFMA         = "fused multiply-adds alone, 1 core"
	commands        = "the commands"
)

// jobs is the table of what is measured, with the contenders that this machine has.
func jobs(e *environment, quick bool) []job {
	mostSamples := 1_000_000
	if quick {
		mostSamples /= 10
	}
	all := []job{
		{
			name: "train-128", title: "training step, B 128, H 128, T 100",
			task:       task{job: "train", batch: 128, width: 128, timesteps: 100, points: 10_000, seconds: 1},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tutorial), e.pytorch(tuned), e.plainC()},
			targets: []target{
				faster(two, tutorial, 6), faster(two, tuned, 4), faster(one, tutorial, 4.5), faster(one, tuned, 3),
				slower(one, plainC, 1.2),
			},
		},
		{
			name: "train-1024", title: "training step, B 1024, H 1024, T 1000",
			task:       task{job: "train", batch: 1024, width: 1024, timesteps: 1000, points: 10_000, seconds: 3},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tuned)},
			targets:    []target{faster(two, tuned, 1.7), faster(one, tuned, 0.95)},
		},
		{
			name: "train-512", title: "training step, B 128, H 512, T 1000",
			task:       task{job: "train", batch: 128, width: 512, timesteps: 1000, points: 10_000, seconds: 2},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tuned)},
			targets:    []target{faster(two, tuned, 2.5)},
		},
		{
			name: "sample", title: "10,000 samples, 100 steps, H 128",
			task:       task{job: "sample", width: 128, timesteps: 100, samples: 10_000, seconds: 2},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tutorial), e.pytorch(tuned).chunked(), e.onnxruntime()},
			targets:    []target{takes(two, 280), faster(two, tuned, 2.2), faster(two, onnxruntime, 1.4)},
		},
		{
			name: "matmul", title: "matrix product",
			task: task{job: "matmul", seconds: 0.4}, figure: "GFLOP/s 1024",
			contenders: append(e.kernels(), e.openBLAS(), e.peak()),
			targets: []target{
				share(128, "avx512", openBLAS, "GFLOP/s 128"), share(1024, "avx512", openBLAS, "GFLOP/s 1024"),
				share(128, "avx2", peakFMA, "AVX2"), share(1024, "avx2", peakFMA, "AVX2"),
			},
		},
		{
			name: "growth-batch", title: "ns of a training step for a row", rounds: 2,
			task:       task{job: "batches", seconds: 0.4},
			contenders: []contender{e.euryale(1), e.euryale(2)},
			targets: []target{
				flat(two, "two workers, B 128 to 8192: deviation from the middle"),
				flat(one, "one worker, B 128 to 8192: deviation from the middle"),
			},
		},
		{
			name: "growth-samples", title: "ns for a sample of 20 steps", rounds: 2,
			task:       task{job: "samples", samples: mostSamples, seconds: 0.4},
			contenders: []contender{e.euryale(2)},
			targets:    []target{flat(two, fmt.Sprintf("N 1000 to %d: deviation from the middle", mostSamples))},
		},
		{
			name: "denormals", title: "training step of an old run", rounds: 3,
			task:       task{job: "denormals", batch: 128, points: 10_000, count: 400},
			contenders: []contender{e.euryale(1)},
			targets:    []target{atMost(one, "old / young", "time of a step in epoch 400 / in epoch 4", 1.03, "")},
		},
		{
			name: "start", title: "start of train to the first step done", rounds: 3,
			contenders: []contender{{name: commands, run: e.startOf}},
			targets:    []target{atMost(commands, "ms", "ms", 100, "")},
		},
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		e.skip("memory: only Linux tells the peak, in /proc")
	} else {
		j := job{
			name: "memory", title: "peak resident memory", rounds: 2,
			task:       task{count: 400, samples: mostSamples},
			contenders: []contender{{name: commands, run: e.memoryOf}},
		}
		if quick {
			j.task.count, j.rounds = 40, 1
		}
		train, sample := "train, %d epochs, MB", "sample, %d points, MB"
		longest, most := fmt.Sprintf(train, j.task.count), fmt.Sprintf(sample, j.task.samples)
		j.targets = []target{
			atMost(commands, longest, "S-curve run, MB", 80, ""),
			growth(longest, fmt.Sprintf(train, j.task.count/10), "S-curve run: memory after ten times the steps"),
			growth(most, fmt.Sprintf(sample, j.task.samples/100), "samples into a file: memory for a hundred times the points"),
		}
		all = append(all, j)
	}
	for i := range all {
		all[i].contenders = slices.DeleteFunc(all[i].contenders, func(c contender) bool { return c.run == nil })
		if all[i].figure == "" {
			all[i].figure = "ms"
		}
	}
	return all
}

func quotient(r result, above, aboveFigure, below, belowFigure string) (float64, bool) {
	a, measuredA := r.median(above, aboveFigure)
	b, measuredB := r.median(below, belowFigure)
	if !measuredA || !measuredB {
		return 0, false
	}
	return a / b, true
}

func faster(ours, theirs string, times float64) target {
	return target{text: fmt.Sprintf("%s: faster than %s", ours, theirs), limit: times, unit: "×",
		value: func(r result) (float64, bool) { return quotient(r, theirs, "ms", ours, "ms") }}
}

func slower(ours, theirs string, times float64) target {
	return target{text: fmt.Sprintf("%s: time of %s", ours, theirs), limit: times, atMost: true, unit: "×",
		value: func(r result) (float64, bool) { return quotient(r, ours, "ms", theirs, "ms") }}
}

func takes(ours string, ms float64) target {
	return atMost(ours, "ms", ours+": time, ms", ms, "")
}

func atMost(who, figure, text string, limit float64, unit string) target {
	return target{text: text, limit: limit, atMost: true, unit: unit,
		value: func(r result) (float64, bool) { return r.median(who, figure) }}
}

func share(size int, path, theirs, figure string) target {
	return target{text: fmt.Sprintf("%d³, %s, as part of %s", size, kernelName(path), theirs), limit: 0.85,
		value: func(r result) (float64, bool) {
			return quotient(r, kernelName(path), fmt.Sprintf("GFLOP/s %d", size), theirs, figure)
		}}
}

// growth of memory is flat if a tenth more is enough for many times the work.
func growth(more, less, text string) target {
	return target{text: text, limit: 1.1, atMost: true, unit: "×",
		value: func(r result) (float64, bool) { return quotient(r, commands, more, commands, less) }}
}

// flat says how far the contender's figures are from the middle between the least and the greatest.
func flat(who, text string) target {
	return target{text: text, limit: 0.15, atMost: true, value: func(r result) (float64, bool) {
		s, ok := r.Series[who]
		if !ok {
			return 0, false
		}
		least, most := math.Inf(1), 0.0
		for _, values := range s.Figures {
			least, most = min(least, median(values)), max(most, median(values))
		}
		return (most - least) / (most + least), len(s.Figures) > 0
	}}
}
