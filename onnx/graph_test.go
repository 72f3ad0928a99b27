package onnx

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// A model that its format cannot hold is an error before its memory is taken. Its metadata count.
func TestTooLarge(t *testing.T) {
	g := NewGraph("large")
	g.arrays = slices.Repeat([]message{make(message, 1<<20)}, 2047)
	h := Header{Properties: []Property{{"key", strings.Repeat("x", 1<<20)}}}
	if _, err := g.Model(h); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "(about 2048 MB)") {
		t.Errorf("got %v", err)
	}
}

// Names are unique, also where one that is made up is there already.
func TestUnique(t *testing.T) {
	g := NewGraph("names", "y")
	made := map[string]bool{"y": true}
	for _, name := range []string{"a_1", "a", "a", "a", "y", "y", "a_1", "a_1_1"} {
		unique := g.unique(name)
		if made[unique] {
			t.Errorf("%s is there twice", unique)
		}
		made[unique] = true
	}
}
