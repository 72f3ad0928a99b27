package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// small is a sweep of eight trials of a tiny net: two learning rates, two schedules and two seeds.
const small = `name: small
config: scurve
set: [data.points=60, net.width=8, net.depth=1, process.steps=5, train.steps=12, train.log_every=5, train.checkpoint_every=4]
axes:
  - key: optimizer.learning_rate
    values: [0.001, 0.01]
    label: lr
  - key: process.schedule
    values: [linear, sigmoid]
seeds: 2
metric: sliced_w1
evaluate: {samples: 60}
`

// load reads the text of a sweep file.
func load(t testing.TB, text string, overrides ...string) *Sweep {
	t.Helper()
	s, err := try(t, text, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func try(t testing.TB, text string, overrides ...string) (*Sweep, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sweep.yaml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return Load(path, overrides)
}

// trainer stands for the training of trials: it counts them, and gives each a distance that its settings decide.
type trainer struct {
	lock  sync.Mutex
	count map[string]int // by name and budget
	most  int            // at a time
	now   int
	fail  map[string]error // by name, or by name and budget
	after func(n int)      // called when n trials were trained
}

func (f *trainer) train(ctx context.Context, t Task) (*Outcome, error) {
	f.lock.Lock()
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.now++
	f.most = max(f.most, f.now)
	f.lock.Unlock()
	defer func() {
		f.lock.Lock()
		defer f.lock.Unlock()
		f.now--
	}()
	if err := cmp.Or(f.fail[t.Name], f.fail[fmt.Sprint(t.Name, " ", t.Rung)]); err != nil {
		return nil, err
	}
	if ctx.Err() != nil || t.Workers < 1 {
		return nil, cmp.Or(ctx.Err(), errors.New("no workers"))
	}
	f.lock.Lock()
	f.count[fmt.Sprint(t.Name, " ", t.Rung)]++
	n := len(f.count)
	f.lock.Unlock()
	if f.after != nil {
		f.after(n)
	}
	floor := 0.01
	return &Outcome{Step: int64(10 * (t.Rung + 1)), Figures: Figures{{"sliced_w1", distance(t), &floor}, {"loss", 1, nil}}}, nil
}

// distance is less for the schedule linear, the rate 0.001 and the seed 0, in this order of importance.
func distance(t Task) float64 {
	d := 1.0
	for _, s := range t.Settings {
		d += map[string]float64{"process.schedule=sigmoid": 4, "optimizer.learning_rate=0.01": 2, "seed=1": 0.5}[s.Key+"="+s.Value]
	}
	return d
}

// once fails the test unless every trial was trained once.
func (f *trainer) once(t *testing.T, want int) {
	t.Helper()
	if len(f.count) != want {
		t.Errorf("%d trials were trained, want %d: %v", len(f.count), want, f.count)
	}
	for name, n := range f.count {
		if n != 1 {
			t.Errorf("%s was trained %d times", name, n)
		}
	}
}

func options(folder string, f *trainer) Options {
	return Options{Folder: folder, Train: f.train}
}

// run1 runs a sweep to its end.
func run1(t *testing.T, s *Sweep, o Options) *Results {
	t.Helper()
	r, err := Run(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var errTrial = errors.New("the loss is not finite")
