package onnx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/model"
	"euryale/onnx"
)

// named is a tensor as testdata/run.js has it.
type named struct {
	Type string    `json:"type"`
	Dims []int     `json:"dims"`
	Data []float64 `json:"data"`
}

// runtime runs models with onnxruntime-node, and returns the outputs of each. It skips the test where that is missing.
func runtime(t *testing.T, models []string, inputs []map[string]array) []map[string]array {
	t.Helper()
	folder := os.Getenv("EURYALE_ONNXRUNTIME")
	if folder == "" {
		folder = filepath.Join("..", "bin", "onnxruntime")
	}
	modules, err := filepath.Abs(filepath.Join(folder, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "onnxruntime-node")); err != nil {
		t.Skipf("onnxruntime-node is not in %s: `make onnx` installs it (with Node.js) and runs this test; EURYALE_ONNXRUNTIME names "+
			"another folder", folder)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node.js is not installed, which runs onnxruntime-node")
	}
	var jobs bytes.Buffer
	for i, path := range models {
		job := struct {
			Model  string           `json:"model"`
			Inputs map[string]named `json:"inputs"`
		}{path, map[string]named{}}
		for name, a := range inputs[i] {
			kind := "float32"
			if name == "label" {
				kind = "int64"
			}
			job.Inputs[name] = named{kind, a.shape, a.data}
		}
		if err := json.NewEncoder(&jobs).Encode(job); err != nil {
			t.Fatal(err)
		}
	}
	node := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "run.js"))
	node.Env, node.Stdin = append(os.Environ(), "NODE_PATH="+modules), &jobs
	var failure strings.Builder
	node.Stderr = &failure
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, failure.String())
	}
	var list []map[string]array
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var outputs map[string]named
		if err := d.Decode(&outputs); err != nil {
			t.Fatal(err)
		}
		arrays := map[string]array{}
		for name, y := range outputs {
			arrays[name] = array{y.Dims, y.Data}
		}
		list = append(list, arrays)
	}
	if len(list) != len(models) {
		t.Fatalf("%d results of %d models: %s", len(list), len(models), failure.String())
	}
	return list
}

// written writes models into files.
func written(t *testing.T, models ...[]byte) (paths []string) {
	t.Helper()
	folder := t.TempDir()
	for i, m := range models {
		path := filepath.Join(folder, fmt.Sprint(i)+".onnx")
		if err := onnx.Write(path, m); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// largestShare is how far onnxruntime may be from Euryale, as a share of the largest number.
const largestShare = 1e-5

// Every net gives in onnxruntime what it gives here.
func TestONNXRuntimeNets(t *testing.T) {
	cases := testNets()
	names, times := slices.Sorted(maps.Keys(cases)), []string{perRow, fixed, shared}
	var models [][]byte
	var inputs []map[string]array
	var wants [][]float32
	for _, name := range names {
		for _, time := range times {
			c := newNetCase(t, cases[name].net, cases[name].spec, netMode{time, true})
			models, inputs, wants = append(models, c.model), append(inputs, c.inputs), append(wants, c.want)
		}
	}
	for i, outputs := range runtime(t, written(t, models...), inputs) {
		name := names[i/len(times)] + ", " + times[i%len(times)]
		t.Logf("%-40s %.1e", name, compare(t, name, outputs["y"].data, wants[i], largestShare))
	}
}

// Every sampler draws in onnxruntime what the model draws here.
func TestONNXRuntimeSamplers(t *testing.T) {
	cases := samplerCases()
	names := slices.Sorted(maps.Keys(cases))
	var list []samplerCase
	for _, name := range names {
		list = append(list, newSamplerCase(t, openCase(t, cases[name].run, cases[name].config), 5, cases[name].overrides...))
	}
	checkSamplers(t, names, list)
}

func checkSamplers(t *testing.T, names []string, cases []samplerCase) {
	t.Helper()
	var models [][]byte
	var inputs []map[string]array
	for _, c := range cases {
		models, inputs = append(models, c.model), append(inputs, c.inputs)
	}
	for i, outputs := range runtime(t, written(t, models...), inputs) {
		t.Logf("%-40s %.1e", names[i], cases[i].check(t, outputs, largestShare))
	}
}

// A run that EURYALE_ONNX_RUN names, such as a preset that was trained in full, gives the same in onnxruntime: its net, and
// several solvers.
func TestONNXRuntimeRun(t *testing.T) {
	folder := os.Getenv("EURYALE_ONNX_RUN")
	if folder == "" {
		t.Skip("EURYALE_ONNX_RUN names no run to check")
	}
	m := openFolder(t, folder)
	var names []string
	var list []samplerCase
	for _, solver := range []string{"ddim", "heun", "dpm++_2m", "deis", "unipc"} {
		names = append(names, m.Config.Name+" "+solver)
		list = append(list, newSamplerCase(t, m, 12, "sample.solver="+solver, "sample.steps=20"))
	}
	checkSamplers(t, names, list)
	net := newRunCase(t, m)
	outputs := runtime(t, written(t, net.model), []map[string]array{net.inputs})[0]
	t.Logf("%-40s %.1e", "net", compare(t, "prediction", outputs["prediction"].data, net.want, largestShare))
}

func openFolder(t testing.TB, folder string) *model.Model {
	t.Helper()
	m, err := model.Open(runFolder(folder))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
