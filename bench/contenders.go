package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/cpu"

	"euryale/configs"
	"euryale/nets"
)

// others are the programs that do the same in other software.
//
//go:embed others
var others embed.FS

// environment is what this machine has to measure with.
type environment struct {
	scratch                     string // a folder for this run
	self                        string // this program
	trainCommand, sampleCommand string
	programs                    string // folder of others/ on disk
	python, torch               string // interpreter and version
	node, onnx                  string // interpreter and version
	modules                     string // node_modules that has onnxruntime-node
	mlp, matmul, blas           string // compiled programs, OpenBLAS's version
	past, pastCommit            string // this program at an older commit
	skipped                     []string
}

func (e *environment) skip(format string, a ...any) {
	message := fmt.Sprintf(format, a...)
	progress("skipped: %s", message)
	e.skipped = append(e.skipped, message)
}

func (e *environment) close() { _ = os.RemoveAll(e.scratch) }

// tuning are the prefixes of environment variables that tune the software measured here.
var tuning = []string{
	"ATEN_", "DNNL_", "GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOMP_", "KMP_", "LD_PRELOAD", "MALLOC_", "MKL_", "OMP_",
	"ONEDNN_", "OPENBLAS_",
}

// clearEnvironment unsets them, so that nobody is measured with what a machine happens to set; contenders set their own.
func clearEnvironment() {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if slices.ContainsFunc(tuning, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			progress("not taken from the environment: %s", variable)
			_ = os.Unsetenv(name)
		}
	}
}

// prepare builds the commands and looks for the other software, or builds an older commit if one is given. Other software
// that is missing is skipped.
func prepare(ctx context.Context, commit string) (*environment, error) {
	e := &environment{}
	var err error
	if e.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if e.scratch, err = os.MkdirTemp("", "euryale-bench-"); err != nil {
		return nil, err
	}
	if commit != "" {
		if err := e.buildPast(ctx, commit); err != nil {
			e.close()
			return nil, err
		}
		return e, nil
	}
	if err := e.build(ctx); err != nil {
		e.close()
		return nil, err
	}
	e.findPython(ctx)
	e.findNode(ctx)
	e.compile(ctx)
	return e, nil
}

func (e *environment) build(ctx context.Context) error {
	progress("building the commands")
	build := exec.CommandContext(ctx, "go", "build", "-o", e.scratch+string(filepath.Separator), "euryale/cmd/train", "euryale/cmd/sample")
	output, err := build.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build, which needs the repository as working folder: %w: %s", err, output)
	}
	e.trainCommand, e.sampleCommand = filepath.Join(e.scratch, "train"), filepath.Join(e.scratch, "sample")
	programs, err := fs.Sub(others, "others")
	if err != nil {
		return err
	}
	e.programs = filepath.Join(e.scratch, "others")
	if err := os.CopyFS(e.programs, programs); err != nil {
		return err
	}
	return nil
}

func (e *environment) findPython(ctx context.Context) {
	candidates := []string{"python3", "/usr/bin/python3"}
	if p := os.Getenv("EURYALE_PYTHON"); p != "" {
		candidates = []string{p}
	}
	for _, p := range candidates {
		version, err := exec.CommandContext(ctx, p, "-c", "import torch; print(torch.__version__)").Output()
		if err == nil {
			e.python, e.torch = p, strings.TrimSpace(string(version))
			return
		}
	}
	e.skip("PyTorch: no torch in %v; EURYALE_PYTHON names another interpreter", candidates)
}

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

func (e *environment) compile(ctx context.Context) {
	for _, p := range []struct {
		name string
		path *string
	}{{"mlp", &e.mlp}, {"matmul", &e.matmul}} {
		path := filepath.Join(e.scratch, p.name)
		output, err := exec.CommandContext(ctx, "gcc", "-O3", "-march=native", "-ffast-math", filepath.Join(e.programs, p.name+".c"),
			"-o", path, "-lopenblas", "-lm").CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			e.skip("C with OpenBLAS: there is no gcc")
			return
		}
		if err != nil {
			e.skip("C with OpenBLAS (Debian: libopenblas-dev): gcc: %.300s", strings.TrimSpace(string(output)))
			return
		}
		*p.path = path
	}
	version, err := exec.CommandContext(ctx, e.matmul, "--job", "version").Output()
	if err == nil {
		e.blas = strings.TrimSpace(string(version))
	}
}

// euryale trains and samples in a process of this program.
func (e *environment) euryale(workers int) contender {
	name := one
	if workers == 2 {
		name = two
	}
	return program(name, e.self, childArgument, "--threads", fmt.Sprint(workers))
}

