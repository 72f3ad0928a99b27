package torchfile

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"euryale/nets"
)

// wrappers are what wrapping a net puts before all of its names: a module that holds it, DataParallel, torch.compile.
var wrappers = []string{"model.", "module.", "_orig_mod."}

// Load returns the weights of a net, in its layout: every parameter by name and shape, and no other tensor of floats. A prefix of
// wrappers that all names share is passed over, and so are tensors of integers, which are no weights. The error lists all that
// does not fit.
func (d *StateDict) Load(b *nets.Built) ([]float32, error) {
	layout, size := b.Layout()
	want, fixed := map[string][]int{}, constants(b)
	for _, p := range layout {
		want[p.Name] = nets.StateShape(p)
	}
	for name, a := range fixed {
		want[name] = a.Shape
	}
	tensors, ignored := unwrapped(d.tensors, want), []string(nil)
	var m misfit
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		shape, known := want[name]
		switch {
		case known && !isFloat(t.dtype):
			m.shapes = append(m.shapes, fmt.Sprintf("%q is of the dtype %s, expected floats", name, t.dtype))
		case known && !slices.Equal(shape, t.shape):
			m.shapes = append(m.shapes, fmt.Sprintf("%q has shape %v, expected %v", name, t.shape, shape))
		case known:
		case isFloat(t.dtype):
			m.unknown = append(m.unknown, fmt.Sprintf("%q %v", name, t.shape))
		default:
			ignored = append(ignored, fmt.Sprintf("%q of %s", name, t.dtype))
		}
	}
	for _, p := range layout {
		if _, ok := tensors[p.Name]; !ok {
			m.missing = append(m.missing, fmt.Sprintf("%q %v", p.Name, want[p.Name]))
		}
	}
	if err := m.err(d.Path); err != nil {
		return nil, err
	}
	if len(ignored) > 0 {
		d.note("%s: tensors that are no weights are passed over: %s", d.Path, first(ignored))
	}
	weights := make([]float32, size)
	return weights, d.read(b, tensors, fixed, weights)
}

func (d *StateDict) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

// read fills the weights.
func (d *StateDict) read(b *nets.Built, tensors map[string]tensor, fixed map[string]nets.Array, weights []float32) error {
	file, err := os.Open(d.Path)
	if err != nil {
		return fmt.Errorf("torchfile: %w", err)
	}
	defer file.Close()
	rounded := 0
	read := func(name string, _ ...int) ([]float32, error) {
		data, r, err := tensors[name].read(file)
		if err != nil {
			return nil, fmt.Errorf("torchfile: %s: tensor %q: %w", d.Path, name, err)
		}
		if r {
			rounded++
		}
		return data, nil
	}
	for name, want := range fixed {
		if _, ok := tensors[name]; !ok {
			continue
		}
		data, err := read(name)
		if err != nil {
			return err
		}
		for i, v := range data {
			if math.Abs(float64(v-want.Data[i])) > 1e-3 { // half-precision numbers up to 1
				return fmt.Errorf("torchfile: %s: number %d of %q is %v, and this net has always %v there", d.Path, i, name, v, want.Data[i])
			}
		}
	}
	layout, _ := b.Layout()
	if err := nets.LoadStateDict(layout, weights, read); err != nil {
		return err
	}
	if rounded > 0 {
		d.note("%s: numbers of float64 in %d tensors are rounded to float32", d.Path, rounded)
	}
	return nil
}

// unwrapped are the tensors without a prefix that all share, as long as the names that are wanted do not begin with it.
func unwrapped(tensors map[string]tensor, want map[string][]int) map[string]tensor {
	for again := true; again; {
		again = false
		for _, prefix := range wrappers {
			if len(tensors) == 0 || !all(tensors, prefix) || all(want, prefix) {
				continue
			}
			shorter := map[string]tensor{}
			for name, t := range tensors {
				shorter[strings.TrimPrefix(name, prefix)] = t
			}
			tensors, again = shorter, true
		}
	}
	return tensors
}

// all reports whether all names begin with a prefix, and go on after it.
func all[T any](names map[string]T, prefix string) bool {
	for name := range names {
		if rest, ok := strings.CutPrefix(name, prefix); !ok || rest == "" {
			return false
		}
	}
	return true
}

// misfit is what does not fit a net.
type misfit struct{ missing, unknown, shapes []string }

// listed is how many names an error lists of a kind.
const listed = 3

func first(list []string) string {
	if len(list) <= listed {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:listed], ", "), len(list)-listed)
}

func (m misfit) err(path string) error {
	var parts []string
	for _, kind := range []struct {
		list []string
		what string
	}{{m.missing, "lacks "}, {m.unknown, "has, and this net has not, "}, {m.shapes, ""}} {
		if len(kind.list) > 0 {
			parts = append(parts, kind.what+first(kind.list))
		}
	}
	if parts == nil {
		return nil
	}
	mend := "choose the size of the net as it was"
	if len(m.missing)+len(m.unknown) > 0 {
		mend = "names must be those that `euryale export -format torch` writes of such a net"
	}
	return fmt.Errorf("torchfile: %s: %s; %s", path, strings.Join(parts, "; "), mend)
}
