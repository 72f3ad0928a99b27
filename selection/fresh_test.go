package selection

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/configs"
	"euryale/data"
	"euryale/run"
	"euryale/train"
)

// Where nothing is held out and the distribution of the data is known, fresh rows are what a run is evaluated on. Neither they nor
// how the run came to its end, in one go or in parts, change a bit of the weights.
func TestFreshRows(t *testing.T) {
	common := []string{"train.steps=16", "train.evaluate_every=8", "train.keep=best", "train.batch=32"}
	images := append([]string{
		"data={name: discs, rows: 60, size: 8, flip: true}", "net.channels=4", "net.multipliers=[1]", "net.groups=2", "sample.steps=2",
	}, common...)
	for set, configOf := range map[string]func(overrides ...string) *configs.Config{
		"points": func(overrides ...string) *configs.Config {
			return pointsConfig(t, append(append(common, "data.held_out=0"), overrides...)...)
		},
		"images": func(overrides ...string) *configs.Config {
			config, err := configs.Preset("discs", append(images, overrides...))
			if err != nil {
				t.Fatal(err)
			}
			return config
		},
	} {
		config := configOf()
		folder := run.Folder(t.TempDir())
		outcomes := trained(t, folder, config, nil)
		if len(outcomes) != 2 {
			t.Fatalf("%s: %d outcomes", set, len(outcomes))
		}
		for _, o := range outcomes {
			if o.Err != nil || !(o.HeldOutLoss > 0) || o.Points == nil || !(o.Points.Floor > 0) || math.IsNaN(o.Score) {
				t.Errorf("%s: %+v", set, o)
			}
		}
		if outcomes[1].HeldOutLoss >= outcomes[0].HeldOutLoss {
			t.Errorf("%s: the loss on fresh rows does not fall: %v, then %v", set, outcomes[0].HeldOutLoss, outcomes[1].HeldOutLoss)
		}
		if set == "images" { // the rest takes long, and is the same
			continue
		}
		parts := run.Folder(t.TempDir())
		ctx, cancel := context.WithCancel(context.Background())
		_, err := try(ctx, parts, config, func(o *train.Options) {
			o.Hooks = []train.Hook{{Name: "end", Every: 11, Do: func(context.Context, *train.Loop, train.Progress) error { cancel(); return nil }}}
		})
		if !errors.Is(err, train.ErrInterrupted) {
			t.Fatal(err)
		}
		trained(t, parts, config, func(o *train.Options) { o.Resume, o.Workers = true, 1 })
		if diff := cmp.Diff(evaluations(t, folder), evaluations(t, parts)); diff != "" || !bytes.Equal(bestFile(t, folder), bestFile(t, parts)) {
			t.Errorf("%s: resumed, the evaluations or the best checkpoint are others:\n%s", set, diff)
		}
		plain := run.Folder(t.TempDir())
		trained(t, plain, configOf("train.evaluate_every=0", "train.keep=last"), nil)
		a, errA := plain.Latest()
		b, errB := folder.Latest()
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a.Tensors, b.Tensors); diff != "" {
			t.Errorf("%s: evaluations change the training", set)
		}
	}
}

// Rows of a program without a known distribution need some that are held out.
func TestNoFreshRows(t *testing.T) {
	config := pointsConfig(t, "data.held_out=0")
	rows, err := data.Flat([]float64{1, 2, 3, 4, 5, 6}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	config.Data.Source = configs.Sources().With(&data.Program{Source: rows})
	_, err = try(context.Background(), run.Folder(t.TempDir()), config, nil)
	if err == nil || !strings.Contains(err.Error(), "set data.held_out") {
		t.Errorf("%v", err)
	}
}
