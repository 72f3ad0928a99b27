package cli

import (
	"io"
	"os"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/model"
	"euryale/run"
)

// modelFlags are the flags that choose a trained model.
type modelFlags struct {
	flags      *flags
	folder     run.Folder // of the run; "" where a checkpoint file is given alone
	checkpoint string
	weights    string // rawWeights, averagedWeights, or "" for the averaged ones where there are any
}

// The values of -weights.
const (
	rawWeights      = "raw"
	averagedWeights = "averaged"
)

// declareWeights declares -weights.
func (m *modelFlags) declareWeights() {
	m.flags.StringVar(&m.weights, "weights", "", "the `weights` of a run with an average of them: averaged, or raw, as they were trained "+
		"(default: averaged where there are any)")
}

// newModelFlags declares -run and -checkpoint.
func newModelFlags(f *flags) *modelFlags {
	m := &modelFlags{flags: f}
	m.flags.declareLog()
	f.StringVar((*string)(&m.folder), "run", "", "the run `folder`")
	f.StringVar(&m.checkpoint, "checkpoint", "", "the `checkpoint` to open: a step, a file (-run may then be left out), or best, "+
		"the one that evaluations found best or else that with the lowest training loss (default: the newest, or with train.keep best the best)")
	return m
}

// check checks the flags before anything is opened.
func (m *modelFlags) check() error {
	ofRun := m.checkpoint == run.Best || strings.Trim(m.checkpoint, "0123456789") == ""
	switch {
	case m.flags.given("checkpoint") && m.checkpoint == "":
		return usage("-checkpoint is empty; give it a step, a file or best")
	case m.folder == "" && m.checkpoint == "":
		return usage("-run is missing; give it the folder of a run")
	case m.folder == "" && ofRun:
		return usagef("-checkpoint %s needs a run; give its folder with -run", m.checkpoint)
	}
	if info, err := os.Stat(string(m.folder)); err == nil && info.Mode().IsRegular() && m.checkpoint == "" {
		m.folder, m.checkpoint = "", string(m.folder) // -run FILE
	}
	if m.weights != "" {
		if err := choice.OneOf(m.weights, rawWeights, averagedWeights); err != nil {
			return usagef("-weights %v", err)
		}
	}
	return nil
}

// open opens the model, and names damaged checkpoints that were passed over.
func (m *modelFlags) open() (*model.Model, error) {
	opened, err := model.OpenAt(m.folder, m.checkpoint, model.Parts{Raw: m.weights == rawWeights})
	if err != nil {
		return nil, err
	}
	if m.weights == averagedWeights && !opened.Averaged {
		return nil, usage("-weights averaged: the run has no average of its weights; leave -weights out, or train with the transform ema")
	}
	warnSkipped(m.flags.console, opened)
	return opened, nil
}

// announceBest tells which checkpoint was opened, where it is the one that the run kept as its best.
func announceBest(c *console, m *model.Model) {
	if m.Best {
		c.note("checkpoint: step %s, the best by the evaluations of the run", grouped(int(m.Step)))
	}
}

// warnSkipped names the damaged checkpoints that a model was opened in place of.
func warnSkipped(c *console, m *model.Model) {
	for _, damage := range m.Skipped {
		c.warn("%s", plain(damage))
	}
}

// readConfig reads a configuration: a file, a preset, or standard input.
func readConfig(name string, overrides []string) (*configs.Config, error) {
	if name != standardStream {
		return configs.Load(name, overrides)
	}
	const input = "standard input"
	source, err := io.ReadAll(io.LimitReader(os.Stdin, strictyaml.DefaultMaxBytes+1)) // one more than may be decoded
	if err != nil {
		return nil, &configs.Error{Where: input, Message: "cannot be read: " + err.Error(), Err: err}
	}
	return configs.Decode(input, source, overrides)
}
