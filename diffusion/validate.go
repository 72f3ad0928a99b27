package diffusion

import (
	"errors"
	"fmt"
	"math"
)

// Validate returns the offending key and what was expected of it, or "", nil. What it passes, NewProcess,
// NewParameterisation, NewModel, NewTimesteps and NewLoss accept. Numbers that the chosen process, schedule, loss
// and timesteps do not read may be anything.
func (c Config) Validate() (key string, err error) {
	if key, err := c.checkProcess(); err != nil {
		return key, err
	}
	// Each key may be right and the whole not: so many steps of such betas that no signal is left.
	p, err := NewProcess(c)
	if err != nil {
		return c.section(), err
	}
	if key, err := c.checkPrediction(p); err != nil {
		return key, err
	}
	if key, err := c.checkLoss(p.Steps() > 0); err != nil {
		return key, err
	}
	if key, err := c.checkTimesteps(p.Steps() > 0); err != nil {
		return key, err
	}
	if _, err := NewLoss(c, p); err != nil {
		return "loss.weight", err
	}
	return "", nil
}

// section is the key of what gives the process its numbers.
func (c Config) section() string {
	switch c.Process {
	case "ddpm":
		return "schedule"
	case "vp", "sub_vp":
		return "continuous"
	default:
		return "sigma"
	}
}

func (c Config) checkProcess() (key string, err error) {
	if err := OneOf(c.Process, ProcessNames()...); err != nil {
		return "process", err
	}
	least := 1
	if c.Process == "ncsn" {
		least = 2 // both ends
	}
	if c.Steps < least || c.Steps > maxSteps {
		return "steps", fmt.Errorf("must be from %d to %d, got %d", least, maxSteps, c.Steps)
	}
	if c.Process == "ddpm" {
		return c.Schedule.check(c.Steps)
	}
	if c.Schedule.ScaleBetas {
		return scaleKey, fmt.Errorf("must be false for the process %s, which has no schedule", c.Process)
	}
	if c.Schedule.ZeroTerminalSNR {
		return "schedule.zero_terminal_snr", fmt.Errorf("must be false for the process %s, which has no schedule", c.Process)
	}
	if c.section() == "continuous" {
		return c.Continuous.check()
	}
	return c.Sigma.check()
}

func (c ScheduleConfig) check(steps int) (key string, err error) {
	if err := OneOf(c.canonical(), ScheduleNames()...); err != nil {
		return "schedule.name", err
	}
	readsStart, readsEnd := c.reads(betaStartKey), c.reads(betaEndKey)
	if readsStart && !(c.BetaStart > 0 && c.BetaStart < 1) {
		return betaStartKey, fmt.Errorf("must be above 0 and below 1, got %v", c.BetaStart)
	}
	if readsStart && !(c.BetaEnd >= c.BetaStart && c.BetaEnd < 1) {
		return betaEndKey, fmt.Errorf("must be at least beta_start (%v) and below 1, got %v", c.BetaStart, c.BetaEnd)
	}
	if readsEnd && !(c.BetaEnd > 0 && c.BetaEnd < 1) {
		return betaEndKey, fmt.Errorf("must be above 0 and below 1, got %v", c.BetaEnd)
	}
	if c.ScaleBetas && !c.reads(scaleKey) {
		return scaleKey, fmt.Errorf("must be false for the schedule %s, which is not given by betas", c.Name)
	}
	if _, end := c.ends(steps); c.ScaleBetas && !(end < 1) {
		return scaleKey, fmt.Errorf("multiplies beta_end by 1000/%d, to %.4g, which must stay below 1: use more steps or smaller betas", steps, end)
	}
	if c.ZeroTerminalSNR && steps < 2 {
		return "schedule.zero_terminal_snr", errors.New("must be false for a single step, which would leave no signal at all")
	}
	return "", nil
}

func (c ContinuousConfig) check() (key string, err error) {
	if !(c.BetaMin > 0 && c.BetaMin <= maxContinuousBeta) {
		return "continuous.beta_min", fmt.Errorf("must be above 0 and at most %v, got %v", maxContinuousBeta, c.BetaMin)
	}
	if !(c.BetaMax >= c.BetaMin && c.BetaMax <= maxContinuousBeta) {
		return "continuous.beta_max", fmt.Errorf("must be at least beta_min (%v) and at most %v, got %v", c.BetaMin, maxContinuousBeta, c.BetaMax)
	}
	if !(c.FirstTime > 0 && c.FirstTime < 1) {
		return "continuous.first_time", fmt.Errorf("must be above 0 and below 1, got %v", c.FirstTime)
	}
	return "", nil
}

