package onnx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"euryale/choice"
	"euryale/configs"
	"euryale/diffusion/unroll"
	"euryale/model"
)

// Sampler is a model of all of sampling, from noise to data in its own units, by a solver that draws no noise and takes a fixed
// number of steps. Its inputs are
//
//	noise  float32 [N, channels, height, width] or [N, dim], independent numbers from N(0, 1)
//	label  int64 [N], the class of each sample or −1 for none; only of nets that take labels
//
// and its outputs
//
//	samples  float32 [N, dim]; of images uint8 [N, height, width, channels]
//	encoded  of images, float32 of the shape of noise: the images before they are rounded to whole numbers
//
// The solver, its steps, the bound on x_0 and the guidance are those of sampling; sampling.Guidance.Label has no effect. Rows of
// tables, which no operator of ONNX decodes, are an error; so are solvers that draw noise, and a start other than the prior.
func Sampler(ctx context.Context, m *model.Model, sampling configs.Sample, o Options) ([]byte, error) {
	normalization := normalizationOf(m)
	if m.Denoises() && normalization.Kind == kindTable {
		return nil, errors.New("onnx: the sampler of a table cannot be exported: its rows have categories, quantiles or formats, which no " +
			"operator of ONNX decodes; export the net instead (-graph net), or draw rows with euryale sample")
	}
	u, err := m.Unroll(ctx, sampling)
	if err != nil {
		return nil, err
	}
	net, weights := m.Net()
	g := NewGraph("sampler of "+m.Config.Name, outputSamples, outputEncoded)
	shape := shapeOf(m)
	s := &unrolled{Graph: g, model: m, Unrolled: u, noise: g.Input(inputNoise, "independent numbers from N(0, 1)", Float32, shape...)}
	if m.TakesLabels() {
		s.label = g.Input(inputLabel, aboutLabel, Int64)
	}
	if s.net, err = g.addNet(net, weights); err != nil {
		return nil, err
	}
	x, err := s.run()
	if err != nil {
		return nil, err
	}
	samples, element, decodedShape := g.decode(normalization, x, shape)
	g.Output(outputSamples, "samples in the units of the data", samples, element, decodedShape...)
	if m.Image() != nil {
		g.Output(outputEncoded, "the images as the net sees them", x, Float32, shape...)
	}
	properties, err := s.describe(sampling, o)
	if err != nil {
		return nil, err
	}
	return g.Model(Header{
		Version: o.Version, Step: m.Step, Properties: properties,
		About: fmt.Sprintf("Samples of the run %s from noise, by %s with %d evaluations of the net", m.Config.Name,
			sampling.Solver.Name(), u.Evaluations),
	})
}

// unrolled is a sampler that becomes nodes.
type unrolled struct {
	*Graph
	*model.Unrolled
	model        *model.Model
	net          *applied
	noise, label string
	values       []string
}

// maxNodes bounds a graph: runtimes take minutes to load a larger one.
const maxNodes = 200_000

// run adds all values of the program, and returns the samples.
func (s *unrolled) run() (string, error) {
	step, evaluations := 0, 0
	for _, v := range s.Values {
		switch v.Kind {
		case unroll.Start:
			s.values = append(s.values, s.times("start", s.noise, float32(s.Start)))
		case unroll.Sum:
			s.prefix = fmt.Sprintf("step%d/", step)
			s.values = append(s.values, s.sum("x", v.Terms))
			step++
		case unroll.Net:
			evaluations++
			y, err := s.evaluate(step, v)
			if err != nil {
				return "", err
			}
			s.values = append(s.values, y)
			if len(s.nodes) > maxNodes {
				return "", choice.Wrong("sample.steps", "must be fewer to be written out: the net is to be evaluated %d times, and the graph has "+
					"%d nodes, the most that there may be, before evaluation %d", s.Evaluations, maxNodes, evaluations)
			}
		case unroll.Bound:
			s.prefix = fmt.Sprintf("step%d/", step)
			s.values = append(s.values, s.bound(s.sum("x0", v.Terms)))
		}
	}
	s.prefix = ""
	return s.values[s.Result], nil
}

