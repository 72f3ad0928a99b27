// Package train is the loop: the one place where the whole way of the data is visible, from a
// configuration to a run folder with checkpoints, metrics and pictures.
//
//   - Run (run.go) is what cmd/train calls: it opens the folder, resumes, loops, logs and saves.
//   - Trainer (this file) is one training step: batch, noise, graph, clipping, Adam, shared by the workers.
//   - objective.go is what a net is trained to do: the head of its graph, and the numbers that the head reads.
//   - state.go turns a Trainer into a checkpoint and back; folder.go owns the run folder; log.go the metrics.
//   - Model (model.go) is a trained net read from a run; it draws samples (plan.go, sample.go), is compared with the
//     data (evaluate.go, compare.go, classify.go) and has a likelihood (likelihood.go).
//
// Start reading at Run, then Trainer.Step.
package train

import (
	"fmt"
	"math"

	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/optim"
	"euryale/parallel"
	"euryale/rng"
)

// partRows is the most rows that are in memory at once. The gradient of a larger batch is the sum over its parts
// in order, so this number is part of the result.
const partRows = 1024

// The pieces in which workers take up their work. Results do not depend on them.
const (
	maxBlockRows = 512  // batch rows: so many share the packing of a wide weight
	chunkWeights = 8192 // weights in an optimiser's piece
)

// blockRows shares the rows of a batch among workers in multiples of 16, the height of the kernels' tiles.
func blockRows(rows, workers int) int {
	share := (rows + workers - 1) / workers
	return min(maxBlockRows, (share+15)/16*16)
}

// maxGradient is the largest norm whose square Adam's second moment can hold in float32.
const maxGradient = 1e19

// Trainer holds a run in memory. Everything random in step s is a function of the seed and of s, so a Trainer
// whose weights, moments and step are restored goes on as if it had never stopped.
type Trainer struct {
	config           configs.Config
	net              *nets.MLP
	process          diffusion.Process
	parameterisation diffusion.Parameterisation
	objective        objective
	timesteps        *diffusion.Timesteps
	noise, dropout   rng.Stream
	dataset          *data.Dataset
	loader           *data.Loader

	weights []float32 // flat, as net.Layout says
	adam    *optim.Adam
	average *optim.EMA // nil when switched off
	step    int64      // steps done

	program *graph.Program
	x0, eps []float32 // [batch, dim]
	// One number a row of the batch.
	times        []float64
	networkTimes []float64 // the times as the net is told them
	importance   []float32 // what a row weighs for how rarely its time is drawn
	labels       []int32   // as the net is told them, −1: none; nil without labels
	classes      []int32   // as they are; nil without labels
	losses       []float32 // before importance
	norms        []float64 // squared norm of each task's part of the gradient
	team         *parallel.Team
	workspaces   []kernel.Workspace // one a worker

	// fill writes x0, eps, times, importance and labels of the rows lo … hi of the current batch; tests replace it to replay others'.
	fill func(lo, hi int)
	// The current step, for the workers.
	rows                  []int32
	blocks, tasks, chunks parallel.Counter
	work                  func(worker int)
	loss, gradientNorm    float64
	diverged              bool
}

// StepResult is what a step has to tell.
type StepResult struct {
	Loss         float64 // what is minimised: the weighted error's mean over the batch and its coordinates, or the cross-entropy's
	GradientNorm float64 // L2 norm of the whole gradient before clipping
}

// NewTrainer returns a run at step 0. Close ends its workers.
func NewTrainer(config *configs.Config, workers int) (*Trainer, error) {
	process, err := diffusion.NewProcess(config.Diffusion)
	if err != nil {
		return nil, err
	}
	return newTrainer(config, process, workers)
}

