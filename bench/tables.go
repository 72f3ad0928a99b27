package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"euryale/configs"
	"euryale/train"
)

// The jobs of tables have a table with the columns of the diamonds of ggplot2: seven numbers and three categories, 27
// coordinates in all.

// tableSteps are the steps of Heun's method in sampling: 49 evaluations of the net.
const tableSteps = 25

// tableSettings are what others/table.py does, in place of the preset's choices.
func tableSettings() []string {
	return []string{
		"net.width=256", "net.depth=3", "net.activation=silu", "net.time={name: octaves, features: 32}",
		"optimizer.learning_rate=0.002", "optimizer.transforms=[clip, adam, {name: ema, decay: 0.999}]",
		"train.epochs=1000000", "sample.solver=heun", fmt.Sprintf("sample.steps=%d", tableSteps), "sample.spacing=karras",
	}
}

// writeTable writes random rows as CSV: the numbers are rounded like prices and sizes, so that many of them are ties.
func writeTable(path string, rows int) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "carat,cut,color,clarity,depth,table,price,x,y,z")
	r := rand.New(rand.NewPCG(1, 1))
	for range rows {
		carat := max(0.2, math.Exp(0.58*r.NormFloat64()-0.4))
		cut, color, clarity := r.IntN(5), r.IntN(7), r.IntN(8)
		depth := 61.7 + 0.4*float64(cut) + 1.4*r.NormFloat64()
		x := 6.4 * math.Cbrt(carat) * (1 + 0.005*r.NormFloat64())
		y := x * (1 + 0.005*r.NormFloat64())
		price := 4000 * math.Pow(carat, 1.7) * math.Exp(0.1*float64(clarity)-0.1*float64(color)+0.1*r.NormFloat64())
		fmt.Fprintf(w, "%.2f,C%d,%c,V%d,%.1f,%.0f,%.0f,%.2f,%.2f,%.2f\n", carat, cut, 'D'+rune(color), clarity, depth,
			57.5+2.2*r.NormFloat64(), price, x, y, depth*(x+y)/200)
	}
	return w.Flush()
}

// tableTrainer is a run of the preset table with these settings, at step 0. It has read its data.
func (t task) tableTrainer(workers int) (trainer *train.Trainer, err error) {
	folder, err := os.MkdirTemp("", "euryale-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "table.csv")
	if err := writeTable(file, t.points); err != nil {
		return nil, err
	}
	overrides := append(tableSettings(), "data.file="+file)
	if t.batch > 0 {
		overrides = append(overrides, fmt.Sprintf("train.batch=%d", t.batch))
	}
	config, err := configs.Preset("table", overrides)
	if err != nil {
		return nil, err
	}
	return train.New(context.Background(), config, workers)
}

func tableTrainChild(t task, workers int) (figures, error) {
	trainer, err := t.tableTrainer(workers)
	if err != nil {
		return nil, err
	}
	return timeSteps(trainer, t)
}

func tableSampleChild(t task, workers int) (figures, error) {
	trainer, err := t.tableTrainer(1)
	if err != nil {
		return nil, err
	}
	m, err := modelOf(trainer)
	if err != nil {
		return nil, err
	}
	times, err := milliseconds(t.seconds, 2, draw(m, t.samples, tableSteps, workers))
	if err != nil {
		return nil, err
	}
	return summary(times), nil
}
