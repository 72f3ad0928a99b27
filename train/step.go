package train

import (
	"fmt"
	"math"
	"strings"

	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
	"euryale/parallel"
	"euryale/rng"
)

// partRows is the most rows that are in memory at once. The gradient of a larger batch is the sum over its parts
// in order, so the result depends on this number.
const partRows = 1024

// Sizes of the pieces of work that workers take. Results do not depend on them.
const (
	maxBlockRows = 512  // batch rows that share the packing of a wide weight
	chunkWeights = 8192 // weights in an optimizer's piece
)

// blockRows shares the rows of a batch among workers in multiples of 16, the height of the kernels' tiles.
func blockRows(rows, workers int) int {
	share := (rows + workers - 1) / workers
	return min(maxBlockRows, (share+15)/16*16)
}

// Trainer holds a run in memory. Everything random in step s is a function of the seed and of s, so a Trainer
// whose weights, moments and step are restored goes on as if it had never stopped.
type Trainer struct {
	config         configs.Config
	schema         data.Schema
	encoder        data.Encoder
	layout         data.Layout // of an encoded row
	dataset        *data.Dataset
	source, held   data.Source // rows that are trained on and held out, where there are evaluations
	heldOut        *heldOut    // made by the first HeldOutLoss
	checksum       string      // of the encoded data set
	loader         *data.Loader
	net            *nets.Built
	process        diffusion.Process
	objective      objective.Objective
	timesteps      diffusion.TimestepSampler
	noise, dropout rng.Stream
	dequantization rng.Stream
	total          int64    // steps of the whole run
	notes          []string // warnings from the start of the run

	weights   []float32 // flat, in the layout of the net
	optimizer *optim.Chain
	step      int64 // steps done

	program *graph.Program  // nil for a net of images, which has chunks
	chunked *chunked        // nil for other nets
	batch   objective.Batch // the current batch, its slices cut to its rows
	// Per batch row, for the largest batch.
	x0, eps      []float32
	times        []float64
	networkTimes []float64 // the times as inputs of the net
	importance   []float32 // the weight of a row for how rarely its time is drawn
	labels       []int32   // as inputs of the net, −1: none; nil without labels
	classes      []int32   // of the data; nil without labels
	codes        []int32   // [rows, groups], categories of mixed rows; nil without groups
	losses       []float32 // before importance
	norms        []float64 // squared norm of each task's part of the gradient
	team         *parallel.Team
	workspaces   []kernel.Workspace // one per worker
	movers       []*optim.Worker    // one per worker

	// fill writes x0, eps, times, importance and labels of the rows lo … hi of the current batch; tests replace it to
	// replay recorded batches.
	fill func(lo, hi int)
	// The current step, for the workers.
	rows                  []int32
	blocks, tasks, chunks parallel.Counter
	work                  func(worker int)
	loss, gradientNorm    float64
	diverged              bool
}

// StepResult reports one training step.
type StepResult struct {
	Loss         float64 // the mean weighted error over the rows and coordinates of the batch, or the mean cross-entropy
	GradientNorm float64 // L2 norm of the whole gradient before clipping
}

// Close ends the workers.
func (t *Trainer) Close() { t.team.Close() }

// StepsDone is the number of steps done.
func (t *Trainer) StepsDone() int64 { return t.step }

// StepsPerEpoch is the number of batches in an epoch.
func (t *Trainer) StepsPerEpoch() int64 { return t.loader.StepsPerEpoch() }

// Workers is the most workers that a step uses.
func (t *Trainer) Workers() int { return t.team.Workers() }

// Config is the run's configuration.
func (t *Trainer) Config() *configs.Config { return &t.config }

// Step trains on the next batch. A loss or gradient that is not finite is an error; the weights are then
// those before the step.
func (t *Trainer) Step() (StepResult, error) {
	t.rows, t.loss = t.loader.Batch(t.step), 0
	rows := len(t.rows)
	t.setBatch(rows)
	t.blocks.Reset()
	t.tasks.Reset()
	t.chunks.Reset()
	if t.chunked != nil {
		t.chunked.turns.Reset()
	}
	t.team.Run(t.work)
	result := StepResult{Loss: t.loss, GradientNorm: t.gradientNorm}
	if t.diverged {
		return result, t.divergence(result, rows)
	}
	t.timesteps.Update(t.times[:rows], t.losses[:rows])
	t.step++
	return result, nil
}

