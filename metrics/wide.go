package metrics

import (
	"math"

	"euryale/kernel"
	"euryale/parallel"
)

// Neighbors finds the nearest row of a set to each of some points, like Nearest, for points of many coordinates, such as
// images: the set is given block by block, and need not be in memory.
//
//	n, err := metrics.NewNeighbors(points, dim)
//	err = n.Add(rows, workers) // and so on
//	nearest := n.Found()
//
// It is exact, as Nearest is. Products of points and rows in float32 give squared distances up to an error that is known; only
// rows that can be nearer than the nearest one so far are measured in float64.
type Neighbors struct {
	dim     int
	points  []float32
	lengths []float64 // squared, of the points
	best    []float64 // squared distances
	rows    []int
	added   int // rows
}

// Points and rows of a product: their product and the rows fit in a processor's cache.
const (
	widePoints = 128
	wideRows   = 256
)

// NewNeighbors begins with points [n, dim] and no rows.
func NewNeighbors(points []float32, dim int) (*Neighbors, error) {
	if err := check("the set of points", points, dim); err != nil {
		return nil, err
	}
	n := &Neighbors{dim: dim, points: points, lengths: squaredLengths(points, dim)}
	n.best, n.rows = make([]float64, len(n.lengths)), make([]int, len(n.lengths))
	for i := range n.best {
		n.best[i] = math.Inf(1)
	}
	return n, nil
}

// Add looks at further rows of the set, [rows, dim]: their numbers go on from those before. The workers (at least 1) share the
// points, and their number does not change the result.
func (n *Neighbors) Add(rows []float32, workers int) error {
	if err := check("the set", rows, n.dim); err != nil {
		return err
	}
	lengths := squaredLengths(rows, n.dim)
	points := len(n.lengths)
	team := parallel.New(min(workers, (points+widePoints-1)/widePoints))
	defer team.Close()
	var next parallel.Counter
	team.Run(func(int) {
		var ws kernel.Workspace
		products := kernel.NewMatrix(widePoints, wideRows)
		for lo := next.Next() * widePoints; lo < points; lo = next.Next() * widePoints {
			hi := min(lo+widePoints, points)
			for first := 0; first < len(lengths); first += wideRows {
				n.compare(&ws, products, rows, lengths, lo, hi, first, min(first+wideRows, len(lengths)))
			}
		}
	})
	n.added += len(lengths)
	return nil
}

// compare looks at rows first … last−1 of a block for points lo … hi−1.
func (n *Neighbors) compare(
	ws *kernel.Workspace, products kernel.Matrix, rows []float32, lengths []float64, lo, hi, first, last int,
) {
	dim := n.dim
	p := products.RowRange(0, hi-lo).ColRange(0, last-first)
	a, b := kernel.View(n.points[lo*dim:hi*dim], hi-lo, dim), kernel.View(rows[first*dim:last*dim], last-first, dim)
	kernel.MatMulTB(ws, p, a, b, nil)
	// A sum of dim products in float32 is off by at most dim·2⁻²⁴ of the lengths' product, twice which is in the distance; the
	// bound is twice that.
	share := float64(dim+2) * 0x1p-22
	for i := lo; i < hi; i++ {
		of := p.Data[(i-lo)*p.Stride:]
		for r := first; r < last; r++ {
			sum := n.lengths[i] + lengths[r]
			if sum-2*float64(of[r-first])-share*sum >= n.best[i] { // |a||b| is at most half of |a|² + |b|²
				continue
			}
			if d := squaredDistance(n.points[i*dim:(i+1)*dim], rows[r*dim:(r+1)*dim]); d < n.best[i] {
				n.best[i], n.rows[i] = d, n.added+r
			}
		}
	}
}

// Found is the nearest row to each point of those added, of several the first. At least one must have been added.
func (n *Neighbors) Found() []Neighbor {
	found := make([]Neighbor, len(n.best))
	for i, d := range n.best {
		found[i] = Neighbor{Row: n.rows[i], Distance: math.Sqrt(d)}
	}
	return found
}

func squaredLengths(points []float32, dim int) []float64 {
	lengths := make([]float64, len(points)/dim)
	for i := range lengths {
		for _, v := range points[i*dim : (i+1)*dim] {
			lengths[i] += float64(v) * float64(v)
		}
	}
	return lengths
}

func squaredDistance(a, b []float32) float64 {
	sum := 0.0
	for j, v := range a {
		d := float64(b[j]) - float64(v)
		sum += d * d
	}
	return sum
}
