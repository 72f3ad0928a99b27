package mixed

import (
	"context"
	"fmt"
	"math"
	"sort"

	"euryale/data"
	"euryale/rng"
)

// codeWidth is how many coordinates a code vector has: likeWidth that are alike for categories which behave alike, and others
// at random, so that no two categories have one code.
const (
	codeWidth = 16
	likeWidth = 8
)

// The squared length of a code vector, at which its coordinates have deviation 0.5, and what the part that is alike has of it
// on average and at most.
const (
	codeSquare = 0.25 * codeWidth
	likeSquare = codeSquare / 2
)

// profiles are how often each value of a group occurs together with each bin of the other columns.
type profiles struct {
	g      *group
	counts []float64 // [codes, bins]
	bins   int
	of     []feature
}

// feature is a column as bins: a number cut at points, or another group of few codes.
type feature struct {
	first  int // its bins are first … first+size−1; the last of a number is "missing"
	size   int
	number *number
	cuts   []float64
	group  *group // neither this nor a number: the class of the row
}

// Limits of what code vectors are learned from.
const (
	maxBins        = 256     // in all
	maxProfile     = 1 << 23 // codes times bins
	maxFeatureBins = 32      // codes of a group that serves as a feature
)

// learnCodes gives every group of many codes its vectors, by correspondence analysis (Benzécri 1973; Greenacre 1984): of the
// table of the group's codes and the bins of all other columns, the deviations from independence in standard units are
//
//	S[k, b] = (P[k, b] − p[k]·q[b]) / √(p[k]·q[b])
//
// with shares P and their margins p and q. Its leading left singular directions, divided by √p, are the principal
// coordinates of the codes: near each other if the codes go with the same bins. A prior of independence worth priorRows rows
// shrinks codes of few rows toward the center, where nothing is known of them.
func (p *plan) learnCodes(ctx context.Context, s data.Source, cuts [][]float64) error {
	var all []*profiles
	for k := range p.groups {
		if g := &p.groups[k]; g.embedded() {
			all = append(all, p.newProfiles(g, cuts, len(s.Schema().Classes)))
		}
	}
	if len(all) == 0 {
		return nil
	}
	err := eachChunk(ctx, s, func(rows *data.Batch) error {
		for _, f := range all {
			if err := f.count(p, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, f := range all {
		f.g.vectors = f.vectors(rng.NewStream(uint64(k), rng.Weights))
	}
	return nil
}

// newProfiles makes room for the counts of a group. Features come in the order of the columns until there are enough bins.
func (p *plan) newProfiles(g *group, cuts [][]float64, classes int) *profiles {
	f := &profiles{g: g}
	add := func(of feature) {
		if bins := f.bins + of.size; of.size > 1 && bins <= maxBins && bins*len(g.members) <= maxProfile {
			of.first = f.bins
			f.bins += of.size
			f.of = append(f.of, of)
		}
	}
	if classes <= maxFeatureBins {
		add(feature{size: classes})
	}
	for i := range p.numbers {
		add(feature{number: &p.numbers[i], cuts: cuts[i], size: len(cuts[i]) + 2})
	}
	for k := range p.groups {
		if other := &p.groups[k]; other != g && len(other.members) <= maxFeatureBins {
			add(feature{group: other, size: len(other.members)})
		}
	}
	f.counts = make([]float64, len(g.members)*f.bins)
	return f
}

func (f *profiles) count(p *plan, rows *data.Batch) error {
	reals, indices := len(p.reals), len(p.indices)
	for i := range rows.Rows {
		v, err := f.g.value(rows, i, reals, indices)
		if err != nil {
			return fmt.Errorf("row %d: %w", rows.First+i, err)
		}
		at := int(f.g.code[v]) * f.bins
		for j := range f.of {
			of := &f.of[j]
			bin, err := of.bin(p, rows, i)
			if err != nil {
				return fmt.Errorf("row %d: %w", rows.First+i, err)
			}
			f.counts[at+of.first+bin]++
		}
	}
	return nil
}

// bin is that of row i.
func (of *feature) bin(p *plan, rows *data.Batch, i int) (int, error) {
	reals := len(p.reals)
	switch {
	case of.group != nil:
		v, err := of.group.value(rows, i, reals, len(p.indices))
		return int(of.group.code[v]), err
	case of.number == nil:
		if label := int(rows.Labels[i]); label >= 0 && label < of.size {
			return label, nil
		}
		return 0, fmt.Errorf("label must be from 0 to %d, got %d", of.size-1, rows.Labels[i])
	}
	v := of.number.of(rows.Real[i*reals:(i+1)*reals], p)
	if math.IsNaN(v) {
		return of.size - 1, nil
	}
	return sort.Search(len(of.cuts), func(c int) bool { return of.cuts[c] > v }), nil
}

// priorRows is how many rows the prior of independence of every code is worth.
const priorRows = 4

// vectors are the codes' vectors, [codes, codeWidth].
func (f *profiles) vectors(stream rng.Stream) []float32 {
	codes := len(f.g.members)
	like := f.coordinates()
	width := len(like) / codes
	noise := make([]float32, codeWidth)
	out := make([]float32, codes*codeWidth)
	for k := range codes {
		row, rest := like[k*width:(k+1)*width], out[k*codeWidth+width:(k+1)*codeWidth]
		length := math.Sqrt(sumOfSquares(row))
		shrink := min(1, math.Sqrt(likeSquare)/max(length, math.SmallestNonzeroFloat64))
		for d, v := range row {
			out[k*codeWidth+d] = float32(v * shrink)
		}
		stream.Normal(noise, 0, uint64(k), codeWidth)
		sum := 0.0
		for d := range rest {
			sum += float64(noise[d]) * float64(noise[d])
		}
		stretch := math.Sqrt((codeSquare - length*length*shrink*shrink) / sum)
		for d := range rest {
			rest[d] = float32(float64(noise[d]) * stretch)
		}
	}
	return out
}

func sumOfSquares(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum
}

// coordinates are the codes' principal coordinates [codes, at most likeWidth]. Their squared lengths have the mean likeSquare.
func (f *profiles) coordinates() []float64 {
	if f.bins == 0 {
		return nil
	}
	codes, bins := len(f.g.members), f.bins
	features := float64(len(f.of))
	q := make([]float64, bins) // share of the bins; they sum to the number of features
	rows := 0.0
	for k := range codes {
		for b, n := range f.counts[k*bins : (k+1)*bins] {
			q[b] += n
			rows += n
		}
	}
	rows /= features
	for b := range q {
		q[b] /= rows
	}
	// Row k of the standardized deviations, divided by √p[k], in place of the counts.
	p := make([]float64, codes)
	for k := range codes {
		row := f.counts[k*bins : (k+1)*bins]
		n := 0.0
		for _, v := range row {
			n += v
		}
		n /= features
		p[k] = (n + priorRows) / (rows + priorRows*float64(codes))
		for b := range row {
			if q[b] > 0 {
				row[b] = (row[b] - n*q[b]) / (n + priorRows) / math.Sqrt(q[b])
			}
		}
	}
	directions := leading(f.counts, p, codes, bins, min(likeWidth, bins))
	width := len(directions) / bins
	out := make([]float64, codes*width)
	for k := range codes {
		row := f.counts[k*bins : (k+1)*bins]
		for d := range width {
			for b, v := range row {
				out[k*width+d] += v * directions[d*bins+b]
			}
		}
	}
	if sum := sumOfSquares(out); sum > 0 {
		scale := math.Sqrt(likeSquare * float64(codes) / sum)
		for i := range out {
			out[i] *= scale
		}
	}
	return out
}

// leading are the first directions of the matrix Σ_k p[k]·row_k·row_kᵀ, [at most wanted, bins]: those that a vanishing share of
// its trace belongs to are left out.
func leading(rows, p []float64, codes, bins, wanted int) []float64 {
	gram := make([]float64, bins*bins)
	for k := range codes {
		row := rows[k*bins : (k+1)*bins]
		for a, v := range row {
			if v *= p[k]; v == 0 {
				continue
			}
			for b, w := range row[:a+1] {
				gram[a*bins+b] += v * w
			}
		}
	}
	trace := 0.0
	for a := range bins {
		trace += gram[a*bins+a]
		for b := range a {
			gram[b*bins+a] = gram[a*bins+b]
		}
	}
	values, vectors := eigen(gram, bins)
	var out []float64
	for d := range wanted {
		if !(values[d] > 1e-9*trace) {
			break
		}
		out = append(out, vectors[d*bins:(d+1)*bins]...)
	}
	return out
}
