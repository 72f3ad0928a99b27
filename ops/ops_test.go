package ops

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// p declares a parameter.
func p(b *Builder, name string, shape ...int) *Node { return b.Parameter(name, Normal(1), shape...) }

func TestBuilderErrors(t *testing.T) {
	tests := []struct {
		name  string
		build func(b *Builder)
		want  string
	}{
		{"weight", func(b *Builder) {
			b.Linear("linears.2", b.Input("x", 3), Linear{Weight: p(b, "w", 4, 5), Bias: p(b, "b", 5)})
		}, `layer "linears.2": an input of shape [3] needs a weight [3, out], got [4, 5]`},
		{"no weight", func(b *Builder) { b.Linear("l", b.Input("x", 3), Linear{}) }, `layer "l": the weight is nil`},
		{"weight of one axis", func(b *Builder) { b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3)}) },
			`needs a weight [3, out], got [3]`},
		{"weight that is no parameter", func(b *Builder) { b.Linear("l", b.Input("x", 3), Linear{Weight: b.Input("w", 3, 3)}) },
			`layer "l": the weight must be a parameter, got "w" [3, 3]`},
		{"input that is a parameter", func(b *Builder) { b.Linear("l", p(b, "x", 3), Linear{Weight: p(b, "w", 3, 3)}) },
			`layer "l": the input must hold numbers for each row of the batch, got "x" [3]`},
		{"input that is an index", func(b *Builder) { b.SiLU("s", b.IndexInput("i")) },
			`layer "s": the input must hold numbers for each row of the batch, got "i" []`},
		{"input that is the time", func(b *Builder) { b.ReLU("r", b.Time("t", 0)) }, `layer "r": the input must hold numbers`},
		{"bias", func(b *Builder) {
			b.Linear("linears.2", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Bias: p(b, "b", 4)})
		}, `layer "linears.2": a weight of shape [3, 5] needs a bias [5], got [4]`},
		{"bias of two axes", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Bias: p(b, "b", 1, 5)})
		}, `needs a bias [5], got [1, 5]`},
		{"table", func(b *Builder) {
			table := p(b, "e", 9, 4)
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Bias: p(b, "b", 5), Table: table, Index: b.IndexInput("t")})
		}, `layer "l": a weight of shape [3, 5] needs an embedding table [rows, 5], got [9, 4]`},
		{"index missing", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Bias: p(b, "b", 5), Table: p(b, "e", 9, 5)})
		}, `layer "l": the index is nil`},
		{"negative steps of a time", func(b *Builder) { b.Time("t", -1) }, `"t": expected at least 0 timesteps, got -1`},
		{"no steps", func(b *Builder) { b.Step("s", 0) }, `"s": expected at least 1 timestep, got 0`},
		{"no classes", func(b *Builder) { b.Label("l", 0) }, `"l": expected at least 1 class, got 0`},
		{"table missing", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Index: b.IndexInput("t")})
		}, `layer "l": the embedding table is nil`},
		{"rows of a table of steps", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Table: p(b, "e", 9, 5), Index: b.Step("step", 10)})
		}, `layer "l": the index "step" needs a table of 10 rows, got "e" [9, 5]`},
		{"rows of a table of labels", func(b *Builder) {
			b.Embedding("l", nil, Lookup{p(b, "e", 9, 5), b.Label("label", 9)})
		}, `layer "l": the index "label" needs a table of 10 rows, got "e" [9, 5]`},
		{"rows to add", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Add: b.Input("a", 4)})
		}, `layer "l": a weight of shape [3, 5] needs an operand to add of shape [5], got [4]`},
		{"a parameter to add", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Linear{Weight: p(b, "w", 3, 5), Add: p(b, "a", 5)})
		}, `layer "l": the operand to add must hold numbers for each row of the batch`},
		{"index is a float", func(b *Builder) { b.Embedding("l", nil, Lookup{p(b, "e", 9, 5), b.RowInput("t")}) },
			`layer "l": expected an index from IndexInput, Step or Label, got "t" []`},
		{"no table", func(b *Builder) { b.Embedding("l", nil) }, `layer "l": an embedding needs at least one table`},
		{"nil table", func(b *Builder) { b.Embedding("l", nil, Lookup{nil, b.IndexInput("t")}) }, `layer "l": the table is nil`},
		{"table of one axis", func(b *Builder) { b.Embedding("l", nil, Lookup{p(b, "e", 9), b.IndexInput("t")}) },
			`layer "l": the tables must have shape [rows, dim] with the same dim, got [9] and [9]`},
		{"tables of two widths", func(b *Builder) {
			t := b.IndexInput("t")
			b.Embedding("l", nil, Lookup{p(b, "e", 9, 5), t}, Lookup{p(b, "f", 9, 4), t})
		}, `layer "l": the tables must have shape [rows, dim] with the same dim, got [9, 5] and [9, 4]`},
		{"bias of an embedding", func(b *Builder) {
			b.Embedding("l", p(b, "b", 4), Lookup{p(b, "e", 9, 5), b.IndexInput("t")})
		}, `layer "l": a table of shape [9, 5] needs a bias [5], got [4]`},
		{"sinusoids of an input", func(b *Builder) { b.Sinusoids("f", b.Input("x", 3), []float64{1}) },
			`layer "f": sinusoids need a node from Builder.Time, got "x" [3]`},
		{"no frequency", func(b *Builder) { b.Sinusoids("f", b.Time("t", 0), nil) }, `layer "f": sinusoids need at least one frequency`},
		{"no time", func(b *Builder) { b.Sinusoids("f", nil, []float64{1}) }, `layer "f": the time is nil`},
		{"target", func(b *Builder) {
			b.WeightedError("loss", Squared(), b.Input("y", 3), b.Input("target", 2), b.RowInput("w"))
		}, `layer "loss": expected a prediction and a target of as many numbers, got shapes [3] and [2]`},
		{"weights of rows", func(b *Builder) {
			b.WeightedError("loss", Squared(), b.Input("y", 3), b.Input("target", 3), b.Input("w", 2))
		}, `layer "loss": the weight must be one number per row, from RowInput, got "w" [2]`},
		{"delta", func(b *Builder) {
			b.WeightedError("loss", Huber(0), b.Input("y", 3), b.Input("target", 3), b.RowInput("w"))
		}, `layer "loss": Huber's delta must be positive and finite, got 0`},
		{"logits", func(b *Builder) {
			b.CrossEntropy("loss", b.RowInput("y"), b.IndexInput("label"), b.RowInput("w"))
		}, `layer "loss": the logits must be [classes], got shape []`},
		{"label", func(b *Builder) {
			b.CrossEntropy("loss", b.Input("y", 3), b.RowInput("label"), b.RowInput("w"))
		}, `layer "loss": expected an index from IndexInput, Step or Label, got "label" []`},
		{"weight of a class", func(b *Builder) {
			b.CrossEntropy("loss", b.Input("y", 3), b.IndexInput("label"), b.IndexInput("w"))
		}, `layer "loss": the weight must hold numbers`},
		{"odd prediction", func(b *Builder) {
			w := b.RowInput("w")
			b.LearnedRange("loss", LearnedRange{b.Input("y", 5), b.Input("target", 2), w, w, w, w, w, w, w})
		}, `layer "loss": expected a prediction [2·dim] and a target [dim], got shapes [5] and [2]`},
		{"bound", func(b *Builder) {
			w := b.RowInput("w")
			b.LearnedRange("loss", LearnedRange{b.Input("y", 4), b.Input("target", 2), w, w, w, w, w, w, b.Input("constant", 2)})
		}, `layer "loss": the constant must be one number per row, from RowInput, got "constant" [2]`},
		{"width of a mixed prediction", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 5), Target: b.Input("target", 2), Weight: b.RowInput("w"),
				Index: b.IndexInput("i", 1), Categories: []int{4}, Factors: []float64{1}})
		}, `layer "loss": a target of 2 numbers and groups of [4] categories need a prediction [6], got shape [5]`},
		{"mixed prediction of nothing", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.RowInput("y"), Weight: b.RowInput("w")})
		}, `layer "loss": a target of 0 numbers and groups of [] categories need a prediction [0], got shape []`},
		{"no categories", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 5), Weight: b.RowInput("w"), Categories: []int{5, 0}})
		}, `layer "loss": group 1 must have at least one category, got 0`},
		{"weights of numbers", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 2), Target: b.Input("target", 2), Weight: b.RowInput("w"),
				NumberWeight: b.Input("n", 3)})
		}, `layer "loss": the weights of the numbers must have the target's shape, got [3]`},
		{"factors", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 2), Weight: b.RowInput("w"), Index: b.IndexInput("i", 1),
				Categories: []int{2}})
		}, `layer "loss": expected a factor for each of 1 groups, got 0`},
		{"a factor that is infinite", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 2), Weight: b.RowInput("w"), Index: b.IndexInput("i", 1),
				Categories: []int{2}, Factors: []float64{math.Inf(1)}})
		}, `layer "loss": the factor of group 0 must be finite, got +Inf`},
		{"no index of groups", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 2), Weight: b.RowInput("w"), Categories: []int{2},
				Factors: []float64{1}})
		}, `layer "loss": expected an index exactly if there are groups of categories, and there are 1`},
		{"index without groups", func(b *Builder) {
			y := b.Input("y", 2)
			b.MixedError("loss", MixedError{Prediction: y, Target: y, Weight: b.RowInput("w"), Index: b.IndexInput("i", 1)})
		}, `layer "loss": expected an index exactly if there are groups of categories, and there are 0`},
		{"one index of a row", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 2), Weight: b.RowInput("w"), Index: b.IndexInput("i"),
				Categories: []int{2}, Factors: []float64{1}})
		}, `layer "loss": the index must be an IndexInput of shape [1], got "i" []`},
		{"weight of a mixed row", func(b *Builder) {
			b.MixedError("loss", MixedError{Prediction: b.Input("y", 2), Target: b.Input("target", 2), Weight: b.Input("w", 2)})
		}, `layer "loss": the weight must be one number per row, from RowInput, got "w" [2]`},
		{"index of two axes", func(b *Builder) { b.IndexInput("i", 2, 3) },
			`index input "i": expected one axis at most, got shape [2, 3]`},
		{"several indices into a table", func(b *Builder) { b.Embedding("l", nil, Lookup{p(b, "e", 9, 5), b.IndexInput("i", 2)}) },
			`layer "l": expected one index per row, got "i" [2]`},
		{"sum", func(b *Builder) { b.Add("skip", b.Input("x", 3), b.Input("y", 2)) },
			`layer "skip": expected two operands of the same shape, got [3] and [2]`},
		{"sum of one", func(b *Builder) { b.Add("skip", b.Input("x", 3), nil) }, `layer "skip": the second operand is nil`},
		{"a loss as an operand", func(b *Builder) {
			y := b.Input("y", 3)
			b.SiLU("s", b.WeightedError("loss", Squared(), y, y, b.RowInput("w")))
		}, `layer "s": the input must hold numbers for each row of the batch, got "loss" []`},
		{"another record", func(b *Builder) { b.Add("skip", b.Input("x", 3), NewBuilder().Input("y", 3)) },
			`layer "skip": the second operand "y" [3] belongs to another Builder`},
		{"index of another record", func(b *Builder) { b.Embedding("l", nil, Lookup{p(b, "e", 9, 5), NewBuilder().IndexInput("t")}) },
			`layer "l": the index "t" [] belongs to another Builder`},
		{"name twice", func(b *Builder) { b.Input("x", 3); p(b, "x", 3) },
			`"x": expected a nonempty name that no other parameter or input has`},
		{"no name", func(b *Builder) { b.RowInput("") }, `"": expected a nonempty name that no other parameter or input has`},
		{"empty axis", func(b *Builder) { p(b, "w", 3, 0) }, `"w": every axis needs at least one element, got shape [3, 0]`},
		{"three axes", func(b *Builder) { p(b, "w", 3, 1, 1) }, `parameter "w": expected one or two axes`},
		{"no axis", func(b *Builder) { b.Input("x") },
			`input "x": expected a shape of at least one axis; use RowInput for one number per row`},
		{"too large", func(b *Builder) { p(b, "w", 1<<40, 1<<40) }, `"w": the shape [1099511627776, 1099511627776] has more than`},
		{"no distribution", func(b *Builder) { b.Parameter("w", nil, 3) },
			`parameter "w": the distribution of initial values is nil; expected Uniform, Normal, Constant or Values`},
		{"values of another shape", func(b *Builder) { b.Parameter("w", Values{1, 2}, 3) },
			`parameter "w": 2 initial values for the shape [3]`},
		{"error of a net", func(b *Builder) { b.Fail("a pool of %d", 3) }, `ops: a pool of 3`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := NewBuilder()
			test.build(b)
			if b.Err() == nil || !strings.Contains(b.Err().Error(), test.want) {
				t.Errorf("error %v, want %s", b.Err(), test.want)
			}
			first := b.Err()
			// The Builder keeps its first error, whatever is recorded later.
			later := []*Node{b.Input("later", 1), p(b, "also", 1), b.Fail("again"), b.Embedding("e", nil), b.Time("time", 1)}
			later = append(later, b.Linear("l", later[0], Linear{}), b.SiLU("s", nil), b.ReLU("r", nil), b.Add("a", nil, nil),
				b.Sinusoids("f", nil, nil), b.WeightedError("w", Squared(), nil, nil, nil), b.CrossEntropy("c", nil, nil, nil),
				b.LearnedRange("h", LearnedRange{}))
			for _, n := range later {
				if n != nil {
					t.Errorf("the builder records a node after an error: %v", n)
				}
			}
			if b.Err() != first {
				t.Errorf("the error became %v", b.Err())
			}
		})
	}
}

