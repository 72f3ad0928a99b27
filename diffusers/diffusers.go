// Package diffusers exchanges U-Nets with Hugging Face's diffusers, as the folder that the save_pretrained of its UNet2DModel
// writes: config.json, and the weights as a safetensors file.
//
//   - Write makes such a folder of a trained nets.UNet.
//   - Read opens one, also with the names that diffusers gave attention before version 0.15. A net that nets.UNet cannot be
//     is an error that names the key of config.json, its value and the one expected.
//   - Model.Fits compares it with the net of a configuration.
//
// Start reading at Read; config.go has config.json.
package diffusers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/checkpoint"
	"euryale/nets"
)

// The files of a folder.
const (
	ConfigName  = "config.json"
	WeightsName = "diffusion_pytorch_model.safetensors"
)

// Model is a U-Net with its weights.
type Model struct {
	Dir     string
	Net     *nets.Built // of a nets.UNet; its Spec has no Steps
	Weights []float32   // in the layout of Net

	config config
}

// Is reports whether a path is a folder of diffusers, rather than a run: one of its files is enough, as Read names the other.
func Is(dir string) bool {
	return slices.ContainsFunc([]string{ConfigName, WeightsName}, func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	})
}

// Read reads a folder. Errors name the file, and the key or the tensor.
func Read(dir string) (*Model, error) {
	m := &Model{Dir: dir}
	path := filepath.Join(dir, ConfigName)
	text, err := readConfig(path)
	if err != nil {
		return nil, fmt.Errorf("diffusers: %w", err)
	}
	if m.config, err = decode(text); err != nil {
		return nil, fmt.Errorf("diffusers: %s: %w", path, err)
	}
	net, spec, err := m.config.net()
	if err != nil {
		return nil, fmt.Errorf("diffusers: %s: %w", path, err)
	}
	if m.Net, err = nets.Build(net, spec); err != nil {
		return nil, fmt.Errorf("diffusers: %s: %w", path, err)
	}
	if err := m.readWeights(); err != nil {
		return nil, fmt.Errorf("diffusers: %w", err)
	}
	return m, nil
}

// readWeights reads the tensors, which must be those of the net.
func (m *Model) readWeights() error {
	path := filepath.Join(m.Dir, WeightsName)
	file, err := checkpoint.ReadForeign(path)
	if errors.Is(err, fs.ErrNotExist) {
		if other, _ := filepath.Glob(filepath.Join(m.Dir, "*.bin")); len(other) > 0 {
			return fmt.Errorf("%s is missing, and %s is a pickle, which is not read; in Python, save_pretrained(folder, "+
				"safe_serialization=True) writes the former", path, filepath.Base(other[0]))
		}
		return fmt.Errorf("%s is missing: %w", path, err)
	}
	if err != nil {
		return err
	}
	layout, size := m.Net.Layout()
	m.Weights = make([]float32, size)
	taken := map[string]bool{}
	err = nets.LoadStateDict(layout, m.Weights, func(name string, shape ...int) ([]float32, error) {
		found := name
		if old := oldName(name); old != name && !has(file, name) && has(file, old) {
			found = old
		}
		taken[found] = true
		return file.Tensor(found, shape...)
	})
	if err != nil {
		return err
	}
	for _, t := range file.Tensors {
		if !taken[t.Name] {
			return fmt.Errorf("%s: the net of %s has no tensor %q, of shape %v", path, ConfigName, t.Name, t.Shape)
		}
	}
	return nil
}

func has(file *checkpoint.File, name string) bool {
	return slices.ContainsFunc(file.Tensors, func(t checkpoint.Tensor) bool { return t.Name == name })
}

// oldName is the name of a tensor of attention before version 0.15 of diffusers; other names are as they are.
func oldName(name string) string {
	return strings.NewReplacer(".to_q.", ".query.", ".to_k.", ".key.", ".to_v.", ".value.", ".to_out.0.", ".proj_attn.").Replace(name)
}

// Write makes a folder of a net, which must be a nets.UNet, and its weights. The folder must be missing or empty.
func Write(dir string, b *nets.Built, weights []float32) (err error) {
	c, err := configOf(b)
	if err != nil {
		return fmt.Errorf("diffusers: %w", err)
	}
	layout, size := b.Layout()
	if len(weights) != size {
		return fmt.Errorf("diffusers: expected %d weights, got %d", size, len(weights))
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("diffusers: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("diffusers: the folder %s has files, and nothing is replaced; name a new or an empty folder", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("diffusers: %w", err)
	}
	file := checkpoint.File{Metadata: map[string]string{"format": "pt"}}
	for _, a := range nets.StateDict(layout, weights) {
		file.Tensors = append(file.Tensors, checkpoint.Tensor{Name: a.Name, Shape: a.Shape, Data: a.Data})
	}
	path := filepath.Join(dir, WeightsName)
	if err := checkpoint.WriteForeign(path, &file); err != nil {
		return fmt.Errorf("diffusers: %w", err)
	}
	if err := writeNew(filepath.Join(dir, ConfigName), c.encode()); err != nil {
		return errors.Join(fmt.Errorf("diffusers: %w", err), os.Remove(path))
	}
	return nil
}

// writeNew writes a file that does not exist yet.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// Fits returns an error unless the net computes what the folder's net does. It names the key of a configuration that makes the
// difference. The nets may be for images of different sizes.
func (m *Model) Fits(b *nets.Built) error {
	c, err := configOf(b)
	if err != nil {
		return err
	}
	theirs, ours := m.config.values(), c.values()
	for _, k := range compared {
		if theirs[k.key] != ours[k.key] {
			verb := "asks"
			if strings.Contains(k.ours, " and ") {
				verb = "ask"
			}
			return fmt.Errorf("%s %s for %s %s, and %s has %s", k.ours, verb, k.key, ours[k.key], filepath.Join(m.Dir, ConfigName), theirs[k.key])
		}
	}
	return nil
}
