package boosting

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"euryale/rng"
)

// stopper ends training early, by the loss of rows that no tree is grown on. With no such rows it never does.
type stopper struct {
	o           Options
	model       *model
	loss        loss
	rows        int
	bins        []uint8   // [rows, columns]
	predictions []float64 // [outputs, rows]
	losses      []float64 // before the first iteration, then after each
}

func newStopper(m *model, x []Column, held []int32, lossOf func(rows []int32) loss, o Options) *stopper {
	s := &stopper{o: o, model: m, rows: len(held)}
	if s.rows == 0 {
		return s
	}
	for _, row := range held {
		for j := range x {
			s.bins = append(s.bins, m.binnings[j].bin(x[j], int(row)))
		}
	}
	s.loss, s.predictions = lossOf(held), repeat(m.start, s.rows)
	s.losses = append(s.losses, s.loss.mean(s.predictions))
	return s
}

// now is asked after each iteration whether it is the last.
func (s *stopper) now() bool {
	if s.rows == 0 {
		return false
	}
	outputs := len(s.model.start)
	for k, tree := range s.model.trees[len(s.model.trees)-outputs:] {
		addTree(s.predictions[k*s.rows:][:s.rows], tree, s.bins, len(s.model.binnings))
	}
	s.losses = append(s.losses, s.loss.mean(s.predictions))
	if len(s.losses) <= s.o.Patience {
		return false
	}
	recent := s.losses[len(s.losses)-s.o.Patience-1:]
	return slices.Min(recent[1:]) >= recent[0]-s.o.Tolerance
}

// divideRows returns the rows that trees are grown on and those that are held out, each in order. Each stratum has the same
// share of both, and keeps a row to grow on.
func divideRows(strata []int32, o Options) (grown, held []int32, err error) {
	isHeld := make([]bool, len(strata))
	switch {
	case o.Held != nil:
		if err := markHeld(isHeld, strata, o.Held); err != nil {
			return nil, nil, err
		}
	case len(strata) > o.StopAbove:
		order := make([]int32, len(strata))
		rng.NewStream(o.Seed, rng.HeldOut).Permutation(order, 0)
		quota := quotas(strata, o.HeldOut)
		for _, row := range order {
			if stratum := strata[row]; quota[stratum] > 0 {
				quota[stratum]--
				isHeld[row] = true
			}
		}
	}
	for row, is := range isHeld {
		if is {
			held = append(held, int32(row))
		} else {
			grown = append(grown, int32(row))
		}
	}
	return grown, held, nil
}

// markHeld marks the given rows. Each stratum must keep one that is not.
func markHeld(isHeld []bool, strata, rows []int32) error {
	left := make([]int, slices.Max(strata)+1)
	for _, stratum := range strata {
		left[stratum]++
	}
	for _, row := range rows {
		if row < 0 || int(row) >= len(isHeld) || isHeld[row] {
			return fmt.Errorf("boosting: Held must name each row once, 0 … %d: it names row %d", len(isHeld)-1, row)
		}
		isHeld[row] = true
		if left[strata[row]]--; left[strata[row]] == 0 {
			return fmt.Errorf("boosting: Held names all rows of the class of row %d: leave one to grow trees on", row)
		}
	}
	return nil
}

// quotas is how many rows of each stratum make up the share of all, rounded up. What remains after rounding down goes to the
// largest remainders.
func quotas(strata []int32, share float64) []int {
	counts := make([]int, slices.Max(strata)+1)
	for _, stratum := range strata {
		counts[stratum]++
	}
	left := int(math.Ceil(share * float64(len(strata))))
	quota, order := make([]int, len(counts)), make([]int, len(counts))
	for k, count := range counts {
		quota[k], order[k] = min(int(share*float64(count)), count-1), k
		left -= quota[k]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(share*float64(counts[b])-float64(quota[b]), share*float64(counts[a])-float64(quota[a]))
	})
	for _, k := range order {
		if left > 0 && quota[k] < counts[k]-1 {
			quota[k]++
			left--
		}
	}
	return quota
}
