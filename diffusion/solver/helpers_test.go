package solver

import (
	"context"
	"math"
	"reflect"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// linearChain is the chain of diffusers' tests: β from 1e-4 to 0.02.
func linearChain(t testing.TB, steps int) *diffusion.Chain {
	t.Helper()
	c, err := diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02}, steps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scheduled is the schedule of a name, with those of the values that it has.
func scheduled(name string, betaStart, betaEnd float64, zeroTerminalSNR bool) diffusion.Schedule {
	s, err := diffusion.Schedules().New(name)
	if err != nil {
		panic(err)
	}
	fields := reflect.ValueOf(s).Elem()
	for field, value := range map[string]any{"BetaStart": betaStart, "BetaEnd": betaEnd, "ZeroTerminalSNR": zeroTerminalSNR} {
		if f := fields.FieldByName(field); f.IsValid() {
			f.Set(reflect.ValueOf(value))
		}
	}
	return s
}

// vp is the continuous process of Song et al.
func vp(t testing.TB) diffusion.VP {
	t.Helper()
	p, err := diffusion.NewVP(0.1, 20, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// edm is the process of Karras et al.
func edm(t testing.TB) diffusion.EDM {
	t.Helper()
	p, err := diffusion.NewEDM(0.002, 80)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// flowLine is the process of flow matching.
func flowLine(t testing.TB) diffusion.Flow {
	t.Helper()
	p, err := diffusion.NewFlow(1e-3, 0.999)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kind is the solver of a name with its defaults.
func kind(name string) Solver {
	s, err := Solvers().New(name)
	if err != nil {
		panic(err)
	}
	return s
}

// predictions are all predictions of a network.
func predictions() []diffusion.Prediction {
	var all []diffusion.Prediction
	for _, e := range diffusion.Predictions() {
		all = append(all, e.New())
	}
	return all
}

// optionsOf are the default options with a solver, a number of steps and a spacing.
func optionsOf(s Solver, steps int, spacing string) Options {
	o := DefaultOptions()
	o.Solver, o.Steps, o.Spacing = Solvers().With(s), steps, Spacings().Choose(spacing)
	return o
}

// oracle is the exact model of a mixture, with the given prediction.
func oracle(t testing.TB, p diffusion.Process, m gaussian.Mixture, speaks diffusion.Prediction) *diffusion.Model {
	t.Helper()
	q := diffusion.Parameterization{Prediction: speaks, SigmaData: 1}
	model, err := diffusion.NewModel(m.Denoiser(p, q), p, q)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// normalData is N(mean, deviation²) on the line.
func normalData(mean, deviation float64) gaussian.Mixture {
	return gaussian.Mixture{{Weight: 1, Mean: []float64{mean}, Deviation: deviation}}
}

// mustSolve runs a solver.
func mustSolve(t testing.TB, s Solver, run *Run, x []float32, times []float64) {
	t.Helper()
	if err := s.Solve(context.Background(), run, x, times); err != nil {
		t.Fatal(err)
	}
}

// endOfFlow is where the probability-flow ODE takes x at time `from` to at time `to`, for data N(mean, deviation²):
// in σ̂ (x̂ = x/α) x̂ − mean scales with √(σ̂² + deviation²).
func endOfFlow(p diffusion.Process, mean, deviation, x, from, to float64) float64 {
	scaled := func(t float64) float64 {
		alpha, sigma := p.Marginal(t)
		return math.Hypot(alpha*deviation, sigma)
	}
	alphaFrom, _ := p.Marginal(from)
	alphaTo, _ := p.Marginal(to)
	return alphaTo*mean + (x-alphaFrom*mean)*scaled(to)/scaled(from)
}

// fullTimes are all times of a process's chain, and the data.
func fullTimes(c *diffusion.Chain) []float64 {
	var times []float64
	for t := c.Steps() - 1; t >= -1; t-- {
		times = append(times, float64(t))
	}
	return times
}

// diffusersModel is the network of diffusers' tests: model(x, t) = x·t/(t+1).
type diffusersModel struct{}

func (diffusersModel) Predict(dst, x []float32, t float64) {
	for i, v := range x {
		dst[i] = v * float32(t) / float32(t+1)
	}
}

// diffusersStart is the start of diffusers' tests: i/768 reshaped to (3,8,8,4) and permuted to (4,3,8,8).
func diffusersStart() []float32 {
	x := make([]float32, 0, 768)
	for b := range 4 {
		for i := range 192 {
			x = append(x, float32(i*4+b)/768)
		}
	}
	return x
}

// sumAbs is Σ|x|.
func sumAbs(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(float64(v))
	}
	return sum
}

// noNoise is Noise that is all zeros.
type noNoise struct{}

func (noNoise) Fill(z []float32, _ int) { clear(z) }

// pytorchNoise is torch.randn of PyTorch's CPU generator, for tensors of a multiple of 16
// numbers: MT19937 (Matsumoto and Nishimura 1998), words of 24 bits for the whole tensor, then the Box–Muller transform on
// blocks of 16.
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
