package toy

import (
	"context"
	"math"

	"euryale/choice"
	"euryale/data"
)

// Checkerboard is uniform on the black squares of a board of cells^dimensions squares about the origin, of side 1 before
// scaling: those whose indices, from 0 on, have an even sum.
//
//	p = scale·(q − cells/2 + noise·z), q uniform in {q ∈ [0, cells)^dimensions: Σ ⌊q_j⌋ even}, z ~ N(0, I)
//
// With 4 cells in 2-D it is the board of Grathwohl et al. 2019 (FFJORD), there at scale 2; with noise 0, as there, its
// edges are sharp. There are no classes.
//
// All coordinates but the last are uniform in [0, cells); given them, half the cells of the last are black.
type Checkerboard struct {
	Noisy `yaml:",inline"`
	// Dimensions is the number of coordinates, from 1 to 4096.
	Dimensions int `yaml:"dimensions"`
	// Cells is the number of squares along each coordinate, an even number from 2 to 1000.
	Cells int `yaml:"cells"`
}

func newCheckerboard() data.Options {
	return &Checkerboard{Noisy: Noisy{Points: defaultPoints, Noise: 0, Scale: 0.5}, Dimensions: 2, Cells: 4}
}

// Validate implements data.Options.
func (c *Checkerboard) Validate() error {
	if err := firstError(c.check(), checkCount("dimensions", c.Dimensions, 1, mostDimensions),
		checkCount("cells", c.Cells, 2, 1000)); err != nil {
		return err
	}
	if c.Cells%2 != 0 {
		return choice.Wrong("cells", "must be even, got %d", c.Cells)
	}
	return nil
}

// Open implements data.Options.
func (c *Checkerboard) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	cells := float64(c.Cells)
	return distribution{name: "checkerboard", dim: c.Dimensions, points: c.Points, scale: c.Scale, noise: constant(c.Noise),
		place: func(p []float64, d dice, _ int) {
			last := len(p) - 1
			parity := 0
			for j := range last {
				q := float64(cells * d.uniform(j))
				parity += int(q)
				p[j] = q - cells/2
			}
			cell, within := math.Modf(cells / 2 * d.uniform(last))
			p[last] = 2*cell + float64(parity%2) + within - cells/2
		}}.open(seed)
}
