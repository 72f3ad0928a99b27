package objective_test

import (
	"context"
	"math"
	"testing"

	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/objective"
)

// The table of the tests: a category with these shares, and a number whose mean depends on the category.
var (
	tableShares = []float64{0.5, 0.3, 0.2}
	tableMeans  = []float64{-0.6, 0.1, 0.8}
)

const tableDeviation = 0.15 // of the number, given the category

func tableLayout() data.Layout {
	return data.Layout{Dim: 4, Numbers: 1, Groups: []data.Group{{First: 1, Width: 3, Shares: tableShares}}}
}

// ideal is the net that minimizes the loss of the table: F of the posterior mean, and the logits of the posterior.
type ideal struct {
	evaluated
	process diffusion.Process
	q       diffusion.Parameterization
	shares  []float64
}

func (n ideal) Run(dst, x []float32, t float64) {
	alpha, sigma := n.process.Marginal(t)
	scale, f := n.q.InputScale(alpha, sigma), n.q
	f.Prediction = diffusion.Preconditioned
	a, b := f.Convert(diffusion.X0, alpha, sigma)
	variance := alpha*alpha*tableDeviation*tableDeviation + sigma*sigma
	var logits, means [3]float64
	for r := 0; r < len(x); r += 4 {
		row := x[r : r+4]
		number := float64(row[0]) / scale
		for k, share := range n.shares {
			e := number - alpha*tableMeans[k]
			means[k] = tableMeans[k] + alpha*tableDeviation*tableDeviation/variance*e
			logits[k] = math.Log(share) - e*e/(2*variance)
			for j, v := range row[1:] {
				e := float64(v)/scale - alpha*onehot(j, k)
				logits[k] -= e * e / (2 * sigma * sigma)
			}
		}
		highest, total, mean := max(logits[0], logits[1], logits[2]), 0.0, 0.0
		for k, l := range logits {
			p := math.Exp(l - highest)
			total += p
			mean += p * means[k]
			dst[r+1+k] = float32(l - highest)
		}
		dst[r] = float32((mean/total - a*number) / b)
	}
}

func onehot(j, k int) float64 {
	if j == k {
		return 1
	}
	return 0
}

// tableModel is an ideal model of the table; with a weight, guided toward a label whose rows have other shares.
func tableModel(t *testing.T, p diffusion.Process, weight float64) *diffusion.Model {
	t.Helper()
	o, err := (&objective.Mixed{CategoryWeight: 1, SigmaData: 0.5}).New(p, tableLayout())
	if err != nil {
		t.Fatal(err)
	}
	q := o.Parameterization()
	denoiser := func(shares []float64) diffusion.Denoiser {
		return o.(objective.Denoising).Denoiser(ideal{process: p, q: q, shares: shares})
	}
	net := denoiser(tableShares)
	if weight != 0 {
		net, err = guidance.NewClassifierFree(denoiser([]float64{0.2, 0.4, 0.4}), net, weight, guidance.Interval{})
		if err != nil {
			t.Fatal(err)
		}
	}
	model, err := diffusion.NewModel(net, p, q)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// drawTable draws rows with a solver, and returns the shares of the categories and the mean of the number in each.
func drawTable(t *testing.T, model *diffusion.Model, s solver.Solver, p diffusion.Process, times []float64) (shares, means [3]float64) {
	t.Helper()
	const rows, dim = 1000, 4
	x := make([]float32, rows*dim)
	diffusion.StartFromPrior(p, x, 1, 0, dim)
	run := &solver.Run{Model: model, Dim: dim, Noise: diffusion.NewRowNoise(1, 0, dim)}
	if err := s.Solve(context.Background(), run, x, times); err != nil {
		t.Fatal(err)
	}
	for r := 0; r < len(x); r += dim {
		k := 0
		for j, v := range x[r+1 : r+4] {
			if v > x[r+1+k] {
				k = j
			}
			if !(math.Abs(float64(v)-math.Round(float64(v))) < 0.3) {
				t.Fatalf("%s: category coordinates %v", s.Name(), x[r+1:r+4])
			}
		}
		shares[k] += 1.0 / rows
		means[k] += float64(x[r])
	}
	for k := range means {
		means[k] /= max(shares[k]*rows, 1)
	}
	return shares, means
}

// Every solver draws the table's distribution with an ideal net.
func TestMixedWithEverySolver(t *testing.T) {
	if testing.Short() {
		t.Skip("draws with every solver")
	}
	for _, entry := range solver.Solvers() {
		t.Run(entry.Name, func(t *testing.T) {
			drawn := 0
			for _, name := range []string{"edm", "vp", "ddpm"} {
				process := diffusion.Processes().Choose(name)
				if ddpm, ok := process.Kind.(*diffusion.DDPM); ok {
					ddpm.Schedule = diffusion.Schedules().With(&diffusion.LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02, ScaleBetas: true})
				}
				p, err := process.Kind.New()
				if err != nil {
					t.Fatal(err)
				}
				o := solver.DefaultOptions()
				o.Solver, o.Steps = solver.Solvers().Choose(entry.Name), 50
				if name == "edm" {
					o.Spacing = solver.Spacings().Choose("karras")
				}
				if entry.Name == "annealed_langevin" {
					o.Steps = 12
				}
				s, prepared, times, err := o.Prepare(p)
				if err != nil {
					continue // not for this process
				}
				drawn++
				model := tableModel(t, p, 0)
				if prepared != p {
					model = model.Rescaled(prepared)
				}
				shares, means := drawTable(t, model, s, prepared, times)
				for k := range shares {
					if math.Abs(shares[k]-tableShares[k]) > 0.06 || math.Abs(means[k]-tableMeans[k]) > 0.08 {
						t.Errorf("%s: shares %.3f with means %.3f, want %v with %v", name, shares, means, tableShares, tableMeans)
						break
					}
				}
			}
			if drawn == 0 {
				t.Error("no process takes it")
			}
		})
	}
}

