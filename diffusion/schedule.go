package diffusion

import (
	"fmt"
	"math"
	"slices"
)

// maxBeta bounds β where a schedule is given by its ᾱ, which may fall to 0 at the end (Nichol and Dhariwal
// 2021, section 3.2).
const maxBeta = 0.999

// Choice is one value of a key of the configuration, as a list for users shows it.
type Choice struct {
	Name    string
	Summary string   // one line
	Keys    []string // of the `diffusion` section: what this choice reads besides
}

func namesOf(choices []Choice) []string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Name
	}
	return names
}

const (
	betaStartKey = "schedule.beta_start"
	betaEndKey   = "schedule.beta_end"
	scaleKey     = "schedule.scale_betas"
)

// ScheduleChoices are the schedules of β_t. All read schedule.zero_terminal_snr.
func ScheduleChoices() []Choice {
	ends := []string{betaStartKey, betaEndKey, scaleKey}
	return []Choice{
		{"linear", "β from beta_start to beta_end in equal steps (Ho et al. 2020)", ends},
		{"scaled_linear", `√β in equal steps: the "quad" of DDPM's code, a name it also has here (Ho et al. 2020; Rombach et al. 2022)`, ends},
		{"cosine", "ᾱ falls like cos² (Nichol and Dhariwal 2021)", nil},
		{"sigmoid", "β rises from beta_start to beta_end like a logistic curve (Xu et al. 2022, GeoDiff)", ends},
		{"sigmoid_alphabar", "ᾱ falls like a logistic curve (Chen 2023)", nil},
		{"const", "β is beta_end throughout (DDPM's code)", []string{betaEndKey, scaleKey}},
		{"warmup10", "β as linear over the first tenth of the steps, then beta_end (DDPM's code)", ends},
		{"warmup50", "β as linear over the first half of the steps, then beta_end (DDPM's code)", ends},
		{"jsd", "β = 1/T, 1/(T−1) … 1, so ᾱ falls in equal steps to 0 (Sohl-Dickstein et al. 2015)", nil},
		{"sqrt", "ᾱ = 1 − √τ: much noise early (Li et al. 2022, Diffusion-LM)", nil},
	}
}

// ScheduleNames lists what ScheduleConfig.Name may be.
func ScheduleNames() []string { return namesOf(ScheduleChoices()) }

// canonical is a schedule's name in ScheduleNames.
func (c ScheduleConfig) canonical() string {
	if c.Name == "quad" {
		return "scaled_linear"
	}
	return c.Name
}

// reads says whether the schedule depends on a key.
func (c ScheduleConfig) reads(key string) bool {
	return slices.ContainsFunc(ScheduleChoices(), func(choice Choice) bool {
		return choice.Name == c.canonical() && slices.Contains(choice.Keys, key)
	})
}

// ends are β_start and β_end as the schedule uses them.
func (c ScheduleConfig) ends(steps int) (start, end float64) {
	if !c.ScaleBetas {
		return c.BetaStart, c.BetaEnd
	}
	scale := 1000 / float64(steps)
	return scale * c.BetaStart, scale * c.BetaEnd
}

// NewChain returns the variance-preserving chain of a schedule with T = steps. With b from BetaStart to BetaEnd:
//
//	linear            β = lin(b)
//	scaled_linear     β = lin(√b)²
//	sigmoid           β = σ(u)·(BetaEnd−BetaStart) + BetaStart, u = lin(−6, 6)
//	const             β = BetaEnd
//	warmup10          β = lin(b) over the first ⌊T/10⌋ steps, then BetaEnd
//	warmup50          β = lin(b) over the first ⌊T/2⌋ steps, then BetaEnd
//	jsd               β = 1/lin(T, 1), so ᾱ = 1 − (t+1)/T, 0 at the end
//	cosine            ᾱ(τ) = f(τ)/f(0), f(τ) = cos²((τ+.008)/1.008·π/2) (Nichol and Dhariwal 2021, eq. 17)
//	sigmoid_alphabar  ᾱ(τ) = (σ(3) − σ(6τ−3))/(σ(3) − σ(−3)) (Chen 2023, "On the importance of noise
//	                  scheduling for diffusion models", algorithm 1: start −3, end 3, τ = 1)
//	sqrt              ᾱ(τ) = f(τ)/f(0), f(τ) = 1 − √(τ+1e-4)
//
// lin is T equally spaced numbers with both ends (with one: the start). The last three take
// β_t = 1 − ᾱ((t+1)/T)/ᾱ(t/T), at most .999.
//
// Where ᾱ ends at 0, which is jsd and any schedule with ZeroTerminalSNR, the last x says nothing about the data,
// and neither does a prediction of eps or of the score there.
func NewChain(config ScheduleConfig, steps int) (*Chain, error) {
	if steps < 1 || steps > maxSteps {
		return nil, fmt.Errorf("schedule: steps must be from 1 to %d, got %d", maxSteps, steps)
	}
	var betas []float64
	start, end := config.ends(steps)
	switch config.canonical() {
	case "linear":
		betas = linspace(start, end, steps)
	case "scaled_linear":
		betas = linspace(math.Sqrt(start), math.Sqrt(end), steps)
		for i, root := range betas {
			betas[i] = root * root
		}
	case "sigmoid":
		betas = linspace(-6, 6, steps)
		for i, u := range betas {
			betas[i] = logistic(u)*(end-start) + start
		}
	case "const":
		betas = slices.Repeat([]float64{end}, steps)
	case "warmup10":
		betas = append(linspace(start, end, steps/10), slices.Repeat([]float64{end}, steps-steps/10)...)
	case "warmup50":
		betas = append(linspace(start, end, steps/2), slices.Repeat([]float64{end}, steps-steps/2)...)
	case "jsd":
		betas = make([]float64, steps)
		for i := range betas {
			betas[i] = 1 / float64(steps-i)
		}
	case "cosine":
		betas = betasOf(steps, func(tau float64) float64 {
			c := math.Cos((tau + 0.008) / 1.008 * math.Pi / 2)
			return c * c
		})
	case "sigmoid_alphabar":
		betas = betasOf(steps, func(tau float64) float64 { return logistic(3) - logistic(6*tau-3) })
	case "sqrt":
		betas = betasOf(steps, func(tau float64) float64 { return 1 - math.Sqrt(tau+1e-4) })
	default:
		return nil, fmt.Errorf("schedule: unknown name %q", config.Name)
	}
	c, err := FromBetas(betas)
	if err == nil && config.ZeroTerminalSNR {
		c, err = c.zeroTerminalSNR()
	}
	if err != nil {
		return nil, fmt.Errorf("schedule %q with %d steps: %w", config.Name, steps, err)
	}
	return c, nil
}

