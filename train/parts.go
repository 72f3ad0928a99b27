package train

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"euryale/choice"
	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/graph"
	"euryale/kernel"
	"euryale/objective"
	"euryale/optim"
	"euryale/parallel"
	"euryale/rng"
)

// New returns a run at step 0: it opens the data, fits the encoder, records the net, compiles its graph and, with
// train.init, takes the first weights from that checkpoint. With fewer than 1 worker, the Trainer finds the fastest number
// up to GOMAXPROCS while it trains. Close ends its workers.
func New(ctx context.Context, config *configs.Config, workers int) (*Trainer, error) {
	initial, err := openInitial(config.Train.Init) // before the data is read
	if err != nil {
		return nil, err
	}
	t, err := newRaw(ctx, config, workers)
	if err != nil || initial == nil {
		return t, err
	}
	if err := initial(t); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// newRaw is New without train.init.
func newRaw(ctx context.Context, config *configs.Config, workers int) (*Trainer, error) {
	process, err := config.Process.Kind.New()
	if err != nil {
		return nil, fmt.Errorf("train: %w", choice.Within("process", err))
	}
	return newTrainer(ctx, config, process, workers)
}

func newTrainer(ctx context.Context, config *configs.Config, process diffusion.Process, workers int) (*Trainer, error) {
	if _, err := kernel.Path(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	t := &Trainer{
		config: *config, process: process,
		noise: rng.NewStream(config.Seed, rng.TrainingNoise), dropout: rng.NewStream(config.Seed, rng.LabelDropout),
		dequantization: rng.NewStream(config.Seed, rng.Dequantization),
	}
	for _, make := range []func(context.Context) error{t.openTimesteps, t.openData, t.openNet} {
		if err := make(ctx); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	if err := t.compile(workers); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return t, nil
}

func (t *Trainer) openTimesteps(context.Context) (err error) {
	t.timesteps, err = t.config.Timesteps.Kind.New(t.process, t.config.Seed)
	return choice.Within("timesteps", err)
}

// openData reads the training rows and encodes them.
func (t *Trainer) openData(ctx context.Context) error {
	source, held, err := t.config.Data.Open(ctx, t.config.Seed)
	if err != nil {
		return err
	}
	if t.config.Train.EvaluateEvery > 0 {
		t.source, t.held = source, held
		if err := t.checkHeldOut(); err != nil {
			return err
		}
	}
	t.schema = source.Schema()
	encoder := t.config.Encoder()
	if err := encoder.Fit(ctx, source); err != nil {
		return fmt.Errorf("the rows of data.name=%s: %w", t.config.Data.Source.Name(), err)
	}
	t.notes = append(t.notes, shortened(data.Remarks(source, encoder))...)
	t.encoder, t.layout = encoder, data.LayoutOf(encoder, len(t.schema.Classes))
	if err := t.config.Fit(t.process, t.layout); err != nil {
		return err
	}
	if t.dataset, err = data.Load(ctx, source, encoder); err != nil {
		return fmt.Errorf("the rows of data.name=%s: %w", t.config.Data.Source.Name(), err)
	}
	if t.schema.ClassCounts != nil { // of the rows that are left of those in the file
		t.schema.ClassCounts = t.dataset.ClassCounts()
	}
	t.checksum = t.dataset.Checksum()
	if t.loader, err = data.NewLoader(t.dataset.Rows(), t.config.Train.Batch, t.config.Seed); err != nil {
		return err
	}
	t.total, err = t.config.Steps(t.dataset.Rows())
	return err
}

// mostRemarks about the data are listed before training.
const mostRemarks = 20

// shortened is a list of remarks about the data down to mostRemarks.
func shortened(remarks []string) []string {
	if more := len(remarks) - mostRemarks; more > 0 {
		return append(remarks[:mostRemarks:mostRemarks], fmt.Sprintf("%d more remarks about the data: euryale data describe lists them", more))
	}
	return remarks
}

// openNet makes the objective, the net with its first weights, and the optimizer.
func (t *Trainer) openNet(context.Context) (err error) {
	if t.objective, err = t.config.Objective.Kind.New(t.process, t.layout); err != nil {
		return choice.Within("objective", err)
	}
	if t.net, err = t.config.NewNet(t.process, t.objective, t.layout); err != nil {
		return err
	}
	if t.schema.HasClassColumn() && !t.net.UsesLabels() {
		return choice.Wrong("net", "must take the labels of the data, or its column of classes would not be learned; choose the net "+
			"tabular, or net.labels=true with mlp")
	}
	t.weights = t.net.Init(t.config.Seed)
	t.optimizer, err = optim.New(t.config.Optimizer, t.weights, t.total)
	return choice.Within("optimizer", err)
}

// compile starts the workers and compiles the graph of the loss.
func (t *Trainer) compile(workers int) error {
	if workers < 1 {
		t.team = parallel.NewAdaptive(runtime.GOMAXPROCS(0))
	} else {
		t.team = parallel.New(workers)
	}
	t.workspaces = make([]kernel.Workspace, t.team.Workers())
	for range t.team.Workers() {
		t.movers = append(t.movers, t.optimizer.Worker())
	}
	t.fill, t.work = t.draw, t.worker
	if t.net.Builder.Images() {
		t.work = t.chunkWorker
	}
	if err := t.compileLoss(min(t.config.Train.Batch, t.dataset.Rows()), t.team.Workers()); err != nil {
		t.team.Close()
		return err
	}
	return nil
}

// compileLoss compiles the graph of the loss, for batches of at most so many rows and for so many workers.
func (t *Trainer) compileLoss(batch, workers int) (err error) {
	dim := t.dataset.Dim
	loss := t.objective.Loss(t.net.Builder, t.net.Output)
	if err := t.net.Builder.Err(); err != nil {
		return err
	}
	if t.net.Builder.Images() {
		if t.chunked, err = newChunked(loss, t.weights, workers, t.config.Seed); err != nil {
			return err
		}
		t.norms = make([]float64, (len(t.weights)+chunkWeights-1)/chunkWeights)
	} else {
		if t.program, err = graph.Compile(loss, min(batch, partRows), t.weights); err != nil {
			return err
		}
		t.norms = make([]float64, t.program.Tasks())
	}
	t.batch.Dim = dim
	t.x0, t.eps = make([]float32, batch*dim), make([]float32, batch*dim)
	t.times, t.networkTimes = make([]float64, batch), make([]float64, batch)
	t.importance, t.losses = make([]float32, batch), make([]float32, batch)
	for r := range t.importance {
		t.importance[r] = 1
	}
	if t.dataset.Classes > 0 {
		t.labels, t.classes = make([]int32, batch), make([]int32, batch)
	}
	if groups := len(t.layout.Groups); groups > 0 {
		t.codes = make([]int32, batch*groups)
	}
	return nil
}

// Warnings list what will go wrong in training or in sampling.
func (t *Trainer) Warnings() []string {
	list := slices.Clone(t.notes)
	// Rows of a table have a known size once encoded. A little that the prior misses costs less than steps at high noise.
	if !t.table() || diffusion.TerminalKL(t.process, cellMoment) > 10*diffusion.MaxTerminalKL {
		if warning := diffusion.TerminalWarning(t.process, t.meanSquare()); warning != "" {
			list = append(list, warning)
		}
	}
	if n := t.dataset.Rows(); t.table() && len(t.weights) > mostWeights*n {
		list = append(list, fmt.Sprintf("the net has %d weights for %d rows, which it may learn by heart; a smaller net or fewer "+
			"steps help, as in the preset table_small", len(t.weights), n))
	}
	return append(append(list, t.objective.Warnings()...), t.untrainedStep()...)
}

// cellMoment is the second moment of an encoded number of a table; a coordinate of a category has less.
const cellMoment = 0.25

// mostWeights per row of a table are not worth a warning: table_small has 44 for 172 rows.
const mostWeights = 64

// untrainedStep warns of a loss with weight 0 at the last step of a chain, where sampling starts, if the net has a trained
// row per step: no gradient ever reaches the last row.
func (t *Trainer) untrainedStep() []string {
	loss, ok := t.objective.(objective.Weighted)
	if !ok || !diffusion.Discrete(t.process) || !slices.Contains(t.net.Builder.Needed(t.net.Output), t.net.Input.Step) {
		return nil
	}
	_, _, last := t.process.Span()
	if float32(loss.Weight(last)) != 0 {
		return nil
	}
	return []string{fmt.Sprintf("the loss has weight 0 at t = %v, where sampling starts, so the row of net.time embedding for "+
		"this step is never trained; use net.time=sinusoidal, another objective.weight, or a schedule without zero_terminal_snr", last)}
}

// table reports whether the rows are those of a table.
func (t *Trainer) table() bool { _, ok := data.MixedOf(t.encoder); return ok }

// meanSquare is the second moment of the data, per dimension, and of images the largest that there can be.
func (t *Trainer) meanSquare() float64 {
	switch {
	case t.table():
		return cellMoment
	case t.dataset.Cells != nil:
		return 1
	}
	return squares(t.dataset.Points)
}

// squares is the mean square of numbers.
func squares(points []float32) float64 {
	sum := 0.0
	for _, v := range points {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(points))
}
