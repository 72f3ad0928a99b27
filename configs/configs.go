// Package configs is the configuration of a run: read strictly from YAML, changed by overrides and validated before
// anything else happens.
//
// Each section is declared by the package that uses it; only Train and Sample are declared here. A file is decoded over
// Default, so it may leave keys out, but what it contains must be right: an unknown key, a key of another kind, a wrong type
// or a bad value is an *Error with file, line, column, an excerpt and the nearest valid name. Package
// internal/strictyaml does that for any struct.
//
// Start reading at Config, then Decode (decode.go). together.go checks sections against each other; version1.go and
// rewrite1.go read files from before version 2, overrides.go and alias.go translate such overrides; load.go finds files and
// the embedded presets, the *.yaml files of this folder.
package configs

import (
	"errors"
	"fmt"
	"strings"

	"euryale/choice"
	"euryale/data"
	"euryale/data/images"
	"euryale/data/mixed"
	"euryale/data/npy"
	"euryale/data/table"
	"euryale/data/toy"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
)

// Version of the layout. Older ones are migrated when they are read.
const Version = 2

// Config is the whole of a run.
type Config struct {
	// Version of the layout of the file: 2.
	Version int `yaml:"version"`
	// Name of the run; its default folder is runs/<name>. ASCII letters, digits, '.', '_' and '-', neither
	// '.' nor '-' first.
	Name string `yaml:"name"`
	// Seed of all random numbers of the run.
	Seed uint64 `yaml:"seed"`
	// Data is what the net learns the distribution of.
	Data data.Section `yaml:"data"`
	// Process turns data into noise.
	Process choice.One[diffusion.ProcessOptions] `yaml:"process"`
	// Objective is what the net is trained to do.
	Objective choice.One[objective.Options] `yaml:"objective"`
	// Timesteps is how the time t of each training row is drawn, and with it the amount of noise.
	Timesteps choice.One[diffusion.TimestepOptions] `yaml:"timesteps"`
	// Net is the architecture of the net.
	Net choice.One[nets.Options] `yaml:"net"`
	// Optimizer moves the weights.
	Optimizer optim.Options `yaml:"optimizer"`
	// Train is how long to train, and what to keep of it.
	Train Train `yaml:"train"`
	// Sample is how samples are drawn; flags of sample and eval change it per call. A classifier draws none.
	Sample Sample `yaml:"sample"`
}

// Train is the `train` section: how long to train, and what to keep of it.
type Train struct {
	// Batch is the number of rows in a step; the last of an epoch may be short. A batch of more than 1024 rows is computed
	// in parts of 1024, whose gradients are added up (gradient accumulation), so that memory does not grow with it.
	Batch int `yaml:"batch"`
	// Epochs is the number of passes over the data; 0: as many as suit the number of rows, fewer for more rows.
	Epochs int `yaml:"epochs"`
	// Steps is the number of steps in all, in place of Epochs; 0: as many as Epochs take.
	Steps int64 `yaml:"steps"`
	// LogEvery is the number of steps between two logged losses.
	LogEvery int `yaml:"log_every"`
	// CheckpointEvery is the number of steps between two checkpoints; 0: only at the end and on interruption.
	CheckpointEvery int `yaml:"checkpoint_every"`
	// KeepCheckpoints is the number of newest checkpoints that are kept; 0: all.
	KeepCheckpoints int `yaml:"keep_checkpoints"`
	// Previews is the number of samples drawn at each checkpoint, with the averaged weights and with the raw ones, into the
	// folder previews of the run: the same noise each time; -1: 36 images, or 1,000 points or rows; 0: none.
	Previews int `yaml:"previews"`
	// EvaluateEvery is the number of steps between two evaluations on held-out rows (data.held_out), or on fresh rows where none
	// are held out and the distribution of the data is known: their loss, and a quick comparison of samples with them, in the
	// training log; 0: none.
	EvaluateEvery int `yaml:"evaluate_every"`
	// Keep is which checkpoint of the run is opened where none is named: last, the newest, or best, the one whose samples the
	// evaluations found best, by quality and by whether they repeat training rows; it is kept besides the newest ones.
	Keep string `yaml:"keep"`
	// TensorBoard writes event files for the program of that name into the folder events of the run: curves, evaluations, pictures.
	TensorBoard bool `yaml:"tensorboard"`
	// Report writes a page about the run at the end of training: report.html in its folder, to be opened in a browser.
	Report bool `yaml:"report"`
	// LabelDropout is the share of rows of a net with labels that are trained without theirs, so that the net also works
	// without a label, as classifier-free guidance needs (Ho and Salimans 2022). From 0 (none) to below 1.
	LabelDropout float64 `yaml:"label_dropout"`
	// Init is a checkpoint, the folder of a run, a state dict of PyTorch (a safetensors file, or one of torch.save), or a folder
	// that Hugging Face's diffusers wrote of a UNet2DModel, whose weights a new run starts from, the averaged ones if it has them;
	// empty: fresh weights. The net must have the same parameters; the data may differ. A path is relative to the working directory.
	Init string `yaml:"init"`
}

// Sample is the `sample` section: how samples are drawn.
type Sample struct {
	solver.Options `yaml:",inline"`
	// Guidance steers samples toward a label.
	Guidance guidance.Options `yaml:"guidance"`
	// RePaint is the resampling of inpainting. It has an effect only where some coordinates are known (`-known`), with the
	// solver ancestral.
	RePaint guidance.RePaintOptions `yaml:"repaint"`
}

// Validate returns a *choice.FieldError for an invalid value.
func (s Sample) Validate() error {
	if err := s.Options.Validate(); err != nil {
		return err
	}
	if err := s.Guidance.Validate(); err != nil {
		return choice.Within("guidance", err)
	}
	return choice.Within("repaint", s.RePaint.Validate())
}

