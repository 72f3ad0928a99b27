// Command first_run is a whole experiment: it trains the preset scurve, logs the loss on the way, draws samples into a
// file and prints how near they come to the data. Arguments change the configuration:
//
//	go run ./examples/first_run train.epochs=400
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"euryale"
)

func main() {
	watch := euryale.OnStep(7900, func(p euryale.Progress) { log.Printf("step %d of %d: loss %.4f", p.Step, p.Total, p.Loss) })

	ctx := context.Background()
	config, err := euryale.Preset("scurve", os.Args[1:]...)
	check(err)
	model, err := euryale.Train(ctx, config, euryale.In("runs/first_run"), euryale.Overwrite(), watch)
	check(err)
	check(model.Save(ctx, model.Request(10_000), "runs/first_run/samples/points.csv"))
	quality, err := euryale.Evaluate(ctx, model, 10_000)
	check(err)
	fmt.Printf("sliced W1: samples to data %.4f, data to data %.4f\n", quality.SlicedW1, quality.Floor)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
