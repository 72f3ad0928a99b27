package model

import (
	"context"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion"
)

func TestTrajectory(t *testing.T) {
	m := smallModel(t)
	r := request(t, m, 600, 5)
	r.Workers = 2
	frames, err := m.Trajectory(context.Background(), r, 6)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, f := range frames {
		titles = append(titles, f.Title)
		if len(f.X) != 600*2 {
			t.Errorf("%s: %d numbers", f.Title, len(f.X))
		}
	}
	if want := []string{"t = 10", "t = 8", "t = 6", "t = 4", "t = 2", "t = 0"}; !slices.Equal(titles, want) {
		t.Errorf("frames %v, want %v", titles, want)
	}
	if !slices.Equal(frames[5].X, draw(t, m, r)) {
		t.Error("the last frame is not the samples")
	}
	start := make([]float32, 600*2)
	diffusion.StartFromPrior(m.process, start, 5, 0, 2)
	if !slices.Equal(frames[0].X, start) {
		t.Error("the first frame is not the start")
	}
	for _, n := range []int{0, 1, 2, 11, 50} {
		frames, err := m.Trajectory(context.Background(), r, n)
		if want := min(max(2, n), 11); err != nil || len(frames) != want {
			t.Errorf("of %d: %d frames, %v; want %d", n, len(frames), err, want)
		}
	}
}

// The title of a frame is t in continuous time, and σ where α = 1.
func TestTitles(t *testing.T) {
	for name, want := range map[string][2]string{
		"process=vp, euler_maruyama": {"t = 1", "t = 0"}, "process={name: edm, sigma_max: 1}, euler": {"σ = 1", "σ = 0"},
		"process={name: edm, sigma_max: 80}, euler": {"σ = 80", "σ = 0"}, "process={name: ve, sigma_max: 50}, euler": {"σ = 50", "σ = 0"},
		"process=flow, euler": {"t = 0.999", "t = 0"},
	} {
		last := strings.LastIndex(name, ", ")
		m := smallModel(t, name[:last], "net.time=fourier", "sample.steps=5", "sample.solver="+name[last+2:])
		frames, err := m.Trajectory(context.Background(), m.Request(3), 2)
		if err != nil || frames[0].Title != want[0] || frames[1].Title != want[1] {
			t.Errorf("%s: %q and %q, %v; want %q", name, frames[0].Title, frames[1].Title, err, want)
		}
	}
}

// An inversion starts at fresh data and ends near noise, each row by itself.
func TestInversion(t *testing.T) {
	m := smallModel(t)
	for _, solver := range []string{"ddim", "rk45"} {
		r := request(t, m, sampleRows+5, 5, "sample.solver="+solver)
		r.Invert, r.Workers = true, 2
		all := draw(t, m, r)
		frames, err := m.Trajectory(context.Background(), r, 2)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := m.Fresh(context.Background(), r.Seed, r.N, data.AnyClass)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(frames[0].X, rowsOf(t, fresh)) || !slices.Equal(frames[1].X, all) || frames[0].Title != "t = 0" {
			t.Errorf("%s: the way from data to noise has other ends", solver)
		}
		r.N = 3
		if !slices.Equal(draw(t, m, r), all[:3*2]) {
			t.Errorf("%s: three rows differ alone", solver)
		}
	}
}
