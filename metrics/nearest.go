package metrics

import (
	"math"
	"slices"
	"sort"

	"euryale/parallel"
)

// Neighbor is the row of a set that is nearest to a point.
type Neighbor struct {
	Row      int     // its number in the set
	Distance float64 // Euclidean
}

// Nearest finds, for each of points [n, dim], its nearest row of set [rows, dim]; of several the first. It is exact: it
// takes n·rows·dim operations at worst, and far fewer in low dimensions. The workers (at least 1) share the points, and
// their number does not change the result.
func Nearest(points, set []float32, dim, workers int) ([]Neighbor, error) {
	if err := check("the set of points", points, dim); err != nil {
		return nil, err
	}
	if err := check("the set", set, dim); err != nil {
		return nil, err
	}
	s := newSearch(set, dim)
	neighbors := make([]Neighbor, len(points)/dim)
	const piece = 64 // points that a worker takes at once
	team := parallel.New(min(workers, (len(neighbors)+piece-1)/piece))
	defer team.Close()
	var next parallel.Counter
	team.Run(func(int) {
		for lo := next.Next() * piece; lo < len(neighbors); lo = next.Next() * piece {
			for i := lo; i < min(lo+piece, len(neighbors)); i++ {
				neighbors[i] = s.nearest(points[i*dim : (i+1)*dim])
			}
		}
	})
	return neighbors, nil
}

// MedianDistance is the median distance of neighbors, of which there must be at least one.
func MedianDistance(neighbors []Neighbor) float64 {
	distances := make([]float64, len(neighbors))
	for i, n := range neighbors {
		distances[i] = n.Distance
	}
	slices.Sort(distances)
	return (distances[(len(distances)-1)/2] + distances[len(distances)/2]) / 2
}

// search holds a set in the order of one coordinate, so that only rows near a point in that coordinate are looked at.
type search struct {
	dim, axis int
	rows      []float32 // in ascending order of axis
	number    []int     // of each of rows in the set
}

func newSearch(set []float32, dim int) *search {
	s := &search{dim: dim, rows: make([]float32, 0, len(set)), number: make([]int, len(set)/dim)}
	if of, err := Summarize(set, dim); err == nil { // the axis of the greatest spread separates rows best
		for j, deviation := range of.Std {
			if deviation > of.Std[s.axis] {
				s.axis = j
			}
		}
	}
	for i := range s.number {
		s.number[i] = i
	}
	slices.SortFunc(s.number, func(a, b int) int {
		switch u, v := set[a*dim+s.axis], set[b*dim+s.axis]; {
		case u < v:
			return -1
		case u > v:
			return 1
		}
		return a - b
	})
	for _, i := range s.number {
		s.rows = append(s.rows, set[i*dim:(i+1)*dim]...)
	}
	return s
}

// nearest goes from the point's place up and down the axis, until rows are farther along it than the nearest one so far.
func (s *search) nearest(point []float32) Neighbor {
	at := float64(point[s.axis])
	up := sort.Search(len(s.number), func(i int) bool { return float64(s.rows[i*s.dim+s.axis]) >= at })
	down := up - 1
	row, best := -1, math.Inf(1) // best is a squared distance
	for {
		i := up
		if s.gap(down, at) < s.gap(up, at) {
			i = down
			down--
		} else {
			up++
		}
		if gap := s.gap(i, at); gap > best || math.IsInf(gap, 1) {
			return Neighbor{row, math.Sqrt(best)}
		}
		if d := s.squared(point, i, best); d < best || d == best && s.number[i] < row {
			row, best = s.number[i], d
		}
	}
}

// gap is the squared distance along the axis to row i in its order, infinite where there is none.
func (s *search) gap(i int, at float64) float64 {
	if i < 0 || i >= len(s.number) {
		return math.Inf(1)
	}
	d := float64(s.rows[i*s.dim+s.axis]) - at
	return d * d
}

// squared is the squared distance from a point to row i in its order, or any number above most if it is above.
func (s *search) squared(point []float32, i int, most float64) float64 {
	sum := 0.0
	for j, v := range s.rows[i*s.dim : (i+1)*s.dim] {
		d := float64(v) - float64(point[j])
		if sum += d * d; sum > most {
			break
		}
	}
	return sum
}
