package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"euryale/configs"
	"euryale/nets"
	"euryale/onnx"
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
	step, err := onnxStep(net, net.Init(c.Seed))
	if err != nil {
		return err
	}
	return os.WriteFile(e.modelPath(), step, 0o644)
}

func (e *environment) modelPath() string { return filepath.Join(e.scratch, "step.onnx") }

func (e *environment) onnxruntime() contender {
	if e.node == "" {
		return contender{}
	}
	fixed := []setting{{environment: []string{"NODE_PATH=" + e.modules}, arguments: []string{"--threads", "2", "--model", e.modelPath()}}}
	return program(onnxruntime, e.node, filepath.Join(e.programs, "onnxruntime.js")).with(fixed).chunked()
}

// onnxStep is the model of one reverse step, y = a·x + b·net(x, t) + c·z with z from N(0, I), for any number of rows
// that share t.
func onnxStep(net *nets.Built, weights []float32) ([]byte, error) {
	g := onnx.NewGraph("reverse step", "y")
	in := onnx.Inputs{X: g.Input("x", "", onnx.Float32, net.Spec.Sample...), Step: g.Single("t", "", onnx.Int64), Shared: true}
	y := ""
	times := func(coefficient, x string) {
		x = g.Node("Mul", coefficient+"x", []string{x, g.Single(coefficient, "", onnx.Float32)})
		if y != "" {
			x = g.Node("Add", "sum", []string{y, x})
		}
		y = x
	}
	eps, err := g.Apply(net, weights, in)
	if err != nil {
		return nil, err
	}
	times("a", in.X)
	times("b", eps)
	times("c", g.Node("RandomNormalLike", "z", []string{in.X}))
	g.Output("y", "", y, onnx.Float32, net.Spec.Sample...)
	return g.Model(onnx.Header{})
}
