package ops_test

import (
	"fmt"

	"euryale/ops"
)

// A graph of one layer and a loss.
func Example() {
	b := ops.NewBuilder()
	x := b.Input("x", 2)
	y := b.Linear("layer", x, ops.Linear{
		Weight: b.Parameter("layer.weight", ops.Uniform(0.7), 2, 3),
		Bias:   b.Parameter("layer.bias", ops.Constant(0), 3),
		ReLU:   true,
	})
	loss := b.WeightedError("loss", ops.Squared(), y, b.Input("target", 3), b.RowInput("weight"))
	_, size := b.Layout()
	fmt.Println(y, loss.PerRow(), size, b.Err())

	b.Add("residual", x, y)
	fmt.Println(b.Err())
	// Output:
	// "layer" [3] false 32 <nil>
	// ops: layer "residual": expected two operands of the same shape, got [2] and [3]
}
