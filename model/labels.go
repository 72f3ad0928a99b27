package model

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"euryale/choice"
)

// AllLabels are the labels of all classes of the data, for Request.Labels; nil where the data has none.
func (m *Model) AllLabels() []int32 {
	var labels []int32
	for i := range m.Schema.Classes {
		labels = append(labels, int32(i))
	}
	return labels
}

// BalancedLabels are AllLabels without the classes that no training row has, so that the others get as many samples each.
func (m *Model) BalancedLabels() []int32 {
	return slices.DeleteFunc(m.AllLabels(), func(label int32) bool { return !m.hasRows(label) })
}

// LabelsOf are the labels of the first n samples of a request, −1 for none.
func (m *Model) LabelsOf(r Request, n int) []int32 {
	if usual := m.usualLabels(r, n); usual != nil {
		r.Labels = usual
	}
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(r.label(i))
	}
	return labels
}

// hasRows reports whether there are training rows of a class, as far as the run has counted them.
func (m *Model) hasRows(label int32) bool {
	return m.Schema.ClassCounts == nil || m.Schema.ClassCounts[label] > 0
}

// ClassNamed is the label of a class.
func (m *Model) ClassNamed(name string) (int, error) {
	if len(m.Schema.Classes) == 0 {
		return 0, errors.New("model: rows have no class")
	}
	label := slices.Index(m.Schema.Classes, name)
	switch {
	case label < 0:
		return 0, fmt.Errorf("model: the name of a class %w", choice.OneOf(name, m.Schema.Classes...))
	case !m.hasRows(int32(label)):
		return 0, fmt.Errorf("model: no training row has the class %q, so that nothing is known of it", name)
	}
	return label, nil
}

// Share is the part of the samples that a class gets.
type Share struct {
	Class string
	Part  float64
}

// shareDigits is the precision of a share: 1e-9.
const shareDigits = 1e9

// ProportionalLabels deal out samples by shares, which must add up to 1; classes that are not among them get none.
func (m *Model) ProportionalLabels(shares []Share, n int) ([]int32, error) {
	counts, sum, divisor := make([]int64, len(m.Schema.Classes)), 0.0, new(big.Int)
	for _, s := range shares {
		label, err := m.ClassNamed(s.Class)
		switch {
		case err != nil:
			return nil, err
		case !(s.Part >= 0 && s.Part <= 1):
			return nil, fmt.Errorf("model: the share of class %q must be from 0 to 1, got %v", s.Class, s.Part)
		case counts[label] > 0:
			return nil, fmt.Errorf("model: the share of class %q is given twice", s.Class)
		}
		sum += s.Part
		counts[label] = int64(math.Round(s.Part * shareDigits))
		divisor.GCD(nil, nil, divisor, big.NewInt(counts[label]))
	}
	if math.Abs(sum-1) > 1/shareDigits {
		return nil, fmt.Errorf("model: the shares of the classes must add up to 1, got %.9g", sum)
	}
	for label := range counts { // the smallest whole numbers of these shares
		counts[label] /= divisor.Int64()
	}
	return Apportion(counts, n), nil
}

// usualLabels are the labels that a request without any gets, n at most: those of the classes of a table or of images in their
// shares; nil where there are none, or the request has a label. What is known of an image, and images or noise that samples start
// from, belong to a class already, so that none is dealt out.
func (m *Model) usualLabels(r Request, n int) []int32 {
	if m.Schema.ClassCounts == nil || !m.TakesLabels() || r.Sampling.Guidance.Label >= 0 || len(r.Labels) > 0 {
		return nil
	}
	if given := len(r.Known) > 0 || r.Between != nil || r.Rows != nil || r.From != nil; given && m.Schema.Image != nil {
		return nil
	}
	return Apportion(m.Schema.ClassCounts, n)
}

// Apportion deals out labels by the rows per class, without chance: among the first samples, however many, the number of each
// class differs from its share by less than 1 (the chairman assignment of Tijdeman 1980). There are n labels or, if that is
// less, as many as there are rows, with exactly their counts: after them, samples begin anew.
//
// With k classes of the shares p and δ = 1/(2k−2), a class that has x of the samples may have the next one from sample
// (x+δ)/p on, and must have it by (x+1−δ)/p. Among those that may, the one that must first gets the sample.
func Apportion(counts []int64, n int) []int32 {
	total, classes := int64(0), 0
	for _, count := range counts {
		if count > 0 {
			total, classes = total+count, classes+1
		}
	}
	if total == 0 || n < 1 {
		return nil
	}
	delta := 1 / float64(max(2*classes-2, 1))
	var waiting, ready claims
	for class, count := range counts {
		if count > 0 {
			c := claim{class: int32(class), share: float64(count) / float64(total)}
			waiting.push(c.at(delta))
		}
	}
	labels := make([]int32, min(int64(n), total))
	for i := range labels {
		for len(waiting) > 0 && (waiting[0].when <= float64(i+1) || len(ready) == 0) {
			ready.push(waiting.pop().at(1 - delta))
		}
		next := ready.pop()
		labels[i] = next.class
		next.given++
		waiting.push(next.at(delta))
	}
	return labels
}

// claim is a class that waits for its next sample.
type claim struct {
	class int32
	share float64
	given float64 // samples
	when  float64 // the sample from which on it may have the next, or by which it must
}

// at is the claim by the time when its share of the samples is so much more than it has.
func (c claim) at(more float64) claim {
	c.when = (c.given + more) / c.share
	return c
}

// claims are a heap with the earliest at the top. Package container/heap would allocate for each.
type claims []claim

func (c claims) less(i, j int) bool {
	return c[i].when < c[j].when || c[i].when == c[j].when && c[i].class < c[j].class
}

func (c *claims) push(v claim) {
	*c = append(*c, v)
	for i := len(*c) - 1; i > 0; {
		parent := (i - 1) / 2
		if !c.less(i, parent) {
			return
		}
		(*c)[i], (*c)[parent] = (*c)[parent], (*c)[i]
		i = parent
	}
}

func (c *claims) pop() claim {
	list, last := *c, len(*c)-1
	top := list[0]
	list[0] = list[last]
	*c = list[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if c.less(child, least) {
				least = child
			}
		}
		if least == i {
			return top
		}
		list[i], list[least] = list[least], list[i]
		i = least
	}
}
