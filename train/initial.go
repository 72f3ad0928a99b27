package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"euryale/choice"
	"euryale/diffusers"
	"euryale/nets"
	"euryale/run"
	"euryale/torchfile"
)

const initKey = "train.init"

// openInitial reads the weights that train.init names, in a checkpoint, the folder of a run, a file of PyTorch or a folder of
// diffusers, and returns what gives them to a Trainer; nil for none.
func openInitial(path string) (start func(*Trainer) error, err error) {
	switch {
	case path == "":
		return nil, nil
	case diffusers.Is(path):
		var m *diffusers.Model
		m, err = diffusers.Read(path)
		start = func(t *Trainer) error { return t.startForeign(m) }
	case torchfile.Is(path):
		var d *torchfile.StateDict
		d, err = torchfile.Read(path)
		start = func(t *Trainer) error { return t.startTorch(d) }
	case !exists(path):
		err = fmt.Errorf("there is no %s; give it a checkpoint, the folder of a run, a state dict of PyTorch or a folder of diffusers", path)
	default:
		var c *run.Checkpoint
		c, err = run.Folder(path).Open("")
		start = func(t *Trainer) error { return t.start(c) }
	}
	if err != nil {
		return nil, fmt.Errorf("train: %w", choice.Wrong(initKey, "cannot be used: %w", err))
	}
	return start, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// checkInitial returns an error if the first weights are those of the run that is overwritten: they would be gone.
func (o Options) checkInitial(path string) error {
	folder, err := filepath.EvalSymlinks(string(o.Folder))
	initial, failed := filepath.EvalSymlinks(path)
	if path == "" || !o.Overwrite || err != nil || failed != nil {
		return nil
	}
	if below, err := filepath.Rel(folder, initial); err != nil || !filepath.IsLocal(below) {
		return nil
	}
	return fmt.Errorf("train: %w", choice.Wrong(initKey, "is in %s, whose run would be overwritten; choose another folder", o.Folder))
}

// startFrom takes the weights that train.init names.
func (t *Trainer) startFrom(path string) error {
	start, err := openInitial(path)
	if err != nil || start == nil {
		return err
	}
	return start(t)
}

// startForeign is start for a folder of diffusers.
func (t *Trainer) startForeign(m *diffusers.Model) error {
	if err := m.Fits(t.net); err != nil {
		return fmt.Errorf("train: %w", choice.Wrong(initKey, "does not fit this net: %w", err))
	}
	copy(t.weights, m.Weights)
	copy(t.optimizer.Average(), t.weights)
	return nil
}

// startTorch is start for a file of PyTorch.
func (t *Trainer) startTorch(d *torchfile.StateDict) error {
	weights, err := d.Load(t.net)
	if err != nil {
		return fmt.Errorf("train: %w", choice.Wrong(initKey, "does not fit this net: %w", err))
	}
	copy(t.weights, weights)
	copy(t.optimizer.Average(), t.weights)
	t.notes = append(t.notes, d.Notes...)
	return nil
}

// start takes the weights, and nothing else, from a checkpoint: the averaged ones if it has them. They must fit by name and
// shape.
func (t *Trainer) start(c *run.Checkpoint) error {
	layout, _ := t.net.Layout()
	prefix, known := c.Weights(), map[string]bool{}
	for _, p := range layout {
		known[p.Name] = true
	}
	err := nets.LoadStateDict(layout, t.weights, func(name string, shape ...int) ([]float32, error) {
		return c.Tensor(prefix+name, shape...)
	})
	for _, tensor := range c.Tensors {
		if name, ok := strings.CutPrefix(tensor.Name, prefix); ok && !known[name] && err == nil {
			err = fmt.Errorf("checkpoint %s: tensor %q has shape %v, and this net has none of that name", c.Name, tensor.Name, tensor.Shape)
		}
	}
	if err != nil {
		return fmt.Errorf("train: %w", choice.Wrong(initKey, "does not fit this net: %w", err))
	}
	copy(t.optimizer.Average(), t.weights)
	for _, damage := range c.Skipped {
		t.notes = append(t.notes, damage.Error())
	}
	return nil
}
