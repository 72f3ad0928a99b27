package choice

import (
	"slices"
	"testing"
)

func TestMap(t *testing.T) {
	m := Map[int]{{"b", 2}, {"a.b", 1}}
	if !slices.Equal(m.Names(), []string{"b", "a.b"}) {
		t.Errorf("names are %q", m.Names())
	}
	if m.Index("a.b") != 1 || m.Index("a") != -1 {
		t.Errorf("places %d and %d", m.Index("a.b"), m.Index("a"))
	}
	if m.Get("b") != 2 || m.Get("c") != 0 {
		t.Errorf("values %d and %d", m.Get("b"), m.Get("c"))
	}
	if none := Map[int](nil); none.Get("b") != 0 || len(none.Names()) != 0 {
		t.Error("an empty map holds something")
	}
}
