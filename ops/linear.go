package ops

// Linear is a fully connected layer with fused additions and activation: for each row r of the batch
//
//	y[r] = max(0, X[r]·Weight + Add[r] + (Bias + Table[Index[r]]))
//
// summed in this order. All parts but X and Weight are optional; without ReLU there is no maximum. An X of several axes is
// flattened.
type Linear struct {
	X      *Node // [in]; set by Builder.Linear
	Weight *Node // parameter [in, out]
	Bias   *Node // parameter [out]
	Table  *Node // parameter [rows, out], such as one row per timestep
	Index  *Node // index of a row of Table
	Add    *Node // [out] per batch row
	ReLU   bool
}

// Operands implements Op.
func (l Linear) Operands() []*Node { return present(l.X, l.Weight, l.Bias, l.Table, l.Index, l.Add) }

// Linear applies a fully connected layer to x [in] and returns [out].
func (b *Builder) Linear(layer string, x *Node, l Linear) *Node {
	l.X = x
	if !b.rows(layer, role{"the input", x}) || !b.weights(layer, role{"the weight", l.Weight}) {
		return nil
	}
	if w := l.Weight.shape; len(w) != 2 || w[0] != x.Size() {
		return b.Fail("layer %q: an input of shape %s needs a weight [%d, out], got %s", layer, text(x.shape), x.Size(), text(w))
	}
	weight, out := text(l.Weight.shape), l.Weight.shape[1]
	if l.Bias != nil {
		if !b.weights(layer, role{"the bias", l.Bias}) {
			return nil
		}
		if l.Bias.Size() != out || len(l.Bias.shape) != 1 {
			return b.Fail("layer %q: a weight of shape %s needs a bias [%d], got %s", layer, weight, out, text(l.Bias.shape))
		}
	}
	if l.Table != nil || l.Index != nil {
		if !b.weights(layer, role{"the embedding table", l.Table}) {
			return nil
		}
		if t := l.Table.shape; len(t) != 2 || t[1] != out {
			return b.Fail("layer %q: a weight of shape %s needs an embedding table [rows, %d], got %s", layer, weight, out, text(t))
		}
		if err := b.checkIndex(l.Index, l.Table); err != nil {
			return b.Fail("layer %q: %w", layer, err)
		}
	}
	if l.Add != nil {
		if !b.rows(layer, role{"the operand to add", l.Add}) {
			return nil
		}
		if l.Add.Size() != out {
			return b.Fail("layer %q: a weight of shape %s needs an operand to add of shape [%d], got %s",
				layer, weight, out, text(l.Add.shape))
		}
	}
	l.Weight.Parameter().Transposed = true
	return b.record(layer, l, []int{out}, true)
}
