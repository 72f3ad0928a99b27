package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"euryale/configs"
	"euryale/nets"
)

// findNode looks for onnxruntime-node, whose package holds all that a processor needs.
func (e *environment) findNode(ctx context.Context) {
	folder := os.Getenv("EURYALE_ONNXRUNTIME")
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			e.skip("onnxruntime: %v", err)
			return
		}
		folder = filepath.Join(cache, "euryale-bench")
	}
	modules := filepath.Join(folder, "node_modules")
	c := exec.CommandContext(ctx, "node", "-p", `require("onnxruntime-node").env.versions.node`)
	c.Env = append(os.Environ(), "NODE_PATH="+modules)
	version, err := c.Output()
	if err != nil {
		e.skip("onnxruntime: to have it, with Node.js: npm install --ignore-scripts --prefix %s onnxruntime-node "+
			"(EURYALE_ONNXRUNTIME names another folder)", folder)
		return
	}
	e.node, e.modules, e.onnx = "node", modules, strings.TrimSpace(string(version))
	if err := e.writeONNX(); err != nil {
		e.node = ""
		e.skip("onnxruntime: %v", err)
	}
}

// writeONNX writes the S-curve's net with its initial weights.
func (e *environment) writeONNX() error {
	c := configs.Default()
	process, err := c.Process.Kind.New()
	if err != nil {
		return err
	}
	const dim = 2 // of the S-curve
	spec := nets.Spec{Sample: []int{dim}, Outputs: dim, Steps: process.Steps()}
	mlp, err := c.Net.Kind.New(spec)
	if err != nil {
		return err
	}
	net, err := nets.Build(mlp, spec)
	if err != nil {
		return err
	}
	layout, _ := net.Layout()
	flat := net.Init(c.Seed)
	layers := make([]onnxLayer, (len(layout)+1)/3) // hidden layers have a weight, a bias and a table, the last no table
	for _, p := range layout {
		data := flat[p.Offset : p.Offset+p.Size()]
		var l int
		switch {
		case matches(p.Name, "linears.%d.weight", &l):
			layers[l/2].weight, layers[l/2].in, layers[l/2].out = data, p.Shape[0], p.Shape[1]
		case matches(p.Name, "linears.%d.bias", &l):
			layers[l/2].bias = data
		case matches(p.Name, "step_embeddings.%d.weight", &l):
			layers[l].table = data
		default:
			return fmt.Errorf("no place for %s in the ONNX model", p.Name)
		}
	}
	return os.WriteFile(e.modelPath(), onnxStep(layers, process.Steps()), 0o644)
}

func (e *environment) modelPath() string { return filepath.Join(e.scratch, "step.onnx") }

func matches(name, format string, l *int) bool {
	n, err := fmt.Sscanf(name, format, l)
	return n == 1 && err == nil && fmt.Sprintf(format, *l) == name
}

func (e *environment) onnxruntime() contender {
	if e.node == "" {
		return contender{}
	}
	fixed := []setting{{environment: []string{"NODE_PATH=" + e.modules}, arguments: []string{"--threads", "2", "--model", e.modelPath()}}}
	return program(onnxruntime, e.node, filepath.Join(e.programs, "onnxruntime.js")).with(fixed).chunked()
}

// message is a message of protocol buffers in the making; only what an ONNX model needs
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto gives the numbers of the fields).
type message []byte

func (m *message) key(field, wireType int) { *m = binary.AppendUvarint(*m, uint64(field<<3|wireType)) }

func (m *message) integer(field int, v uint64) {
	m.key(field, 0)
	*m = binary.AppendUvarint(*m, v)
}

func (m *message) bytes(field int, v []byte) {
	m.key(field, 2)
	*m = binary.AppendUvarint(*m, uint64(len(v)))
	*m = append(*m, v...)
}

func (m *message) text(field int, v string) { m.bytes(field, []byte(v)) }

// ONNX's numbers of element types.
const (
	onnxFloat = 1
	onnxInt64 = 7
)

// tensor is a TensorProto of float32.
func tensor(name string, shape []int, data []float32) (m message) {
	for _, n := range shape {
		m.integer(1, uint64(n))
	}
	m.integer(2, onnxFloat)
	m.text(8, name)
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	m.bytes(9, raw)
	return m
}

// value is a ValueInfoProto; a dimension of 0 may be any.
func value(name string, elementType int, shape ...int) (m message) {
	var dims, of, kind message
	for _, n := range shape {
		var dim message
		if n > 0 {
			dim.integer(1, uint64(n))
		} else {
			dim.text(2, "rows")
		}
		dims.bytes(1, dim)
	}
	of.integer(1, uint64(elementType))
	of.bytes(2, dims)
	kind.bytes(1, of)
	m.text(1, name)
	m.bytes(2, kind)
	return m
}

func node(operator, output string, inputs ...string) (m message) {
	for _, input := range inputs {
		m.text(1, input)
	}
	m.text(2, output)
	m.text(3, output)
	m.text(4, operator)
	return m
}

// onnxLayer is a linear layer of the denoiser; table is nil for the output layer.
type onnxLayer struct {
	in, out             int
	weight, bias, table []float32 // [in, out], [out], [timesteps, out]
}

// onnxStep is the model of one reverse step, y = a·x + b·net(x, t) + c·z with z from N(0, I), for any number of rows
// that share t.
func onnxStep(layers []onnxLayer, timesteps int) []byte {
	var graph, model, opset message
	h := "x"
	for l, layer := range layers {
		name := func(s string) string { return s + string(rune('0'+l)) }
		graph.bytes(5, tensor(name("weight"), []int{layer.in, layer.out}, layer.weight))
		graph.bytes(5, tensor(name("bias"), []int{layer.out}, layer.bias))
		if layer.table == nil {
			graph.bytes(1, node("Gemm", "eps", h, name("weight"), name("bias")))
			continue
		}
		graph.bytes(5, tensor(name("table"), []int{timesteps, layer.out}, layer.table))
		graph.bytes(1, node("Gather", name("row"), name("table"), "t"))
		graph.bytes(1, node("Add", name("shift"), name("row"), name("bias"))) // [1, out]
		graph.bytes(1, node("Gemm", name("sum"), h, name("weight"), name("shift")))
		graph.bytes(1, node("Relu", name("h"), name("sum")))
		h = name("h")
	}
	graph.bytes(1, node("RandomNormalLike", "z", "x"))
	graph.bytes(1, node("Mul", "ax", "x", "a"))
	graph.bytes(1, node("Mul", "beps", "eps", "b"))
	graph.bytes(1, node("Mul", "cz", "z", "c"))
	graph.bytes(1, node("Add", "mean", "ax", "beps"))
	graph.bytes(1, node("Add", "y", "mean", "cz"))
	graph.text(2, "reverse step")
	dim := layers[0].in
	graph.bytes(11, value("x", onnxFloat, 0, dim))
	graph.bytes(11, value("t", onnxInt64, 1))
	for _, coefficient := range []string{"a", "b", "c"} {
		graph.bytes(11, value(coefficient, onnxFloat, 1))
	}
	graph.bytes(12, value("y", onnxFloat, 0, dim))

	opset.text(1, "")
	opset.integer(2, 13)
	model.integer(1, 7) // of the format
	model.text(2, "euryale/bench")
	model.bytes(7, graph)
	model.bytes(8, opset)
	return model
}
