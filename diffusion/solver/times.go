package solver

import (
	"math"
	"strconv"
	"strings"

	"euryale/diffusion"
)

const (
	maxSteps = 1_000_000 // in a list of times
	maxRho   = 1000
)

// Spacings lists what Config.Spacing may be, with a line on each; see Times.
func Spacings() []diffusion.Choice {
	return []diffusion.Choice{
		{Name: "respaced", Summary: "from the last time to the first in equal steps, rounded (Nichol and Dhariwal 2021)"},
		{Name: "leading", Summary: "multiples of T/n, without the noisiest times (Song, Meng and Ermon 2021)"},
		{Name: "trailing", Summary: "equal steps from the last time to the end (Lin et al. 2024)"},
		{Name: "linspace", Summary: "from the last time to the first in equal steps, not rounded"},
		{Name: "quadratic", Summary: "denser near the data, like squares (Song, Meng and Ermon 2021)"},
		{Name: "karras", Summary: "sigma^(1/rho) in equal steps (Karras et al. 2022)"},
		{Name: "exponential", Summary: "the logarithm of sigma in equal steps"},
		{Name: "log_snr", Summary: "the log signal-to-noise ratio in equal steps: exponential by its other name (Lu et al. 2022)"},
	}
}

// SpacingNames lists what Config.Spacing may be.
func SpacingNames() []string {
	var names []string
	for _, c := range Spacings() {
		names = append(names, c.Name)
	}
	return names
}

// Times makes the list of times of a configuration: n = c.Steps steps, so n + 1 times, strictly decreasing. The
// last of them is the data, or with c.Final "first" the network's first time. The others, and that one, are the
// network's: m of them, n or n + 1. With k = 0 … m−1 counted from the least noisy, and T the steps of a chain, the
// spacings are
//
//	respaced     (T−1)/(m−1)·k, rounded, halves to even (Nichol and Dhariwal 2021, section 4); in continuous
//	             time linspace
//	leading      ⌊T/m⌋·k, which leaves out the noisiest times (Song, Meng and Ermon 2021, "linear"; see Lin et
//	             al. 2024, table 2); in continuous time first + (last − first)/m·k
//	trailing     n equal steps from the last time to the list's end, rounded (Lin et al. 2024, section 3.3); in
//	             continuous time the last of these steps goes to the first time, or past it to the data
//	linspace     from last to first, without rounding
//	quadratic    (√(.8T)/(m−1)·k)², rounded down (Song, Meng and Ermon 2021, appendix D.2), k itself where that
//	             is larger and a time would come twice; in continuous time first + (last − first)(k/(m−1))²
//	karras       where σ̂^(1/Rho) is a line (Karras et al. 2022, equation 5), σ̂ = σ/α
//	exponential  where ln σ̂ is a line
//	log_snr      where λ = ln(α/σ) is a line (Lu et al. 2022, "DPM-Solver"): the same times as exponential, by
//	             their other name
//
// If m is 1 it is the last time, whatever the spacing. The spacings that round take at most T points; the others go
// between the steps of a chain. Karras, exponential and log_snr need some signal at the last time.
//
// If c.Times is not empty, it is the list, ended as Final says.
func Times(p diffusion.Process, c Config) ([]float64, error) {
	data, first, _ := p.Span()
	end := data
	switch {
	case c.Final == "first":
		end = first
	case c.Final != "data":
		return nil, wrong("final", "%w", diffusion.OneOf(c.Final, "data", "first"))
	}
	if c.Times != "" {
		return explicitTimes(p, c, end)
	}
	if c.Steps < 1 || c.Steps > maxSteps {
		return nil, wrong("steps", "must be from 1 to %d, got %d", maxSteps, c.Steps)
	}
	points := c.Steps
	if end == first {
		points++
	}
	times, err := spaced(p, c, points, end)
	if err != nil {
		return nil, err
	}
	if end == data {
		times = append(times, data)
	}
	for i := 1; i < len(times); i++ {
		if times[i] >= times[i-1] {
			return nil, wrong("steps", "of %d is too many: times of this spacing coincide at %v", c.Steps, times[i])
		}
	}
	return times, nil
}

// spaced returns that many points, from the last time down.
func spaced(p diffusion.Process, c Config, points int, end float64) ([]float64, error) {
	if err := diffusion.OneOf(c.Spacing, SpacingNames()...); err != nil {
		return nil, wrong("spacing", "%w", err)
	}
	_, first, last := p.Span()
	switch {
	case points == 1:
		return []float64{last}, nil
	case first == last:
		return nil, wrong("steps", "cannot be %d on a process of a single time: there is one step, to the data", c.Steps)
	}
	steps := p.Steps()
	isChain, rounds := steps > 0, steps > 0
	m := float64(points)
	var at func(k float64) float64 // of k = 0 … m−1
	line := func(share float64) float64 {
		if share == 1 { // without rounding
			return last
		}
		return first + (last-first)*share
	}
	switch c.Spacing {
	case "respaced":
		at = func(k float64) float64 { return line(k / (m - 1)) }
		if isChain {
			at = func(k float64) float64 { return math.RoundToEven(last * k / (m - 1)) }
		}
	case "leading":
		at = func(k float64) float64 { return line(k / m) }
		if isChain {
			at = func(k float64) float64 { return float64(steps/points) * k }
		}
	case "trailing":
		n := float64(c.Steps)
		at = func(k float64) float64 { return line((n - (m - 1 - k)) / n) }
		if isChain {
			at = func(k float64) float64 { return math.RoundToEven(last+1-(m-1-k)*(last-end)/n) - 1 }
		}
	case "linspace":
		rounds = false
		at = func(k float64) float64 { return line(k / (m - 1)) }
	case "quadratic":
		at = func(k float64) float64 { return line(k / (m - 1) * k / (m - 1)) }
		if isChain {
			at = func(k float64) float64 {
				root := math.Sqrt(0.8*float64(steps)) * (k / (m - 1))
				return max(math.Floor(root*root), k)
			}
		}
	default:
		rounds = false
		low, high := -p.Lambda(first), -p.Lambda(last)
		switch {
		case math.IsInf(high, 1):
			return nil, wrong("spacing", "%s needs some signal at the last time, but at t = %v there is none (alpha-bar = 0); take trailing", c.Spacing, last)
		case c.Spacing == "karras" && !(c.Rho > 0 && c.Rho <= maxRho):
			return nil, wrong("rho", "must be above 0 and at most %v, got %v", float64(maxRho), c.Rho)
		}
		at = func(k float64) float64 {
			switch k { // without rounding
			case 0:
				return first
			case m - 1:
				return last
			}
			return p.Time(-logSigma(c, low, high, k/(m-1)))
		}
	}
	if rounds && points > steps {
		return nil, wrong("steps", "must be at most %d for the spacing %s, which rounds, on %d times, got %d; linspace takes more",
			steps-(points-c.Steps), c.Spacing, steps, c.Steps)
	}
	times := make([]float64, points)
	for i := range times {
		times[i] = min(max(at(m-1-float64(i)), first), last)
	}
	return times, nil
}

// logSigma is ln σ̂ at a share of the way from low to high, which are ln σ̂ too.
func logSigma(c Config, low, high, share float64) float64 {
	if c.Spacing == "karras" { // in logarithms, because σ̂^(1/ρ) can leave float64
		return high + c.Rho*math.Log(share+(1-share)*math.Exp((low-high)/c.Rho))
	}
	return low + share*(high-low)
}

// parseTimes reads numbers with commas between them, which must decrease.
func parseTimes(list string) ([]float64, error) {
	var times []float64
	for i, text := range strings.Split(list, ",") {
		text = strings.TrimSpace(text)
		t, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || strings.Trim(text, "+-.0123456789eE") != "":
			return nil, wrong("times", "must be numbers with commas between them, but entry %d is %q", i+1, text)
		case i > 0 && t >= times[i-1]:
			return nil, wrong("times", "must decrease, but entry %d is %v after %v", i+1, t, times[i-1])
		}
		times = append(times, t)
	}
	return times, nil
}

// explicitTimes is c.Times, brought to its end.
func explicitTimes(p diffusion.Process, c Config, end float64) ([]float64, error) {
	times, err := parseTimes(c.Times)
	if err != nil {
		return nil, err
	}
	data, first, last := p.Span()
	for i, t := range times {
		switch {
		case !(t >= data && t <= last):
			return nil, wrong("times", "must lie from %v to %v, but entry %d is %v", data, last, i+1, t)
		case t < end:
			return nil, wrong("times", "must end at %v, the network's first, as final: first asks, but entry %d is %v", end, i+1, t)
		}
	}
	if times[len(times)-1] > end {
		times = append(times, end)
	}
	if len(times) < 2 {
		return nil, wrong("times", "must begin before the end, got %q", c.Times)
	}
	for i, t := range times[:len(times)-1] {
		if t < first {
			return nil, wrong("times", "may have only the data below %v, the network's first, but entry %d is %v", first, i+1, t)
		}
	}
	return times, nil
}