func (c SigmaConfig) check() (key string, err error) {
	if !(c.Min >= minSigma && c.Min < maxSigma) {
		return "sigma.min", fmt.Errorf("must be at least %v and below %v, got %v", minSigma, maxSigma, c.Min)
	}
	if !(c.Max > c.Min && c.Max <= maxSigma) {
		return "sigma.max", fmt.Errorf("must be above min (%v) and at most %v, got %v", c.Min, maxSigma, c.Max)
	}
	return "", nil
}

func (c Config) checkPrediction(p Process) (key string, err error) {
	if err := OneOf(c.Prediction, predictionNames[:]...); err != nil {
		return "prediction", err
	}
	q, err := NewParameterisation(c)
	if err != nil {
		return "data_deviation", err
	}
	if err := q.checkSignal(p); err != nil {
		return "prediction", err
	}
	return "", nil
}

// checkLoss checks a loss for a chain, or for continuous time.
func (c Config) checkLoss(chain bool) (key string, err error) {
	l := c.Loss
	if err := OneOf(l.Weight, LossWeights()...); err != nil {
		return "loss.weight", err
	}
	if err := OneOf(l.Distance, LossDistances()...); err != nil {
		return "loss.distance", err
	}
	const most = 1e6
	switch {
	case l.Weight == "hybrid" && !chain:
		return "loss.weight", fmt.Errorf("must not be hybrid for the process %s: it learns the variance of a chain's reverse step, and continuous time has no steps", c.Process)
	case l.Weight != "simple" && l.Distance != "squared":
		return "loss.distance", fmt.Errorf("must be squared with the weight %s, which is defined for squared errors, got %q", l.Weight, l.Distance)
	case l.Distance == "huber" && !(l.HuberDelta > 0 && l.HuberDelta <= most):
		return "loss.huber_delta", fmt.Errorf("must be above 0 and at most %v, got %v", most, l.HuberDelta)
	case l.Weight == "min_snr" && !(l.MinSNRGamma > 0 && l.MinSNRGamma <= most):
		return "loss.min_snr_gamma", fmt.Errorf("must be above 0 and at most %v, got %v", most, l.MinSNRGamma)
	case l.Weight == "p2" && !(l.P2Gamma > 0 && l.P2Gamma <= most):
		return "loss.p2_gamma", fmt.Errorf("must be above 0 and at most %v, got %v", most, l.P2Gamma)
	case l.Weight == "p2" && !(l.P2K > 0 && l.P2K <= most):
		return "loss.p2_k", fmt.Errorf("must be above 0 and at most %v, got %v", most, l.P2K)
	case l.Weight == "edm":
		if err := checkDeviation(c.DataDeviation, "the weight edm"); err != nil {
			return "data_deviation", err
		}
	}
	return "", nil
}

// checkTimesteps checks a sampler of times for a chain, or for continuous time.
func (c Config) checkTimesteps(chain bool) (key string, err error) {
	if err := OneOf(c.Timesteps, TimestepsNames()...); err != nil {
		return "timesteps", err
	}
	if c.Timesteps == "importance" && !chain {
		return "timesteps", fmt.Errorf("must not be importance for the process %s: it keeps the losses of each step of a chain, and continuous time has no steps", c.Process)
	}
	if c.Timesteps != "log_normal" {
		return "", nil
	}
	switch c.Loss.Weight {
	case "bound", "rescaled", "hybrid":
		return "timesteps", fmt.Errorf("must not be log_normal with the loss weight %s: the bound is a mean over uniform times", c.Loss.Weight)
	}
	const most = 100
	if !(math.Abs(c.LogNormal.Mean) <= most) {
		return "log_normal.mean", fmt.Errorf("must be from %v to %v, got %v", -most, most, c.LogNormal.Mean)
	}
	if !(c.LogNormal.Deviation > 0 && c.LogNormal.Deviation <= most) {
		return "log_normal.deviation", fmt.Errorf("must be above 0 and at most %v, got %v", most, c.LogNormal.Deviation)
	}
	return "", nil
}
