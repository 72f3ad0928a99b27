package solver

import (
	"slices"
	"strings"

	"euryale/diffusion"
)

// Choice is a solver that a configuration can name.
type Choice struct {
	Name    string
	Summary string   // a line on what it does, with its paper
	Keys    []string // the keys of the configuration that it reads, of those that belong to some solvers
	New     func(Config) (Solver, error)
}

// Choices lists the solvers that turn noise into data.
func Choices() []Choice {
	return []Choice{
		{"ancestral", "the reverse chain of DDPM (Ho et al. 2020, algorithm 2)",
			[]string{"variance"}, func(c Config) (Solver, error) {
				v, err := c.AncestralVariance()
				return Ancestral{v}, err
			}},
		{"ddim", "denoising diffusion implicit models; eta is 0 (Song, Meng and Ermon 2021)",
			[]string{"eta"}, func(c Config) (Solver, error) {
				eta, err := c.eta(0)
				return DDIM{eta}, err
			}},
		{"pndm", "pseudo numerical methods: Runge–Kutta, then linear multistep of order 4 (Liu et al. 2022)",
			nil, func(Config) (Solver, error) {
				return PNDM{}, nil
			}},
		{"euler_maruyama", "Euler's and Maruyama's method for the reverse-time SDE (Song et al. 2021)",
			nil, func(Config) (Solver, error) {
				return EulerMaruyama{}, nil
			}},
		{"reverse_diffusion", "the reverse-time SDE, discretised as the forward one (Song et al. 2021, appendix E)",
			nil, func(Config) (Solver, error) {
				return ReverseDiffusion{}, nil
			}},
		{"predictor_corrector", "reverse_diffusion with Langevin steps at each time, one of snr .16 (Song et al. 2021, appendix G)",
			[]string{"corrector"}, func(c Config) (Solver, error) {
				steps, snr, err := c.corrector(1, 0.16)
				return PredictorCorrector{Corrections: steps, SNR: snr}, err
			}},
		{"annealed_langevin", "Langevin steps at each level of noise, 100 of snr .22, for about ten levels (Song and Ermon 2019)",
			[]string{"corrector"}, func(c Config) (Solver, error) {
				steps, snr, err := c.corrector(100, 0.22)
				return AnnealedLangevin{steps, snr}, err
			}},
		{"flow_euler", "Euler's method in t for the probability-flow ODE (Song et al. 2021)",
			nil, func(Config) (Solver, error) {
				return FlowEuler{}, nil
			}},
		{"euler", "Euler's method in sigma for the probability-flow ODE, with churn (Karras et al. 2022)",
			[]string{"churn"}, func(c Config) (Solver, error) {
				churn, err := c.churn()
				return Euler{churn}, err
			}},
		{"heun", "Heun's method, of order 2, with churn (Karras et al. 2022, algorithm 2)",
			[]string{"churn"}, func(c Config) (Solver, error) {
				churn, err := c.churn()
				return Heun{churn}, err
			}},
		{"rk45", "the probability-flow ODE with adaptive steps of order 5 (Dormand and Prince 1980; Song et al. 2021)",
			[]string{"tolerance"}, func(c Config) (Solver, error) {
				relative, absolute, err := c.tolerance()
				return RK45{relative, absolute}, err
			}},
		{"dpm_2", "the midpoint method, of order 2 (Lu et al. 2022, DPM-Solver; Karras et al. 2022)",
			nil, func(Config) (Solver, error) {
				return DPM2{}, nil
			}},
		{"dpm_2_ancestral", "dpm_2 with new noise in each step; eta is 1 (Crowson 2022, k-diffusion)",
			[]string{"eta"}, func(c Config) (Solver, error) {
				eta, err := c.eta(1)
				return DPM2Ancestral{eta}, err
			}},
		{"euler_ancestral", "euler with new noise in each step; eta is 1 (Crowson 2022, k-diffusion)",
			[]string{"eta"}, func(c Config) (Solver, error) {
				eta, err := c.eta(1)
				return EulerAncestral{eta}, err
			}},
		{"lms", "Adams's and Bashforth's linear multistep method; order is 4 (Crowson 2022, k-diffusion)",
			[]string{"order"}, func(c Config) (Solver, error) {
				order, err := c.order(4, maxLMSOrder)
				return LMS{order}, err
			}},
		{"dpm++_1", "DPM-Solver++ of order 1, which is ddim without noise (Lu et al. 2022)",
			nil, func(Config) (Solver, error) {
				return DPMPP1{}, nil
			}},
		{"dpm++_2s", "DPM-Solver++ of order 2, singlestep (Lu et al. 2022)",
			nil, func(Config) (Solver, error) {
				return DPMPP2S{}, nil
			}},
		{"dpm++_2m", "DPM-Solver++ of order 2, multistep; form is midpoint or heun (Lu et al. 2022)",
			[]string{"form", "lower_order_final"}, func(c Config) (Solver, error) {
				form, err := c.form("midpoint", "heun")
				return DPMPP2M{form, c.LowerOrderFinal}, err
			}},
		{"dpm++_3m", "DPM-Solver++ with three predictions, multistep; form is published or quadratic (Lu et al. 2022)",
			[]string{"form", "lower_order_final"}, func(c Config) (Solver, error) {
				form, err := c.form("published", "quadratic")
				return DPMPP3M{form, c.LowerOrderFinal}, err
			}},
		{"dpm++_2m_sde", "dpm++_2m for the reverse-time SDE; eta is 1, form is midpoint or heun (Lu et al. 2022; Crowson 2022)",
			[]string{"eta", "form"}, func(c Config) (Solver, error) {
				eta, form, err := c.etaForm(1, "midpoint", "heun")
				return DPMPP2MSDE{eta, form}, err
			}},
		{"dpm++_3m_sde", "dpm++_3m for the reverse-time SDE; eta is 1, form is published or quadratic (Crowson 2022, k-diffusion)",
			[]string{"eta", "form"}, func(c Config) (Solver, error) {
				eta, form, err := c.etaForm(1, "published", "quadratic")
				return DPMPP3MSDE{eta, form}, err
			}},
		{"unipc", "the unified predictor–corrector; order is 2, of 1 to 3, form is bh2 or bh1 (Zhao et al. 2023)",
			[]string{"order", "form", "lower_order_final"}, func(c Config) (Solver, error) {
				order, form, err := c.orderForm(2, 3, "bh2", "bh1")
				return UniPC{order, form, c.LowerOrderFinal}, err
			}},
		{"deis", "the exponential integrator tAB-DEIS; order is 2, of 1 to 3 (Zhang and Chen 2023)",
			[]string{"order", "lower_order_final"}, func(c Config) (Solver, error) {
				order, err := c.order(2, 3)
				return DEIS{order, c.LowerOrderFinal}, err
			}},
	}
}

