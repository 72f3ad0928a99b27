package tabular

import (
	"context"

	"euryale/parallel"
)

// each calls do for 0 … n−1, shared among the workers, and returns early with the context's error once it has ended. What
// do(i) computes must not depend on the other calls.
func each(ctx context.Context, workers, n int, do func(i int)) error {
	team := parallel.New(min(workers, n))
	defer team.Close()
	var next parallel.Counter
	team.Run(func(int) {
		for i := next.Next(); i < n && ctx.Err() == nil; i = next.Next() {
			do(i)
		}
	})
	return ctx.Err()
}

// inPieces calls do for pieces of 0 … n−1, each with room of its own worker, made by room.
func inPieces[T any](ctx context.Context, workers, n int, room func() T, do func(room T, first, end int)) error {
	const piece = 32
	pieces := (n + piece - 1) / piece
	team := parallel.New(min(workers, pieces))
	defer team.Close()
	var next parallel.Counter
	team.Run(func(int) {
		space := room()
		for i := next.Next(); i < pieces && ctx.Err() == nil; i = next.Next() {
			do(space, i*piece, min(n, (i+1)*piece))
		}
	})
	return ctx.Err()
}
