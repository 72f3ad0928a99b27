package main

import (
	"path/filepath"
	"slices"

	"golang.org/x/sys/cpu"
)

// pytorch trains and samples the S-curve's net, at its best settings of threads, malloc and vectors.
func (e *environment) pytorch(name string) contender {
	return e.torchProgram(name, "pytorch.py", false)
}

// pytorchTable trains and samples the net of a table. On one thread a tutorial's way is measured as it is: who writes it does
// not set variables either.
func (e *environment) pytorchTable(name string) contender {
	c := e.torchProgram(name, "table.py", name == tutorialOne || name == tunedOne)
	if c.run != nil && name == tutorialOne {
		c.axes = c.axes[:axesOfProgram]
	}
	return c
}

// axesOfProgram are the first axes of torchProgram: the way, OpenBLAS's kernels and the threads.
const axesOfProgram = 3

func (e *environment) torchProgram(name, script string, oneThread bool) contender {
	if e.python == "" {
		return contender{}
	}
	threads := torchThreads()
	if oneThread {
		threads = slices.DeleteFunc(threads, func(s setting) bool { return s.label != alone })
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
	if name == tutorial || name == tutorialOne {
		way[0].arguments[1] = "tutorial"
	}
	core := []setting{e.torchBLAS.setting()}
	return program(name, e.python, filepath.Join(e.programs, script)).with(way, core, threads, memory, vectors)
}

// alone is the label of the setting with one thread in all.
const alone = "1 thread, OpenBLAS 1"

// torchThreads are the numbers of threads that PyTorch is tried with. OpenBLAS starts threads in addition to PyTorch's unless
// Debian's libopenblas0-openmp is there; the two kinds hinder each other, for both spin while they wait for work.
func torchThreads() []setting {
	threads := []setting{
		{label: "1 thread, OpenBLAS 2", arguments: []string{"--threads", "1"}, environment: []string{"OPENBLAS_NUM_THREADS=2"}},
		{label: alone, arguments: []string{"--threads", "1"}, environment: []string{"OPENBLAS_NUM_THREADS=1"}},
		{label: "2 threads, OpenBLAS 2", arguments: []string{"--threads", "2"}, environment: []string{"OPENBLAS_NUM_THREADS=2"}},
		{label: "2 threads, OpenBLAS 2, OMP_WAIT_POLICY=passive", arguments: []string{"--threads", "2"},
			environment: []string{"OPENBLAS_NUM_THREADS=2", "OMP_WAIT_POLICY=passive"}},
	}
	if folder := openMP(); folder != "" {
		threads = append(threads, setting{label: "2 threads, OpenBLAS with OpenMP", arguments: []string{"--threads", "2"},
			environment: []string{"LD_LIBRARY_PATH=" + folder}})
	}
	return threads
}
