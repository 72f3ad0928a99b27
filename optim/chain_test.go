package optim

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"euryale/choice"
	"euryale/kernel"
)

// A step of clip, Adam and EMA written out: the formulas of each constant, one rounding each, in this order. A run's bits
// hang on them.
func TestBitsOfAStep(t *testing.T) {
	const size = 70
	p, q := normals(1, 0, size), normals(1, 0, size)
	m, v, averageOfQ := make([]float32, size), make([]float32, size), slices.Clone(q)
	chain := newChain(t, optionsOf(&Constant{Rate: 1e-3}, &Clip{Norm: 1}, defaultAdam(), &EMA{Decay: 0.999, Warmup: true}), p, 50)
	worker := chain.Worker()
	for number := int64(1); number <= 50; number++ {
		g := normals(2, uint64(number), size)
		worker.Begin(number, kernel.SquaredNorm(g))
		worker.Apply(g, 0, size)

		n := float64(number)
		kernel.Adam(q, m, v, g, kernel.AdamStep{
			Beta1: float32(0.9), Beta2: float32(0.999), OneMinusBeta1: float32(1 - 0.9), OneMinusBeta2: float32(1 - 0.999),
			StepSize:     float32(1e-3 / (1 - math.Pow(0.9, n))),
			InvSqrtBias2: float32(1 / math.Sqrt(1-math.Pow(0.999, n))),
			Epsilon:      1e-8,
			GradScale:    float32(min(1, 1/(math.Sqrt(kernel.SquaredNorm(g))+1e-6))),
		})
		kernel.Lerp(averageOfQ, q, float32(1-min(0.999, n/(9+n))))
	}
	state := chain.State()
	for i, want := range [][]float32{m, v, averageOfQ} {
		if !slices.Equal(state[i].Data, want) {
			t.Errorf("%s differs", state[i].Prefix)
		}
	}
	if !slices.Equal(p, q) {
		t.Error("the weights differ")
	}
	if a := chain.Average(); &a[0] != &state[2].Data[0] || state[2].Prefix != "ema." {
		t.Error("the average is not the state of ema")
	}
}

// Any partition of the weights and any number of workers give the bits of one update, whatever vectors the kernel cuts it
// into. The workers run at once.
func TestPartitionsGiveTheSameBits(t *testing.T) {
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		rapid.Check(t, func(r *rapid.T) {
			size := rapid.IntRange(1, 150).Draw(r, "size")
			cuts := rapid.SliceOfN(rapid.IntRange(0, size), 0, 6).Draw(r, "cuts")
			cuts = append(cuts, 0, size)
			slices.Sort(cuts)
			workers := rapid.IntRange(1, 4).Draw(r, "workers")
			owner := rapid.SliceOfN(rapid.IntRange(0, workers-1), len(cuts), len(cuts)).Draw(r, "owner")
			seed := rapid.Uint64().Draw(r, "seed")
			p, q := normals(seed, 0, size), normals(seed, 0, size)
			options := optionsOf(&Cosine{Rate: 0.01, Warmup: 2}, full(e.New())...)
			whole, parts := newChain(t, options, p, 4), newChain(t, options, q, 4)
			one, team := whole.Worker(), make([]*Worker, workers)
			for w := range team {
				team[w] = parts.Worker()
			}
			for number := int64(1); number <= 3; number++ {
				g := normals(seed, uint64(number), size)
				want := one.Step(number, g)
				var done sync.WaitGroup
				for w, worker := range team {
					done.Go(func() {
						if got := worker.Begin(number, kernel.SquaredNorm(g)); got != want {
							r.Errorf("worker %d has %+v, want %+v", w, got, want)
						}
						for k := len(cuts) - 2; k >= 0; k-- {
							if owner[k] == w {
								worker.Apply(g, cuts[k], cuts[k+1])
							}
						}
					})
				}
				done.Wait()
			}
			if !slices.Equal(p, q) {
				r.Fatalf("weights differ when cut at %v", cuts)
			}
			for i, want := range whole.State() {
				if !slices.Equal(want.Data, parts.State()[i].Data) {
					r.Fatalf("%s differs when cut at %v", want.Prefix, cuts)
				}
			}
		})
	})
}

