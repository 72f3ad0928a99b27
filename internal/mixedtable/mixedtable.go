// Package mixedtable makes tables of mixed columns whose distribution is known, so that tests can hold a trained table to
// the truth and not to another sample. No program imports it.
//
// A row is made of its number and the seed alone:
//
//	id        1, 2, 3, …
//	kind      A, B or C, with probabilities 0.5, 0.3, 0.2
//	size      normal, with a mean and a deviation per kind; two decimals
//	weight    2·size + normal(0, 1); one decimal
//	boxes     1, 2 or 5: determined by the kind
//	amount    0 with probability 0.4, else log-normal(1, 0.5); two decimals
//	rating    a whole number, 3 + 2·(kind's number) or one more; missing with a probability that depends on the kind
//	sold      a day of 2024; C was sold in the second half only
//	returned  yes or no, with a probability that depends on the kind: the class
//
// Start reading at Write and Truth. Figures of both Truth and Measure have the same names in the same order.
package mixedtable

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"euryale/rng"
)

// Header is the first line of the file.
const Header = "id,kind,size,weight,boxes,amount,rating,sold,returned"

// The distribution, per kind.
var (
	kinds    = [3]string{"A", "B", "C"}
	shares   = [3]float64{0.5, 0.3, 0.2}
	means    = [3]float64{10, 14, 20}
	spreads  = [3]float64{1, 2, 1.5}
	boxes    = [3]int{1, 2, 5}
	missing  = [3]float64{0.3, 0.05, 0.1}
	returned = [3]float64{0.1, 0.3, 0.6}
)

const zeroShare = 0.4

// The streams of a row are told apart by the step.
const (
	ofKind = iota
	ofSize
	ofWeight
	ofZero
	ofAmount
	ofMissing
	ofRating
	ofDay
	ofClass
)

// Write writes a table of n rows as CSV with a header.
func Write(w io.Writer, n int, seed uint64) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, Header)
	stream := rng.NewStream(seed, rng.Data)
	for i := range n {
		uniform := func(of uint64) float64 { return stream.Float64(of, uint64(i)) }
		normal := func(of uint64) float64 { return math.Sqrt2 * math.Erfinv(2*uniform(of)-1+0x1p-54) }
		k := 0
		for u := uniform(ofKind); k < 2 && u >= shares[k]; k++ {
			u -= shares[k]
		}
		size := means[k] + spreads[k]*normal(ofSize)
		weight := 2*size + normal(ofWeight)
		amount := 0.0
		if uniform(ofZero) >= zeroShare {
			amount = math.Exp(1 + 0.5*normal(ofAmount))
		}
		rating := ""
		if uniform(ofMissing) >= missing[k] {
			rating = strconv.Itoa(3 + 2*k + int(2*uniform(ofRating)))
		}
		day := int(366 * uniform(ofDay))
		if k == 2 {
			day = 183 + day/2
		}
		class := "no"
		if uniform(ofClass) < returned[k] {
			class = "yes"
		}
		sold := time.Date(2024, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		fmt.Fprintf(out, "%d,%s,%.2f,%.1f,%d,%.2f,%s,%s,%s\n", i+1, kinds[k], size, weight, boxes[k], amount, rating, sold, class)
	}
	return out.Flush()
}

// Figure is a number that describes the distribution.
type Figure struct {
	Name  string
	Value float64
	// Deviation over √n is the standard error of the figure in n independent rows; 0 where every row has it.
	Deviation float64
}

// Truth is the distribution in figures: shares, means by kind, and what holds in every row.
func Truth() []Figure {
	var all []Figure
	add := func(name string, value, deviation float64) { all = append(all, Figure{name, value, deviation}) }
	share := func(name string, p, of float64) { add(name, p, math.Sqrt(p*(1-p)/of)) } // of: the share of rows that it is about
	size, square, late := 0.0, 0.0, 0.0
	for k, kind := range kinds {
		share("share of "+kind, shares[k], 1)
		add("mean size of "+kind, means[k], spreads[k]/math.Sqrt(shares[k]))
		add("deviation of the size of "+kind, spreads[k], spreads[k]/math.Sqrt(2*shares[k]))
		share("missing ratings of "+kind, missing[k], shares[k])
		add("mean rating of "+kind, 3.5+2*float64(k), 0.5/math.Sqrt(shares[k]*(1-missing[k])))
		share("returned of "+kind, returned[k], shares[k])
		size += shares[k] * means[k]
		square += shares[k] * (means[k]*means[k] + spreads[k]*spreads[k])
		late += shares[k] * []float64{0.5, 0.5, 1}[k]
	}
	variance := square - size*size
	rho := 2 * math.Sqrt(variance) / math.Sqrt(4*variance+1)
	add("correlation of size and weight", rho, 1-rho*rho)
	share("amounts of 0", zeroShare, 1)
	add("mean amount above 0", math.Exp(1+0.125), math.Exp(1.125)*math.Sqrt(math.Expm1(0.25)/(1-zeroShare)))
	share("sold in the second half", late, 1)
	add("sold in the second half of C", 1, 0)
	add("boxes as the kind has them", 1, 0)
	return all
}