// setBatch cuts the batch to its rows.
func (t *Trainer) setBatch(rows int) {
	t.batch.X0, t.batch.Eps = t.x0[:rows*t.batch.Dim], t.eps[:rows*t.batch.Dim]
	t.batch.Times, t.batch.Importance = t.times[:rows], t.importance[:rows]
	if t.classes != nil {
		t.batch.Classes = t.classes[:rows]
	}
	t.batch.Codes = t.codes[:rows*len(t.layout.Groups)]
}

// namedTimes is the most timesteps that an error lists: a batch may have millions.
const namedTimes = 16

// divergence is the error of the current step, with the remedy.
func (t *Trainer) divergence(r StepResult, rows int) error {
	times := fmt.Sprint(t.times[:min(rows, namedTimes)])
	if rows > namedTimes {
		times = fmt.Sprintf("%s …] and %d others", strings.TrimSuffix(times, "]"), rows-namedTimes)
	}
	cure := "a lower optimizer.learning_rate helps"
	if !t.config.Data.Standardize {
		cure += ", and data.standardize where the data's numbers are large"
	}
	return fmt.Errorf("train: step %d: loss %v, gradient norm %v: not finite, or too large for float32; the timesteps were %s; %s",
		t.step+1, r.Loss, r.GradientNorm, times, cure)
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
		size := blockRows(rows, t.team.Active())
		for ; block < blocks+(rows+size-1)/size; block = t.blocks.Next() {
			lo := (block - blocks) * size
			hi := min(lo+size, rows)
			t.fill(first+lo, first+hi)
			t.prepare(t.program, first, lo, hi)
			t.program.RunRows(ws, lo, hi)
		}
		blocks += (rows + size - 1) / size
		t.team.Barrier(worker)
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
		t.team.Barrier(worker)
	}

	t.move(worker, t.program.Gradient())
}

// move takes an optimizer's step by a gradient whose squared norms are in t.norms. Every worker calls it.
func (t *Trainer) move(worker int, gradient []float32) {
	// Every worker adds the same numbers in the same order, and so comes to the same scale.
	squaredNorm := 0.0
	for _, v := range t.norms {
		squaredNorm += v
	}
	mover := t.movers[worker]
	step := mover.Begin(t.step+1, squaredNorm)
	diverged := !finite(t.loss) || step.Diverged()
	if worker == 0 {
		t.gradientNorm, t.diverged = step.Norm, diverged
	}
	if diverged {
		return
	}
	size := len(t.weights)
	for lo := t.chunks.Next() * chunkWeights; lo < size; lo = t.chunks.Next() * chunkWeights {
		mover.Apply(gradient, lo, min(lo+chunkWeights, size))
	}
}

// keepLosses computes the loss of each row, the mean over its coordinates, from its term of the loss of the batch.
func (t *Trainer) keepLosses(first, rows int) {
	for r, loss := range t.program.RowLosses(rows) {
		t.losses[first+r] = loss * float32(len(t.rows)) / t.importance[first+r]
	}
}

// draw gathers the data of the batch's rows lo … hi and draws their times, noise and whether they keep their labels.
func (t *Trainer) draw(lo, hi int) {
	dim, step := t.dataset.Dim, uint64(t.step)
	if cells := t.dataset.Cells; cells != nil {
		groups := len(t.layout.Groups)
		cells.Draw(t.x0[lo*dim:hi*dim], t.codes[lo*groups:hi*groups], t.rows[lo:hi], t.dequantization, step, lo)
	} else {
		for r := lo; r < hi; r++ {
			copy(t.x0[r*dim:(r+1)*dim], t.dataset.Points[int(t.rows[r])*dim:])
		}
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

// prepare makes a program's inputs in its rows lo … hi from the batch's rows first+lo … first+hi.
func (t *Trainer) prepare(p *graph.Program, first, lo, hi int) {
	dim, q := t.dataset.Dim, t.objective.Parameterization()
	from, to := first+lo, first+hi
	x, times := p.Float(nets.InputX)[lo*dim:hi*dim], t.times[from:to]
	if noiser, ok := t.objective.(objective.Noiser); ok {
		noiser.Noise(x, &t.batch, first, lo, hi)
	} else {
		diffusion.AddNoise(t.process, x, t.x0[from*dim:to*dim], t.eps[from*dim:to*dim], times, dim)
		q.ScaleInputs(t.process, x, times, dim)
	}
	for r, at := range times {
		t.networkTimes[from+r] = t.process.NetworkTime(at)
	}
	var labels []int32
	if t.labels != nil {
		labels = t.labels[from:to]
	}
	p.Condition(lo, t.networkTimes[from:to], labels)
	t.objective.Fill(p, &t.batch, first, lo, hi)
}
