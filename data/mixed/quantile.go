package mixed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sort"
)

// quantile is the scale that makes any numbers normal with deviation 0.5: z = Φ⁻¹(u)/2 for
//
//	u = F(v⁻) + U·P(v), U uniform in [0, 1)
//
// where P(v) is the share of the training rows with the number v, and F(v⁻) that of the rows below. A value that occurs
// several times is an atom: it has the interval of u that belongs to it. Between atoms u is linear in v, through one knot per
// value that occurs once, in the middle of its interval. There are no numbers outside of the range of the training rows.
//
// Of more than maxKnots different values only some are knots: those of heavyShare and more, which stay atoms, with their
// neighbors, and others at even distances in u that become finer toward both ends, where single rows are far apart.
type quantile struct {
	Rows   int64  // it was fitted to
	Values []byte // the knots, float64 in rising order
	Places []byte // low and high of each knot in half rows: varints of the steps from one to the next
	knot   []knot // [knots]
	// What is searched, and where the knots are spread: [knots].
	number, low []float64
	spread      []interval
}

// knot is a value and its interval in u: a point for a value that is no atom.
type knot struct {
	value, low, high float64
	z                float32 // coordinate of the middle
}

const (
	maxKnots = 10_000
	// heavyShare is the share of the rows from which on a value is an atom even among many values.
	heavyShare = 1.0 / 2_500
	// knotShare is the share of the rows between two knots among many values; less near the ends.
	knotShare, endShare = 1.0 / 5_000, 0.01
	// margin keeps u away from the ends of an interval, so that its coordinate, rounded to float32, stays inside.
	margin = 1e-7
)

func (q *quantile) fit(sorted []float64) error {
	n := int64(len(sorted))
	several := countDistinct(sorted) > maxKnots
	var values, places []byte
	last := int64(0) // the end of the knot before, in half rows
	emit := func(v float64, low, high int64) {
		values = binary.LittleEndian.AppendUint64(values, math.Float64bits(v))
		places = binary.AppendUvarint(places, uint64(low-last))
		places = binary.AppendUvarint(places, uint64(high-low))
		last = high
	}
	afterAtom := true // the first value is a knot
	for i := 0; i < len(sorted); {
		end := runEnd(sorted, i)
		low, high := 2*int64(i), 2*int64(end)
		middle := int64(i + end)
		atom := end-i > 1
		if several {
			atom = float64(end-i) >= heavyShare*float64(n)
		}
		switch {
		case atom:
			emit(sorted[i], low, high)
		case !several || afterAtom || end == len(sorted) || runEnd(sorted, end)-end >= int(math.Ceil(heavyShare*float64(n))),
			float64(middle-last) >= 2*float64(n)*knotShare*min(1, min(float64(middle), float64(2*n-middle))/(2*float64(n)*endShare)):
			emit(sorted[i], middle, middle)
		}
		afterAtom = atom
		i = end
	}
	q.Rows, q.Values, q.Places = n, values, places
	return q.check()
}

func countDistinct(sorted []float64) int {
	n := 1
	for i := 1; i < len(sorted); i++ {
		if sorted[i] != sorted[i-1] {
			n++
		}
	}
	return n
}

// runEnd is behind the last of the numbers equal to number i.
func runEnd(sorted []float64, i int) int {
	end := i + 1
	for end < len(sorted) && sorted[end] == sorted[i] {
		end++
	}
	return end
}

// check also fills what follows from the exported fields.
func (q *quantile) check() error {
	n := len(q.Values) / 8
	if len(q.Values) != 8*n || n < 2 || q.Rows < 2 || q.Rows > 1<<50 {
		return fmt.Errorf("a quantile scale of %d rows with %d bytes of knots", q.Rows, len(q.Values))
	}
	q.knot, q.spread = make([]knot, n), make([]interval, n)
	q.number, q.low = make([]float64, n), make([]float64, n)
	at, places := uint64(0), q.Places
	half := 0.5 / float64(q.Rows)
	next := func() error {
		step, size := binary.Uvarint(places)
		if size <= 0 || at+step < at || at+step > 2*uint64(q.Rows) {
			return errors.New("a quantile scale whose knots leave its rows")
		}
		at, places = at+step, places[size:]
		return nil
	}
	for k := range q.knot {
		v := math.Float64frombits(binary.LittleEndian.Uint64(q.Values[8*k:]))
		if !finite(v) || k > 0 && v <= q.knot[k-1].value {
			return errors.New("a quantile scale whose knots do not rise")
		}
		before := at
		if err := next(); err != nil {
			return err
		}
		low := at
		if err := next(); err != nil {
			return err
		}
		if low == 0 && at == 0 || low == at && low == 2*uint64(q.Rows) || low == before && k > 0 && low == at {
			return errors.New("a quantile scale with a knot that has no rows")
		}
		knot := knot{value: v, low: float64(low) * half, high: float64(at) * half}
		knot.z = float32(quantileNormal((knot.low+knot.high)/2) / 2)
		from, to := knot.low, knot.high
		if low == at {
			from, to = max(from-half, 0), min(to+half, 1)
		}
		edge := min(margin, (to-from)/4)
		q.knot[k], q.spread[k] = knot, interval{from + edge, to - from - 2*edge}
		q.number[k], q.low[k] = v, knot.low
	}
	if len(places) > 0 {
		return errors.New("a quantile scale with more places than knots")
	}
	return nil
}

func (q *quantile) knots() []interval { return q.spread }

// place of a number beyond the range is the end of it.
func (q *quantile) place(v float64) (int, float64) {
	k := sort.SearchFloat64s(q.number, v)
	switch {
	case k == len(q.number):
		return k - 1, 0
	case k == 0 || q.number[k] == v:
		return k, 0
	}
	a, b := &q.knot[k-1], &q.knot[k]
	// Halves keep the difference of two large numbers finite.
	t := (v/2 - a.value/2) / (b.value/2 - a.value/2)
	u := a.high + t*(b.low-a.high)
	return -1, quantileNormal(u) / 2
}

// encoded is the coordinate of a knot for Encode: at a part U of the interval of an atom, in the middle of others.
func (q *quantile) encoded(k int, uniform float64) float32 {
	if knot := &q.knot[k]; knot.low == knot.high {
		return knot.z
	}
	return float32(quantileNormal(q.spread[k].low+q.spread[k].width*uniform) / 2)
}

func (q *quantile) value(z float32) (v float64, exact, clipped bool) {
	u := normal(2 * float64(z))
	k := sort.Search(len(q.low), func(i int) bool { return q.low[i] > u }) - 1
	if k >= 0 && (u <= q.knot[k].high || z == q.knot[k].z) {
		return q.knot[k].value, true, false
	}
	if k+1 < len(q.knot) && z == q.knot[k+1].z {
		return q.knot[k+1].value, true, false
	}
	switch {
	case k < 0:
		return q.knot[0].value, true, true
	case k == len(q.knot)-1:
		return q.knot[k].value, true, true
	}
	a, b := &q.knot[k], &q.knot[k+1]
	t := (u - a.high) / (b.low - a.high)
	return a.value*(1-t) + b.value*t, false, false
}

func (q *quantile) logVolume(float64) (float64, error) {
	return 0, errors.New("spreads values over intervals, so that rows have no density; use the scale standard")
}
