package solver

import (
	"context"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
)

// TestInverse: the inverse of each solver, or the key that rules one out.
func TestInverse(t *testing.T) {
	for _, s := range []Solver{DDIM{}, &DDIM{}} {
		if inverse, err := Inverse(s); err != nil || inverse != (DDIMInversion{}) {
			t.Errorf("%T: %v, %v", s, inverse, err)
		}
	}
	tolerance := Tolerance{1e-3, 1e-4}
	if inverse, err := Inverse(&RK45{tolerance}); err != nil || inverse != (ODEInversion{tolerance}) {
		t.Errorf("%v, %v", inverse, err)
	}
	_, err := Inverse(&DDIM{0.5})
	if err == nil || keyOf(t, err) != "eta" ||
		err.Error() != "eta must be 0 to turn data into noise: noise that ddim adds cannot be undone" {
		t.Error(err)
	}
	inverters := 0
	for _, e := range Solvers() {
		_, err := Inverse(e.New())
		if err == nil {
			inverters++
		} else if want := "must be ddim or rk45 to turn data into noise, got " + e.Name; err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if inverters != 2 {
		t.Errorf("%d solvers have an inverse", inverters)
	}
}

// TestPrepareInverse: data becomes noise and the noise the data again, on every kind of process, flow too.
func TestPrepareInverse(t *testing.T) {
	for _, test := range []struct {
		solver  Solver
		process diffusion.Process
		steps   int
		spacing string
		rescale Rescale
		within  float64
	}{
		{&DDIM{}, linearChain(t, 1000), 500, "linspace", RescaleNone, 0.03},
		{&DDIM{}, edm(t), 800, "log_snr", RescalePreserving, 0.03},
		{&DDIM{}, flowLine(t), 800, "log_snr", RescalePreserving, 0.03},
		{&RK45{Tolerance{1e-6, 1e-6}}, vp(t), 3, "log_snr", RescaleNone, 1e-3},
		{&RK45{Tolerance{1e-6, 1e-6}}, flowLine(t), 3, "log_snr", RescaleNone, 1e-3},
		{&RK45{Tolerance{1e-6, 1e-6}}, flowLine(t), 3, "log_snr", RescaleExploding, 1e-3},
	} {
		o := optionsOf(test.solver, test.steps, test.spacing)
		o.Rescale = test.rescale
		forward, p, times, err := o.Prepare(test.process)
		if err != nil {
			t.Fatal(err)
		}
		inverse, q, back, err := o.PrepareInverse(test.process)
		if err != nil {
			t.Fatal(err)
		}
		reversed := slices.Clone(times)
		slices.Reverse(reversed)
		if !slices.Equal(back, reversed) || q != p {
			t.Errorf("%s on %T: times %v, back %v, processes %v and %v", test.solver.Name(), test.process, times, back, p, q)
		}
		l := distributionCase{solver: test.solver, process: test.process, rescale: test.rescale}
		model := l.model(t, p, normalData(0.3, 0.5), diffusion.X0)
		if test.rescale == RescaleNone {
			model = oracle(t, p, normalData(0.3, 0.5), diffusion.U)
		}
		start := []float32{-1, 0.1, 1.4}
		x, run := slices.Clone(start), &Run{Model: model, Dim: 1}
		mustSolve(t, inverse, run, x, back)
		data, _, last := p.Span()
		for i := range x {
			if want := endOfFlow(p, 0.3, 0.5, float64(start[i]), data, last); !(abs(float64(x[i])-want) < test.within*p.PriorDeviation()) {
				t.Errorf("%s on %T: %v goes to %v, want %v", inverse.Name(), p, start[i], x[i], want)
			}
		}
		mustSolve(t, forward, run, x, times)
		for i := range x {
			if !(abs(float64(x[i]-start[i])) < test.within) {
				t.Errorf("%s on %T: %v came back as %v", forward.Name(), p, start[i], x[i])
			}
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

func TestPrepareInverseErrors(t *testing.T) {
	for _, test := range []struct {
		o         Options
		process   diffusion.Process
		key, want string // the beginning
	}{
		{optionsOf(&DDIM{0.5}, 3, "respaced"), vp(t), "solver.eta", "must be 0 to turn data into noise"},
		{optionsOf(&Heun{}, 3, "respaced"), vp(t), "solver", "must be ddim or rk45 to turn data into noise, got heun"},
		{optionsOf(&DDIM{}, 0, "respaced"), vp(t), "steps", "must be from 1"},
		{optionsOf(&DDIM{}, 3, "karras"), edm(t), "solver", "ddim cannot run with these settings: it needs a variance-preserving process"},
	} {
		_, _, _, err := test.o.PrepareInverse(test.process)
		if err == nil || keyOf(t, err) != test.key || !strings.HasPrefix(err.Error(), test.key+" "+test.want) {
			t.Errorf("%v\nwant %s %s…", err, test.key, test.want)
		}
	}
}

// elsewhere is a solver of another package.
type elsewhere struct{ Solver }

func (elsewhere) Name() string { return "elsewhere" }

// A program can choose a solver that is not in Solvers.
func TestProgramsOwnSolver(t *testing.T) {
	o := DefaultOptions()
	o.Solver.Kind, o.Steps = elsewhere{DDIM{}}, 5
	s, p, times, err := o.Prepare(linearChain(t, 100))
	if err != nil || s.Name() != "elsewhere" {
		t.Fatal(s, err)
	}
	run := &Run{Model: oracle(t, p, normalData(0, 1), diffusion.X0), Dim: 1}
	if err := s.Solve(context.Background(), run, []float32{1}, times); err != nil {
		t.Error(err)
	}
	if _, _, _, err := o.PrepareInverse(p); err == nil ||
		err.Error() != "solver must be ddim or rk45 to turn data into noise, got elsewhere" {
		t.Error(err)
	}
}
