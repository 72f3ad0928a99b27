package train

import (
	"fmt"
	"path/filepath"
	"strings"

	"euryale/choice"
	"euryale/nets"
	"euryale/run"
)

const initKey = "train.init"

// openInitial reads the checkpoint that train.init names, a file or the folder of a run; nil for none.
func openInitial(path string) (*run.Checkpoint, error) {
	if path == "" {
		return nil, nil
	}
	c, err := run.Folder(path).Open("")
	if err != nil {
		return nil, fmt.Errorf("train: %w", choice.Wrong(initKey, "cannot be used: %w", err))
	}
	return c, nil
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

// startFrom is start for a path.
func (t *Trainer) startFrom(path string) error {
	c, err := openInitial(path)
	if err != nil || c == nil {
		return err
	}
	return t.start(c)
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
