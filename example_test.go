package euryale_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	"euryale"
	"euryale/data"
	"euryale/diffusion/solver"
	"euryale/nets"
	"euryale/ops"
)

// quick are overrides that make a preset small, so the examples train in a moment.
var quick = []string{"data.points=256", "train.epochs=4", "net.width=16", "net.depth=1"}

// temporary is a folder for the run of an example.
func temporary() (folder string, remove func()) {
	folder, err := os.MkdirTemp("", "euryale")
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Join(folder, "run"), func() { os.RemoveAll(folder) }
}

// A whole experiment: a configuration, a trained model, samples.
func Example() {
	ctx := context.Background()
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("scurve", quick...)
	if err != nil {
		log.Fatal(err)
	}
	model, err := euryale.Train(ctx, config, euryale.In(folder))
	if err != nil {
		log.Fatal(err)
	}
	points, evaluations, err := model.Points(ctx, model.Request(1000))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Step, "steps")
	fmt.Println(len(points)/2, "points in the plane, by", evaluations, "evaluations of the net each")
	// Output:
	// 8 steps
	// 1000 points in the plane, by 100 evaluations of the net each
}

// Overrides are checked as the preset is, and errors name the nearest keys.
func ExamplePreset() {
	config, err := euryale.Preset("scurve_edm", "train.batch=256", "sample.solver=dpm++_2m")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(config.Process.Name(), config.Train.Batch, config.Sample.Solver.Name())

	_, err = euryale.Preset("scurve_emd")
	message, _, _ := strings.Cut(err.Error(), ",")
	fmt.Println(message)
	// Output:
	// edm 256 dpm++_2m
	// preset scurve_emd: must be one of scurve_edm
}

// Training can be watched, and ended by its context; then it leaves a checkpoint to resume from.
func ExampleTrain() {
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("scurve", quick...)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	watch := euryale.OnStep(2, func(p euryale.Progress) {
		fmt.Println("step", p.Step, "of", p.Total)
		if p.Step == 4 {
			cancel()
		}
	})
	_, err = euryale.Train(ctx, config, euryale.In(folder), watch)
	fmt.Println("interrupted:", errors.Is(err, euryale.ErrInterrupted))
	model, err := euryale.Train(context.Background(), config, euryale.In(folder), euryale.Resume())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("resumed to step", model.Step)
	// Output:
	// step 2 of 8
	// step 4 of 8
	// interrupted: true
	// resumed to step 8
}

// A trained run is opened by its folder. A Request may choose another solver and another number of steps.
func ExampleOpen() {
	ctx := context.Background()
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("scurve_edm", quick...)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := euryale.Train(ctx, config, euryale.In(folder)); err != nil {
		log.Fatal(err)
	}
	model, err := euryale.Open(folder)
	if err != nil {
		log.Fatal(err)
	}
	request := model.Request(10)
	request.Sampling.Solver = solver.Solvers().With(&solver.UniPC{Order: 3, Variant: "bh2"})
	request.Sampling.Steps = 8
	points, evaluations, err := model.Points(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(points), "numbers by", evaluations, "evaluations of the net")
	// Output:
	// 20 numbers by 8 evaluations of the net
}

// Samples are compared with fresh rows; the floor is the distance between two sets of fresh rows.
func ExampleEvaluate() {
	ctx := context.Background()
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("scurve", quick...)
	if err != nil {
		log.Fatal(err)
	}
	model, err := euryale.Train(ctx, config, euryale.In(folder))
	if err != nil {
		log.Fatal(err)
	}
	quality, err := euryale.Evaluate(ctx, model, 1000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("sets of data are close to each other:", quality.Floor < 0.01)
	fmt.Println("samples are farther away:", quality.SlicedW1 > 10*quality.Floor)
	// Output:
	// sets of data are close to each other: true
	// samples are farther away: true
}

// The training log of a run can be read while it is written.
func ExampleMetrics() {
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("scurve", append([]string{"train.log_every=2"}, quick...)...)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := euryale.Train(context.Background(), config, euryale.In(folder)); err != nil {
		log.Fatal(err)
	}
	points, err := euryale.Metrics(folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range points {
		fmt.Printf("step %d, epoch %.0f, learning rate %v\n", p.Step, p.Epoch, p.LearningRate)
	}
	// Output:
	// step 2, epoch 1, learning rate 0.001
	// step 4, epoch 2, learning rate 0.001
	// step 6, epoch 3, learning rate 0.001
	// step 8, epoch 4, learning rate 0.001
}

// Rows of a program may have any number of columns. A share of them is held out to evaluate with.
func ExampleWithData() {
	ctx := context.Background()
	folder, remove := temporary()
	defer remove()
	var rows [][]float64
	for i := range 500 {
		sin, cos := math.Sincos(float64(i))
		rows = append(rows, []float64{cos, sin, cos * sin})
	}
	source, err := data.Rows(rows, nil)
	if err != nil {
		log.Fatal(err)
	}
	config, err := euryale.Preset("scurve", "data.standardize=true", "data.held_out=0.2", "train.epochs=2", "net.width=16")
	if err != nil {
		log.Fatal(err)
	}
	model, err := euryale.Train(ctx, config, euryale.In(folder), euryale.WithData(source))
	if err != nil {
		log.Fatal(err)
	}
	quality, err := euryale.Evaluate(ctx, model, 1000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(quality.Samples, "samples compared with held-out rows, in", len(quality.Mean), "columns")
	// Output:
	// 100 samples compared with held-out rows, in 3 columns
}

// perceptron is a net with one hidden layer, which sees the time as sines and cosines.
type perceptron struct{ width int }

func (n perceptron) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	time := nets.TimeEmbedding(b, "time", &nets.Sinusoidal{Features: 16}, in, n.width)
	hidden := b.Add("hidden", nets.Dense(b, "in", in.X, n.width), time)
	return nets.Dense(b, "out", b.SiLU("hidden", hidden), in.Outputs)
}

// A net of a program is one method. To open its run, the net is given again.
func ExampleWithNet() {
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("scurve", "data.points=256", "train.epochs=4")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := euryale.Train(context.Background(), config, euryale.In(folder), euryale.WithNet(perceptron{16})); err != nil {
		log.Fatal(err)
	}
	model, err := euryale.Open(folder, euryale.WithNet(perceptron{16}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Step, "steps")
	// Output:
	// 8 steps
}