// A net may call the methods of a node that was not recorded.
func TestNilNode(t *testing.T) {
	var n *Node
	if n.Size() != 0 || n.Shape() != nil || n.PerRow() || n.Parameter() != nil || n.Builder() != nil ||
		n.IndexRows() != 0 || n.String() != "nil" {
		t.Error("a nil node is not empty")
	}
}

func TestRecord(t *testing.T) {
	b := NewBuilder()
	x, w, bias := b.Input("x", 2, 3), p(b, "w", 6, 17), p(b, "b", 17)
	idle := b.SiLU("idle", x)
	y := b.Linear("l", x, Linear{Weight: w, Bias: bias})
	steps, labels := b.Step("step", 4), b.Label("label", 4)
	e := b.Embedding("e", bias, Lookup{p(b, "steps", 4, 17), steps}, Lookup{p(b, "labels", 5, 17), labels})
	sum := b.Add("sum", y, e)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	if !slices.Equal(y.Shape(), []int{17}) || x.Size() != 6 || !y.PerRow() || w.PerRow() ||
		steps.IndexRows() != 4 || labels.IndexRows() != 5 || y.IndexRows() != 0 {
		t.Errorf("y %v, x %v, w %v", y, x, w)
	}
	if got := b.Needed(y); !slices.Equal(got, []*Node{x, w, bias, y}) {
		t.Errorf("y needs %v", got)
	}
	if got := b.Needed(sum); len(got) != len(b.Nodes())-1 || slices.Contains(got, idle) {
		t.Errorf("the sum needs %v of %v", got, b.Nodes())
	}
	layout, size := b.Layout()
	var names []string
	end := 0
	for _, p := range layout {
		names = append(names, p.Name)
		if p.Offset%Align != 0 || p.Offset < end || p.Offset >= end+Align {
			t.Errorf("%s stands at %d, after an end at %d", p.Name, p.Offset, end)
		}
		end = p.Offset + p.Size()
		if p.Transposed != (p.Name == "w") {
			t.Errorf("%s is transposed in a state dict: %v", p.Name, p.Transposed)
		}
	}
	if !slices.Equal(names, []string{"w", "b", "steps", "labels"}) || size%Align != 0 || size < end || size >= end+Align {
		t.Errorf("parameters %v in %d numbers that end at %d", names, size, end)
	}
}