// evaluate is the prediction of a net.
func (s *unrolled) evaluate(step int, v unroll.Value) (string, error) {
	s.prefix = fmt.Sprintf("step%d/", step)
	in := Inputs{X: s.sum("input", v.Terms), At: s.model.Process().NetworkTime(v.Time)}
	part := "net/"
	if v.Net == 0 {
		in.Label = s.label
	} else {
		part = "unconditional/"
	}
	y, err := s.net.evaluate(s.prefix+part, in)
	if err != nil {
		return "", err
	}
	s.prefix = fmt.Sprintf("step%d/", step)
	return s.outputPart(s.model, y, s.net.net.Output.Shape(), 0), nil
}

// times is a value times a number.
func (s *unrolled) times(name, x string, factor float32) string {
	if factor == 1 {
		return x
	}
	return s.binary("Mul", name, x, s.scalar(factor))
}

// sum adds up the terms of a value, in their order.
func (s *unrolled) sum(name string, terms []unroll.Term) string {
	sum := ""
	for _, term := range terms {
		x := s.times(name+"/part", s.values[term.Of], term.Factor)
		if sum != "" {
			x = s.binary("Add", name, sum, x)
		}
		sum = x
	}
	if sum == "" {
		return s.times(name, s.values[0], 0)
	}
	return sum
}

// bound clips x_0 to ±Limit; with a Percentile, to ±s, where s is that of the row's magnitudes, but at least Limit, and
// multiplies it by Limit/s.
func (s *unrolled) bound(x string) string {
	const name = "bound"
	limit := float32(s.Bound.Limit)
	if s.Bound.Percentile == 0 {
		return s.Node("Clip", name, []string{x, s.scalar(-limit), s.scalar(limit)})
	}
	dim := s.model.Dim()
	magnitudes := s.Node("Abs", name, []string{s.reshaped(name, x, -1, dim)})
	sorted := s.unique(s.prefix + name + "/sorted")
	s.add("TopK", []string{sorted, s.unique(sorted + "/places")}, []string{magnitudes, s.whole(dim)},
		[]Attribute{Int("axis", 1), Int("largest", 0), Int("sorted", 1)})
	place := s.Bound.Percentile * float64(dim-1) // between order statistics, as solver.Bound
	below := int(place)
	low := s.part(name+"/below", sorted, below, 1)
	high := s.part(name+"/above", sorted, min(below+1, dim-1), 1)
	share := s.times(name+"/share", s.binary("Sub", name+"/share", high, low), float32(place-float64(below)))
	size := s.binary("Max", name+"/size", s.binary("Add", name+"/size", low, share), s.scalar(limit)) // [N, 1]
	if len(s.model.Encoder.Shape()) == 3 {
		size = s.reshaped(name, size, -1, 1, 1, 1)
	}
	x = s.binary("Max", name, s.binary("Min", name, x, size), s.Node("Neg", name+"/size", []string{size}))
	return s.binary("Mul", name, x, s.binary("Div", name+"/scale", s.scalar(limit), size))
}

// describe is the metadata.
func (s *unrolled) describe(sampling configs.Sample, o Options) ([]Property, error) {
	list, err := describe(s.model, o, "sampler")
	if err != nil {
		return nil, err
	}
	c := *s.model.Config
	c.Sample = sampling
	sample, err := section(&c, "sample")
	if err != nil {
		return nil, err
	}
	times, err := json.Marshal(s.Times)
	if err != nil {
		return nil, fmt.Errorf("onnx: the times: %w", err)
	}
	evaluations := strconv.Itoa(s.Evaluations)
	return append(list, Property{"sample", sample}, Property{"times", string(times)}, Property{"evaluations", evaluations}), nil
}
