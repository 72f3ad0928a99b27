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
	torchBLAS, cBLAS            blasKernels
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

// clearEnvironment unsets them, so that nothing is measured with what a machine happens to set; contenders set what they need.
func clearEnvironment() {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if slices.ContainsFunc(tuning, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			progress("not taken from the environment: %s", variable)
			_ = os.Unsetenv(name)
		}
	}
}

// prepare makes a folder for this run, which close removes.
func prepare() (*environment, error) {
	e := &environment{}
	var err error
	if e.self, err = os.Executable(); err != nil {
		return nil, err
	}
	e.scratch, err = os.MkdirTemp("", "euryale-bench-")
	return e, err
}

// find builds the commands and looks for the other software. What is missing is skipped.
func (e *environment) find(ctx context.Context) error {
	if err := e.build(ctx); err != nil {
		return err
	}
	e.findPython(ctx)
	e.findNode(ctx)
	e.compile(ctx)
	return nil
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
			e.torchBLAS = findKernels(ctx, "PyTorch", p, filepath.Join(e.programs, "pytorch.py"))
			return
		}
	}
	e.skip("PyTorch: no torch in %v; EURYALE_PYTHON names another interpreter", candidates)
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
	e.cBLAS = findKernels(ctx, "C", e.matmul)
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
		named := []setting{{environment: []string{"EURYALE_KERNEL=" + path}}}
		all = append(all, program(kernelName(path), e.self, childArgument).with(named))
	}
	return all
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
	return program(plainC, e.mlp).with(oneCore, []setting{e.cBLAS.setting()})
}

var oneCore = []setting{{environment: []string{"OPENBLAS_NUM_THREADS=1"}}}

func (e *environment) openBLAS() contender {
	if e.matmul == "" {
		return contender{}
	}
	return program(openBLAS, e.matmul).with(oneCore, []setting{e.cBLAS.setting()})
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
