package diffusion

import "math"

// component is one normal distribution N(mean, variance) of a mixture.
type component struct{ weight, mean, variance float64 }

// mixtureDenoiser is the exact denoiser for data whose coordinates are independent draws from a mixture of
// normal distributions on the line. The density of x_t is the mixture with means √ᾱ m and variances
// ᾱ s² + 1−ᾱ; its score is the mean of the components' scores, weighted by how probable each is at x. With
// one component: ε = √(1−ᾱ)(x−√ᾱ m)/(ᾱ s²+1−ᾱ).
type mixtureDenoiser struct {
	schedule   *Schedule
	speaks     Prediction
	components []component
}

func (m mixtureDenoiser) Predict(dst, x []float32, t float64) {
	alpha, sigma := m.schedule.Marginal(int(t))
	for i := range x {
		x := float64(x[i])
		largest := math.Inf(-1)
		for _, c := range m.components {
			largest = max(largest, m.logDensity(c, x, alpha, sigma))
		}
		sum, eps := 0.0, 0.0
		for _, c := range m.components {
			p := math.Exp(m.logDensity(c, x, alpha, sigma) - largest)
			sum += p
			eps += p * sigma * (x - alpha*c.mean) / (alpha*alpha*c.variance + sigma*sigma)
		}
		eps /= sum
		x0 := (x - sigma*eps) / alpha
		switch m.speaks {
		case Epsilon:
			dst[i] = float32(eps)
		case X0:
			dst[i] = float32(x0)
		case Velocity:
			dst[i] = float32(alpha*eps - sigma*x0)
		case Score:
			dst[i] = float32(-eps / sigma)
		}
	}
}

func (mixtureDenoiser) logDensity(c component, x, alpha, sigma float64) float64 {
	variance := alpha*alpha*c.variance + sigma*sigma
	d := x - alpha*c.mean
	return math.Log(c.weight) - (d*d/variance+math.Log(variance))/2
}

// distribution is the mixture's cumulative distribution function.
func (m mixtureDenoiser) distribution(x float64) float64 {
	p := 0.0
	for _, c := range m.components {
		p += c.weight * math.Erfc((c.mean-x)/math.Sqrt(2*c.variance)) / 2
	}
	return p
}

// zeroNoise is Noise of nothing but zeros.
type zeroNoise struct{}

func (zeroNoise) Fill(z []float32, _ int) { clear(z) }

// pytorchNoise is torch.randn of PyTorch's generator on the processor, for tensors of a multiple of 16
// numbers: MT19937 (Matsumoto and Nishimura 1998), words of 24 bits for the whole tensor, then Box and
// Muller on blocks of 16.
type pytorchNoise struct {
	state [624]uint32
	next  int
}

func newPyTorchNoise(seed uint32) *pytorchNoise {
	n := &pytorchNoise{next: 624}
	n.state[0] = seed
	for i := 1; i < 624; i++ {
		n.state[i] = 1812433253*(n.state[i-1]^n.state[i-1]>>30) + uint32(i)
	}
	return n
}

func (n *pytorchNoise) word() uint32 {
	if n.next == 624 {
		for i := range n.state {
			y := n.state[i]&0x80000000 | n.state[(i+1)%624]&0x7fffffff
			n.state[i] = n.state[(i+397)%624] ^ y>>1 ^ (y&1)*0x9908b0df
		}
		n.next = 0
	}
	y := n.state[n.next]
	n.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (n *pytorchNoise) Fill(z []float32, _ int) {
	for i := range z {
		z[i] = float32(n.word()&0xffffff) * 0x1p-24
	}
	for ; len(z) > 0; z = z[16:] {
		for j := range 8 {
			r := math.Sqrt(-2 * math.Log(1-float64(z[j])))
			sin, cos := math.Sincos(2 * math.Pi * float64(z[j+8]))
			z[j], z[j+8] = float32(r*cos), float32(r*sin)
		}
	}
}
