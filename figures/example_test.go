package figures_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"euryale"
	"euryale/figures"
	"euryale/report"
)

// The forward and the reverse process of a small model, and a figure that it does not have.
func Example() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "figures")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	config, err := euryale.Preset("scurve", "train.epochs=1", "data.points=100", "process.steps=10", "net.width=8")
	if err != nil {
		log.Fatal(err)
	}
	m, err := euryale.Train(ctx, config, euryale.In(filepath.Join(folder, "run")))
	if err != nil {
		log.Fatal(err)
	}
	list, err := figures.Choose("forward", "reverse", "nearest")
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range list {
		picture, err := f.Draw(ctx, m, figures.Options{Rows: 100})
		if none, ok := errors.AsType[*figures.NotApplicableError](err); ok {
			fmt.Println("left out:", f.Name+":", none.Reason)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		if err := report.Save(filepath.Join(folder, f.File()), picture); err != nil {
			log.Fatal(err)
		}
		fmt.Println(f.File(), "is", f.Summary)
	}
	// Output:
	// forward.png is the forward process: the same rows with more and more noise
	// reverse.png is the reverse process: from noise to samples
	// left out: nearest: rows that are no images
}
