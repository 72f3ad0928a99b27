package objective

import (
	"testing"

	"euryale/ops"
)

// Each distance is the head that a graph has of it.
func TestDistances(t *testing.T) {
	for name, want := range map[string]ops.Distance{"squared": ops.Squared(), "absolute": ops.Absolute(), "huber": ops.Huber(1)} {
		d, err := Distances().New(name)
		if err != nil {
			t.Fatal(err)
		}
		if d.Head() != want {
			t.Errorf("%s: %v, want %v", name, d.Head(), want)
		}
		if _, ok := d.(*Huber); ok != (name == "huber") {
			t.Errorf("%s is a %T", name, d)
		}
	}
	if got := (&Huber{Delta: 0.25}).Head(); got != ops.Huber(0.25) {
		t.Errorf("%v", got)
	}
}