func newTrainer(config *configs.Config, process diffusion.Process, workers int) (*Trainer, error) {
	if _, err := kernel.Path(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	t := &Trainer{
		config: *config, process: process,
		noise: rng.NewStream(config.Seed, rng.TrainingNoise), dropout: rng.NewStream(config.Seed, rng.LabelDropout),
	}
	var err error
	if t.parameterisation, err = diffusion.NewParameterisation(config.Diffusion); err != nil {
		return nil, err
	}
	if t.timesteps, err = diffusion.NewTimesteps(config.Diffusion, process, config.Seed); err != nil {
		return nil, err
	}
	if t.dataset, err = data.New(config.Data, config.Seed); err != nil {
		return nil, err
	}
	if t.loader, err = data.NewLoader(t.dataset.Rows(), config.Train.Batch, config.Seed); err != nil {
		return nil, err
	}
	if t.objective, err = newObjective(config, process); err != nil {
		return nil, err
	}
	if t.net, err = newNet(config, process); err != nil {
		return nil, err
	}
	t.weights = t.net.Init(config.Seed)
	t.adam = optim.New(config.Optimizer, len(t.weights))
	if config.EMA.Decay > 0 {
		t.average = optim.NewEMA(config.EMA, t.weights)
	}
	return t, t.compile(workers)
}

// compile builds the graph of the loss and starts the workers.
func (t *Trainer) compile(workers int) error {
	batch, dim := min(t.config.Train.Batch, t.dataset.Rows()), t.dataset.Dim
	b := graph.NewBuilder(min(batch, partRows))
	output := t.net.Graph(b, b.Input("x", dim))
	program, err := graph.Compile(b, t.objective.loss(b, output, dim), t.weights)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	t.program = program
	t.x0, t.eps = make([]float32, batch*dim), make([]float32, batch*dim)
	t.times, t.networkTimes = make([]float64, batch), make([]float64, batch)
	t.importance, t.losses = make([]float32, batch), make([]float32, batch)
	for r := range t.importance {
		t.importance[r] = 1
	}
	if t.dataset.Classes > 0 {
		t.labels, t.classes = make([]int32, batch), make([]int32, batch)
	}
	t.norms = make([]float64, program.Tasks())
	t.team = parallel.New(workers)
	t.workspaces = make([]kernel.Workspace, t.team.Workers())
	t.fill, t.work = t.draw, t.worker
	return nil
}

// Close ends the workers.
func (t *Trainer) Close() { t.team.Close() }

// StepsDone is the number of steps done.
func (t *Trainer) StepsDone() int64 { return t.step }

// StepsPerEpoch is the number of batches in an epoch.
func (t *Trainer) StepsPerEpoch() int64 { return t.loader.StepsPerEpoch() }

// Step trains on the next batch. A loss or gradient that is not finite is an error; the weights are then
// those before the step.
func (t *Trainer) Step() (StepResult, error) {
	t.rows, t.loss = t.loader.Batch(t.step), 0
	t.blocks.Reset()
	t.tasks.Reset()
	t.chunks.Reset()
	t.team.Run(t.work)
	result := StepResult{Loss: t.loss, GradientNorm: t.gradientNorm}
	if t.diverged {
		return result, fmt.Errorf("train: step %d: loss %v, gradient norm %v: not finite, or too large for float32; the timesteps were %v",
			t.step+1, result.Loss, result.GradientNorm, t.times[:len(t.rows)])
	}
	rows := len(t.rows)
	t.timesteps.Update(t.times[:rows], t.losses[:rows])
	t.step++
	return result, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// worker is one worker's part of a step. Three phases with barriers between: rows, then the pieces of the
// gradient, then the weights. A batch beyond partRows takes the first two phases part by part, so that the
// activations stay in the caches and memory does not grow with the batch.
func (t *Trainer) worker(worker int) {
	ws, n := &t.workspaces[worker], len(t.rows)
	// A number that belongs to a later part waits for it.
	block, task := t.blocks.Next(), t.tasks.Next()
	for first, blocks, tasks := 0, 0, 0; first < n; first += partRows {
		rows := min(partRows, n-first)
		size := blockRows(rows, t.team.Workers())
		for ; block < blocks+(rows+size-1)/size; block = t.blocks.Next() {
			lo := (block - blocks) * size
			hi := min(lo+size, rows)
			t.fill(first+lo, first+hi)
			t.prepare(first, lo, hi)
			t.program.RunRows(ws, lo, hi)
		}
		blocks += (rows + size - 1) / size
		t.team.Barrier()
		if worker == 0 {
			t.loss += t.program.Loss(rows)
			t.keepLosses(first, rows)
		}
		for ; task < tasks+len(t.norms); task = t.tasks.Next() {
			t.program.RunTask(ws, task-tasks, rows, first > 0)
			if first+rows == n {
				t.norms[task-tasks] = t.program.SquaredNorm(task - tasks)
			}
		}
		tasks += len(t.norms)
		t.team.Barrier()
	}

	// Every worker adds the same numbers in the same order, and so comes to the same scale.
	squaredNorm := 0.0
	for _, v := range t.norms {
		squaredNorm += v
	}
	scale, norm := optim.ClipScale(squaredNorm, t.config.Optimizer.ClipNorm)
	diverged := !finite(t.loss) || !(norm*float64(scale) <= maxGradient)
	if worker == 0 {
		t.gradientNorm, t.diverged = norm, diverged
	}
	if diverged {
		return
	}
	adam := t.adam.Prepare(t.step+1, scale)
	gradient, size := t.program.Gradient(), len(t.weights)
	for lo := t.chunks.Next() * chunkWeights; lo < size; lo = t.chunks.Next() * chunkWeights {
		hi := min(lo+chunkWeights, size)
		t.adam.Update(t.weights, gradient, lo, hi, adam)
		if t.average != nil {
			t.average.Update(t.weights, lo, hi, t.step)
		}
	}
}

// keepLosses takes each row's own loss, the mean over its coordinates, out of its term of the batch's.
func (t *Trainer) keepLosses(first, rows int) {
	for r, loss := range t.program.RowLosses(rows) {
		t.losses[first+r] = loss * float32(len(t.rows)) / t.importance[first+r]
	}
}

// draw gathers the data of the batch's rows lo … hi and draws their times, noise and whether they keep their labels.
func (t *Trainer) draw(lo, hi int) {
	dim, step := t.dataset.Dim, uint64(t.step)
	for r := lo; r < hi; r++ {
		copy(t.x0[r*dim:(r+1)*dim], t.dataset.Points[int(t.rows[r])*dim:])
	}
	t.timesteps.Fill(t.times[lo:hi], t.importance[lo:hi], step, lo, len(t.rows))
	t.noise.Normal(t.eps[lo*dim:hi*dim], step, uint64(lo), dim)
	if t.labels == nil {
		return
	}
	for r := lo; r < hi; r++ {
		t.classes[r] = t.dataset.Labels[t.rows[r]]
		t.labels[r] = t.classes[r]
		if dropout := t.config.Train.LabelDropout; dropout > 0 && t.dropout.Float64(step, uint64(r)) < dropout {
			t.labels[r] = -1
		}
	}
}

// prepare makes the program's inputs in its rows lo … hi from the batch's rows first+lo … first+hi.
func (t *Trainer) prepare(first, lo, hi int) {
	dim := t.dataset.Dim
	from, to := first+lo, first+hi
	x, times := t.program.Float("x")[lo*dim:hi*dim], t.times[from:to]
	diffusion.Diffuse(t.process, x, t.x0[from*dim:to*dim], t.eps[from*dim:to*dim], times, dim)
	t.parameterisation.ScaleInputs(t.process, x, times, dim)
	for r, at := range times {
		t.networkTimes[from+r] = t.process.NetworkTime(at)
	}
	var labels []int32
	if t.labels != nil {
		labels = t.labels[from:to]
	}
	t.net.Fill(t.program, lo, t.networkTimes[from:to], labels)
	t.objective.prepare(t, first, lo, hi)
}
