package model

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"

	"euryale/eager"
	"euryale/kernel"
	"euryale/ops"
	"euryale/parallel"
)

// Features are what a classifier makes of rows.
type Features struct {
	Width          int       // features of a row
	Values         []float32 // [rows, Width]
	Classes        int
	LogProbability []float32 // [rows, Classes], ln p(class | row)
}

// featureRows is how many rows a worker takes at once. Results do not depend on it.
const featureRows = 64

// CheckFeatures returns an error unless the model is a classifier with features.
func (m *Model) CheckFeatures() error {
	_, err := m.newFeaturer()
	return err
}

// Features runs a classifier on encoded rows [rows, Dim] at the first time of its process, where noise is least: its features,
// the layer before the last one, and its answer. 0 workers: GOMAXPROCS. The error of a net without features names one with.
func (m *Model) Features(ctx context.Context, x []float32, workers int) (*Features, error) {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	team := make([]*featurer, workers)
	for i := range team {
		var err error
		if team[i], err = m.newFeaturer(); err != nil {
			return nil, err
		}
	}
	dim := m.Dim()
	n, f := len(x)/dim, &Features{Width: team[0].width, Classes: len(m.Schema.Classes)}
	f.Values, f.LogProbability = make([]float32, n*f.Width), make([]float32, n*f.Classes)
	threads := parallel.New(workers)
	defer threads.Close()
	var next parallel.Counter
	threads.Run(func(worker int) {
		for lo := next.Next() * featureRows; lo < n && ctx.Err() == nil; lo = next.Next() * featureRows {
			hi := min(lo+featureRows, n)
			team[worker].run(f.Values[lo*f.Width:hi*f.Width], f.LogProbability[lo*f.Classes:hi*f.Classes], x[lo*dim:hi*dim])
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, interrupted(err, err, 0, n)
	}
	return f, nil
}

// featurer runs a classifier up to its features, and its last layer, for one goroutine.
type featurer struct {
	machine   *eager.Machine
	condition eager.Condition
	scale     float32 // of the input
	width     int
	weights   kernel.Matrix // [width, classes]
	bias      []float32
	ws        kernel.Workspace
	input     []float32
}

func (m *Model) newFeaturer() (*featurer, error) {
	if m.Denoises() {
		return nil, fmt.Errorf("model: the run %s holds a denoiser, expected a classifier", m.Config.Name)
	}
	node := m.net.Features
	last, ok := m.net.Output.Op.(ops.Linear)
	if node == nil || !ok || last.X != node || last.Bias == nil || last.Table != nil || last.Add != nil || last.ReLU {
		return nil, fmt.Errorf("model: the net %s of the run %s has no layer of features before its last one: train a classifier with "+
			"net.name unet_classifier", m.Config.Net.Name(), m.Config.Name)
	}
	net, err := m.net.WithOutput(node)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	f := &featurer{width: node.Size()}
	if f.machine, err = eager.New(net, m.weights); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	_, first, _ := m.process.Span()
	f.condition = eager.Condition{Time: m.process.NetworkTime(first), Label: -1}
	q := m.objective.Parameterization()
	f.scale = float32(q.InputScale(m.process.Marginal(first)))
	f.weights = kernel.View(m.parameter(last.Weight), f.width, m.net.Output.Size())
	f.bias = m.parameter(last.Bias)
	return f, nil
}

// parameter are the numbers of a parameter of the net.
func (m *Model) parameter(node *ops.Node) []float32 {
	layout, _ := m.net.Layout()
	for _, p := range layout {
		if p.Name == node.Name {
			return m.weights[p.Offset : p.Offset+p.Size()]
		}
	}
	return nil
}

// run fills the features and the log-probabilities of rows.
func (f *featurer) run(features, answer, x []float32) {
	if f.scale != 1 {
		f.input = append(f.input[:0], x...)
		for i := range f.input {
			f.input[i] *= f.scale
		}
		x = f.input
	}
	f.machine.Run(features, x, f.condition)
	rows, classes := len(features)/f.width, len(f.bias)
	kernel.MatMul(&f.ws, kernel.View(answer, rows, classes), kernel.View(features, rows, f.width), f.weights,
		&kernel.Epilogue{Bias: f.bias})
	for lo := 0; lo < len(answer); lo += classes {
		row := answer[lo : lo+classes]
		normalizer := ops.LogSumExp(row)
		for j, v := range row {
			row[j] = float32(float64(v) - normalizer)
		}
	}
}

// WeightsChecksum is the SHA-256 of the weights in use, as little-endian float32 in the order of the net's parameters.
func (m *Model) WeightsChecksum() string {
	sum := sha256.New()
	var word [4]byte
	for _, w := range m.weights {
		binary.LittleEndian.PutUint32(word[:], math.Float32bits(w))
		sum.Write(word[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}
