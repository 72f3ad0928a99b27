package multinomial_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"euryale/diffusion"
	"euryale/diffusion/multinomial"
)

// chain is a chain that is also known as the matrices of its steps: each is [K, K] from x_{t−1} to x_t, in plain
// probabilities.
type chain struct {
	*diffusion.Chain
	k     int
	steps [][][]float64
}

func drawChain(t *rapid.T) chain {
	betas := rapid.SliceOfN(rapid.Float64Range(1e-6, 0.9), 1, 20).Draw(t, "betas")
	if rapid.Bool().Draw(t, "nothing is left at the end") {
		betas[len(betas)-1] = 1
	}
	c, err := diffusion.FromBetas(betas)
	if err != nil {
		t.Fatal(err)
	}
	known := chain{Chain: c, k: rapid.IntRange(1, 6).Draw(t, "K")}
	for _, beta := range betas {
		step := make([][]float64, known.k)
		for i := range step {
			step[i] = make([]float64, known.k)
			for j := range step[i] {
				step[i][j] = beta / float64(known.k)
			}
			step[i][i] += 1 - beta
		}
		known.steps = append(known.steps, step)
	}
	return known
}

// between is the matrix of the steps after s up to t: the identity if they are the same.
func (c chain) between(s, t int) [][]float64 {
	product := make([][]float64, c.k)
	for i := range product {
		product[i] = make([]float64, c.k)
		product[i][i] = 1
	}
	for _, step := range c.steps[s+1 : t+1] {
		next := make([][]float64, c.k)
		for i := range next {
			next[i] = make([]float64, c.k)
			for j := range next[i] {
				for m := range c.k {
					next[i][j] += product[i][m] * step[m][j]
				}
			}
		}
		product = next
	}
	return product
}

// drawShares draws a distribution over K categories.
func drawShares(t *rapid.T, k int) []float64 {
	shares := rapid.SliceOfN(rapid.Float64Range(0.01, 1), k, k).Draw(t, "shares")
	total := 0.0
	for _, p := range shares {
		total += p
	}
	for i := range shares {
		shares[i] /= total
	}
	return shares
}

func logs(p []float64) []float64 {
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = math.Log(v)
	}
	return out
}

func near(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// The posterior is Bayes' rule over all categories, for any steps of a chain, for x_0 known and for a distribution of it.
func TestPosteriorIsBayes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawChain(t)
		to := rapid.IntRange(0, c.Steps()-1).Draw(t, "t")
		s := rapid.IntRange(-1, to-1).Draw(t, "s")
		step := multinomial.StepOf(c, float64(to), float64(s))
		first, second := c.between(-1, s), c.between(s, to)
		near(t, "keep + mix", math.Exp(step.Keep)+math.Exp(step.Mix), 1)
		near(t, "stay + move", math.Exp(step.Stay)+math.Exp(step.Move), 1)
		x0, xt := rapid.IntRange(0, c.k-1).Draw(t, "x_0"), rapid.IntRange(0, c.k-1).Draw(t, "x_t")

		known, onehot, total := make([]float64, c.k), make([]float64, c.k), 0.0
		for i := range onehot {
			onehot[i] = math.Inf(-1)
		}
		onehot[x0] = 0
		step.LogPosterior(onehot, xt)
		for i := range known { // q(x_s | x_t, x_0) ∝ q(x_s | x_0) q(x_t | x_s)
			known[i] = first[x0][i] * second[i][xt]
			total += known[i]
		}
		for i := range known {
			near(t, "q(x_s | x_t, x_0)", math.Exp(onehot[i]), known[i]/total)
		}

		shares := drawShares(t, c.k)
		model, total := make([]float64, c.k), 0.0
		for i := range model {
			for j, p := range shares {
				model[i] += p * first[j][i] * second[i][xt]
			}
			total += model[i]
		}
		got := logs(shares)
		step.LogPosterior(got, xt)
		for i := range model {
			near(t, "π(x_t, x̂_0)", math.Exp(got[i]), model[i]/total)
		}
	})
}

// Σ over x_t of q(x_t | x_0) π(x_t, x_0) is q(x_s | x_0).
func TestPosteriorKeepsMarginals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawChain(t)
		to := rapid.IntRange(0, c.Steps()-1).Draw(t, "t")
		s := rapid.IntRange(-1, to-1).Draw(t, "s")
		step, x0 := multinomial.StepOf(c, float64(to), float64(s)), rapid.IntRange(0, c.k-1).Draw(t, "x_0")
		forward, got := c.between(-1, to)[x0], make([]float64, c.k)
		for xt, q := range forward {
			if q == 0 {
				continue
			}
			posterior := make([]float64, c.k)
			for i := range posterior {
				posterior[i] = math.Inf(-1)
			}
			posterior[x0] = 0
			step.LogPosterior(posterior, xt)
			for i, v := range posterior {
				got[i] += q * math.Exp(v)
			}
		}
		for i, want := range c.between(-1, s)[x0] {
			near(t, "q(x_s | x_0)", got[i], want)
		}
	})
}

// The prior term is the divergence of the last marginal from the uniform distribution.
func TestPriorKL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawChain(t)
		want := 0.0
		for _, q := range c.between(-1, c.Steps()-1)[0] {
			if q > 0 {
				want += q * math.Log(q*float64(c.k))
			}
		}
		got := multinomial.PriorKL(c, c.k)
		if got < 0 {
			t.Fatalf("a divergence of %v", got)
		}
		near(t, "KL", got, want)
	})
}

// A step from the data has no noise in its first factor, and one of a long chain keeps its small numbers.
func TestStepOf(t *testing.T) {
	c, err := diffusion.NewChain(diffusion.Schedules().Choose("cosine").Kind, 1000)
	if err != nil {
		t.Fatal(err)
	}
	first := multinomial.StepOf(c, 0, -1)
	if first.Keep != 0 || !math.IsInf(first.Mix, -1) || math.Abs(math.Exp(first.Move)/c.Beta(0)-1) > 1e-9 {
		t.Errorf("the first step is %+v, β_0 %v", first, c.Beta(0))
	}
	for _, at := range []int{1, 500, 999} {
		step := multinomial.StepOf(c, float64(at), float64(at-1))
		if got := math.Exp(step.Move); math.Abs(got/c.Beta(at)-1) > 1e-9 {
			t.Errorf("1−α at %d: %v, want β = %v", at, got, c.Beta(at))
		}
		if got := math.Exp(step.Keep); math.Abs(got/c.AlphaBar(at-1)-1) > 1e-9 {
			t.Errorf("ᾱ at %d: %v, want %v", at-1, got, c.AlphaBar(at-1))
		}
	}
}
