// Package gaussian has mixtures of Gaussians, for which a diffusion model is known exactly: the denoiser of any process and
// prediction, its derivative, and the density of noised data. Tests hold solvers, guidance and likelihoods to it, without a
// network. No program imports it.
//
// Start reading at Mixture.
package gaussian

import (
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/rng"
)

// Mixture is a mixture of isotropic normal distributions, Σ w_k N(m_k, s_k² I). Noised, it stays one, with means
// α m_k and variances α² s_k² + σ², so its score, denoiser and likelihood are known at every time.
type Mixture []Component

// Component is one normal distribution of a mixture. Weights are relative.
type Component struct {
	Weight    float64
	Mean      []float64 // [dim]
	Deviation float64
}

// Dim is the number of coordinates.
func (m Mixture) Dim() int { return len(m[0].Mean) }

// Check returns an error unless the components have the same number of coordinates, weights above 0 and deviations of at
// least 0.
func (m Mixture) Check() error {
	if len(m) == 0 || len(m[0].Mean) == 0 {
		return fmt.Errorf("a mixture needs a component, and a component coordinates")
	}
	for k, c := range m {
		if len(c.Mean) != m.Dim() || !(c.Weight > 0) || !(c.Deviation >= 0) || math.IsInf(c.Weight+c.Deviation, 1) {
			return fmt.Errorf("component %d: expected %d coordinates, a weight above 0 and a deviation of at least 0, got %+v",
				k, m.Dim(), c)
		}
	}
	return nil
}

// Denoiser returns the exact denoiser of the mixture: what a perfect network of that parameterization would
// predict. It has buffers: each goroutine makes its own.
func (m Mixture) Denoiser(p diffusion.Process, q diffusion.Parameterization) diffusion.Differentiable {
	return &mixtureDenoiser{mixture: m, process: p, q: q, weight: make([]float64, len(m)), point: make([]float64, 4*m.Dim())}
}

type mixtureDenoiser struct {
	mixture Mixture
	process diffusion.Process
	q       diffusion.Parameterization
	weight  []float64 // r_k at a point
	point   []float64 // x, v, ε and its derivative
}

// Predict implements diffusion.Denoiser.
func (d *mixtureDenoiser) Predict(dst, x []float32, t float64) {
	d.PredictTangent(dst, nil, x, nil, t)
}

// PredictTangent implements diffusion.Differentiable. With r_k the probability of component k given x, and
// V_k = α² s_k² + σ²,
//
//	ε = σ Σ r_k (x − α m_k)/V_k,   E x_0 = Σ r_k (m_k + α s_k²/V_k (x − α m_k)).
func (d *mixtureDenoiser) PredictTangent(dst, tangent, x, v []float32, t float64) {
	alpha, sigma := d.process.Marginal(t)
	input := d.q.InputScale(alpha, sigma)
	c, e := d.q.Coefficients(alpha, sigma)
	dim := d.mixture.Dim()
	at, direction := d.point[:dim], d.point[dim:2*dim]
	for r := 0; r < len(x); r += dim {
		for j := range dim {
			at[j], direction[j] = float64(x[r+j])/input, 0
			if v != nil {
				direction[j] = float64(v[r+j]) / input
			}
		}
		d.mixture.responsibilities(d.weight, at, alpha, sigma)
		mean := 0.0 // Σ r_k times the derivative of log-density k
		for k, component := range d.mixture {
			mean += d.weight[k] * d.slope(component, at, direction, alpha, sigma)
		}
		for j := range dim {
			var eps, x0, epsTangent, x0Tangent float64
			for k, component := range d.mixture {
				variance := alpha*alpha*component.Deviation*component.Deviation + sigma*sigma
				shrink := alpha * component.Deviation * component.Deviation / variance
				off := at[j] - alpha*component.Mean[j]
				weight := d.weight[k]
				change := weight * (d.slope(component, at, direction, alpha, sigma) - mean)
				eps += weight * sigma * off / variance
				x0 += weight * (component.Mean[j] + shrink*off)
				epsTangent += sigma / variance * (change*off + weight*direction[j])
				x0Tangent += change*(component.Mean[j]+shrink*off) + weight*shrink*direction[j]
			}
			dst[r+j] = float32(c*x0 + e*eps)
			if tangent != nil {
				tangent[r+j] = float32(c*x0Tangent + e*epsTangent)
			}
		}
	}
}

// slope is the derivative of a component's log-density at a point, in a direction.
func (d *mixtureDenoiser) slope(c Component, at, direction []float64, alpha, sigma float64) float64 {
	sum := 0.0
	for j, v := range direction {
		sum -= v * (at[j] - alpha*c.Mean[j])
	}
	return sum / (alpha*alpha*c.Deviation*c.Deviation + sigma*sigma)
}

// responsibilities fills r with the probability of each component given x, and returns the log-density at x.
func (m Mixture) responsibilities(r, x []float64, alpha, sigma float64) float64 {
	total, largest := 0.0, math.Inf(-1)
	for k, c := range m {
		variance := alpha*alpha*c.Deviation*c.Deviation + sigma*sigma
		square := 0.0
		for j, mean := range c.Mean {
			square += (x[j] - alpha*mean) * (x[j] - alpha*mean)
		}
		r[k] = math.Log(c.Weight) - (square/variance+float64(len(x))*math.Log(2*math.Pi*variance))/2
		largest = max(largest, r[k])
		total += c.Weight
	}
	sum := 0.0
	for k := range r {
		r[k] = math.Exp(r[k] - largest)
		sum += r[k]
	}
	for k := range r {
		r[k] /= sum
	}
	return largest + math.Log(sum/total)
}

// LogDensity is the logarithm, in nats, of the density of x_t = alpha·x_0 + sigma·ε at a point x [dim]. With alpha = 1 and
// sigma = 0 it is that of the mixture itself.
func (m Mixture) LogDensity(x []float64, alpha, sigma float64) float64 {
	return m.responsibilities(make([]float64, len(m)), x, alpha, sigma)
}

// Sample fills x [rows, dim] with draws, rows firstRow, firstRow+1, … of the stream rng.Fresh.
func (m Mixture) Sample(x []float32, seed, firstRow uint64) {
	dim := m.Dim()
	stream := rng.NewStream(seed, rng.Fresh)
	stream.Normal(x, 0, firstRow, dim)
	total := 0.0
	for _, c := range m {
		total += c.Weight
	}
	for r := range len(x) / dim {
		u := stream.Float64(1, firstRow+uint64(r)) * total
		k := 0
		for ; k < len(m)-1 && u >= m[k].Weight; k++ {
			u -= m[k].Weight
		}
		row := x[r*dim : (r+1)*dim]
		for j := range row {
			row[j] = float32(m[k].Mean[j] + m[k].Deviation*float64(row[j]))
		}
	}
}
