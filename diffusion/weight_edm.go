package diffusion

// EDMWeight is (σ̂² + σ_d²)/(σ̂ σ_d)² on x_0, which is 1 on F (Karras et al. 2022, table 1). σ_d is the parameterisation's
// DataDeviation.
type EDMWeight struct{}

// Weight implements Weight.
func (*EDMWeight) Weight(q Parameterisation, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	return onX0(q, alpha, sigma, 1/(q.DataDeviation*q.DataDeviation)+snrOf(alpha, sigma))
}

// Check refuses a parameterisation without the deviation of the data.
func (*EDMWeight) Check(q Parameterisation, _ Process) error {
	return checkDeviation(q.DataDeviation, "the weight edm")
}
