package eval

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"
)

// ending is a context that ends after a number of checks.
type ending struct {
	context.Context
	left atomic.Int64
}

func (c *ending) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Whenever the context ends, what comes back is an error and never a part of the results.
func TestInterruptions(t *testing.T) {
	m := scurve(t)
	r := m.Request(20)
	r.Workers = 1
	for what, measure := range map[string]func(ctx context.Context) error{
		"Evaluate":       func(ctx context.Context) error { return errorOf(Evaluate(ctx, m, r)) },
		"Likelihood":     func(ctx context.Context) error { return errorOf(Likelihood(ctx, m, r)) },
		"CompareSolvers": func(ctx context.Context) error { return errorOf(CompareSolvers(ctx, m, r, []int{3}, 1)) },
	} {
		whole := &ending{Context: context.Background()}
		whole.left.Store(math.MaxInt64)
		if err := measure(whole); err != nil {
			t.Fatal(err)
		}
		checks := math.MaxInt64 - whole.left.Load()
		for after := int64(0); after < checks; after += 1 + checks/150 {
			ctx := &ending{Context: context.Background()}
			ctx.left.Store(after)
			if err := measure(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("%s, interrupted at check %d of %d: %v", what, after, checks, err)
			}
		}
	}
}
