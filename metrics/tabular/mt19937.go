package tabular

import "math/bits"

// mt19937 is the Mersenne Twister (Matsumoto and Nishimura 1998), by which scikit-learn deals rows to folds.
type mt19937 struct {
	state [624]uint32
	at    int
}

// newMT19937 returns the generator of numpy.random.RandomState(seed).
func newMT19937(seed uint32) *mt19937 {
	m := &mt19937{at: 624}
	for i := range m.state {
		m.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return m
}

func (m *mt19937) uint32() uint32 {
	if m.at == len(m.state) {
		m.twist()
	}
	v := m.state[m.at]
	m.at++
	v ^= v >> 11
	v ^= v << 7 & 0x9d2c5680
	v ^= v << 15 & 0xefc60000
	return v ^ v>>18
}

func (m *mt19937) twist() {
	n := len(m.state)
	for i := range n {
		v := m.state[i]&0x80000000 | m.state[(i+1)%n]&0x7fffffff
		next := m.state[(i+397)%n] ^ v>>1
		if v&1 == 1 {
			next ^= 0x9908b0df
		}
		m.state[i] = next
	}
	m.at = 0
}

// upTo returns an integer from 0 to most, most ≥ 1: the lowest bits of words, until they are in range.
func (m *mt19937) upTo(most uint32) uint32 {
	mask := uint32(1)<<bits.Len32(most) - 1
	for {
		if v := m.uint32() & mask; v <= most {
			return v
		}
	}
}
