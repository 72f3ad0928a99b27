package diffusion

import (
	"fmt"
	"math"
	"sort"

	"euryale/rng"
)

// Timesteps draws the t of each training row and says what the row weighs for having been drawn so. Every number
// is a function of the seed, the training step, the row's place in the batch and, for importance, the losses
// that Update has been told, so any worker can fill any part of a batch.
type Timesteps struct {
	stream      rng.Stream
	process     Process
	first, last float64
	steps       int // T of a chain, 0 in continuous time
	fill        func(s *Timesteps, t []float64, step uint64, firstRow, batchRows int)
	normal      LogNormalConfig
	importance  *importance // nil for the others
}

// TimestepsChoices are the ways to draw t. With first and last of Process.Span (0 and T−1 for a chain, whose t are
// whole), every row's weight being 1 but for importance:
//
//	uniform     every row draws its own t from first … last
//	paired      of a batch of B rows the first ⌈B/2⌉ draw t, row ⌈B/2⌉+i has first + last − t of row i, which is
//	            T−1−t in a chain. Each t is still uniform; the two of a pair are not independent, which evens
//	            out easy and hard t in a batch.
//	stratified  row i of a batch has the quantile (i+u)/B of the uniform law, one u for the batch: the sampler of
//	            low discrepancy of Kingma et al. 2021, "Variational diffusion models", appendix I.1. The batch as
//	            a whole is uniform and its mean varies less; a row keeps to its own share of the times. Rows are
//	            not shuffled for that: which data a row holds is drawn anew in each epoch, so t is independent of
//	            the data all the same, and sums over rows do not mind order.
//	importance  p_t ∝ √(E L²), from the last 10 losses L of each t, mixed with 0.1% of uniform, and uniform until
//	            every t has 10 (Nichol and Dhariwal 2021, section 3.3; chains only). A row weighs 1/(T p_t), so
//	            the weighted loss has the same mean.
//	log_normal  ln(σ/α) ~ N(mean, deviation²) (Karras et al. 2022, table 1, for EDM), t by Process.Time. What falls
//	            outside first … last counts as the nearer of the two, and a chain takes the nearest step, so its
//	            first and last step get the tails. Not uniform, and not weighted back: it is part of the loss.
func TimestepsChoices() []Choice {
	return []Choice{
		{"uniform", "every row draws its own t", nil},
		{"paired", "t and T−1−t: uniform, and evenly spread over easy and hard t", nil},
		{"stratified", "one t from each equal share of the times: low discrepancy (Kingma et al. 2021)", nil},
		{"importance", "t by the size of its recent losses, weighted back (Nichol and Dhariwal 2021)", nil},
		{"log_normal", "ln(σ/α) from a normal law (Karras et al. 2022)", []string{"log_normal.mean", "log_normal.deviation"}},
	}
}

// TimestepsNames lists what Config.Timesteps may be.
func TimestepsNames() []string { return namesOf(TimestepsChoices()) }

// NewTimesteps returns the sampler that a configuration asks for. TimestepsChoices says what each does.
func NewTimesteps(c Config, p Process, seed uint64) (*Timesteps, error) {
	if key, err := c.checkTimesteps(p.Steps() > 0); err != nil {
		return nil, fmt.Errorf("%s %w", key, err)
	}
	_, first, last := p.Span()
	s := &Timesteps{stream: rng.NewStream(seed, rng.Timesteps), process: p, first: first, last: last, steps: p.Steps(), normal: c.LogNormal}
	switch c.Timesteps {
	case "uniform":
		s.fill = (*Timesteps).uniform
	case "paired":
		s.fill = (*Timesteps).paired
	case "stratified":
		s.fill = (*Timesteps).stratified
	case "importance":
		s.importance, s.fill = newImportance(s.steps), (*Timesteps).byImportance
	case "log_normal":
		s.fill = (*Timesteps).logNormal
	}
	return s, nil
}

// Fill sets t to the times of rows firstRow … firstRow+len(t)−1 of a batch of batchRows rows, at a training step,
// and weight, of the same length, to the weight of each row's loss. Goroutines may fill different rows at once.
func (s *Timesteps) Fill(t []float64, weight []float32, step uint64, firstRow, batchRows int) {
	for i := range weight {
		weight[i] = 1
	}
	s.fill(s, t, step, firstRow, batchRows)
	if s.importance != nil {
		for i, tr := range t {
			weight[i] = s.importance.weight[int(tr)]
		}
	}
}

// at is the time at a quantile u, from 0 to below 1, of the uniform law.
func (s *Timesteps) at(u float64) float64 {
	if s.steps > 0 {
		return math.Min(math.Floor(u*float64(s.steps)), s.last)
	}
	return math.Min(s.first+(s.last-s.first)*u, s.last)
}

// draw is a row's own uniform time.
func (s *Timesteps) draw(step uint64, row int) float64 {
	if s.steps > 0 {
		return float64(s.stream.IntN(step, uint64(row), s.steps))
	}
	return s.at(s.stream.Float64(step, uint64(row)))
}

func (s *Timesteps) uniform(t []float64, step uint64, firstRow, _ int) {
	for i := range t {
		t[i] = s.draw(step, firstRow+i)
	}
}

func (s *Timesteps) paired(t []float64, step uint64, firstRow, batchRows int) {
	drawn := (batchRows + 1) / 2
	for i := range t {
		if row := firstRow + i; row < drawn {
			t[i] = s.draw(step, row)
		} else {
			t[i] = min(max(s.first+s.last-s.draw(step, row-drawn), s.first), s.last)
		}
	}
}

