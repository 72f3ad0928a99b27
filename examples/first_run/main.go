// Command first_run is a whole experiment: it trains the preset scurve, logs the loss on the way, draws samples into a
// file and says how near they come to the data. Arguments change the configuration:
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
	ctx, folder := context.Background(), "runs/first_run"
	config, err := euryale.Preset("scurve", os.Args[1:]...)
	check(err)
	model, err := euryale.Train(ctx, config, euryale.In(folder), euryale.Overwrite(), euryale.OnStep(7900, func(p euryale.Progress) {
		log.Printf("step %d of %d: loss %.4f", p.Step, p.Total, p.Loss)
	}))
	check(err)
	check(model.Save(ctx, model.Request(10_000), folder+"/samples/points.csv"))
	quality, err := euryale.Evaluate(ctx, model, 10_000)
	check(err)
	fmt.Printf("sliced W1: samples to data %.4f, data to data %.4f\n", quality.SlicedW1, quality.Floor)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
