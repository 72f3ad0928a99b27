package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/model"
	"euryale/onnx"
	"euryale/train"
)

// The graphs of -graph.
const (
	graphNet     = "net"
	graphSampler = "sampler"
)

// onnxExport is the format onnx with its flags.
type onnxExport struct {
	graph    string
	sampling *sampling
}

func exportONNX(f *flags) exporter {
	e := &onnxExport{}
	f.StringVar(&e.graph, "graph", graphNet, "what to write with -format onnx, by `name`: net, one evaluation of the net; or sampler, all of "+
		"sampling from noise to data, by a solver that draws no noise, with the flags below")
	e.sampling = newSampling(f)
	return exporter{check: e.check, write: e.write}
}

// check checks the flags before anything is opened.
func (e *onnxExport) check() error {
	names := e.sampling.names()
	switch {
	case !slices.Contains([]string{graphNet, graphSampler}, e.graph):
		return usagef("-graph %v", choice.OneOf(e.graph, graphNet, graphSampler))
	case e.graph == graphNet && len(names) > 0:
		return usagef("%s is for -graph sampler, and has no effect on a graph of the net alone", names[0])
	case e.sampling.classifier != "":
		return usage("-classifier: guidance by a classifier needs the gradient of its net, which a graph does not have; -guidance " +
			"guides by the labels of the net itself")
	case e.sampling.flags.given("label"):
		return usage("-label has no effect: the label is an input of the graph, so that one graph draws every class")
	case e.sampling.sets("repaint"):
		return usage("-set repaint has no effect on a graph: RePaint inpaints around what is known, which a graph has no input for")
	}
	return nil
}

func (e *onnxExport) write(ctx context.Context, m *model.Model, to string) (use string, err error) {
	o := onnx.Options{Version: train.Here().Version}
	var content []byte
	if e.graph == graphNet {
		content, err = onnx.Net(m, o)
	} else {
		var chosen configs.Sample
		if chosen, err = e.chosen(m); err == nil {
			content, err = onnx.Sampler(ctx, m, chosen, o)
		}
	}
	if wrong := (*choice.FieldError)(nil); errors.As(err, &wrong) {
		return "", usage(e.flagged(wrong))
	}
	if err != nil {
		return "", err
	}
	inputs := map[string]string{graphNet: "x, t", graphSampler: "noise"}[e.graph]
	if m.TakesLabels() {
		inputs += ", label"
	}
	return fmt.Sprintf("in Python: onnxruntime.InferenceSession(%q), with the inputs %s", to, inputs), onnx.Write(to, content)
}

// chosen is how samples are drawn.
func (e *onnxExport) chosen(m *model.Model) (configs.Sample, error) {
	s := e.sampling
	config, err := m.Config.With(s.overrides())
	if err != nil {
		return configs.Sample{}, err
	}
	r := m.Request(1)
	r.Sampling = config.Sample
	r.Sampling.Guidance.Label = -1
	if m.TakesLabels() {
		r.Sampling.Guidance.Label = 0 // the label is an input of the graph; this one stands for all
	}
	if s.flags.given("guidance") {
		r.Sampling.Guidance.Weight = s.guidance
	}
	return r.Sampling, s.checkEffect(m, &r)
}

// flagged is an error of a key of the section sample, with the flag that sets it.
func (e *onnxExport) flagged(wrong *choice.FieldError) string {
	text := plain(wrong)
	key := strings.TrimPrefix(wrong.Key, "sample.")
	for _, shortcut := range shortcuts {
		if shortcut.key == key {
			return fmt.Sprintf("%s (-%s)", text, shortcut.flag)
		}
	}
	return text
}
