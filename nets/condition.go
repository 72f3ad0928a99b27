package nets

import (
	"fmt"
	"math"

	"euryale/graph"
	"euryale/rng"
)

// frequencyPosition is where in the stream of weights the random frequencies stand, beyond any net's parameters.
const frequencyPosition = 1 << 40

// maxKnown is the most timesteps whose features are kept ready.
const maxKnown = 4096

// longest is the ratio of the longest to the shortest wavelength of the sinusoidal features.
const longest = 10000

// makeFeatures draws or computes the frequencies ω of the features sin ωt, cos ωt, and keeps those of the timesteps.
//
// Sinusoidal: ωᵢ = 10000^(−i/(n−1)), i = 0 … n−1, from 1 to 1/10000, as in the code of Ho, Jain and Abbeel (2020);
// Vaswani et al. (2017) divide by n. Fourier: ωᵢ = 2π·N(0, FourierScale²).
func (m *MLP) makeFeatures() {
	n := m.TimeFeatures / 2
	m.frequencies = make([]float64, n)
	if m.Time == fourier {
		drawn := make([]float32, n)
		rng.NewStream(m.Seed, rng.Weights).Normal(drawn, frequencyPosition, 0, n)
		for i, v := range drawn {
			m.frequencies[i] = 2 * math.Pi * m.FourierScale * float64(v)
		}
	} else {
		for i := range m.frequencies {
			m.frequencies[i] = math.Pow(longest, -float64(i)/float64(max(1, n-1)))
		}
	}
	steps := min(m.Steps, maxKnown)
	known := make([]float32, steps*m.TimeFeatures)
	for step := range steps {
		m.features(known[step*m.TimeFeatures:], float64(step))
	}
	m.known = known
}

// features writes the TimeFeatures features of a time: the sines, then the cosines.
func (m *MLP) features(dst []float32, t float64) {
	n := m.TimeFeatures
	if step := int(t); float64(step) == t && step >= 0 && step < len(m.known)/n {
		copy(dst, m.known[step*n:(step+1)*n])
		return
	}
	for i, frequency := range m.frequencies {
		sin, cos := math.Sincos(frequency * t)
		dst[i], dst[n/2+i] = float32(sin), float32(cos)
	}
}

// Fill writes what rows lo, lo+1, … of a program made with Graph are conditioned on: the times t and, for a net with
// labels, the labels (−1: no label; nil: no row has one). It allocates nothing, and several goroutines may fill
// different rows. A time that an embedding has no row for and a label that is no class panic.
func (m *MLP) Fill(p *graph.Program, lo int, t []float64, labels []int32) {
	if m.Time == embedding {
		steps := p.Index(stepInput)[lo : lo+len(t)]
		for i, v := range t {
			step := int(v)
			if float64(step) != v || step < 0 || step >= m.Steps {
				panic(fmt.Sprintf("nets: timestep %v is not an integer from 0 to %d", v, m.Steps-1))
			}
			steps[i] = int32(step)
		}
	} else {
		features := p.Float(timeInput)[lo*m.TimeFeatures : (lo+len(t))*m.TimeFeatures]
		for i, v := range t {
			m.features(features[i*m.TimeFeatures:(i+1)*m.TimeFeatures], v)
		}
	}
	if m.Labels {
		rows := p.Index(labelInput)[lo : lo+len(t)]
		for i := range rows {
			label := int32(-1)
			if labels != nil {
				label = labels[i]
			}
			row, err := m.labelRow(int(label))
			if err != nil {
				panic(err.Error())
			}
			rows[i] = row
		}
	}
}

// labelRow is the row of the label tables for a label.
func (m *MLP) labelRow(label int) (int32, error) {
	if label < -1 || label >= m.Classes {
		return 0, fmt.Errorf("nets: expected a label from 0 to %d, or −1 for none, got %d", m.Classes-1, label)
	}
	if label == -1 {
		label = m.Classes
	}
	return int32(label), nil
}
