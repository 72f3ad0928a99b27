package graph

import "euryale/kernel"

// traits are what the plan of a block may do with the operands and the result of an operation.
type traits struct {
	pixelwise   bool // images that it reads or writes may be a range of the channels of others
	accumulates bool // it can add its result to what is there
	overwrites  int  // 1 + position of an operand whose memory the result may take; 0: none
	destroys    int  // 1 + position of an operand that it overwrites with other numbers; 0: none
}

func (o *op) traits() traits { return traits{} }

func traitsOf(n *node) traits {
	if isSum(n) {
		return traits{pixelwise: true}
	}
	if o, ok := n.Op().(interface{ traits() traits }); ok {
		return o.traits()
	}
	return traits{}
}

// memory is where a step of a block reads and writes.
type memory struct {
	out, side  value
	in         []value
	accumulate bool // add to out
}

// blockOp is an operation on images, which runs only in a block. The step may be nil if there is nothing to do.
type blockOp interface{ bind(m memory) rowStep }

// pairedOp is an operation with a second result, the node side.
type pairedOp interface{ side() *node }

// sideOp is the second result of an operation, the node primary.
type sideOp interface{ primary() *node }

// chainOp is a reduction over the batch to the shape of a parameter.
type chainOp interface{ bindChain(in []value) chain }

// chain adds rows lo … hi−1 of a block to a parameter's gradient, or overwrites it with their sum. It continues the chain of
// additions, so that a sum over rows has the same bits in one call and in several.
type chain func(ws *kernel.Workspace, dst kernel.Matrix, lo, hi int, accumulate bool)
