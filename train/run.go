package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/sirupsen/logrus"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/diffusion"
)

// Options are what a run needs to know beside its configuration. None of them changes its numbers.
type Options struct {
	Folder    Folder
	Resume    bool           // go on from the newest checkpoint
	Overwrite bool           // replace a run that the folder holds
	Workers   int            // 0: the processors Go may use
	Log       *logrus.Logger // nil: nowhere
	Bar       io.Writer      // a terminal for a progress bar; nil: lines in the log instead
}

// ErrInterrupted says that the context ended a run, after a checkpoint was written.
var ErrInterrupted = errors.New("interrupted")

// Run trains to the end of the configured epochs, in a new folder or, to resume, from the newest checkpoint
// of an old one. It returns ErrInterrupted when ctx ends first.
func Run(ctx context.Context, config *configs.Config, o Options) (err error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Workers > MaxWorkers {
		return fmt.Errorf("train: the number of workers must be at most %d, got %d", MaxWorkers, o.Workers)
	}
	if o.Log == nil {
		o.Log = logrus.New()
		o.Log.SetOutput(io.Discard)
	}
	switch held, err := o.Folder.holdsRun(); { // before the data is made, and before the lock, which would make the folder
	case err != nil:
		return err
	case o.Resume && !held:
		return fmt.Errorf("train: %s %w to resume", o.Folder, ErrNoRun)
	case held && !o.Resume && !o.Overwrite:
		return fmt.Errorf("train: %s %w", o.Folder, ErrRunExists)
	}
	trainer, err := NewTrainer(config, o.Workers)
	if err != nil {
		return err
	}
	defer trainer.Close()
	unlock, err := o.Folder.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := open(trainer, o); err != nil {
		return err
	}
	metrics, err := openMetrics(o.Folder.metricsPath(), trainer.StepsDone())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, metrics.close()) }()
	if warning := diffusion.TerminalWarning(trainer.process, meanSquare(trainer.dataset.Points)); warning != "" {
		o.Log.Warn(warning)
	}
	if warning := trainer.objective.warning(); warning != "" {
		o.Log.Warn(warning)
	}

	r := &run{Trainer: trainer, options: o, metrics: metrics, total: int64(config.Train.Epochs) * trainer.StepsPerEpoch()}
	if r.StepsDone() >= r.total {
		o.Log.Infof("all %d steps are done already; raise train.epochs to train on", r.total)
	} else if err := r.loop(ctx); err != nil {
		return err
	}
	return r.finish(ctx)
}

// open makes the folder of a new run, or restores an old one.
func open(trainer *Trainer, o Options) error {
	if !o.Resume {
		return o.Folder.create(&trainer.config, o.Overwrite)
	}
	old, err := o.Folder.Config()
	if err != nil {
		return err
	}
	if conflicts := configs.ResumeConflicts(old, &trainer.config); len(conflicts) > 0 {
		return &configs.Error{Where: string(o.Folder), Message: fmt.Sprintf("a resumed run cannot change %v", conflicts)}
	}
	file, err := o.Folder.latest()
	if err != nil {
		return err
	}
	if file == nil {
		o.Log.Warnf("%s has no checkpoint yet: starting at step 0", o.Folder)
	} else if err := trainer.Restore(file); err != nil {
		return err
	} else {
		o.Log.Infof("resuming at step %d from %s", trainer.StepsDone(), file.Name)
	}
	return o.Folder.writeConfig(&trainer.config)
}

// run is a Trainer with a folder and an audience.
type run struct {
	*Trainer
	options Options
	metrics *metricsLog
	total   int64
	saved   int64 // step of the last checkpoint written here
	bar     *progressbar.ProgressBar
	shown   time.Time // when the audience last heard of the run
}

// Between two signs of life: the bar is redrawn, a line is logged.
const (
	barInterval = 100 * time.Millisecond
	logInterval = 10 * time.Second
)

