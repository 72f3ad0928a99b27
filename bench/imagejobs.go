package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"euryale/kernel"
)

// imageJobs are the jobs of nets of images: unet-… are U-Nets, conv-… their convolutions.
func imageJobs(e *environment) []job {
	const batch = 128
	var all []job
	for _, u := range unets {
		all = append(all, job{
			name: "unet-" + u.name, title: fmt.Sprintf("training step of the U-Net %s, B %d", u.name, batch),
			task:       task{job: "unet-train", net: u.name, batch: batch, points: 32 * batch, seconds: 4},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorchUNet(tutorial), e.pytorchUNet(tunedOne), e.pytorchUNet(tuned)},
			ratios:     []ratio{times(tunedOne, one), times(tuned, two), times(tutorial, two)},
		})
	}
	for _, u := range unets[1:] {
		all = append(all, job{
			name: "unet-forward-" + u.name, title: fmt.Sprintf("%d images through the U-Net %s", batch, u.name),
			task: task{job: "unet-forward", net: u.name, batch: batch, seconds: 3},
			contenders: []contender{e.euryale(1), e.euryale(2), e.pytorchUNet(tutorial), e.pytorchUNet(tunedOne).chunkedImages(),
				e.pytorchUNet(tuned).chunkedImages()},
			ratios: []ratio{times(tunedOne, one), times(tuned, two), times(tutorial, two)},
		})
	}
	for _, s := range shapes {
		all = append(all, e.convolutionJob(s))
	}
	return all
}

// convolutionJob measures as many images at once as training has in memory. PyTorch, which has a whole batch in memory when it
// trains, may choose.
func (e *environment) convolutionJob(s shape) job {
	j := job{
		name: "conv-" + s.String(), title: s.title(),
		task:       task{job: "convolution", shape: s.String(), batch: 4, seconds: 0.9},
		contenders: []contender{e.euryale(1), e.pytorchConvolution(), e.peak()},
	}
	for _, p := range products {
		j.ratios = append(j.ratios, ratio{text: p + ": rate of " + one + " / rate of " + peakFMA, unit: "×",
			value: func(r result) (float64, bool) { return quotient(r, one, rateOf(p), peakFMA, vectorsOfPath()) }})
	}
	j.ratios = append(j.ratios, times(tunedOne, one))
	return j
}

// vectorsOfPath is the figure of the peak for the vectors that the kernels use.
func vectorsOfPath() string {
	if path, err := kernel.Path(); err != nil || path != "avx512" {
		return "AVX2"
	}
	return "AVX-512"
}

// pytorchUNet trains or computes a U-Net. A tutorial's way is measured with the settings that PyTorch comes with, but for
// OpenBLAS's kernels.
func (e *environment) pytorchUNet(name string) contender {
	c := e.torchProgram(name, "unet.py", false)
	if c.run == nil {
		return c
	}
	switch threads := &c.axes[axesOfProgram-1]; name {
	case tutorial:
		c.axes = append(c.axes[:axesOfProgram-1], []setting{{label: "2 threads", arguments: []string{"--threads", "2"}}})
		return c
	case tunedOne:
		*threads = []setting{{label: alone, arguments: []string{"--threads", "1"}, environment: oneCore[0].environment}}
	default:
		*threads = slices.DeleteFunc(*threads, func(s setting) bool { return !strings.HasPrefix(s.label, "2 threads") })
		*threads = append(*threads, setting{label: "2 threads, OpenBLAS 1", arguments: []string{"--threads", "2"},
			environment: oneCore[0].environment})
	}
	// No memory goes back to the system, or else each large tensor costs the zeroing of its pages.
	c.axes[axesOfProgram] = append([]setting{{label: "memory kept", environment: []string{
		"MALLOC_MMAP_MAX_=0", "MALLOC_TRIM_THRESHOLD_=68719476736", "MALLOC_TOP_PAD_=268435456",
	}}}, c.axes[axesOfProgram]...)
	c.axes = append(c.axes, []setting{{}, {label: "channels_last", arguments: []string{"--channels-last"}}})
	return c
}

// chunkedImages adds the number of images that go through the net together.
func (c contender) chunkedImages() contender {
	if c.run == nil {
		return c
	}
	return c.with(append(c.axes, []setting{
		{}, {label: "8 images at once", arguments: []string{"--chunk", "8"}}, {label: "32 images at once", arguments: []string{"--chunk", "32"}},
	})...)
}

// pytorchConvolution tries the orders of memory and numbers of images by itself.
func (e *environment) pytorchConvolution() contender {
	if e.python == "" {
		return contender{}
	}
	return program(tunedOne, e.python, filepath.Join(e.programs, "convolution.py")).with(oneCore, []setting{e.torchBLAS.setting()})
}

// unetMemoryJob compares the memory of training, with 60,000 images.
func unetMemoryJob(e *environment) job {
	const net, images = "mnist", 60_000
	figure := func(batch int) string { return fmt.Sprintf("B %d, MB", batch) }
	few, many := 128, 512
	u, _ := findNet(net)
	ours := func(ctx context.Context, t task, _ setting) (figures, error) {
		f := figures{}
		for _, batch := range []int{few, many} {
			arguments := []string{"-config", "scurve", "-workers", "2", "-overwrite", "-out", filepath.Join(e.scratch, "memory-unet")}
			for _, s := range u.imageSettings(images, batch, t.count) {
				arguments = append(arguments, "-set", s)
			}
			mb, err := peak(ctx, e.trainCommand, arguments...)
			if err != nil {
				return nil, err
			}
			f[figure(batch)] = mb
		}
		return f, nil
	}
	theirs := func(ctx context.Context, _ task, s setting) (figures, error) {
		t := task{job: "unet-train", net: net, batch: few, points: images, seconds: 0.1}
		mb, err := peak(ctx, e.python, slices.Concat([]string{filepath.Join(e.programs, "unet.py")}, t.arguments(), s.arguments)...)
		return figures{figure(few): mb}, err
	}
	j := job{
		name: "unet-memory", title: "peak resident memory of training the U-Net " + net + " with 60,000 images", rounds: 2,
		task:       task{count: 4},
		contenders: []contender{{name: commands, run: ours}},
		ratios: []ratio{
			growth(figure(many), figure(few), "memory for four times the batch"),
			{text: "memory of " + tuned + " / memory of Euryale, B 128", unit: "×", value: func(r result) (float64, bool) {
				return quotient(r, tuned, figure(few), commands, figure(few))
			}},
		},
	}
	if e.python != "" {
		j.contenders = append(j.contenders, contender{name: tuned, run: theirs, axes: [][]setting{{{
			label: "2 threads, malloc as it is", arguments: []string{"--threads", "2", "--way", "tuned"}}}}})
	}
	return j
}
