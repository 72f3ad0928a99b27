package eager

import "euryale/ops"

// sinusoids are features of the time; all rows share them.
type sinusoids struct {
	out int
	op  ops.Sinusoids
}

func (s *sinusoids) prepare(m *Machine) { s.op.Fill(m.value[s.out].Data, m.moment.time) }

func (*sinusoids) run(*Machine)        {}
func (*sinusoids) runTangent(*Machine) {}
func (*sinusoids) pull(*Machine)       {}
