package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeShop has rates that depend on the load and the workers alone.
type fakeShop struct {
	running int // loops
	log     []string
	broken  bool
}

func (s *fakeShop) startLoad(_ context.Context, l load) (func(), error) {
	s.running += l.loops
	return func() { s.running -= l.loops }, nil
}

func (s *fakeShop) rateOf(_ context.Context, t task, workers int) (figures, error) {
	if s.broken {
		return nil, errors.New("out of paper")
	}
	s.log = append(s.log, fmt.Sprintf("%s %d beside %d", t.job, workers, s.running))
	return figures{"rate": float64(1000*workers + s.running + 500)}, nil
}

func TestUnderLoad(t *testing.T) {
	s := &fakeShop{}
	all, err := underLoad(context.Background(), regexp.MustCompile("^train"), pace{rounds: 2, length: 1}, &watch{now: unknown}, s, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if s.running != 0 {
		t.Errorf("%d loops are left", s.running)
	}
	var want []string
	for range 2 {
		for _, loops := range []int{0, 1, 2, 1, 2} {
			for _, workers := range []int{0, 1, 2} {
				want = append(want, fmt.Sprintf("train-rate %d beside %d", workers, loops))
			}
		}
	}
	if !slices.Equal(s.log, want) {
		t.Errorf("turns %q\nwant  %q", s.log, want)
	}
	if len(all) != len(loads) || !slices.Equal(all[1].Rates[2], []float64{2501, 2501}) {
		t.Errorf("got %+v", all)
	}
	all[1].Rates = [3][]float64{{900, 1100, 1000}, {1000, 1000, 1000}, {100, 3000, 100}}
	var out bytes.Buffer
	findings{Machine: machine{CPU: "Abacus"}, Busy: all}.write(&out)
	for _, line := range []string{
		"| job | load | default workers | 1 worker | 2 workers | default / best fixed |",
		"| training steps/s, B 128, H 128, T 100 | 1 busy loop | 1000 (900 … 1100) | 1000 (1000 … 1000) | 100 (100 … 3000) | 1.00 |",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	_, err = underLoad(context.Background(), regexp.MustCompile(""), pace{rounds: 1}, &watch{now: unknown}, &fakeShop{broken: true}, quiet)
	if err == nil || !strings.Contains(err.Error(), "train-rate under the load \"none\", workers 0: out of paper") {
		t.Errorf("the error of a measurement: %v", err)
	}
}

// The rates are those of work that is done after the warm-up.
func TestRates(t *testing.T) {
	small := task{batch: 16, width: 8, timesteps: 10, points: 400, samples: 1000, seconds: 0.01}
	for _, workers := range []int{0, 1} {
		for name, run := range map[string]func(task, int) (figures, error){"train": trainRateChild, "sample": sampleRateChild} {
			if f, err := run(small, workers); err != nil || len(f) != 1 || !(f["rate"] > 0) {
				t.Errorf("%s, %d workers: %v, %v", name, workers, f, err)
			}
		}
	}
}

// A loop computes until nobody holds its input open.
func TestSpinEndsWithItsInput(t *testing.T) {
	for _, pulse := range []time.Duration{0, time.Millisecond} {
		in, out := io.Pipe()
		ended := make(chan error)
		go func() { ended <- spin(in, pulse) }()
		select {
		case err := <-ended:
			t.Fatalf("ended by itself: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestChart(t *testing.T) {
	figures := func(ms float64) *series { return &series{Figures: map[string][]float64{"ms": {ms}}} }
	r := findings{Results: []result{
		{Job: "train-128", Series: map[string]*series{two: figures(0.1), one: figures(0.2), plainC: figures(0.3)}},
		{Job: "matmul", Series: map[string]*series{two: figures(1)}},
		{Job: "sample", Series: map[string]*series{two: figures(100), tuned: figures(250)}},
	}}
	c, err := r.chart()
	if err != nil || len(c.Groups) != 2 || len(c.Groups[0].Bars) != 3 || len(c.Groups[1].Bars) != 2 {
		t.Fatalf("chart %+v, %v; want the groups of training and sampling with what was measured", c, err)
	}
	if b := c.Groups[1].Bars[1]; b.Value != 2.5 || b.Label != "2.50 (250 ms)" || b.Highlight || b.Name != tuned {
		t.Errorf("got the bar %+v", b)
	}
	path := filepath.Join(t.TempDir(), "speed.svg")
	if err := r.draw(path); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !bytes.Contains(text, []byte("2.50 (250 ms)")) {
		t.Errorf("the chart lacks a label: %v", err)
	}
	if err := (findings{}).draw(path); err == nil {
		t.Error("a chart of nothing")
	}
	for _, bad := range []string{"speed.jpeg", filepath.Join("no", "such", "speed.svg")} {
		if err := checkChart(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