func (s *Timesteps) stratified(t []float64, step uint64, firstRow, batchRows int) {
	u := s.stream.Float64(step, 0)
	for i := range t {
		t[i] = s.at((float64(firstRow+i) + u) / float64(batchRows))
	}
}

func (s *Timesteps) logNormal(t []float64, step uint64, firstRow, _ int) {
	for i := range t {
		u := s.stream.Float64(step, uint64(firstRow+i)) // a multiple of 2⁻⁵³; the middle up to the next is meant
		logRatio := s.normal.Mean + s.normal.Deviation*math.Sqrt2*math.Erfinv(2*u-1+0x1p-53)
		t[i] = min(max(s.process.Time(-logRatio), s.first), s.last)
		if s.steps > 0 {
			t[i] = math.Round(t[i])
		}
	}
}

func (s *Timesteps) byImportance(t []float64, step uint64, firstRow, _ int) {
	if !s.importance.ready() {
		s.uniform(t, step, firstRow, 0)
		return
	}
	below := s.importance.below
	for i := range t {
		u := s.stream.Float64(step, uint64(firstRow+i)) * below[len(below)-1]
		t[i] = float64(min(sort.Search(len(below), func(k int) bool { return below[k] > u }), len(below)-1))
	}
}

// Update tells the sampler the losses of rows with the times t, in the order of the rows and without their weights.
// It is called once for each training step, never at the same time as Fill. Only importance remembers them.
func (s *Timesteps) Update(t []float64, losses []float32) {
	if s.importance == nil {
		return
	}
	for i, tr := range t {
		s.importance.remember(int(tr), losses[i])
	}
	s.importance.refresh()
}

// State is all that the sampler remembers, for a checkpoint: nothing, or for importance [T, 11] numbers, for each t
// how many losses it has, at most 10, and those, the oldest first, then zeros.
func (s *Timesteps) State() []float32 {
	if s.importance == nil {
		return nil
	}
	return append([]float32(nil), s.importance.history...)
}

// Restore sets what the sampler remembers to a State of a sampler of the same configuration. After an error it
// is as it was before.
func (s *Timesteps) Restore(state []float32) error {
	if s.importance == nil {
		if len(state) != 0 {
			return fmt.Errorf("timesteps: this sampler remembers nothing, got a state of %d numbers", len(state))
		}
		return nil
	}
	return s.importance.restore(state)
}

const (
	remembered   = 10    // losses of each t
	uniformShare = 0.001 // of the law
)

// importance is the memory of the sampler by importance.
type importance struct {
	history []float32 // [T, 1+remembered]: a count, then losses, the oldest first
	missing int       // losses until every t has its number
	moment  []float64 // √(E L²) of each t
	below   []float64 // p_0 + … + p_t, up to rounding
	weight  []float32 // 1/(T p_t)
}

func newImportance(steps int) *importance {
	m := &importance{
		history: make([]float32, steps*(1+remembered)), missing: steps * remembered,
		moment: make([]float64, steps), below: make([]float64, steps), weight: make([]float32, steps),
	}
	m.refresh()
	return m
}

func (m *importance) ready() bool { return m.missing == 0 }

// of returns what is remembered of t: the count and the losses.
func (m *importance) of(t int) (count *float32, losses []float32) {
	row := m.history[t*(1+remembered) : (t+1)*(1+remembered)]
	return &row[0], row[1:]
}

func (m *importance) remember(t int, loss float32) {
	count, losses := m.of(t)
	if n := int(*count); n < remembered {
		losses[n] = loss
		*count++
		m.missing--
	} else {
		copy(losses, losses[1:])
		losses[remembered-1] = loss
	}
	m.moment[t] = rootMeanSquare(losses)
}

func rootMeanSquare(losses []float32) float64 {
	sum := 0.0
	for _, l := range losses {
		sum += float64(l) * float64(l)
	}
	return math.Sqrt(sum / float64(len(losses)))
}

// refresh computes the law from the moments: uniform until every t has its losses, or if all of these are 0.
func (m *importance) refresh() {
	steps := float64(len(m.moment))
	total := 0.0
	if m.ready() {
		for _, v := range m.moment {
			total += v
		}
	}
	sum := 0.0
	for t, v := range m.moment {
		p := 1 / steps
		if total > 0 {
			p = v/total*(1-uniformShare) + uniformShare/steps
		}
		sum += p
		m.below[t], m.weight[t] = sum, float32(1/(steps*p))
	}
}

func (m *importance) restore(state []float32) error {
	if len(state) != len(m.history) {
		return fmt.Errorf("timesteps: the state of importance over %d steps has %d numbers, got %d", len(m.moment), len(m.history), len(state))
	}
	restored := newImportance(len(m.moment))
	copy(restored.history, state)
	for t := range restored.moment {
		count, losses := restored.of(t)
		n := int(*count)
		if float32(n) != *count || n < 0 || n > remembered {
			return fmt.Errorf("timesteps: t = %d has a whole number of losses from 0 to %d, got %v", t, remembered, *count)
		}
		for i, loss := range losses {
			if math.IsNaN(float64(loss)) || math.IsInf(float64(loss), 0) || i >= n && loss != 0 {
				return fmt.Errorf("timesteps: entry %d of the losses at t = %d, which has %d, is %v", i, t, n, loss)
			}
		}
		restored.missing -= n
		restored.moment[t] = rootMeanSquare(losses)
	}
	restored.refresh()
	*m = *restored
	return nil
}
