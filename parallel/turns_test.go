package parallel

import "testing"

// Pieces are taken by any worker, and handed in in order.
func TestTurns(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7} {
		team := New(workers)
		var next Counter
		var turns Turns
		for range 50 {
			const pieces = 40
			var order []int
			next.Reset()
			turns.Reset()
			team.Run(func(worker int) {
				for i := next.Next(); i < pieces; i = next.Next() {
					team.Await(worker, &turns, i)
					order = append(order, i)
					team.End(&turns)
				}
				team.Barrier(worker)
			})
			if len(order) != pieces {
				t.Fatalf("%d workers: %d turns, want %d", workers, len(order), pieces)
			}
			for i, got := range order {
				if got != i {
					t.Fatalf("%d workers: turn %d was that of %d", workers, i, got)
				}
			}
		}
		team.Close()
	}
}