// A chain made from the weights, the arrays of State and the step goes on as if it had never stopped, wherever it stopped.
func TestResume(t *testing.T) {
	const size, total = 20, 12
	run := func(c *Chain, from, to int64) {
		worker := c.Worker()
		for number := from; number <= to; number++ {
			worker.Step(number, normals(5, uint64(number), size))
		}
	}
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		for _, schedule := range Schedules() {
			options := optionsOf(short(schedule.New()), full(e.New())...)
			p := normals(4, 0, size)
			whole := newChain(t, options, p, total)
			run(whole, 1, total)
			for stop := int64(0); stop <= total; stop++ {
				q := normals(4, 0, size)
				first := newChain(t, options, q, total)
				run(first, 1, stop)
				restored := make([]float32, size) // the new process has drawn other weights before it restores them
				resumed := newChain(t, options, restored, total)
				copy(restored, q)
				for i, a := range first.State() {
					copy(resumed.State()[i].Data, a.Data)
				}
				run(resumed, stop+1, total)
				if !slices.Equal(p, restored) {
					t.Fatalf("%s, stopped after step %d: the weights end elsewhere", schedule.Name, stop)
				}
				for i, a := range whole.State() {
					if b := resumed.State()[i]; a.Prefix != b.Prefix || !slices.Equal(a.Data, b.Data) {
						t.Fatalf("%s, stopped after step %d: %s ends elsewhere", schedule.Name, stop, a.Prefix)
					}
				}
			}
		}
	})
}

// short makes a schedule change within a dozen steps.
func short(s Schedule) Schedule {
	switch s := s.(type) {
	case *Warmup:
		s.Steps = 4
	case *Cosine:
		s.Warmup, s.Final = 4, 0.1
	case *Linear:
		s.Warmup, s.Final = 4, 0.1
	case *StepDecay:
		s.Every = 3
	}
	return s
}

// A step that diverged is known before any weight moves: a gradient that is not finite, or whose square, after clipping,
// the second moment cannot hold.
func TestDiverged(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		for _, test := range []struct {
			clip, squared float64
			want          bool
		}{
			{0, 1, false}, {0, 1e38, false}, {0, 1.0001e38, true}, {0, nan, true}, {0, inf, true},
			{1, 1, false}, {1, 1e300, false}, {1, nan, true}, {1, inf, true}, {1e25, 1e60, true},
		} {
			transforms := []TransformOptions{e.New(), &EMA{Decay: 0.9}}
			if test.clip > 0 {
				transforms = append([]TransformOptions{&Clip{Norm: test.clip}}, transforms...)
			}
			p := normals(1, 0, 10)
			chain := newChain(t, optionsOf(&Constant{Rate: 1}, transforms...), p, 1)
			s := chain.Worker().Begin(1, test.squared)
			if s.Diverged() != test.want || s.Norm != math.Sqrt(test.squared) && !math.IsNaN(test.squared) {
				t.Errorf("clip %v, squared norm %v: %+v, diverged %v", test.clip, test.squared, s, s.Diverged())
			}
			if (math.IsNaN(test.squared) || math.IsInf(test.squared, 0)) != math.IsNaN(float64(s.Scale)) {
				t.Errorf("clip %v, squared norm %v: scale %v", test.clip, test.squared, s.Scale)
			}
		}
		p := normals(1, 0, 3)
		q := slices.Clone(p)
		chain := newChain(t, optionsOf(&Constant{Rate: 1}, full(e.New())...), p, 1)
		if s := chain.Worker().Step(1, []float32{1, float32(nan), 1}); !s.Diverged() || !slices.Equal(p, q) {
			t.Errorf("a gradient of NaN moved the weights from %v to %v: %+v", q, p, s)
		}
		// A step that is applied all the same makes the weights NaN.
		worker := chain.Worker()
		worker.Begin(1, nan)
		worker.Apply([]float32{1, 1, 1}, 0, 3)
		for _, w := range p {
			if !math.IsNaN(float64(w)) {
				t.Errorf("a step with a norm of NaN gave the weights %v", p)
			}
		}
	})
}

