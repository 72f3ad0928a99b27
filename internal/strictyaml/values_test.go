package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"euryale/choice"
)

func TestValues(t *testing.T) {
	c := defaults()
	c.Optimizer.Transforms = []choice.One[transform]{transforms().Choose("clip"), transforms().With(&adam{0.5, 0.999})}
	all := Values(&c)
	for _, want := range []Value{
		{"name", "scurve"}, {"data", "scurve"}, {"optimizer.transforms", "[clip, adam]"}, {"optimizer.transforms.adam.beta1", "0.5"},
		{"sample.times", "[]"}, {"sample.start", "prior"},
	} {
		if !slices.Contains(all, want) {
			t.Errorf("no %v among\n%s", want, fmt.Sprint(all))
		}
	}
}

// Two configurations have the same values where they do not differ, and no others; no path comes twice.
func TestValuesTellDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, other := defaults(), defaults()
		draw(t, "", reflect.ValueOf(&c).Elem(), 0)
		if rapid.Bool().Draw(t, "differ") {
			draw(t, "", reflect.ValueOf(&other).Elem(), 0)
		} else {
			other = c
		}
		a, b := Values(c), Values(&other)
		if same := slices.Equal(a, b); same != (Differences(c, other) == nil) {
			t.Fatalf("same values: %v, differences %v", same, Differences(c, other))
		}
		seen := map[string]bool{}
		for _, v := range a {
			if seen[v.Path] {
				t.Fatalf("%s comes twice", v.Path)
			}
			seen[v.Path] = true
		}
	})
}
