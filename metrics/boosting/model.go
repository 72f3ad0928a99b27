package boosting

import "fmt"

// node is a node of a tree. The rows whose bin of the column is in left go to node child, the others to the one after it. A
// node without a child, 0, is a leaf.
type node struct {
	left   set
	value  float64 // of a leaf
	column int32
	child  int32
}

// model is a sum of trees for each output.
type model struct {
	binnings []binning
	start    []float64 // per output
	trees    [][]node  // those of an iteration, one per output, are neighbors
}

func (m *model) iterations() int { return len(m.trees) / len(m.start) }

// chunkRows is how many rows are evaluated at a time: their bins fit into the cache.
const chunkRows = 512

// check returns an error unless x fits the columns that the model was trained on.
func (m *model) check(x []Column, rows int) error {
	if len(x) != len(m.binnings) {
		return fmt.Errorf("boosting: %d columns, want %d, as in training", len(x), len(m.binnings))
	}
	if err := checkColumns(x, rows); err != nil {
		return err
	}
	for j, c := range x {
		if (len(c.Codes) > 0) != m.binnings[j].isCategory {
			return fmt.Errorf("boosting: column %d must hold codes or numbers as it did in training, not the other", j)
		}
	}
	return nil
}

// evaluate calls use for each chunk of the rows of x with the sums of the trees, [outputs, rows of the chunk].
func (m *model) evaluate(x []Column, rows int, use func(first, count int, sums []float64)) {
	bins := make([]uint8, chunkRows*len(x))
	all := make([]float64, chunkRows*len(m.start))
	for first := 0; first < rows; first += chunkRows {
		count := min(chunkRows, rows-first)
		for j := range x {
			for i := range count {
				bins[i*len(x)+j] = m.binnings[j].bin(x[j], first+i)
			}
		}
		for output, start := range m.start {
			sums := all[output*count:][:count]
			for i := range sums {
				sums[i] = start
			}
		}
		for k, tree := range m.trees {
			addTree(all[k%len(m.start)*count:][:count], tree, bins, len(x))
		}
		use(first, count, all[:len(m.start)*count])
	}
}

// addTree adds a tree's values to dst, [rows], given bins, [rows, columns].
func addTree(dst []float64, tree []node, bins []uint8, columns int) {
	for i := range dst {
		row := bins[i*columns:][:columns]
		n := &tree[0]
		for n.child != 0 {
			n = &tree[int(n.child)+1-n.left.bit(row[n.column])]
		}
		dst[i] += n.value
	}
}

// Classifier gives the probabilities of classes. It may be used concurrently.
type Classifier struct {
	model   model
	classes int
	present []int32 // the classes that had rows
}

// Iterations is how many iterations training took: fewer than Options.Iterations if it stopped early.
func (c *Classifier) Iterations() int { return c.model.iterations() }

// Probabilities writes the probabilities of the classes of each row of x to dst, [rows, classes]. The columns are those of
// training, in its order. A category that training did not see counts as missing.
func (c *Classifier) Probabilities(dst []float64, x []Column) error {
	rows := len(dst) / c.classes
	if len(dst) != rows*c.classes {
		return fmt.Errorf("boosting: %d numbers do not hold rows of %d classes", len(dst), c.classes)
	}
	if err := c.model.check(x, rows); err != nil {
		return err
	}
	clear(dst)
	c.model.evaluate(x, rows, func(first, count int, sums []float64) {
		for i := range count {
			row := dst[(first+i)*c.classes:][:c.classes]
			if len(c.present) == 2 {
				p := logistic(sums[i])
				row[c.present[0]], row[c.present[1]] = 1-p, p
				continue
			}
			total := logSumExp(sums, i, count)
			for k, class := range c.present {
				row[class] = probability(sums[k*count+i], total)
			}
		}
	})
	return nil
}

// Regressor predicts a number. It may be used concurrently.
type Regressor struct{ model model }

// Iterations is how many iterations training took: fewer than Options.Iterations if it stopped early.
func (r *Regressor) Iterations() int { return r.model.iterations() }

// Predict writes the prediction for each row of x to dst, [rows]. The columns are those of training, in its order. A
// category that training did not see counts as missing.
func (r *Regressor) Predict(dst []float64, x []Column) error {
	if err := r.model.check(x, len(dst)); err != nil {
		return err
	}
	r.model.evaluate(x, len(dst), func(first, _ int, sums []float64) { copy(dst[first:], sums) })
	return nil
}