func TestRateAndDecay(t *testing.T) {
	o := optionsOf(&Warmup{Rate: 0.5, Steps: 5}, defaultAdam(), &EMA{Decay: 0.999, Warmup: true})
	c := newChain(t, o, nil, 10)
	if rate, decay := c.Rate(2), c.AverageDecay(2); rate != 0.2 || decay != 2./11 {
		t.Errorf("rate %v, decay %v; want 0.2 and 2/11", rate, decay)
	}
	o.Transforms = o.Transforms[:1]
	c = newChain(t, o, nil, 10)
	if rate, decay := c.Rate(9), c.AverageDecay(9); rate != 0.5 || decay != 0 || c.Average() != nil {
		t.Errorf("without ema: rate %v, decay %v, average %v", rate, decay, c.Average())
	}
}

func TestNoAllocation(t *testing.T) {
	const size = 1000
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		for _, schedule := range Schedules() {
			p, g := normals(1, 0, size), normals(1, 1, size)
			worker := newChain(t, optionsOf(schedule.New(), full(e.New())...), p, 100).Worker()
			number := int64(0)
			if n := testing.AllocsPerRun(20, func() {
				number++
				worker.Begin(number, kernel.SquaredNorm(g))
				worker.Apply(g, 0, size/2)
				worker.Apply(g, size/2, size)
			}); n != 0 {
				t.Errorf("%s: %v allocations a step", schedule.Name, n)
			}
		}
	})
}

func TestNewErrors(t *testing.T) {
	for key, change := range map[string]func(*Options){
		"learning_rate.rate":   func(o *Options) { o.LearningRate.Kind = &Constant{} },
		"transforms[0].norm":   func(o *Options) { o.Transforms[0].Kind = &Clip{} },
		"transforms[1].beta2":  func(o *Options) { o.Transforms[1].Kind = &Adam{Beta2: 1, Epsilon: 1e-8} },
		"transforms":           func(o *Options) { o.Transforms = o.Transforms[:1] },
		"learning_rate.warmup": func(o *Options) { o.LearningRate.Kind = &Cosine{Rate: 1, Warmup: -1} },
	} {
		o := DefaultOptions()
		change(&o)
		var field *choice.FieldError
		if _, err := New(o, nil, 1); !errors.As(err, &field) || field.Key != key {
			t.Errorf("got %v, want an error of %s", err, key)
		}
	}
	if _, err := New(DefaultOptions(), nil, 0); err == nil {
		t.Error("a run of no steps has a chain")
	}
}

// Workers share nothing from Begin: another's Begin does not change what a worker applies.
func TestWorkersShareNoConstants(t *testing.T) {
	const size = 10
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		options := optionsOf(&Warmup{Rate: 0.1, Steps: 10}, full(e.New())...)
		p, q, g := normals(1, 0, size), normals(1, 0, size), normals(1, 1, size)
		alone, shared := newChain(t, options, p, 10), newChain(t, options, q, 10)
		alone.Worker().Step(1, g)
		first, second := shared.Worker(), shared.Worker()
		first.Begin(1, kernel.SquaredNorm(g))
		second.Begin(7, 1e6)
		first.Apply(g, 0, size)
		if !slices.Equal(p, q) || !slices.Equal(alone.Average(), shared.Average()) {
			t.Error("the second worker's step went into the first's")
		}
	})
}
