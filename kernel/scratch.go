package kernel

// Scratch is memory of one goroutine that is free for other uses for a time. What it holds does not matter, and is lost.
type Scratch struct {
	Workspace *Workspace
	free      []float32
}

// NewScratch returns memory that nothing else uses as long as the Scratch is used.
func NewScratch(memory []float32, ws *Workspace) *Scratch { return &Scratch{ws, memory} }

// Take returns memory for n numbers: the next piece of the scratch, which starts on a cache line if the scratch does, or new memory
// where it is used up. A nil scratch has none.
func (s *Scratch) Take(n int) []float32 {
	if s == nil || len(s.free) < n {
		return make([]float32, n)
	}
	const line = 64 / 4
	taken := s.free[:n:n]
	s.free = s.free[min((n+line-1)/line*line, len(s.free)):]
	return taken
}