// prepared is a solver on EDM's process with steps that are spaced by Karras et al.
func prepared(t *testing.T, name string, steps int) (diffusion.Process, solver.Solver, []float64) {
	t.Helper()
	p, err := diffusion.NewEDM(0.002, 80)
	if err != nil {
		t.Fatal(err)
	}
	o := solver.DefaultOptions()
	o.Solver, o.Spacing, o.Steps = solver.Solvers().Choose(name), solver.Spacings().Choose("karras"), steps
	s, _, times, err := o.Prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	return p, s, times
}

// Guided without a classifier, a category that a label makes twice as likely is more likely still: its share approaches
// that of (shares of the label)²/(shares).
func TestMixedGuided(t *testing.T) {
	p, heun, times := prepared(t, "heun", 25)
	shares, means := drawTable(t, tableModel(t, p, 1), heun, p, times)
	if want := 0.8 / (0.08 + 0.16/0.3 + 0.8); math.Abs(shares[2]-want) > 0.1 || math.Abs(means[2]-tableMeans[2]) > 0.05 {
		t.Errorf("shares %.3f with means %.3f, want about %.3f of category 2", shares, means, want)
	}
}

// RePaint with known coordinates: a known category fixes the distribution of the number, and a known number that of the
// category.
func TestMixedInpaints(t *testing.T) {
	p, ancestral, times := prepared(t, "ancestral", 30)
	draw := func(known guidance.Known) (shares, means [3]float64) {
		repaint, err := guidance.NewRePaint(guidance.RePaintOptions{JumpLength: 1, Resample: 10}, known, ancestral)
		if err != nil {
			t.Fatal(err)
		}
		return drawTable(t, tableModel(t, p, 0), repaint, p, times)
	}
	shares, means := draw(guidance.Known{Mask: []bool{false, true, true, true}, Values: []float32{0, 0, 0, 1}})
	if shares[2] < 0.999 || math.Abs(means[2]-tableMeans[2]) > 0.05 {
		t.Errorf("category 2 is known: shares %.3f with means %.3f", shares, means)
	}
	// Halfway between two means, either category is as likely as its share.
	between := float32(tableMeans[1]+tableMeans[2]) / 2
	shares, _ = draw(guidance.Known{Mask: []bool{true, false, false, false}, Values: []float32{between, 0, 0, 0}})
	if shares[0] > 0.06 || math.Abs(shares[1]-0.6) > 0.1 || math.Abs(shares[2]-0.4) > 0.1 {
		t.Errorf("the number is known: shares %.3f, want 0, 0.6 and 0.4", shares)
	}
}
