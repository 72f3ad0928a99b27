package diffusion

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"euryale/choice"
)

// ImportanceTimesteps draws t with p_t ∝ √(E L²), over the last 10 losses L of each t, mixed with 0.1% of the uniform
// distribution, and uniformly until every t has 10 losses (Nichol and Dhariwal 2021, section 3.3; chains only). The weight
// of a row is 1/(T p_t), so the weighted loss has the same mean.
type ImportanceTimesteps struct{}

// Validate implements TimestepOptions.
func (*ImportanceTimesteps) Validate() error { return nil }

// New implements TimestepOptions. Continuous time is an error.
func (*ImportanceTimesteps) New(p Process, seed uint64) (TimestepSampler, error) {
	if !Discrete(p) {
		return nil, choice.Wrong("", "must not be importance on a process of continuous time: "+
			"it keeps the losses of each step of a chain, and continuous time has no steps")
	}
	return &importanceSampler{times: timesOf(p, seed), memory: newLossMemory(p.Steps())}, nil
}

type importanceSampler struct {
	times
	memory *lossMemory
}

func (s *importanceSampler) Fill(t []float64, weight []float32, step uint64, firstRow, _ int) {
	below := s.memory.below
	for i := range t {
		if s.memory.ready() {
			u := s.stream.Float64(step, uint64(firstRow+i)) * below[len(below)-1]
			t[i] = float64(min(sort.Search(len(below), func(k int) bool { return below[k] > u }), len(below)-1))
		} else {
			t[i] = s.draw(step, firstRow+i)
		}
		weight[i] = s.memory.weight[int(t[i])]
	}
}

func (s *importanceSampler) Update(t []float64, losses []float32) {
	for i, tr := range t {
		s.memory.remember(int(tr), losses[i])
	}
	s.memory.refresh()
}

// State is [T, 11] numbers: per t the count of its losses, at most 10, then these, the oldest first, then zeros.
func (s *importanceSampler) State() []float32 { return slices.Clone(s.memory.history) }

func (s *importanceSampler) Restore(state []float32) error { return s.memory.restore(state) }

const (
	remembered   = 10    // losses of each t
	uniformShare = 0.001 // of the distribution
)

// lossMemory has the recent losses of each t and the distribution that follows from them.
type lossMemory struct {
	history []float32 // [T, 1+remembered]: a count, then losses, the oldest first
	missing int       // losses until every t has 10
	moment  []float64 // √(E L²) of each t
	below   []float64 // p_0 + … + p_t, up to rounding
	weight  []float32 // 1/(T p_t)
}

func newLossMemory(steps int) *lossMemory {
	m := &lossMemory{
		history: make([]float32, steps*(1+remembered)), missing: steps * remembered,
		moment: make([]float64, steps), below: make([]float64, steps), weight: make([]float32, steps),
	}
	m.refresh()
	return m
}

func (m *lossMemory) ready() bool { return m.missing == 0 }

// of returns the count of the losses of t, and the losses.
func (m *lossMemory) of(t int) (count *float32, losses []float32) {
	row := m.history[t*(1+remembered) : (t+1)*(1+remembered)]
	return &row[0], row[1:]
}

func (m *lossMemory) remember(t int, loss float32) {
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

// refresh computes the distribution from the moments. It is uniform until every t has 10 losses, and if all are 0.
func (m *lossMemory) refresh() {
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

func (m *lossMemory) restore(state []float32) error {
	if len(state) != len(m.history) {
		return fmt.Errorf("timesteps: the state of importance over %d steps has %d numbers, got %d",
			len(m.moment), len(m.history), len(state))
	}
	restored := newLossMemory(len(m.moment))
	copy(restored.history, state)
	for t := range restored.moment {
		count, losses := restored.of(t)
		n := int(*count)
		if float32(n) != *count || n < 0 || n > remembered {
			return fmt.Errorf("timesteps: the count of the losses at t = %d must be a whole number from 0 to %d, got %v",
				t, remembered, *count)
		}
		for i, loss := range losses {
			if math.IsNaN(float64(loss)) || math.IsInf(float64(loss), 0) || i >= n && loss != 0 {
				return fmt.Errorf("timesteps: the losses at t = %d must be %d finite numbers, then zeros, but entry %d is %v",
					t, n, i, loss)
			}
		}
		restored.missing -= n
		restored.moment[t] = rootMeanSquare(losses)
	}
	restored.refresh()
	*m = *restored
	return nil
}