// New makes the solver of a configuration. It refuses a key that this solver does not read and that is not at its
// default: it would say nothing.
func New(c Config) (Solver, error) {
	choices := Choices()
	names := make([]string, len(choices))
	for i, choice := range choices {
		names[i] = choice.Name
	}
	if err := diffusion.OneOf(c.Sampler, names...); err != nil {
		return nil, wrong("sampler", "%w", err)
	}
	choice := choices[slices.Index(names, c.Sampler)]
	for _, own := range c.own() {
		section, _, _ := strings.Cut(own.key, ".")
		if own.value != own.standard && !slices.Contains(choice.Keys, section) {
			return nil, wrong(own.key, "is %v, but %s does not use it", own.value, c.Sampler)
		}
	}
	s, err := choice.New(c)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Switched returns the configuration with another solver: if it is another, the keys that belong to some solvers are at
// their defaults.
func (c Config) Switched(sampler string) Config {
	if sampler == c.Sampler {
		return c
	}
	d := DefaultConfig()
	c.Sampler = sampler
	c.Variance, c.Eta, c.Order, c.Form, c.LowerOrderFinal = d.Variance, d.Eta, d.Order, d.Form, d.LowerOrderFinal
	c.Churn, c.Corrector, c.Tolerance = d.Churn, d.Corrector, d.Tolerance
	return c
}

// ownKey is a key that belongs to some solvers.
type ownKey struct {
	key             string
	value, standard any
}

func (c Config) own() []ownKey {
	d := DefaultConfig()
	return []ownKey{
		{"variance", c.Variance, d.Variance},
		{"eta", c.Eta, d.Eta},
		{"order", c.Order, d.Order},
		{"form", c.Form, d.Form},
		{"lower_order_final", c.LowerOrderFinal, d.LowerOrderFinal},
		{"churn.amount", c.Churn.Amount, d.Churn.Amount},
		{"churn.min", c.Churn.Min, d.Churn.Min},
		{"churn.max", c.Churn.Max, d.Churn.Max},
		{"churn.noise", c.Churn.Noise, d.Churn.Noise},
		{"corrector.steps", c.Corrector.Steps, d.Corrector.Steps},
		{"corrector.snr", c.Corrector.SNR, d.Corrector.SNR},
		{"tolerance.relative", c.Tolerance.Relative, d.Tolerance.Relative},
		{"tolerance.absolute", c.Tolerance.Absolute, d.Tolerance.Absolute},
	}
}
