package objective

import (
	"slices"

	"euryale/data"
	"euryale/diffusion"
	"euryale/kernel"
)

// Denoiser implements Denoising: it predicts the data x̂ behind an input c_in·x_t,
//
//	x̂ = c_skip x_t/α + c_out F   for numbers
//	x̂ = Σ_k p_k code_k           for a category with the probabilities p = softmax(logits); with one-hot codes it is p
func (m *mixed) Denoiser(n Net) diffusion.Denoiser { return &mixedDenoiser{mixed: m, net: n} }

// mixedDenoiser reads a net whose rows of outputs are F of the numbers and the logits of the categories.
type mixedDenoiser struct {
	*mixed
	net             Net
	output, tangent []float32 // [rows, outputs]
}

// Predict implements diffusion.Denoiser.
func (d *mixedDenoiser) Predict(dst, x []float32, t float64) {
	rows := len(x) / d.rows.Dim
	d.output = resized(d.output, rows*d.outputs)
	d.net.Run(d.output, x, t)
	d.read(dst, x, t)
}

// PredictTangent implements diffusion.Differentiable. The derivative of the softmax in a direction u of the logits is
// p·(u − Σ p u).
func (d *mixedDenoiser) PredictTangent(dst, tangent, x, v []float32, t float64) {
	rows := len(x) / d.rows.Dim
	d.output, d.tangent = resized(d.output, rows*d.outputs), resized(d.tangent, rows*d.outputs)
	d.net.Tangent(d.output, d.tangent, x, v, t)
	d.read(dst, x, t)
	for r := range rows {
		p, u := d.output[r*d.outputs:(r+1)*d.outputs], d.tangent[r*d.outputs:(r+1)*d.outputs]
		for _, g := range d.logits {
			chainSoftmax(u[g.First:g.First+g.Width], p[g.First:g.First+g.Width])
		}
	}
	d.combine(tangent, v, d.tangent, t)
}

// read fills dst from the outputs of the net, and replaces the logits among them by their softmax.
func (d *mixedDenoiser) read(dst, x []float32, t float64) {
	if len(d.logits) > 0 {
		output := kernel.View(d.output, len(d.output)/d.outputs, d.outputs)
		kernel.Softmax(output, output, kernel.Matrix{}, d.logits)
	}
	d.combine(dst, x, d.output, t)
}

// combine fills dst [rows, dim] from rows of F and probabilities, or from their derivatives: it is linear in these and x.
func (d *mixedDenoiser) combine(dst, x, output []float32, t float64) {
	alpha, sigma := d.process.Marginal(t)
	a, b := d.numbers.Convert(diffusion.X0, alpha, sigma)
	skip, out := float32(a/d.q.InputScale(alpha, sigma)), float32(b) // x is the net's input
	dim, n := d.rows.Dim, d.rows.Numbers
	for r := range len(dst) / dim {
		dst, x, output := dst[r*dim:(r+1)*dim], x[r*dim:(r+1)*dim], output[r*d.outputs:(r+1)*d.outputs]
		kernel.Combine2(dst[:n], skip, x[:n], out, output[:n])
		for i := range d.rows.Groups {
			g, p := &d.rows.Groups[i], output[d.logits[i].First:d.logits[i].First+d.logits[i].Width]
			decode(dst[g.First:g.First+g.Width], p, g)
		}
	}
}

// decode is Σ_k p_k code_k.
func decode(dst, p []float32, g *data.Group) {
	if g.Codes == nil {
		copy(dst, p)
		return
	}
	clear(dst)
	for k, share := range p {
		for j, c := range g.Codes[k*g.Width : (k+1)*g.Width] {
			dst[j] += share * c
		}
	}
}

// chainSoftmax turns a direction u of logits into that of their softmax p.
func chainSoftmax(u, p []float32) {
	mean := 0.0
	for k, v := range u {
		mean += float64(p[k]) * float64(v)
	}
	for k, v := range u {
		u[k] = float32(float64(p[k]) * (float64(v) - mean))
	}
}

func resized(x []float32, n int) []float32 { return slices.Grow(x[:0], n)[:n] }
