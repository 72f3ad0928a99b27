package eval

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/model"
)

// Reference is where rows come from that samples are compared with, or that a likelihood is of.
type Reference string

// The references that there are.
const (
	FreshRows   Reference = "fresh"    // drawn from the distribution of the data
	HeldOutRows Reference = "held_out" // of the data, kept from training
	GivenRows   Reference = "given"    // given by the caller
)

// freshRows are rows that the net was not trained on.
type freshRows struct {
	distribution data.Distribution // nil if the data is none
	train        data.Source
	class        int
	rows         []float32 // [.., dim] in the data's units
	sets, n, dim int       // the first sets·n of the rows are sets of as many as there are samples
}

// drawFresh draws sets of rows of the distribution that the samples should have; to compare them with the rows of training,
// it draws as many as that takes. Held-out rows are one set, of which there may be fewer: the request then gets no more
// samples than there are.
func drawFresh(ctx context.Context, m *model.Model, r *model.Request, sets int, compare bool) (*freshRows, error) {
	f := &freshRows{class: data.AnyClass, sets: sets, dim: m.Schema.Dim()}
	if label := r.Sampling.Guidance.Label; label >= 0 {
		f.class = label
	}
	var err error
	if f.train, _, err = m.Source(ctx); err != nil {
		return nil, err
	}
	f.distribution, _ = f.train.(data.Distribution)
	if f.distribution == nil {
		f.sets = 1
	}
	n := r.N * f.sets
	if compare {
		n = max(n, leastFresh, min(f.train.Rows(), mostRows(m.Dim())))
	}
	source, err := m.Fresh(ctx, r.Seed, n, f.class)
	if err != nil {
		return nil, err
	}
	if f.rows, err = points(ctx, source); err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	r.N = min(r.N, source.Rows())
	f.n = r.N
	return f, nil
}

func (f *freshRows) set(i int) []float32 { return f.rows[i*f.n*f.dim : (i+1)*f.n*f.dim] }

func (f *freshRows) reference() Reference {
	if f.distribution != nil {
		return FreshRows
	}
	return HeldOutRows
}

// check reports why the sets have no floor: it takes two rows.
func (f *freshRows) check(m *model.Model) error {
	if f.distribution == nil && f.n < 2 { // no halves to compare
		return fmt.Errorf("eval: there is only %d held-out row of %s to compare with, and a distance needs at least 2: "+
			"ask for more, or train with a larger data.held_out", f.n, m.Config.Name)
	}
	return nil
}

// floor is the distance of two sets of fresh rows, or of the halves of the only one.
func (f *freshRows) floor(distance func(a, b []float32) (float64, error)) (float64, error) {
	if f.sets == 1 {
		half := f.n / 2 * f.dim
		return distance(f.rows[:half], f.rows[half:2*half])
	}
	sum := 0.0
	for i := 0; i+1 < f.sets; i += 2 {
		w, err := distance(f.set(i), f.set(i+1))
		if err != nil {
			return 0, err
		}
		sum += w / float64(f.sets/2)
	}
	return sum, nil
}

// points reads all rows of a source, [rows, dim].
func points(ctx context.Context, s data.Source) ([]float32, error) {
	encoder := data.NewChain(new(data.Float32))
	if err := encoder.Fit(ctx, s); err != nil {
		return nil, err
	}
	d, err := data.Encode(ctx, s, encoder)
	if err != nil {
		return nil, err
	}
	return d.Points, nil
}
