package solver

import (
	"euryale/choice"
	"euryale/diffusion"
)

// Spacing places the network's times of a list over a process. A kind's fields are its section of the configuration.
type Spacing interface {
	// Rounds reports whether times on a chain are whole steps: then there can be at most T of them.
	Rounds() bool
	// Place returns the time of point k = 0 … Points−1, counted from the least noisy one; Points is at least 2. Times clamps
	// it to the network's span. An error with the key "" is the reason why the spacing does not suit the process.
	Place(p diffusion.Process, l Layout) (at func(k float64) float64, err error)
}

// Layout describes a list of times to be made.
type Layout struct {
	// Steps of the list, n.
	Steps int
	// Points is m, the number of its times at which the network is evaluated: n if the list ends at the data, else n + 1.
	Points int
	// End is the last time of the list: that of the data, or the network's first.
	End float64
}

// Spacings lists the spacings. With n, m and k as in Layout and Place, and T the steps of a chain, they are
//
//	respaced     (T−1)/(m−1)·k, rounded, halves to even (Nichol and Dhariwal 2021, section 4); in continuous
//	             time linspace
//	leading      ⌊T/m⌋·k, which leaves out the noisiest times (Song, Meng and Ermon 2021, "linear"; see Lin et
//	             al. 2024, table 2); in continuous time first + (last − first)/m·k
//	trailing     n equal steps from the last time to the list's end, rounded (Lin et al. 2024, section 3.3); in
//	             continuous time the last of these steps goes to the first time, or past it to the data
//	linspace     from last to first, without rounding
//	quadratic    (√(0.8T)/(m−1)·k)², rounded down (Song, Meng and Ermon 2021, appendix D.2), k itself where that
//	             is larger, so that no time occurs twice; in continuous time first + (last − first)(k/(m−1))²
//	karras       σ̂^(1/Rho) equally spaced (Karras et al. 2022, equation 5), σ̂ = σ/α
//	exponential  ln σ̂ equally spaced
//	log_snr      λ = ln(α/σ) equally spaced (Lu et al. 2022, "DPM-Solver"): another name for exponential
//
// If m is 1, the only point is the last time, whatever the spacing. The spacings that round take at most T points; the
// others also place times between the steps of a chain. Karras, exponential and log_snr need some signal at the last time.
func Spacings() choice.Set[Spacing] {
	return choice.Set[Spacing]{
		{Name: "respaced", Summary: "from the last time to the first in equal steps, rounded (Nichol and Dhariwal 2021)",
			New: func() Spacing { return &Respaced{} }},
		{Name: "leading", Summary: "multiples of T/n, without the noisiest times (Song, Meng and Ermon 2021)",
			New: func() Spacing { return &Leading{} }},
		{Name: "trailing", Summary: "equal steps from the last time to the end (Lin et al. 2024)",
			New: func() Spacing { return &Trailing{} }},
		{Name: "linspace", Summary: "from the last time to the first in equal steps, not rounded",
			New: func() Spacing { return &Linspace{} }},
		{Name: "quadratic", Summary: "denser near the data, like squares (Song, Meng and Ermon 2021)",
			New: func() Spacing { return &Quadratic{} }},
		{Name: "karras", Summary: "sigma^(1/rho) in equal steps (Karras et al. 2022)",
			New: func() Spacing { return &Karras{Rho: 7} }},
		{Name: "exponential", Summary: "the logarithm of sigma in equal steps",
			New: func() Spacing { return &Exponential{} }},
		{Name: "log_snr", Summary: "the log signal-to-noise ratio in equal steps: another name for exponential (Lu et al. 2022)",
			New: func() Spacing { return &LogSNR{} }},
	}
}
