package sweep_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"euryale/sweep"
)

// Two learning rates with two seeds each: four runs, compared by their training loss.
func Example() {
	folder, err := os.MkdirTemp("", "sweep")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "rates.yaml")
	text := `name: rates
config: scurve
set: [data.points=200, net.width=16, process.steps=10, train.epochs=40, train.log_every=10]
axes:
  - key: optimizer.learning_rate
    values: [1e-6, 0.01]
seeds: 2
metric: loss
evaluate: {samples: 0}
`
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	s, err := sweep.Load(file, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := sweep.Run(context.Background(), s, sweep.Options{Folder: filepath.Join(folder, "out"), Jobs: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(results.Count(sweep.Done), "trials")
	for i, c := range results.Combinations {
		loss, _ := c.Get("loss")
		fmt.Printf("%d. %s, %d seeds\n", i+1, c.Name, loss.N)
	}
	// Output:
	// 4 trials
	// 1. learning_rate=0.01, 2 seeds
	// 2. learning_rate=1e-6, 2 seeds
}
