package euryale_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale"
	"euryale/eval"
	"euryale/model"
)

// tableFile writes rows that no net could learn as they are: two columns of very different scale and location.
func tableFile(t *testing.T, rows int) (path string, numbers []float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	numbers = make([]float64, 2*rows)
	for i := range rows {
		x := r.NormFloat64()
		numbers[2*i] = float64(float32(1000 + 50*x))
		numbers[2*i+1] = float64(float32(-7 + 0.02*(x*x-1) + 0.001*r.NormFloat64()))
	}
	path = filepath.Join(t.TempDir(), "rows.npy")
	writeNPY(t, path, 2, numbers)
	return path, numbers
}

func moments(rows []float32) (mean, deviation [2]float64) {
	n := float64(len(rows) / 2)
	for i, v := range rows {
		mean[i%2] += float64(v) / n
	}
	for i, v := range rows {
		d := float64(v) - mean[i%2]
		deviation[i%2] += d * d / n
	}
	return mean, [2]float64{math.Sqrt(deviation[0]), math.Sqrt(deviation[1])}
}

// edmOf is a kind of run that learns standardized rows in seconds.
func edmOf(path string, more ...string) []string {
	return append([]string{
		"data=npy", "data.file=" + path, "data.standardize=true", "process=edm", "objective.prediction=F", "objective.weight=edm",
		"objective.sigma_data=1", "timesteps=log_normal", "net.time={name: fourier, scale: 1}", "net.width=32", "train.batch=64",
		"train.epochs=40", "sample.solver=heun", "sample.spacing=karras", "sample.steps=18",
	}, more...)
}

// A table is learned standardized; samples, known numbers and likelihoods are in its units again. The model does not need
// the table for that: schema and encoder are in the checkpoint.
func TestTableEndToEnd(t *testing.T) {
	path, numbers := tableFile(t, 500)
	folder := filepath.Join(t.TempDir(), "run")
	mustTrain(t, smallConfig(t, edmOf(path, "data.held_out=0.2")...), euryale.In(folder))
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	m, err := euryale.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	const n = 2000
	points := pointsOf(t, m, m.Request(n))
	rows := make([]float32, len(numbers))
	for i, v := range numbers {
		rows[i] = float32(v)
	}
	wantMean, wantDeviation := moments(rows)
	mean, deviation := moments(points)
	for j := range mean { // a rough net of 400 rows: in the right place, and of the right size
		if math.Abs(mean[j]-wantMean[j]) > 0.5*wantDeviation[j] || deviation[j] < 0.5*wantDeviation[j] ||
			deviation[j] > 2*wantDeviation[j] {
			t.Errorf("column %d of the samples: mean %v and deviation %v; of the rows %v and %v", j, mean[j], deviation[j],
				wantMean[j], wantDeviation[j])
		}
	}
	r := m.Request(100)
	r.Known = map[int]float64{1: -6.99}
	for i, v := range pointsOf(t, m, r) {
		if i%2 == 1 && math.Abs(float64(v)+6.99) > 1e-5 {
			t.Fatalf("the known number is %v, want -6.99", v)
		}
	}
	// The density of rows in their units is that of standardized rows divided by the deviations. Two independent normal
	// numbers have a negative log-density of 2.8 nats, and the rows less.
	l, err := m.Likelihood(context.Background(), m.Request(1), rows[:2*50])
	if err != nil {
		t.Fatal(err)
	}
	volume := math.Log(wantDeviation[0] * wantDeviation[1])
	if normal := math.Log(2*math.Pi) + 1; !(l.Exact < volume+normal+0.5 && l.Exact > volume-2) {
		t.Errorf("negative log-density %v, want about %v or less", l.Exact, volume+normal)
	}
	// What does need the rows names their file.
	if _, err := euryale.Evaluate(context.Background(), m, 10); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("an evaluation without the file: %v", err)
	}
	// They are back: 100 of 500 rows are held out, and as many samples are compared with them.
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	e, err := euryale.Evaluate(context.Background(), m, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if e.Samples != 100 || !(e.Floor > 0 && e.SlicedW1 > 0) || math.Abs(e.FreshMean[0]-1000) > 50 || e.ClassAccuracy != nil {
		t.Errorf("%+v", e)
	}
	if l, err := eval.Likelihood(context.Background(), m, m.Request(30)); err != nil || l.Points != 30 || l.Reference != eval.HeldOutRows {
		t.Errorf("%+v, %v", l, err)
	}
	inverted := m.Request(101)
	inverted.Invert = true
	inverted.Sampling = smallConfig(t, edmOf(path, "sample.solver=rk45", "sample.rescale=preserving")...).Sample
	if _, _, err := m.Points(context.Background(), inverted); err == nil ||
		!strings.Contains(err.Error(), "has 100 rows that the net was not trained on, fewer than 101") {
		t.Errorf("an inversion of more rows than are held out: %v", err)
	}
}

