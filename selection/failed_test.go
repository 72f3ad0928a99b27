package selection

import (
	"context"
	"errors"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/run"
	"euryale/train"
)

// Where samples cannot be compared, the training goes on, and the reason is reported.
func TestFailedEvaluation(t *testing.T) {
	config := pointsConfig(t)
	source := failingRows(t, config)
	folder := run.Folder(t.TempDir())
	outcomes := trained(t, folder, config, func(o *train.Options) {
		evaluate := o.Evaluate.Do
		o.Evaluate.Do = func(ctx context.Context, l *train.Loop, p train.Progress) error {
			source.failed = p.Step == 32
			return evaluate(ctx, l, p)
		}
	})
	_, is := evaluations(t, folder)[32]
	if len(outcomes) != 3 || outcomes[0].Err != nil || !errors.Is(outcomes[1].Err, errFailed) || outcomes[2].Err != nil || is {
		t.Errorf("%+v", outcomes)
	}
}

// A held-out row that is too large for float32 spoils the evaluations, and not the training.
func TestLossThatIsNotFinite(t *testing.T) {
	config := pointsConfig(t)
	source := failingRows(t, config)
	outcomes := trained(t, run.Folder(t.TempDir()), config, func(o *train.Options) {
		evaluate := o.Evaluate.Do
		o.Evaluate.Do = func(ctx context.Context, l *train.Loop, p train.Progress) error {
			source.factor = 1e25 // of the held-out rows, which are read now
			return evaluate(ctx, l, p)
		}
	})
	for _, o := range outcomes {
		if o.Err == nil || !strings.Contains(o.Err.Error(), "selection: the loss on held-out rows is +Inf") || o.BestStep != -1 {
			t.Errorf("%+v", o)
		}
	}
	if len(outcomes) != 3 {
		t.Errorf("%d outcomes", len(outcomes))
	}
}

// failingRows puts a failing source in the place of the data of a configuration.
func failingRows(t *testing.T, config *configs.Config) *failing {
	t.Helper()
	rows, err := config.Data.Source.Kind.Open(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	source := &failing{Source: rows}
	config.Data.Source = configs.Sources().With(&data.Program{Source: source})
	return source
}

// failing is a source that cannot be read while it fails, or that changes its numbers.
type failing struct {
	data.Source
	failed bool
	factor float64 // of its numbers, unless 0
}

var errFailed = errors.New("failed")

func (f *failing) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if f.failed {
		return errFailed
	}
	err := f.Source.Read(ctx, dst, first, n)
	for i := range dst.Real {
		if f.factor != 0 {
			dst.Real[i] *= f.factor
		}
	}
	return err
}

// Too few rows are an error before an old run is replaced.
func TestTooFewHeldOutRows(t *testing.T) {
	folder := run.Folder(t.TempDir())
	if _, err := try(context.Background(), folder, pointsConfig(t), nil); err != nil {
		t.Fatal(err)
	}
	_, err := try(context.Background(), folder, pointsConfig(t, "data.held_out=0.001"), func(o *train.Options) { o.Overwrite = true })
	if err == nil || !strings.Contains(err.Error(), "data.held_out must hold out at least 2 rows") {
		t.Errorf("%v", err)
	}
	if last, err := folder.Latest(); err != nil || last == nil {
		t.Errorf("the old run is gone: %v", err)
	}
}