// loop trains until the last step or the end of ctx.
func (r *run) loop(ctx context.Context) error {
	c := r.config.Train
	r.saved = r.StepsDone()
	r.options.Log.Infof("training %s to step %d, %d steps an epoch, %d workers", r.options.Folder, r.total, r.StepsPerEpoch(), r.team.Workers())
	if r.options.Bar != nil {
		r.bar = newBar(r.options.Bar, r.total)
		defer r.bar.Exit()
	}
	for r.StepsDone() < r.total {
		if ctx.Err() != nil {
			if err := r.save(); err != nil {
				return err
			}
			return fmt.Errorf("train: %w at step %d; go on with -resume", ErrInterrupted, r.StepsDone())
		}
		result, err := r.Step()
		if err != nil {
			return err
		}
		r.metrics.add(result)
		if step := r.StepsDone(); step%int64(c.LogEvery) == 0 || step == r.total {
			if err := r.report(); err != nil {
				return err
			}
		}
		if c.CheckpointEvery > 0 && r.StepsDone()%int64(c.CheckpointEvery) == 0 {
			if err := r.save(); err != nil {
				return err
			}
		}
	}
	return r.save()
}

// report writes a log point and, when it is time, shows it.
func (r *run) report() error {
	step, decay := r.StepsDone(), 0.0
	if r.average != nil {
		decay = r.average.Decay(step - 1)
	}
	p, err := r.metrics.write(step, float64(step)/float64(r.StepsPerEpoch()), r.config.Optimizer.LearningRate, decay)
	if err != nil {
		return err
	}
	interval := logInterval
	if r.bar != nil {
		interval = barInterval
	}
	if time.Since(r.shown) < interval && step < r.total {
		return nil
	}
	r.shown = time.Now()
	left := time.Duration(float64(r.total-step) / p.StepsPerSecond * float64(time.Second)).Round(time.Second)
	if r.bar != nil {
		// The bar's own rate would count the steps before a resume.
		r.bar.Describe(fmt.Sprintf("loss %.4f  %.0f steps/s  %v left", p.Loss, p.StepsPerSecond, left))
		return r.bar.Set64(step)
	}
	r.options.Log.Infof("step %d of %d, epoch %.1f: loss %.4f, gradient norm %.3f, %.0f steps/s, %v left",
		step, r.total, p.Epoch, p.Loss, p.GradientNorm, p.StepsPerSecond, left)
	return nil
}

// save writes a checkpoint unless this step has one, and drops the oldest beyond retention.
func (r *run) save() error {
	if r.saved == r.StepsDone() && r.saved > 0 {
		return nil
	}
	file, err := r.Checkpoint()
	if err != nil {
		return err
	}
	if err := checkpoint.Write(checkpoint.Path(r.options.Folder.checkpoints(), r.StepsDone()), file); err != nil {
		return err
	}
	r.saved = r.StepsDone()
	return checkpoint.Prune(r.options.Folder.checkpoints(), r.config.Train.KeepCheckpoints)
}

// finish draws the strip of pictures that ends a run.
func (r *run) finish(ctx context.Context) error {
	model, err := Load(r.options.Folder)
	if err != nil {
		return err
	}
	if model.Dim() != 2 || !model.Denoises() {
		r.options.Log.Info("done")
		return nil
	}
	path := r.options.Folder.Samples("strip.png")
	r.options.Log.Infof("trained; drawing samples by %s", r.config.Sample.Sampler)
	switch err := model.strip(ctx, path, r.dataset, r.options.Workers); {
	case ctx.Err() != nil:
		return err
	case err != nil: // the run is done and saved; its sampling can be changed
		r.options.Log.Warnf("no picture: %v", err)
		return nil
	}
	r.options.Log.Infof("done; the way from noise to data is in %s", path)
	return nil
}

func newBar(w io.Writer, total int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("loss"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionFullWidth(),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }),
	)
}

// meanSquare is the second moment of the data, per dimension.
func meanSquare(points []float32) float64 {
	sum := 0.0
	for _, v := range points {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(points))
}