// Sources are the kinds of data.
func Sources() choice.Set[data.Options] {
	return append(append(toy.Distributions(), npy.Kind(), table.Kind()), append(images.Kinds(), data.ProgramKind())...)
}

// Codecs are the steps of an encoder that a checkpoint may name.
func Codecs() choice.Set[data.Codec] {
	return append(data.Codecs(), images.CodecKind(), choice.Entry[data.Codec]{
		Name: "mixed", Summary: "columns of several kinds", New: func() data.Codec { return mixed.New(mixed.Settings{}) },
	})
}

// Default is the S-curve tutorial's run, the same as the preset "scurve".
func Default() *Config {
	return &Config{
		Version:   Version,
		Name:      "scurve",
		Data:      data.Section{Source: Sources().Choose("s_curve")},
		Process:   diffusion.Processes().Choose("ddpm"),
		Objective: objective.Objectives().Choose("denoise"),
		Timesteps: diffusion.TimestepSamplers().Choose("paired"),
		Net:       nets.Architectures().Choose("mlp"),
		Optimizer: optim.DefaultOptions(),
		Train:     Train{Batch: 128, Epochs: 4000, LogEvery: 100, CheckpointEvery: 7900, KeepCheckpoints: 3, Previews: -1, Keep: KeepLast, Report: true},
		Sample:    Sample{Options: solver.DefaultOptions(), Guidance: guidance.DefaultOptions(), RePaint: guidance.DefaultRePaintOptions()},
	}
}

// The values of Train.Keep.
const (
	KeepLast = "last"
	KeepBest = "best"
)

// maxPreviews bounds the samples of a preview, which are all in one picture.
const maxPreviews = 10_000

// maxSteps bounds the steps of a run: random numbers are addressed by steps of 48 bits.
const maxSteps int64 = 1 << 48

// Steps is the number of steps in all, for that many rows of data. The error has the key train.epochs.
func (c *Config) Steps(rows int) (int64, error) {
	if c.Train.Steps > 0 {
		return c.Train.Steps, nil
	}
	steps := int64((rows-1)/c.Train.Batch + 1) // an epoch's last batch may be short
	if c.Train.Epochs == 0 {
		return stepsFor(rows), nil
	}
	if int64(c.Train.Epochs) > maxSteps/steps {
		return 0, choice.Wrong("train.epochs", "must give at most %d steps in all, got %d epochs of %d steps",
			maxSteps, c.Train.Epochs, steps)
	}
	return int64(c.Train.Epochs) * steps, nil
}

// Validate returns the first key that is wrong, in the order of the fields, as a *choice.FieldError.
func (c *Config) Validate() error {
	if err := strictyaml.Validate(c); err != nil {
		return err
	}
	return c.check()
}

// check holds what no section checks by itself.
func (c *Config) check() error {
	if c.Version != Version {
		return choice.Wrong("version", "must be %d, got %d", Version, c.Version)
	}
	if err := validateName(c.Name); err != nil {
		return choice.Wrong("name", "%w", err)
	}
	return c.together()
}

func validateName(name string) error {
	const first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
	switch {
	case name == "":
		return errors.New("must not be empty")
	case len(name) > 128:
		return fmt.Errorf("must have at most 128 characters, got %d", len(name))
	case strings.Trim(name, first+".-") != "":
		return fmt.Errorf("must consist of ASCII letters, digits, '.', '_' and '-', got %q", name)
	case strings.Trim(name[:1], first) != "":
		return fmt.Errorf("must not start with %q, got %q", name[0], name)
	}
	return nil
}

// Validate returns a *choice.FieldError for an invalid value.
func (t Train) Validate() error {
	switch {
	case t.Batch < 1:
		return choice.Wrong("batch", "must be at least 1, got %d", t.Batch)
	case t.Batch > 1<<24:
		return choice.Wrong("batch", "must be at most %d, got %d", 1<<24, t.Batch)
	case t.Epochs < 0:
		return choice.Wrong("epochs", "must be at least 1, or 0 for as many as suit the number of rows, got %d", t.Epochs)
	case t.Steps < 0 || t.Steps > maxSteps:
		return choice.Wrong("steps", "must be from 0 to %d, got %d", maxSteps, t.Steps)
	case t.LogEvery < 1:
		return choice.Wrong("log_every", "must be at least 1, got %d", t.LogEvery)
	case t.CheckpointEvery < 0:
		return choice.Wrong("checkpoint_every", "must be at least 0 (0: only at the end), got %d", t.CheckpointEvery)
	case t.KeepCheckpoints < 0:
		return choice.Wrong("keep_checkpoints", "must be at least 0 (0: all), got %d", t.KeepCheckpoints)
	case t.Previews < -1 || t.Previews > maxPreviews:
		return choice.Wrong("previews", "must be from 0 (none) to %d, or -1 for the usual number, got %d", maxPreviews, t.Previews)
	case t.EvaluateEvery < 0:
		return choice.Wrong("evaluate_every", "must be at least 0 (0: never), got %d", t.EvaluateEvery)
	case t.LabelDropout != 0 && !(t.LabelDropout >= 1e-6 && t.LabelDropout < 1):
		return choice.Wrong("label_dropout", "must be 0 (none), or at least 1e-6 and below 1, got %v", t.LabelDropout)
	}
	if err := choice.OneOf(t.Keep, KeepLast, KeepBest); err != nil {
		return choice.Wrong("keep", "%w", err)
	}
	if t.Keep == KeepBest && t.EvaluateEvery == 0 {
		return choice.Wrong("keep", "must be %s without evaluations, which find the best: set evaluate_every, or leave it at %s",
			KeepLast, KeepLast)
	}
	return nil
}
