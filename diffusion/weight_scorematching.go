package diffusion

// ScoreMatchingWeight is denoising score matching with λ(t) = σ² (Song and Ermon 2019; Song et al. 2021): 1 on ε, without
// the factor ½ of Song and Ermon.
type ScoreMatchingWeight struct{}

// Weight implements Weight: SNR on x_0.
func (*ScoreMatchingWeight) Weight(q Parameterization, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	return onX0(q, alpha, sigma, snrOf(alpha, sigma))
}