func kernelName(path string) string { return "Euryale's kernel, " + path + ", 1 core" }

// kernels are the paths of package kernel that this machine has.
func (e *environment) kernels() []contender {
	paths := []string{"generic"}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		paths = append(paths, "avx2")
	}
	if cpu.X86.HasAVX512F {
		paths = append(paths, "avx512")
	}
	slices.Reverse(paths)
	var all []contender
	for _, path := range paths {
		asked := []setting{{environment: []string{"EURYALE_KERNEL=" + path}}}
		all = append(all, program(kernelName(path), e.self, childArgument).with(asked))
	}
	return all
}

// pytorch is measured at its best settings of threads, malloc and vectors.
func (e *environment) pytorch(name string) contender {
	if e.python == "" {
		return contender{}
	}
	// OpenBLAS has threads of its own unless Debian's libopenblas0-openmp is there; the two kinds hinder each other, for
	// both wait for work by turning in circles.
	threads := []setting{
		{label: "1 thread, OpenBLAS 2", arguments: []string{"--threads", "1"}, environment: []string{"OPENBLAS_NUM_THREADS=2"}},
		{label: "1 thread, OpenBLAS 1", arguments: []string{"--threads", "1"}, environment: []string{"OPENBLAS_NUM_THREADS=1"}},
		{label: "2 threads, OpenBLAS 2", arguments: []string{"--threads", "2"}, environment: []string{"OPENBLAS_NUM_THREADS=2"}},
		{label: "2 threads, OpenBLAS 2, OMP_WAIT_POLICY=passive", arguments: []string{"--threads", "2"},
			environment: []string{"OPENBLAS_NUM_THREADS=2", "OMP_WAIT_POLICY=passive"}},
	}
	if folder := openMP(); folder != "" {
		threads = append(threads, setting{label: "2 threads, OpenBLAS with OpenMP", arguments: []string{"--threads", "2"},
			environment: []string{"LD_LIBRARY_PATH=" + folder}})
	}
	memory := []setting{
		{label: "large malloc thresholds", environment: []string{
			"MALLOC_MMAP_THRESHOLD_=33554432", "MALLOC_TRIM_THRESHOLD_=4294967296", "MALLOC_TOP_PAD_=67108864",
		}},
		{},
	}
	vectors := []setting{{}}
	if cpu.X86.HasAVX512F { // by default it takes AVX2; OpenBLAS chooses for itself
		vectors = append(vectors, setting{label: "ATEN_CPU_CAPABILITY=avx512", environment: []string{"ATEN_CPU_CAPABILITY=avx512"}})
	}
	way := []setting{{arguments: []string{"--way", "tuned"}}}
	if name == tutorial {
		way[0].arguments[1] = "tutorial"
	}
	return program(name, e.python, filepath.Join(e.programs, "pytorch.py")).with(way, threads, memory, vectors)
}

// openMP is the folder of an OpenBLAS that shares its threads with PyTorch, or "".
func openMP() string {
	if folder := os.Getenv("EURYALE_OPENBLAS_OPENMP"); folder != "" {
		return folder
	}
	folders, _ := filepath.Glob("/usr/lib/*/openblas-openmp")
	if len(folders) == 0 {
		return ""
	}
	return folders[0]
}

// chunked adds the number of rows that go through all reverse steps together to what is tried.
func (c contender) chunked() contender {
	if c.run == nil {
		return c
	}
	return c.with(append(c.axes, []setting{
		{label: "2500 rows at once", arguments: []string{"--chunk", "2500"}},
		{},
	})...)
}

func (e *environment) plainC() contender {
	if e.mlp == "" {
		return contender{}
	}
	return program(plainC, e.mlp).with(oneCore)
}

var oneCore = []setting{{environment: []string{"OPENBLAS_NUM_THREADS=1"}}}

func (e *environment) openBLAS() contender {
	if e.matmul == "" {
		return contender{}
	}
	return program(openBLAS, e.matmul).with(oneCore)
}

func (e *environment) peak() contender {
	if e.matmul == "" {
		return contender{}
	}
	c := program(peakFMA, e.matmul).with(oneCore)
	run := c.run
	c.run = func(ctx context.Context, t task, s setting) (figures, error) {
		t.job = "peak"
		return run(ctx, t, s)
	}
	return c
}

func (e *environment) onnxruntime() contender {
	if e.node == "" {
		return contender{}
	}
	fixed := []setting{{environment: []string{"NODE_PATH=" + e.modules}, arguments: []string{"--threads", "2", "--model", e.modelPath()}}}
	return program(onnxruntime, e.node, filepath.Join(e.programs, "onnxruntime.js")).with(fixed).chunked()
}
