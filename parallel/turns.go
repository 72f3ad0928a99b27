package parallel

// Turns lets workers of a team act one after the other, in the order of the numbers 0, 1, 2 … that a Counter gave them.
type Turns struct{ taken signal }

// Reset starts again at 0. No worker may be waiting.
func (t *Turns) Reset() { t.taken.count.Store(0) }

// Await returns once all turns before number i have ended. What was written in them is visible then.
func (t *Team) Await(worker int, turns *Turns, i int) {
	for {
		taken := turns.taken.count.Load()
		if taken == uint32(i) {
			return
		}
		t.posts[worker].await(&turns.taken, taken)
	}
}

// End ends the turn whose number is next.
func (t *Team) End(turns *Turns) {
	turns.taken.raise()
	for other := range t.active {
		t.posts[other].rouse()
	}
}
