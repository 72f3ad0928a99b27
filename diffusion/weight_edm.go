package diffusion

// EDMWeight is (σ̂² + σ_d²)/(σ̂ σ_d)² on x_0, which is 1 on F (Karras et al. 2022, table 1). σ_d is the parameterization's
// SigmaData.
type EDMWeight struct{}

// Weight implements Weight.
func (*EDMWeight) Weight(q Parameterization, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	return onX0(q, alpha, sigma, 1/(q.SigmaData*q.SigmaData)+snrOf(alpha, sigma))
}

// Check returns an error for a parameterization without SigmaData.
func (*EDMWeight) Check(q Parameterization, _ Process) error {
	return checkDeviation(q.SigmaData, "the weight edm")
}
