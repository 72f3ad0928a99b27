package train

import (
	"fmt"
	"slices"
	"strconv"

	"euryale/checkpoint"
	"euryale/nets"
)

// The names of tensors and metadata in a checkpoint; docs/checkpoint.md lists them.
const (
	prefixModel = "model."
	prefixEMA   = "ema."
	prefixM     = "optim.m."
	prefixV     = "optim.v."
	metaConfig  = "config"
	metaStep    = "step"
	metaSeed    = "seed"
	metaEpoch   = "cursor.epoch"
	metaOffset  = "cursor.offset"
	// timestepState is a tensor of what the timesteps remember of the losses, where they do.
	timestepState = "timesteps.state"
)

// arrays are the flat memories that a checkpoint holds, under the prefix of their names.
func (t *Trainer) arrays() map[string][]float32 {
	all := map[string][]float32{prefixModel: t.weights, prefixM: t.adam.M, prefixV: t.adam.V}
	if t.average != nil {
		all[prefixEMA] = t.average.Average
	}
	return all
}

// Checkpoint returns all that the run needs to go on.
func (t *Trainer) Checkpoint() (*checkpoint.File, error) {
	config, err := t.config.YAML()
	if err != nil {
		return nil, err
	}
	cursor := t.loader.Cursor(t.step)
	f := &checkpoint.File{Metadata: map[string]string{
		metaConfig: string(config),
		metaStep:   strconv.FormatInt(t.step, 10),
		metaSeed:   strconv.FormatUint(t.config.Seed, 10),
		metaEpoch:  strconv.FormatInt(cursor.Epoch, 10),
		metaOffset: strconv.Itoa(cursor.Offset),
	}}
	layout, _ := t.net.Layout()
	for prefix, flat := range t.arrays() {
		for _, a := range nets.StateDict(layout, flat) {
			f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: prefix + a.Name, Shape: a.Shape, Data: a.Data})
		}
	}
	if state := t.timesteps.State(); len(state) > 0 {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: timestepState, Shape: []int{len(state)}, Data: state})
	}
	return f, nil
}

// Restore sets the run to the state of a checkpoint. After an error the Trainer is not usable.
func (t *Trainer) Restore(f *checkpoint.File) error {
	step, err := stepOf(f)
	if err != nil {
		return err
	}
	if seed := f.Metadata[metaSeed]; seed != strconv.FormatUint(t.config.Seed, 10) {
		return fmt.Errorf("checkpoint %s: made with seed %s, the run has %d", f.Name, seed, t.config.Seed)
	}
	cursor := t.loader.Cursor(step)
	if f.Metadata[metaEpoch] != strconv.FormatInt(cursor.Epoch, 10) || f.Metadata[metaOffset] != strconv.Itoa(cursor.Offset) {
		return fmt.Errorf("checkpoint %s: step %d stands at epoch %q, offset %q of its data; here it is epoch %d, offset %d",
			f.Name, step, f.Metadata[metaEpoch], f.Metadata[metaOffset], cursor.Epoch, cursor.Offset)
	}
	layout, _ := t.net.Layout()
	arrays := t.arrays()
	want, remembered := len(layout)*len(arrays), t.timesteps.State()
	if len(remembered) > 0 {
		want++
	}
	if len(f.Tensors) != want {
		return fmt.Errorf("checkpoint %s: holds %d tensors, a run of this configuration has %d", f.Name, len(f.Tensors), want)
	}
	for prefix, flat := range arrays {
		if err := loadArrays(f, prefix, layout, flat); err != nil {
			return err
		}
	}
	if len(remembered) > 0 {
		state, err := f.Tensor(timestepState, len(remembered))
		if err != nil {
			return err
		}
		if err := t.timesteps.Restore(state); err != nil {
			return fmt.Errorf("checkpoint %s: %w", f.Name, err)
		}
	}
	t.step = step
	return nil
}

func loadArrays(f *checkpoint.File, prefix string, layout []nets.Parameter, flat []float32) error {
	return nets.LoadStateDict(layout, flat, func(name string, shape ...int) ([]float32, error) {
		return f.Tensor(prefix+name, shape...)
	})
}

// hasEMA says whether a checkpoint holds averaged weights.
func hasEMA(f *checkpoint.File) bool {
	return slices.ContainsFunc(f.Tensors, func(t checkpoint.Tensor) bool {
		return len(t.Name) > len(prefixEMA) && t.Name[:len(prefixEMA)] == prefixEMA
	})
}

func stepOf(f *checkpoint.File) (int64, error) {
	step, err := strconv.ParseInt(f.Metadata[metaStep], 10, 64)
	if err != nil || step < 0 {
		return 0, fmt.Errorf("checkpoint %s: metadata %q is %q, expected the number of steps done", f.Name, metaStep, f.Metadata[metaStep])
	}
	return step, nil
}
