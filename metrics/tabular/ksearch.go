package tabular

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// kSearch finds the nearest rows among members of a set of points. They are held in the order of their most spread
// coordinate, so that only members near in that coordinate are looked at.
type kSearch struct {
	dim, axis int
	members   []int32   // rows of the set, in ascending order of axis
	points    []float32 // theirs, [members, dim]
	place     map[int32]int
}

func newKSearch(x []float32, dim int, members []int32) *kSearch {
	s := &kSearch{dim: dim, members: slices.Clone(members), place: make(map[int32]int, len(members))}
	most := -1.0
	for k := range dim {
		sum, square := 0.0, 0.0
		for _, row := range members {
			v := float64(x[int(row)*dim+k])
			sum += v
			square += v * v
		}
		if variance := square - sum*sum/float64(len(members)); variance > most && !binary(x, dim, k, members) {
			s.axis, most = k, variance
		}
	}
	slices.SortFunc(s.members, func(a, b int32) int {
		return cmp.Or(cmp.Compare(x[int(a)*dim+s.axis], x[int(b)*dim+s.axis]), cmp.Compare(a, b))
	})
	for at, row := range s.members {
		s.points = append(s.points, x[int(row)*dim:int(row+1)*dim]...)
		s.place[row] = at
	}
	return s
}

// binary reports whether a coordinate has at most two values, by which hardly anything can be left out.
func binary(x []float32, dim, k int, members []int32) bool {
	var a, b float32
	seen := 0
	for _, row := range members {
		switch v := x[int(row)*dim+k]; {
		case seen > 0 && v == a || seen > 1 && v == b:
		case seen == 0:
			a, seen = v, 1
		case seen == 1:
			b, seen = v, 2
		default:
			return false
		}
	}
	return true
}

// nearestList holds the nearest rows so far, nearest first.
type nearestList struct {
	rows      []int32
	distances []float32 // squared
}

// bound is the squared distance from which a row is of no interest.
func (l *nearestList) bound() float32 {
	if len(l.rows) < smoteNeighbors {
		return float32(math.Inf(1))
	}
	return l.distances[smoteNeighbors-1]
}

// add inserts a row. Of rows at the same distance the lower one comes first.
func (l *nearestList) add(row int32, d float32) {
	at := sort.Search(len(l.rows), func(i int) bool {
		return l.distances[i] > d || l.distances[i] == d && l.rows[i] > row
	})
	if at == smoteNeighbors {
		return
	}
	l.rows, l.distances = slices.Insert(l.rows, at, row), slices.Insert(l.distances, at, d)
	l.rows = l.rows[:min(smoteNeighbors, len(l.rows))]
	l.distances = l.distances[:len(l.rows)]
}

// nearest fills the list with the members nearest to a member, without itself.
func (s *kSearch) nearest(list *nearestList, row int32) {
	list.rows, list.distances = list.rows[:0], list.distances[:0]
	at := s.place[row]
	point := s.points[at*s.dim : (at+1)*s.dim]
	down, up := at-1, at+1
	for down >= 0 || up < len(s.members) {
		k := up
		if up == len(s.members) || down >= 0 && s.gap(point, down) < s.gap(point, up) {
			k = down
			down--
		} else {
			up++
		}
		if gap := s.gap(point, k); gap*gap > list.bound() {
			return
		}
		if d := squaredWithin(point, s.points[k*s.dim:(k+1)*s.dim], list.bound()); d <= list.bound() {
			list.add(s.members[k], d)
		}
	}
}

// gap is the distance of a point from place k along the axis.
func (s *kSearch) gap(point []float32, k int) float32 {
	if d := s.points[k*s.dim+s.axis] - point[s.axis]; d > 0 {
		return d
	}
	return point[s.axis] - s.points[k*s.dim+s.axis]
}

// squaredWithin is the squared distance of two points, or any number above most if it is above.
func squaredWithin(a, b []float32, most float32) float32 {
	sum := float32(0)
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		if sum += (d0*d0 + d1*d1) + (d2*d2 + d3*d3); sum > most {
			return sum
		}
		a, b = a[4:], b[4:]
	}
	for k, v := range a {
		sum += (v - b[k]) * (v - b[k])
	}
	return sum
}
