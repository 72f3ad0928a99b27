package train

import (
	"fmt"
	"maps"
	"slices"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/data"
	"euryale/kernel"
	"euryale/nets"
	"euryale/run"
)

// timestepState is the tensor of the losses that a timestep sampler remembers, if it does.
const timestepState = "timesteps.state"

// arrays are the flat arrays that a checkpoint holds, by the prefix of their names.
func (t *Trainer) arrays() map[string][]float32 {
	all := map[string][]float32{run.ModelPrefix: t.weights}
	for _, a := range t.optimizer.State() {
		all[a.Prefix] = a.Data
	}
	return all
}

// Weights are those that a checkpoint has under the names with this prefix, run.ModelPrefix or run.AveragePrefix, in the layout
// of the net; nil if there are none. They are the Trainer's: good until the next step, and not to be changed.
func (t *Trainer) Weights(prefix string) []float32 { return t.arrays()[prefix] }

// Scratch is memory of each worker that a step uses and that is free for other uses until the next step; nil where there is none to
// speak of.
func (t *Trainer) Scratch() []*kernel.Scratch {
	if t.chunked == nil {
		return nil
	}
	var all []*kernel.Scratch
	for i, p := range t.chunked.programs {
		all = append(all, kernel.NewScratch(p.Scratch(), &t.workspaces[i]))
	}
	return all
}

// NotFiniteError means that weights or averages hold NaN or infinity. The loss need not show it: the batch may not use the
// weight.
type NotFiniteError struct {
	Tensor string // one with such a number
	Step   int64
}

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("train: step %d: the tensor %q holds a number that is not finite, so no checkpoint of this step is written; "+
		"a lower optimizer.learning_rate helps, or a larger epsilon of the optimizer's transform", e.Step, e.Tensor)
}

// Checkpoint returns all that the run needs to go on, and that a model needs to be opened without its data. Weights or
// averages that are not finite are a NotFiniteError. Its tensors are those of the Trainer: it is good until the next step.
func (t *Trainer) Checkpoint() (*checkpoint.File, error) {
	cursor := t.loader.Cursor(t.step)
	c := run.Checkpoint{
		File: &checkpoint.File{}, Config: &t.config,
		Step: t.step, Seed: t.config.Seed, Epoch: cursor.Epoch, Offset: cursor.Offset,
	}
	if err := c.Encode(); err != nil {
		return nil, err
	}
	c.Metadata[run.DataChecksum] = t.checksum
	for _, part := range []checkpoint.Stateful{&t.schema, t.encoder} {
		if err := part.SaveState(c.File); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	layout, _ := t.net.Layout()
	for prefix, flat := range t.arrays() {
		for _, p := range layout {
			used := prefix == run.ModelPrefix || prefix == run.AveragePrefix
			if used && slices.ContainsFunc(flat[p.Offset:p.Offset+p.Size()], func(v float32) bool { return !finite(float64(v)) }) {
				return nil, &NotFiniteError{Tensor: prefix + p.Name, Step: t.step}
			}
			c.Tensors = append(c.Tensors, checkpoint.Tensor{
				Name: prefix + p.Name, Shape: nets.StateShape(p), Fill: func(data []float32) { nets.FillState(p, data, flat) },
			})
		}
	}
	if state := t.timesteps.State(); len(state) > 0 {
		c.Tensors = append(c.Tensors, checkpoint.Tensor{Name: timestepState, Shape: []int{len(state)}, Data: state})
	}
	return c.File, nil
}

// Restore sets the run to the state of a checkpoint. After an error the Trainer is not usable.
func (t *Trainer) Restore(c *run.Checkpoint) error {
	if c.Seed != t.config.Seed {
		return fmt.Errorf("checkpoint %s: made with seed %d, the run has %d", c.Name, c.Seed, t.config.Seed)
	}
	if err := t.checkData(c); err != nil {
		return err
	}
	cursor := t.loader.Cursor(c.Step)
	if c.Epoch != cursor.Epoch || c.Offset != cursor.Offset {
		return fmt.Errorf("checkpoint %s: step %d stands at epoch %d, offset %d of its data; here it is epoch %d, offset %d",
			c.Name, c.Step, c.Epoch, c.Offset, cursor.Epoch, cursor.Offset)
	}
	layout, _ := t.net.Layout()
	arrays, remembered := t.arrays(), t.timesteps.State()
	want := len(layout) * len(arrays)
	if len(remembered) > 0 {
		want++
	}
	if len(c.Tensors) != want {
		return fmt.Errorf("checkpoint %s: holds %d tensors, a run of this configuration has %d", c.Name, len(c.Tensors), want)
	}
	for prefix, flat := range arrays {
		err := nets.LoadStateDict(layout, flat, func(name string, shape ...int) ([]float32, error) {
			return c.Tensor(prefix+name, shape...)
		})
		if err != nil {
			return err
		}
	}
	if len(remembered) > 0 {
		state, err := c.Tensor(timestepState, len(remembered))
		if err != nil {
			return err
		}
		if err := t.timesteps.Restore(state); err != nil {
			return fmt.Errorf("checkpoint %s: %w", c.Name, err)
		}
	}
	t.step = c.Step
	return nil
}

// checkData refuses a checkpoint of a run on other rows, or on rows with another meaning. One of version 1 records neither.
func (t *Trainer) checkData(c *run.Checkpoint) error {
	if c.Old() {
		return nil
	}
	changed := c.Metadata[run.DataChecksum] != t.checksum
	// Standardized rows are the same after a change of units, but their encoder is not.
	now := new(checkpoint.File)
	for _, part := range []checkpoint.Stateful{&t.schema, t.encoder} {
		if err := part.SaveState(now); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	encoder, err := data.LoadEncoder(c.File, configs.Codecs())
	if err != nil {
		return err
	}
	was := &checkpoint.File{Metadata: maps.Clone(c.Metadata)}
	if err := encoder.SaveState(was); err != nil { // under the names that steps have now
		return fmt.Errorf("train: %w", err)
	}
	for key, state := range now.Metadata {
		changed = changed || was.Metadata[key] != state
	}
	if changed {
		return fmt.Errorf("checkpoint %s: the rows of the data have changed since the run began, so it cannot go on with them", c.Name)
	}
	return nil
}
