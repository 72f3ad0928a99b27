package ops

// Lookup selects a row of a table for each row of the batch.
type Lookup struct {
	Table *Node // parameter [rows, dim]
	Index *Node
}

// Embedding adds up a bias, if present, and one row of each table, from left to right: for each row r of the batch
//
//	y[r] = Bias + Σ Table[Index[r]]
type Embedding struct {
	Bias    *Node // parameter [dim], or nil
	Lookups []Lookup
}

// Operands implements Op.
func (e Embedding) Operands() []*Node {
	nodes := present(e.Bias)
	for _, l := range e.Lookups {
		nodes = append(nodes, l.Table, l.Index)
	}
	return nodes
}

// Embedding returns the sum [dim] of the rows it looks up. The bias may be nil.
func (b *Builder) Embedding(layer string, bias *Node, lookups ...Lookup) *Node {
	if b.err != nil {
		return nil
	}
	if len(lookups) == 0 {
		return b.Fail("layer %q: an embedding needs at least one table", layer)
	}
	for _, l := range lookups {
		if !b.weights(layer, role{"the table", l.Table}) {
			return nil
		}
		if first, t := lookups[0].Table.shape, l.Table.shape; len(t) != 2 || t[1] != first[1] {
			return b.Fail("layer %q: the tables must have shape [rows, dim] with the same dim, got %s and %s",
				layer, text(first), text(t))
		}
		if err := b.checkIndex(l.Index, l.Table); err != nil {
			return b.Fail("layer %q: %w", layer, err)
		}
	}
	table := lookups[0].Table.shape
	if bias != nil {
		if !b.weights(layer, role{"the bias", bias}) {
			return nil
		}
		if len(bias.shape) != 1 || bias.shape[0] != table[1] {
			return b.Fail("layer %q: a table of shape %s needs a bias [%d], got %s", layer, text(table), table[1], text(bias.shape))
		}
	}
	return b.record(layer, Embedding{bias, append([]Lookup{}, lookups...)}, table[1:], true)
}
