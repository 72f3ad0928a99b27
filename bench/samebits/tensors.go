package main

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"euryale/checkpoint"
)

// moved are the prefixes of tensors that have another name now.
var moved = []struct{ from, to string }{{"optim.m.", "optim.adam.m."}, {"optim.v.", "optim.adam.v."}}

// sameTensors compares the newest checkpoints of two runs: names, shapes and the bits of every number.
func sameTensors(old, present string) finding {
	a, err := tensors(old)
	if err != nil {
		return failure(err)
	}
	b, err := tensors(present)
	if err != nil {
		return failure(err)
	}
	var different []string
	names := slices.Sorted(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		x, inOld := a[name]
		y, inPresent := b[name]
		switch {
		case !inOld || !inPresent:
			different = append(different, name+" is in one only")
		case !slices.Equal(x.Shape, y.Shape):
			different = append(different, fmt.Sprintf("%s has the shapes %v and %v", name, x.Shape, y.Shape))
		case !slices.EqualFunc(x.Data, y.Data, sameBits):
			different = append(different, name)
		}
	}
	if len(different) > 0 {
		some := strings.Join(different[:min(3, len(different))], ", ")
		return finding{fmt.Sprintf("%d of %d differ: %s", len(different), len(names), some), true}
	}
	return finding{what: fmt.Sprintf("%d same", len(names))}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// tensors reads the newest checkpoint of a run, by the names that tensors have now.
func tensors(run string) (map[string]checkpoint.Tensor, error) {
	newest, err := checkpoint.Latest(filepath.Join(run, "checkpoints"))
	if err != nil {
		return nil, err
	}
	file, err := checkpoint.Read(newest.Path)
	if err != nil {
		return nil, err
	}
	all := map[string]checkpoint.Tensor{}
	for _, t := range file.Tensors {
		all[modern(t.Name)] = t
	}
	return all, nil
}

func modern(name string) string {
	for _, m := range moved {
		if rest, ok := strings.CutPrefix(name, m.from); ok {
			return m.to + rest
		}
	}
	return name
}