// Held-out rows are those that the net did not see, the same at every opening.
func TestHeldOutRows(t *testing.T) {
	path, _ := tableFile(t, 60)
	m := mustTrain(t, smallConfig(t, edmOf(path, "data.held_out=0.25", "train.epochs=1")...))
	rows, held, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if rows.Rows() != 45 || held.Rows() != 15 {
		t.Fatalf("%d rows to train on and %d held out of 60", rows.Rows(), held.Rows())
	}
	e, err := euryale.Evaluate(context.Background(), m, 15)
	if err != nil {
		t.Fatal(err)
	}
	set, err := m.TrainingSet(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	mean, deviation := moments(set.Points)
	for j := range mean {
		if math.Abs(mean[j]) > 1e-6 || math.Abs(deviation[j]-1) > 1e-6 {
			t.Errorf("column %d of the training rows has mean %v and deviation %v", j, mean[j], deviation[j])
		}
	}
	again, err := euryale.Evaluate(context.Background(), m, 100)
	if err != nil || again.FreshMean[0] != e.FreshMean[0] || again.Samples != 15 {
		t.Errorf("%+v, %v; want the rows of %+v", again, err, e)
	}
}

// Without held-out rows, the error of an evaluation of a file names the key to set.
func TestNoFreshRows(t *testing.T) {
	path, _ := tableFile(t, 60)
	m := mustTrain(t, smallConfig(t, edmOf(path, "train.epochs=1")...))
	_, likelihood := eval.Likelihood(context.Background(), m, m.Request(3))
	_, comparison := eval.CompareSolvers(context.Background(), m, m.Request(3), []int{5}, 1)
	_, evaluation := euryale.Evaluate(context.Background(), m, 10)
	for what, err := range map[string]error{"Evaluate": evaluation, "Likelihood": likelihood, "CompareSolvers": comparison} {
		if !errors.Is(err, model.ErrNoFreshRows) || !strings.Contains(err.Error(), "small") ||
			!strings.Contains(err.Error(), "data.held_out=0.1") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A distribution that is standardized and partly held out is evaluated by fresh rows, in its units.
func TestStandardizedDistribution(t *testing.T) {
	config := smallConfig(t, "data={name: gaussian_mixture, points: 400}", "data.standardize=true", "data.held_out=0.1",
		"train.epochs=60")
	m := mustTrain(t, config)
	e, err := euryale.Evaluate(context.Background(), m, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if e.Samples != 1000 {
		t.Errorf("%d samples", e.Samples)
	}
	for j := range e.Mean {
		if math.Abs(e.Mean[j]-e.FreshMean[j]) > e.FreshStd[j] || e.Std[j] < 0.4*e.FreshStd[j] || e.Std[j] > 2*e.FreshStd[j] {
			t.Errorf("coordinate %d: samples have mean %v and deviation %v, the data %v and %v", j, e.Mean[j], e.Std[j],
				e.FreshMean[j], e.FreshStd[j])
		}
	}
}

// The distance of a standardized run is measured on standardized rows: the column with the large unit does not drown the
// others, and the unit does not matter.
func TestDistanceIsOfStandardizedRows(t *testing.T) {
	path, numbers := tableFile(t, 500)
	larger := make([]float64, len(numbers))
	for i, v := range numbers {
		larger[i] = v
		if i%2 == 0 {
			larger[i] *= 1024 // exact, so that the encoded rows are the same
		}
	}
	scaled := filepath.Join(t.TempDir(), "scaled.npy")
	writeNPY(t, scaled, 2, larger)
	var measured []*euryale.Evaluation
	for _, file := range []string{path, scaled} {
		m := mustTrain(t, smallConfig(t, edmOf(file, "data.held_out=0.2", "train.epochs=5")...), euryale.In(filepath.Join(t.TempDir(), "run")))
		e, err := euryale.Evaluate(context.Background(), m, 100)
		if err != nil {
			t.Fatal(err)
		}
		measured = append(measured, e)
	}
	a, b := measured[0], measured[1]
	if !(a.SlicedW1 > 0 && a.SlicedW1 < 2) || math.Abs(a.SlicedW1-b.SlicedW1) > 1e-5 || math.Abs(a.Floor-b.Floor) > 1e-5 {
		t.Errorf("sliced W1 %v and %v, floors %v and %v; want the same, of the size of standardized rows",
			a.SlicedW1, b.SlicedW1, a.Floor, b.Floor)
	}
	if math.Abs(b.FreshMean[0]-1024*a.FreshMean[0]) > 1 {
		t.Errorf("means %v and %v, want them in the data's units", a.FreshMean, b.FreshMean)
	}
}
