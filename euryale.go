// Package euryale trains diffusion models and draws samples from them. It is the Go API: most programs need no other
// package, unless they bring data (euryale/data) or a net (euryale/nets, euryale/ops).
//
//	config, err := euryale.Preset("scurve", "train.epochs=400")
//	model, err := euryale.Train(ctx, config, euryale.In("runs/scurve"))
//	points, _, err := model.Points(ctx, model.Request(1000)) // or model.Save, to a file
//	quality, err := euryale.Evaluate(ctx, model, 10_000)
//	files, err := euryale.Draw(ctx, model, "figures")
//
// Preset and Load make a configuration, Train trains it in a run folder that every command of Euryale can open, Open opens
// what was trained, Metrics reads the training log. Draw makes pictures of a model, Report a web page of a run or of several,
// Sweep trains many runs and compares them (see.go). Options add hooks, data or a net of the program. Nothing here prints, logs,
// exits or ignores its context. A program that only samples needs only package model, and does not link the training:
// examples/sample_only.
//
// Start reading at Train, then the programs in examples/. layers_table_test.go has the table of all packages.
package euryale

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"euryale/configs"
	"euryale/data"
	"euryale/eval"
	"euryale/metrics/tabular"
	"euryale/model"
	"euryale/nets"
	"euryale/previews"
	"euryale/report/html"
	"euryale/report/tensorboard"
	"euryale/run"
	"euryale/selection"
	"euryale/train"
)

// Aliases, so that most programs import one package.
type (
	// Config is the configuration of a run.
	Config = configs.Config
	// Model is a trained net.
	Model = model.Model
	// Request describes the samples to draw; Model.Request makes one.
	Request = model.Request
	// Evaluation is how far samples are from the data.
	Evaluation = eval.Evaluation
	// TableEvaluation is how good and how safe the rows of a synthetic table are.
	TableEvaluation = eval.TableEvaluation
	// Files are the tables that Judge compares.
	Files = eval.Files
	// LogPoint is a line of the training log.
	LogPoint = run.LogPoint
	// Hook is something that happens alongside training.
	Hook = train.Hook
	// Progress is the state of the training for a hook.
	Progress = train.Progress
)

// Errors to test for.
var (
	// ErrInterrupted means that the context ended Train: after a checkpoint was written, or before there was a folder.
	ErrInterrupted = train.ErrInterrupted
	// ErrExists means that the folder holds a run already, and neither Resume nor Overwrite was given.
	ErrExists = run.ErrExists
	// ErrNone means that the folder holds no run to resume or to open.
	ErrNone = run.ErrNone
)

// Option changes how a run is trained or opened.
type Option func(*options)

type options struct {
	train.Options
	parts      model.Parts
	checkpoint string
	warn       func(error)
}

// In sets the folder of the run; without it, it is runs/<the configuration's name>.
func In(folder string) Option { return func(o *options) { o.Folder = run.Folder(folder) } }

// Resume goes on from the newest whole checkpoint of the folder, bit for bit as if the run had never stopped. How long to
// train, what to log and keep, and how to sample may change, with effect at once; all else must be as it was.
func Resume() Option { return func(o *options) { o.Resume = true } }

// NewLearningRate lets Resume change to the optimizer.learning_rate of the configuration. The checkpoints hold the new one
// from then on.
func NewLearningRate() Option { return func(o *options) { o.Options.NewLearningRate = true } }

// Overwrite replaces a run that the folder holds. Its files are removed, and no others.
func Overwrite() Option { return func(o *options) { o.Overwrite = true } }

// Workers sets the number of workers, at most 1024, which never changes a result. Without it, it is the fastest number up to
// GOMAXPROCS, found during the training.
func Workers(n int) Option { return func(o *options) { o.Options.Workers = n } }

// WithData trains on rows that the program gives, in place of the configured data. A configuration with keys that depend
// on the rows, such as net.labels, must choose data=program, so that it is checked against no other data; data.standardize
// and data.held_out work as for any data. Give the rows again to Open where the model needs them, as Evaluate does. Images, such
// as those of images.New, are of any size that the net takes, and are encoded as those of files.
func WithData(s data.Source) Option { return func(o *options) { o.parts.Data = s } }

// WithNet trains a net that the program gives, in place of the configured one. To open such a run, give it again.
func WithNet(n nets.Net) Option { return func(o *options) { o.parts.Net = n } }

// WithHook adds a hook to the training.
func WithHook(h Hook) Option { return func(o *options) { o.Hooks = append(o.Hooks, h) } }

// OnStep calls do every `every` steps and after the last step. A function that may fail, or needs the context, is a Hook.
func OnStep(every int64, do func(p Progress)) Option {
	return WithHook(Hook{Name: "on step", Every: every, Do: func(_ context.Context, _ *train.Loop, p Progress) error {
		do(p)
		return nil
	}})
}

