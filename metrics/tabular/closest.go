package tabular

import (
	"context"
	"math"
	"slices"
	"sort"
)

// Closest is the record of a set that is closest to another one.
type Closest struct {
	Row      int32 // in the set; of several at the same distance the first
	Distance float32
}

// ClosestRecords finds the closest record of set to each of points. It is exact, and takes points × set × columns operations
// at worst. The number of workers does not change the result.
func ClosestRecords(ctx context.Context, points, set *Records, workers int) ([]Closest, error) {
	s := newSearch(set)
	closest := make([]Closest, points.rows)
	err := inPieces(ctx, workers, points.rows, func() struct{} { return struct{}{} }, func(_ struct{}, first, end int) {
		for i := first; i < end; i++ {
			closest[i] = s.closest(points, i)
		}
	})
	return closest, err
}

// distancesOf returns the distances alone.
func distancesOf(closest []Closest) []float64 {
	d := make([]float64, len(closest))
	for i, c := range closest {
		d[i] = float64(c.Distance)
	}
	return d
}

// search holds a set in the order of its most spread number, so that only records near in that number are looked at.
type search struct {
	*Records
	axis   int
	number []int32   // of each record in the set
	along  []float32 // each record's number along the axis, ascending
}

func newSearch(set *Records) *search {
	s := &search{Records: set, number: make([]int32, set.rows), along: make([]float32, set.rows)}
	for i := range s.number {
		s.number[i] = int32(i)
	}
	if set.width == 0 {
		return s
	}
	s.axis = widestAxis(set)
	slices.SortFunc(s.number, func(a, b int32) int {
		switch u, v := set.numbers[int(a)*set.width+s.axis], set.numbers[int(b)*set.width+s.axis]; {
		case u < v:
			return -1
		case u > v:
			return 1
		}
		return int(a - b)
	})
	s.Records = set.inOrder(s.number)
	for i := range s.along {
		s.along[i] = s.numbers[i*s.width+s.axis]
	}
	return s
}

func (r *Records) inOrder(order []int32) *Records {
	sorted := *r
	sorted.numbers, sorted.levels = make([]float32, 0, len(r.numbers)), make([]int32, 0, len(r.levels))
	for _, i := range order {
		sorted.numbers = append(sorted.numbers, r.numbers[int(i)*r.width:int(i+1)*r.width]...)
		sorted.levels = append(sorted.levels, r.levels[int(i)*r.hot:int(i+1)*r.hot]...)
	}
	return &sorted
}

// widestAxis is the number with the greatest standard deviation.
func widestAxis(r *Records) int {
	widest, most := 0, -1.0
	for k := range r.width {
		sum, square := 0.0, 0.0
		for i := k; i < len(r.numbers); i += r.width {
			v := float64(r.numbers[i])
			sum += v
			square += v * v
		}
		n := float64(r.rows)
		if variance := square/n - sum/n*sum/n; variance > most {
			widest, most = k, variance
		}
	}
	return widest
}

// closest goes from the point's place up and down the axis, until records are farther along it than the closest so far.
func (s *search) closest(points *Records, i int) Closest {
	at := float32(0)
	if s.width > 0 {
		at = points.numbers[i*s.width+s.axis]
	}
	up := sort.Search(len(s.along), func(k int) bool { return s.along[k] >= at })
	down := up - 1
	best := Closest{-1, float32(math.Inf(1))}
	for up < len(s.along) || down >= 0 {
		k := up
		if up == len(s.along) || down >= 0 && at-s.along[down] < s.along[up]-at {
			k = down
			down--
		} else {
			up++
		}
		if abs(s.along[k]-at) > best.Distance {
			break
		}
		if d := points.distance(i, s.Records, k, best.Distance); d < best.Distance || d == best.Distance && s.number[k] < best.Row {
			best = Closest{s.number[k], d}
		}
	}
	return best
}
