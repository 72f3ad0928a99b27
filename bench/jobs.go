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
	rounds      int    // at most; 0: as many as requested
	contenders  []contender
	ratios      []ratio
}

// ratio compares figures of a job.
type ratio struct {
	text  string
	unit  string
	value func(r result) (v float64, measured bool)
}

// comparison is a ratio as it was measured.
type comparison struct {
	Text  string  `json:"text"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// compare returns the ratios for which there are figures.
func compare(j job, r result) []comparison {
	var all []comparison
	for _, q := range j.ratios {
		if v, measured := q.value(r); measured {
			all = append(all, comparison{q.text, q.unit, v})
		}
	}
	return all
}

const (
	one, two        = "Euryale, 1 worker", "Euryale, 2 workers"
	tutorial, tuned = "PyTorch, a tutorial's way", "PyTorch, tuned"
	tutorialOne     = "PyTorch, a tutorial's way, 1 thread"
	tunedOne        = "PyTorch, tuned, 1 thread"
	plainC          = "C with OpenBLAS, 1 core"
	onnxruntime     = "onnxruntime, 2 threads"
	openBLAS        = "OpenBLAS, 1 core"
	peakFMA         = "fused multiply-adds alone, 1 core"
	commands        = "the commands"
)

// jobs is the table of what is measured, with the contenders that this machine has. In the titles B is the batch, H the
// width of the hidden layers, T the number of timesteps, NFE the number of network evaluations per sample.
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
			ratios:     []ratio{times(tutorial, two), times(tuned, two), times(tutorial, one), times(tuned, one), times(plainC, one)},
		},
		{
			name: "train-1024", title: "training step, B 1024, H 1024, T 1000",
			task:       task{job: "train", batch: 1024, width: 1024, timesteps: 1000, points: 10_000, seconds: 3},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tuned)},
			ratios:     []ratio{times(tuned, two), times(tuned, one)},
		},
		{
			name: "train-512", title: "training step, B 128, H 512, T 1000",
			task:       task{job: "train", batch: 128, width: 512, timesteps: 1000, points: 10_000, seconds: 2},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tuned)},
			ratios:     []ratio{times(tuned, two), times(tuned, one)},
		},
		{
			name: "sample", title: "10,000 samples, NFE 100, H 128",
			task:       task{job: "sample", width: 128, timesteps: 100, samples: 10_000, seconds: 2},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorch(tutorial), e.pytorch(tuned).chunked(), e.onnxruntime()},
			ratios:     []ratio{times(tutorial, two), times(tuned, two), times(onnxruntime, two)},
		},
		{
			name: "table", title: "training step of a table, B 1024, H 256, 27 coordinates",
			task:       task{job: "table-train", batch: 1024, points: 20_000, seconds: 2},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorchTable(tutorialOne), e.pytorchTable(tunedOne), e.pytorchTable(tuned)},
			ratios:     []ratio{times(tutorialOne, one), times(tutorialOne, two), times(tunedOne, one), times(tunedOne, two), times(tuned, two)},
		},
		{
			name: "table-sample", title: "20,000 rows of a table, NFE 49, H 256",
			task:       task{job: "table-sample", points: 20_000, samples: 20_000, seconds: 2},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorchTable(tuned).chunked()},
			ratios:     []ratio{times(tuned, two), times(tuned, one)},
		},
		{
			name: "matmul", title: "matrix product",
			task: task{job: "matmul", seconds: 0.4}, figure: "GFLOP/s 1024",
			contenders: append(e.kernels(), e.openBLAS(), e.peak()),
			ratios: []ratio{
				share(128, "avx512", openBLAS, "GFLOP/s 128"), share(1024, "avx512", openBLAS, "GFLOP/s 1024"),
				share(128, "avx2", peakFMA, "AVX2"), share(1024, "avx2", peakFMA, "AVX2"),
			},
		},
		{
			name: "growth-batch", title: "training step, ns per row", rounds: 2,
			task:       task{job: "batches", seconds: 0.4},
			contenders: []contender{e.euryale(1), e.euryale(2)},
			ratios: []ratio{
				flat(two, "B 128 to 8192, 2 workers: largest deviation from the middle of the range"),
				flat(one, "B 128 to 8192, 1 worker: largest deviation from the middle of the range"),
			},
		},
		{
			name: "growth-samples", title: "sampling, NFE 20, ns per sample", rounds: 2,
			task:       task{job: "samples", samples: mostSamples, seconds: 0.4},
			contenders: []contender{e.euryale(2)},
			ratios: []ratio{
				flat(two, fmt.Sprintf("1000 to %d samples: largest deviation from the middle of the range", mostSamples)),
			},
		},
		{
			name: "denormals", title: "training step late in a run", rounds: 3,
			task:       task{job: "denormals", batch: 128, points: 10_000, count: 400},
			contenders: []contender{e.euryale(1)},
			ratios: []ratio{{text: "time in epoch 400 / time in epoch 4", unit: "×",
				value: func(r result) (float64, bool) { return r.median(one, "old / young") }}},
		},
		{
			name: "start", title: "start of the train command until its first step is done", rounds: 3,
			contenders: []contender{{name: commands, run: e.startOf}},
		},
	}
	all = append(all, imageJobs(e)...)
	all = append(all, costJob(e, "scurve", quick), costJob(e, "digits8", quick))
	if _, err := os.Stat("/proc/self/status"); err != nil {
		e.skip("memory: it is read from /proc, which only Linux has")
	} else {
		all = append(all, memoryJob(e, mostSamples, quick), unetMemoryJob(e))
	}
	for i := range all {
		all[i].contenders = slices.DeleteFunc(all[i].contenders, func(c contender) bool { return c.run == nil })
		if all[i].figure == "" {
			all[i].figure = "ms"
		}
	}
	return all
}

func memoryJob(e *environment, mostSamples int, quick bool) job {
	j := job{
		name: "memory", title: "peak resident memory", rounds: 2,
		task:       task{count: 400, samples: mostSamples},
		contenders: []contender{{name: commands, run: e.memoryOf}},
	}
	if quick {
		j.task.count, j.rounds = 40, 1
	}
	trained := func(epochs int) string { return fmt.Sprintf("train, %d epochs, MB", epochs) }
	sampled := func(n int) string { return fmt.Sprintf("sample, %d points, MB", n) }
	j.ratios = []ratio{
		growth(trained(j.task.count), trained(j.task.count/10), "train: memory for ten times the steps"),
		growth(sampled(j.task.samples), sampled(j.task.samples/100), "sample: memory for a hundred times the points"),
	}
	return j
}

func quotient(r result, above, aboveFigure, below, belowFigure string) (float64, bool) {
	a, measuredA := r.median(above, aboveFigure)
	b, measuredB := r.median(below, belowFigure)
	if !measuredA || !measuredB {
		return 0, false
	}
	return a / b, true
}

// times is how many times as long theirs takes as ours.
func times(theirs, ours string) ratio {
	return ratio{text: fmt.Sprintf("time of %s / time of %s", theirs, ours), unit: "×",
		value: func(r result) (float64, bool) { return quotient(r, theirs, "ms", ours, "ms") }}
}

// share is the rate of a kernel as a part of another rate.
func share(size int, path, theirs, figure string) ratio {
	return ratio{text: fmt.Sprintf("%d³: rate of %s / rate of %s", size, kernelName(path), theirs), unit: "×",
		value: func(r result) (float64, bool) {
			return quotient(r, kernelName(path), fmt.Sprintf("GFLOP/s %d", size), theirs, figure)
		}}
}

func growth(more, less, text string) ratio {
	return ratio{text: text, unit: "×", value: func(r result) (float64, bool) { return quotient(r, commands, more, commands, less) }}
}

// flat is how far the contender's figures are from the middle between the least and the greatest, in percent.
func flat(who, text string) ratio {
	return ratio{text: text, unit: "%", value: func(r result) (float64, bool) {
		s, ok := r.Series[who]
		if !ok || len(s.Figures) == 0 {
			return 0, false
		}
		least, most := math.Inf(1), 0.0
		for _, values := range s.Figures {
			least, most = min(least, median(values)), max(most, median(values))
		}
		return 100 * (most - least) / (most + least), true
	}}
}
