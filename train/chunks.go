package train

import (
	"context"

	"euryale/graph"
	"euryale/kernel"
	"euryale/ops"
	"euryale/parallel"
	"euryale/rng"
)

// A batch of images is computed in chunks. The gradient of a chunk is summed image by image, and the gradients of the chunks
// are added in their order, so that the result does not depend on who computed them: it depends on chunkRows alone. A
// chunk runs in blocks, whose activations are in memory at once; results do not depend on their size.
const (
	chunkRows   = 8
	blockMemory = 9 << 20 // bytes that a block should not exceed; one of 4 images is as fast as one of 8 where they are large
	leastBlock  = 2
)

// chunked is how a net of images is trained: each worker has a program, and takes chunks to it.
type chunked struct {
	programs []*graph.Program // one per worker
	block    int              // images that a program computes at once
	gradient []float32        // of the batch
	dropout  rng.Stream
	turns    parallel.Turns
}

func newChunked(loss *ops.Node, weights []float32, workers int, seed uint64) (*chunked, error) {
	c := &chunked{gradient: make([]float32, len(weights)), dropout: rng.NewStream(seed, rng.Dropout)}
	one, err := graph.CompileBlock(loss, 1, weights)
	if err != nil {
		return nil, err
	}
	c.block = min(max(leastBlock, blockMemory/max(one.Memory(), 1)), chunkRows)
	c.programs, err = graph.CompileBlocks(loss, c.block, weights, workers)
	return c, err
}

// chunkWorker is one worker's part of a step: chunks of images, then pieces of the gradient's norm, then the weights.
func (t *Trainer) chunkWorker(worker int) {
	c, n := t.chunked, len(t.rows)
	p, ws := c.programs[worker], &t.workspaces[worker]
	if worker == 0 {
		p.Update() // for all programs
	}
	t.team.Barrier(worker)
	for chunk := t.blocks.Next(); chunk*chunkRows < n; chunk = t.blocks.Next() {
		lo := chunk * chunkRows
		hi := min(lo+chunkRows, n)
		t.fill(lo, hi)
		for first := lo; first < hi; first += c.block {
			rows := min(c.block, hi-first)
			t.prepare(p, first, 0, rows)
			p.Dropout(c.dropout, uint64(t.step), uint64(first))
			p.RunBlock(ws, rows, first > lo)
			copy(t.losses[first:], p.RowLosses(rows))
		}
		t.team.Await(worker, &c.turns, chunk)
		if chunk == 0 {
			copy(c.gradient, p.Gradient())
		} else {
			kernel.Combine2(c.gradient, 1, c.gradient, 1, p.Gradient())
		}
		t.team.End(&c.turns)
	}
	t.team.Barrier(worker)
	if worker == 0 {
		t.takeLosses()
	}
	for i := t.tasks.Next(); i < len(t.norms); i = t.tasks.Next() {
		lo := i * chunkWeights
		t.norms[i] = kernel.SquaredNorm(c.gradient[lo:min(lo+chunkWeights, len(c.gradient))])
	}
	t.team.Barrier(worker)
	t.move(worker, c.gradient)
}

// takeLosses adds up the terms of the loss, and turns them into the losses of the rows.
func (t *Trainer) takeLosses() {
	n := float32(len(t.rows))
	for r, loss := range t.losses[:len(t.rows)] {
		t.loss += float64(loss)
		t.losses[r] = loss * n / t.importance[r]
	}
}

// chunkLoss is the mean loss over the held-out rows of a net of images.
func (h *heldOut) chunkLoss(ctx context.Context) (float64, error) {
	p, block, sum := h.chunked.programs[0], h.chunked.block, 0.0
	p.Update()
	for first := 0; first < len(h.rows); first += block {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		rows := min(block, len(h.rows)-first)
		h.draw(first, first+rows)
		h.prepare(p, first, 0, rows)
		p.RunLoss(&h.ws, rows)
		sum += p.Loss(rows)
	}
	return sum, nil
}
