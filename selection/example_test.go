package selection_test

import (
	"context"
	"fmt"
	"os"

	"euryale/configs"
	"euryale/run"
	"euryale/selection"
	"euryale/train"
)

// A run with evaluations every ten steps, of which the best checkpoint is kept.
func ExampleHook() {
	folder, err := os.MkdirTemp("", "selection")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	config, err := configs.Preset("scurve", []string{
		"data.points=300", "data.held_out=0.2", "train.steps=20", "train.evaluate_every=10", "train.keep=best",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = train.Run(context.Background(), config, train.Options{
		Folder: run.Folder(folder),
		Evaluate: selection.Hook(func(o selection.Outcome) {
			fmt.Println("step", o.Step, "compared with", o.Points.Samples, "held-out or fresh rows")
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	best, _, err := run.Folder(folder).Best()
	fmt.Println(best.Best, err)
	// Output:
	// step 10 compared with 2000 held-out or fresh rows
	// step 20 compared with 2000 held-out or fresh rows
	// true <nil>
}
