package train

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/configs"
	"euryale/run"
)

// A U-Net with dropout and labels on small images, in batches of two chunks and a half.
const smallImages = `
version: 2
name: small_images
data: {name: discs, rows: 60, size: 8x8, rings: true, flip: true}
process: {name: ddpm, steps: 20}
net: {name: unet, channels: 8, multipliers: [1, 2], blocks: 1, groups: 4, dropout: 0.2, labels: true}
optimizer: {transforms: [clip, adam, {name: ema, decay: 0.9}]}
train: {batch: 21, epochs: 4, label_dropout: 0.2}
sample: {solver: ddim}
`

func imagesConfig(t testing.TB, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Decode("images", []byte(smallImages), overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// Any number of workers gives the same bits, also where there are more workers than chunks, and so does a run that is taken up
// from a checkpoint.
func TestImagesAreTheSameForAllWorkers(t *testing.T) {
	var want []byte
	for _, workers := range []int{1, 2, 3, 7} {
		trainer := newSmall(t, imagesConfig(t), workers)
		steps(t, trainer, 5)
		got := bytesOf(t, trainer)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d workers: the checkpoint differs from one worker's", workers)
		}
	}
	first := newSmall(t, imagesConfig(t), 2)
	steps(t, first, 2)
	file, err := first.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	c, err := run.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	resumed := newSmall(t, imagesConfig(t), 3)
	if err := resumed.Restore(c); err != nil {
		t.Fatal(err)
	}
	steps(t, resumed, 3)
	if !bytes.Equal(bytesOf(t, resumed), want) {
		t.Error("the resumed run differs from the uninterrupted one")
	}
}

// The gradient of a batch is the mean of those of its rows, and the loss of a row does not depend on the others.
func TestGradientOfImagesIsAMean(t *testing.T) {
	whole := newSmall(t, imagesConfig(t, "net.dropout=0"), 2)
	result, err := whole.Step()
	if err != nil {
		t.Fatal(err)
	}
	gradient, losses := slices.Clone(whole.chunked.gradient), slices.Clone(whole.losses)
	sum, loss := make([]float64, len(gradient)), 0.0
	single := newSmall(t, imagesConfig(t, "net.dropout=0", "train.batch=1"), 1)
	dim := whole.dataset.Dim
	for r := range whole.rows {
		single.fill = func(int, int) {
			copy(single.x0, whole.x0[r*dim:(r+1)*dim])
			copy(single.eps, whole.eps[r*dim:(r+1)*dim])
			single.times[0], single.labels[0] = whole.times[r], whole.labels[r]
		}
		copy(single.weights, single.net.Init(single.config.Seed))
		one, err := single.Step()
		if err != nil {
			t.Fatal(err)
		}
		loss += one.Loss / float64(len(whole.rows))
		if math.Abs(one.Loss-float64(losses[r])) > 1e-6*one.Loss {
			t.Errorf("row %d: loss %v alone, %v among others", r, one.Loss, losses[r])
		}
		for i, g := range single.chunked.gradient {
			sum[i] += float64(g) / float64(len(whole.rows))
		}
	}
	if math.Abs(loss-result.Loss) > 1e-6*loss {
		t.Errorf("loss %v, the mean of the rows' is %v", result.Loss, loss)
	}
	for i, want := range sum {
		if math.Abs(float64(gradient[i])-want) > 1e-5*result.GradientNorm {
			t.Fatalf("gradient[%d] = %v, the mean of the rows' is %v", i, gradient[i], want)
		}
	}
}

func TestStepOfImagesDoesNotAllocate(t *testing.T) {
	for _, workers := range []int{1, 2} {
		trainer := newSmall(t, imagesConfig(t), workers)
		steps(t, trainer, 3)
		for i, p := range trainer.chunked.programs { // a worker that got no chunk so far
			p.RunBlock(&trainer.workspaces[i], trainer.chunked.block, false)
		}
		if n := testing.AllocsPerRun(5, func() { steps(t, trainer, 1) }); n != 0 {
			t.Errorf("%d workers: a step allocates %v times", workers, n)
		}
	}
}

func BenchmarkStepOfImages(b *testing.B) {
	for _, preset := range []string{"mnist_s", "mnist"} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", preset, workers), func(b *testing.B) {
				config, err := configs.Preset(preset, []string{"data={name: discs, rows: 256, size: 28}", "train.batch=128"})
				if err != nil {
					b.Fatal(err)
				}
				trainer := newSmall(b, config, workers)
				steps(b, trainer, 1)
				b.ReportAllocs()
				for b.Loop() {
					steps(b, trainer, 1)
				}
			})
		}
	}
}

// What others leave in the scratch between two steps changes nothing: neither numbers nor what is no number.
func TestScratchIsFreeBetweenSteps(t *testing.T) {
	left, spoiled := newSmall(t, imagesConfig(t), 2), newSmall(t, imagesConfig(t), 2)
	for range 5 {
		steps(t, left, 1)
		steps(t, spoiled, 1)
		if n := len(spoiled.Scratch()); n != 2 {
			t.Fatalf("%d pieces of scratch, want one per worker", n)
		}
		for i, scratch := range spoiled.Scratch() {
			memory := scratch.Take(spoiled.chunked.programs[i].Memory() / 4)
			for k := range memory {
				memory[k] = float32(math.NaN())
			}
			if &memory[0] != &spoiled.chunked.programs[i].Scratch()[0] {
				t.Fatal("the scratch is not the memory of a step")
			}
		}
	}
	if !bytes.Equal(bytesOf(t, left), bytesOf(t, spoiled)) {
		t.Error("a step reads what was in the scratch")
	}
}