// zeroTerminalSNR is algorithm 1 of Lin, Liu, Li and Yang 2024, "Common diffusion noise schedules and sample steps
// are flawed": √ᾱ shifted so that the last is 0 and scaled so that the first stays.
//
//	s_t = √ᾱ_t,   s_t ← (s_t − s_{T−1}) s_0/(s_0 − s_{T−1}),   β_t = 1 − s_t²/s_{t−1}²
//
// With r_t = s_t − s_{T−1} the last is 1 − (r_t/r_{t−1})², which is computed from sums of the steps of s, all of
// one sign, lest it cancel.
func (c *Chain) zeroTerminalSNR() (*Chain, error) {
	last := c.Steps() - 1
	switch {
	case last == 0:
		return nil, fmt.Errorf("zero terminal SNR needs at least 2 steps: a single step would leave no signal at all")
	case c.alpha[last+1] == 0:
		return c, nil
	}
	betas := slices.Clone(c.beta)
	r := 0.0
	for t := last; t > 0; t-- {
		step := -c.alpha[t] * math.Expm1(math.Log1p(-c.beta[t])/2) // s_{t−1} − s_t
		r += step
		betas[t] = step / r * (2 - step/r)
	}
	return FromBetas(betas)
}

// Discretise returns the chain of T = steps equal steps of time that has the marginals of a continuous process at
// its times: step t of the chain is time (t+1)/T of the process's last. As T grows, DDPM's linear chain with
// β_t from BetaMin/T to BetaMax/T tends to that of VP, and NCSN's to that of VE.
//
// A chain preserves variance or keeps the signal; a process that does neither, such as SubVP, has one at another
// scale: Preserving of it.
func Discretise(p Process, steps int) (*Chain, error) {
	_, _, last := p.Span()
	switch {
	case p.Steps() > 0:
		return nil, fmt.Errorf("expected a process of continuous time, got a chain of %d steps", p.Steps())
	case steps < 1 || steps > maxSteps:
		return nil, fmt.Errorf("a chain has from 1 to %d steps, got %d", maxSteps, steps)
	case !isPreserving(p) && !isExploding(p):
		return nil, fmt.Errorf("a chain has α² + σ² = 1 or α = 1, and %T neither: discretise Preserving of it", p)
	}
	levels := make([]float64, steps) // β or σ
	before, _, _ := p.Span()
	for t := range levels {
		at := last * (float64(t+1) / float64(steps))
		if isExploding(p) {
			_, levels[t] = p.Marginal(at)
		} else {
			levels[t] = PosteriorOf(p, at, before).Beta
		}
		before = at
	}
	if isExploding(p) {
		return FromSigmas(levels)
	}
	return FromBetas(levels)
}

// betasOf turns ᾱ(τ), up to a factor, into β_t.
func betasOf(steps int, alphaBar func(tau float64) float64) []float64 {
	betas := make([]float64, steps)
	for i := range betas {
		betas[i] = min(1-alphaBar(float64(i+1)/float64(steps))/alphaBar(float64(i)/float64(steps)), maxBeta)
	}
	return betas
}

// linspace is n numbers from a to b, both included; a alone if n is 1.
func linspace(a, b float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		w := float64(i) / float64(max(n-1, 1))
		v[i] = a*(1-w) + b*w
	}
	return v
}

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }
