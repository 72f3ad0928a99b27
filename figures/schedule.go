package figures

import (
	"context"
	"math"

	"euryale/diffusion"
	"euryale/model"
	"euryale/report"
)

// ScheduleCurves are what a process does at its times.
type ScheduleCurves struct {
	TimeName string    // "t", or "σ" where time is the noise level
	LogTime  bool      // whether times are evenly spaced on a logarithmic scale
	Time     []float64 // as a user reads them: of a chain from 1 to T
	Beta     []float64 // β_t of a chain; g(t)² in continuous time, the variance that is added per unit of t
	Alpha2   []float64 // ᾱ_t = α², the share of the signal
	Sigma2   []float64 // σ², the variance of the noise
	SNR      []float64 // α²/σ²; 0 where no signal is left
	Ratio    []float64 // σ/α; +Inf where no signal is left
}

// ScheduleOf measures a process at n times, or at all of a chain with no more steps.
func ScheduleOf(p diffusion.Process, n int) ScheduleCurves {
	c := ScheduleCurves{TimeName: "t", LogTime: byNoise(p) && !diffusion.Discrete(p)}
	if c.LogTime {
		c.TimeName = "σ"
	}
	chain, _ := p.(*diffusion.Chain)
	for _, t := range spacedTimes(p, n) {
		alpha, sigma := p.Marginal(t)
		shown := t
		switch {
		case diffusion.Discrete(p):
			shown = t + 1
		case c.LogTime:
			shown = sigma
		}
		beta := 0.0
		if chain != nil && chain.Preserving() {
			beta = chain.Beta(int(t))
		} else {
			_, g := p.SDE(t)
			beta = g * g
		}
		c.Time, c.Beta = append(c.Time, shown), append(c.Beta, beta)
		c.Alpha2, c.Sigma2 = append(c.Alpha2, alpha*alpha), append(c.Sigma2, sigma*sigma)
		c.SNR, c.Ratio = append(c.SNR, alpha*alpha/(sigma*sigma)), append(c.Ratio, sigma/alpha)
	}
	return c
}

// scheduleTimes is the number of times of a curve.
const scheduleTimes = 400

// Schedule draws the curves of the process: β_t, or g(t)² in continuous time; ᾱ_t = α_t² and σ_t²; the signal-to-noise ratio
// α²/σ² and the noise level σ/α, both on logarithmic scales.
func Schedule(_ context.Context, m *model.Model, _ Options) (report.Picture, error) {
	p := m.Process()
	c := ScheduleOf(p, scheduleTimes)
	name := "g(t)²"
	if chain, ok := p.(*diffusion.Chain); ok && chain.Preserving() {
		name = "β"
	}
	chart := func(title string, log bool, series ...report.Series) report.Chart {
		return report.Chart{Title: title, XLabel: c.TimeName, LogX: c.LogTime, LogY: log, Series: series}
	}
	line := func(name string, y []float64, positive bool) report.Series {
		s := report.Series{Name: name}
		for i, v := range y {
			if !math.IsInf(v, 0) && (v > 0 || !positive) {
				s.X, s.Y = append(s.X, c.Time[i]), append(s.Y, v)
			}
		}
		return s
	}
	shares := []report.Series{line("α²", c.Alpha2, false), line("σ²", c.Sigma2, false)}
	if c.LogTime {
		shares = []report.Series{line("α²", c.Alpha2, true), line("σ²", c.Sigma2, true)}
	}
	return report.ChartGrid{Charts: []report.Chart{
		chart(name, c.LogTime, line("", c.Beta, c.LogTime)),
		chart("signal and noise", c.LogTime, shares...),
		chart("signal-to-noise ratio α²/σ²", true, line("", c.SNR, true)),
		chart("noise level σ/α", true, line("", c.Ratio, true)),
	}}, nil
}
