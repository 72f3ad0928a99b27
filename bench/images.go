package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"euryale/configs"
	"euryale/eager"
	"euryale/nets"
	"euryale/train"
)

// unet is a net of the jobs of images, a U-Net of 32 channels. others/unet.py has the same by name.
type unet struct {
	name                  string
	size                  int   // height and width of the images, which have one channel
	multipliers           []int // of the 32 channels, by level
	blocks                int
	attention             []int   // heights of images at which there is attention, besides the middle
	forwardFLOP, stepFLOP float64 // per image: multiplications and additions by the definition of the net, also those with zeros
}

var unets = []unet{
	{"digits8", 8, []int{1, 2}, 1, nil, 30.6e6, 91.8e6},
	{"mnist_s", 28, []int{1, 2, 2}, 1, nil, 373e6, 1120e6},
	{"mnist", 28, []int{1, 2, 2}, 2, []int{14}, 625e6, 1873e6},
}

func findNet(name string) (unet, error) {
	i := slices.IndexFunc(unets, func(u unet) bool { return u.name == name })
	if i < 0 {
		return unet{}, fmt.Errorf("bench: no net %q", name)
	}
	return unets[i], nil
}

// imageSettings are what others/unet.py does, with images that are drawn before the run: how long a step takes does not
// depend on what is in them.
func (u unet) imageSettings(images, batch, steps int) []string {
	return []string{
		fmt.Sprintf("data={name: discs, rows: %d, size: %d}", images, u.size),
		fmt.Sprintf("net={name: unet, channels: 32, multipliers: %s, blocks: %d, attention: %s, groups: 32}", list(u.multipliers),
			u.blocks, list(u.attention)),
		"process={name: ddpm, steps: 1000, schedule: {name: linear, beta_start: 1e-4, beta_end: 0.02}}", "objective={prediction: eps}",
		"timesteps=uniform", "optimizer={learning_rate: 0.0002, transforms: [clip, adam]}",
		fmt.Sprintf("train={batch: %d, steps: %d}", batch, steps), "sample={solver: ddim, steps: 2}",
	}
}

// list is a YAML list.
func list(numbers []int) string {
	text := "["
	for i, n := range numbers {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(n)
	}
	return text + "]"
}

// unetTrainer is a run of the task at step 0.
func (t task) unetTrainer(workers int) (*train.Trainer, error) {
	u, err := findNet(t.net)
	if err != nil {
		return nil, err
	}
	config, err := configs.Default().With(u.imageSettings(t.points, t.batch, 1_000_000))
	if err != nil {
		return nil, err
	}
	return train.New(context.Background(), config, workers)
}

// A step of a U-Net may take seconds: few are enough.
const fewest = 3

func unetTrainChild(t task, workers int) (figures, error) {
	trainer, err := t.unetTrainer(workers)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	times, err := milliseconds(t.seconds, fewest, fullStep(trainer, t))
	if err != nil {
		return nil, err
	}
	u, _ := findNet(t.net)
	return summary(times).withRate(u.stepFLOP * float64(t.batch)), nil
}

// withRate adds the rate at which the median call did the work.
func (f figures) withRate(flop float64) figures {
	f["GFLOP/s"] = flop / f["ms"] / 1e6
	return f
}

func (u unet) options() *nets.UNet {
	options := nets.DefaultUNet()
	options.Multipliers, options.Blocks, options.Attention = u.multipliers, u.blocks, u.attention
	return options
}

// net records the net, for noise that is predicted.
func (u unet) net() (*nets.Built, error) {
	spec := nets.Spec{Sample: []int{u.size, u.size, 1}, Outputs: u.size * u.size, Steps: 1000}
	net, err := u.options().New(spec)
	if err != nil {
		return nil, err
	}
	return nets.Build(net, spec)
}

// unetForwardChild computes the net for a batch of images at one time, as a step of sampling does. Each worker takes a part of
// the images.
func unetForwardChild(t task, workers int) (figures, error) {
	u, err := findNet(t.net)
	if err != nil {
		return nil, err
	}
	net, err := u.net()
	if err != nil {
		return nil, err
	}
	machines := make([]*eager.Machine, workers)
	for i := range machines {
		if machines[i], err = eager.New(net, net.Init(1)); err != nil {
			return nil, err
		}
	}
	pixels := u.size * u.size
	x, y := make([]float32, t.batch*pixels), make([]float32, t.batch*pixels)
	for i := range x {
		x[i] = float32(i%1000)/500 - 1
	}
	times, err := milliseconds(t.seconds, fewest, func() (bool, error) {
		var wait sync.WaitGroup
		for i, m := range machines {
			lo, hi := i*t.batch/workers*pixels, (i+1)*t.batch/workers*pixels
			wait.Go(func() { m.Run(y[lo:hi], x[lo:hi], eager.Condition{Time: 500, Label: -1}) })
		}
		wait.Wait()
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return summary(times).withRate(u.forwardFLOP * float64(t.batch)), nil
}
