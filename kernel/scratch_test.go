package kernel

import "testing"

// Pieces of a scratch lie in its memory without overlap and on cache lines; what it cannot hold is new memory.
func TestScratch(t *testing.T) {
	memory := make([]float32, 100)
	s := NewScratch(memory, nil)
	a, b := s.Take(20), s.Take(30)
	if &a[0] != &memory[0] || len(a) != 20 || cap(a) != 20 || &b[0] != &memory[32] || len(b) != 30 {
		t.Errorf("pieces of %d and %d numbers are not the first and the one after the next cache line", len(a), len(b))
	}
	large, rest := s.Take(37), s.Take(36)
	if len(large) != 37 || &rest[0] != &memory[64] {
		t.Error("a piece that does not fit takes what a smaller one could have")
	}
	if more := s.Take(1); len(more) != 1 || cap(rest) != 36 {
		t.Error("used up")
	}
	var none *Scratch
	if len(none.Take(3)) != 3 {
		t.Error("no scratch gives no memory")
	}
}