// Preset returns an embedded configuration, changed by overrides "a.b=value".
func Preset(name string, overrides ...string) (*Config, error) {
	return configs.Preset(name, overrides)
}

// Presets lists the names of the embedded configurations.
func Presets() []string { return configs.Presets() }

// Load reads a configuration from a file or, if there is none, the preset of that name, changed by overrides "a.b=value".
func Load(path string, overrides ...string) (*Config, error) { return configs.Load(path, overrides) }

// Train trains a configuration, which it does not change, to its end and returns the model. When ctx ends first, the error
// is ErrInterrupted; a folder that does not fit gives ErrExists or ErrNone.
func Train(ctx context.Context, c *Config, o ...Option) (*Model, error) {
	if c == nil {
		return nil, errors.New("euryale: there is no configuration: it is nil")
	}
	with := collect(o)
	config := *c
	if with.parts.Data != nil {
		config.Data.Source = configs.Sources().With(&data.Program{Source: with.parts.Data})
	}
	if with.parts.Net != nil {
		config.Net = nets.Architectures().With(&nets.Program{Net: with.parts.Net})
	}
	if err := config.Validate(); err != nil {
		return nil, &configs.Error{Message: err.Error(), Err: err}
	}
	if with.Folder == "" {
		with.Folder = run.Folder(filepath.Join("runs", config.Name))
	}
	with.Evaluate = selection.Hook(nil)
	warn := func(what string, err error) {
		if with.warn != nil && err != nil {
			with.warn(fmt.Errorf("euryale: %s: %w", what, err))
		}
	}
	previewed := previews.Hook(int64(config.Train.CheckpointEvery), func(step int64, err error) {
		warn(fmt.Sprintf("no preview of step %d", step), err)
	})
	with.Hooks = slices.Concat(with.Hooks, []Hook{previewed}, tensorboard.Hooks(config.Train))
	if err := train.Run(ctx, &config, with.Options); err != nil {
		return nil, cured(err)
	}
	if config.Train.Report {
		warn("no report", html.Save(with.Folder.ReportPath(), with.Folder, html.Contents{Finished: true}))
	}
	return model.OpenWith(with.Folder, with.parts)
}

// cured adds to an error the options that avoid it.
func cured(err error) error {
	foreign, rate := (*run.ForeignError)(nil), (*train.LearningRateError)(nil)
	switch {
	case errors.As(err, &foreign): // it names the remedy
	case errors.Is(err, ErrExists):
		return fmt.Errorf("%w; euryale.Resume goes on with it, euryale.Overwrite replaces it, euryale.In chooses another folder", err)
	case errors.As(err, &rate):
		return fmt.Errorf("%w; euryale.NewLearningRate lets it change", err)
	}
	return err
}

// Checkpoint chooses what Open opens: "best" is the checkpoint that evaluations found best (train.evaluate_every) or else the
// one with the lowest training loss, "12000" that of a step, and any other text the path of a file, for which Open needs no
// folder. Without it, it is the newest whole one, or the best of a run with train.keep best.
func Checkpoint(which string) Option { return func(o *options) { o.checkpoint = which } }

// Open opens the model of a run, by its folder or the file of a checkpoint. Of the options only WithNet, WithData and
// Checkpoint matter. Model.Skipped lists damaged checkpoints that were passed over. If there is no run, the error is
// ErrNone.
func Open(folder string, o ...Option) (*Model, error) {
	with := collect(o)
	return model.OpenAt(run.Folder(folder), with.checkpoint, with.parts)
}

// Evaluate compares n samples with as many rows that the net was not trained on; of a file, both are at most its held-out
// rows.
func Evaluate(ctx context.Context, m *Model, n int) (*Evaluation, error) {
	return eval.Evaluate(ctx, m, m.Request(n))
}

// EvaluateTable compares n samples of a table with the rows that the model was trained on and those that were held out; n 0 is
// as many as the training rows.
func EvaluateTable(ctx context.Context, m *Model, n int) (*TableEvaluation, error) {
	tables, err := eval.NewTables(ctx, m, 0)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		n = tables.Rows()
	}
	return tables.Evaluate(ctx, m, m.Request(n), tabular.Options{Seed: m.Config.Seed})
}

// Judge compares the rows of a file, whatever program made them, with the training rows and the test rows of other files.
func Judge(ctx context.Context, f Files) (*TableEvaluation, error) {
	return eval.Judge(ctx, f, tabular.Options{})
}

// Metrics reads the training log of a run: a point every train.log_every steps, and one after the last step.
func Metrics(folder string) ([]LogPoint, error) {
	return run.ReadMetrics(run.Folder(folder).MetricsPath())
}

func collect(list []Option) *options {
	o := new(options)
	for _, option := range slices.DeleteFunc(slices.Clone(list), func(f Option) bool { return f == nil }) {
		option(o)
	}
	return o
}
