package diffusion

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newSchedule(t testing.TB, name string, start, end float64, steps int) *Schedule {
	t.Helper()
	s, err := NewSchedule(ScheduleConfig{Name: name, BetaStart: start, BetaEnd: end}, steps)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drawSchedule draws any schedule that a configuration can ask for and that keeps enough signal.
func drawSchedule(t *rapid.T, maxSteps int) *Schedule {
	steps := rapid.IntRange(1, maxSteps).Draw(t, "steps")
	// ᾱ is at least (1−highest)^steps.
	highest := math.Min(0.95, -math.Expm1(math.Log(minShare)*0.999/float64(steps)))
	config := ScheduleConfig{Name: rapid.SampledFrom([]string{"linear", "sigmoid", "cosine", "sigmoid_alphabar"}).Draw(t, "schedule")}
	config.BetaStart = highest * math.Pow(10, rapid.Float64Range(-6, 0).Draw(t, "log beta_start"))
	config.BetaEnd = config.BetaStart + (highest-config.BetaStart)*math.Pow(10, rapid.Float64Range(-6, 0).Draw(t, "log beta_end"))
	s, err := NewSchedule(config, steps)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func relativeError(got, want float64) float64 { return math.Abs(got-want) / math.Abs(want) }

// Source: the formulas named at NewSchedule, evaluated in float64 apart from this package.
func TestTerminalAlphaBar(t *testing.T) {
	tests := []struct {
		name       string
		start, end float64
		steps      int
		want       float64
		tolerance  float64
	}{
		{"linear", 1e-4, 0.02, 1000, 4.03582977e-5, 1e-8},
		{"cosine", 0, 0, 1000, 2.42876691e-9, 1e-8},
		{"sigmoid", 1e-4, 0.02, 1000, 3.96818e-5, 1e-5},
		{"sigmoid", 1e-5, 0.5e-2, 100, 0.778003432, 1e-9},
		{"sigmoid_alphabar", 0, 0, 1000, 3.0028e-7, 1e-4},
	}
	for _, test := range tests {
		s := newSchedule(t, test.name, test.start, test.end, test.steps)
		if got := s.AlphaBar(test.steps - 1); relativeError(got, test.want) > test.tolerance {
			t.Errorf("%s, %d steps: last alpha-bar = %.9g, want %.9g", test.name, test.steps, got, test.want)
		}
	}
	if got := newSchedule(t, "cosine", 0, 0, 1000).Beta(0); relativeError(got, 4.12842248e-5) > 1e-8 {
		t.Errorf("cosine: first beta = %.9g", got)
	}
}

// Source: see the file; PyTorch rounds to float32 and the file to nine decimals.
func TestSigmoidAgainstPyTorch(t *testing.T) {
	content, err := os.ReadFile("testdata/pytorch_scurve_20.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Betas         []float64 `json:"betas"`
		AlphasCumprod []float64 `json:"alphas_cumprod"`
	}
	if err := json.Unmarshal(content, &golden); err != nil {
		t.Fatal(err)
	}
	own := newSchedule(t, "sigmoid", 1e-5, 0.5e-2, 20)
	given, err := FromBetas(golden.Betas)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range golden.AlphasCumprod {
		if math.Abs(own.Beta(i)-golden.Betas[i]) > 2e-9 {
			t.Errorf("beta %d = %v, want %v", i, own.Beta(i), golden.Betas[i])
		}
		for _, s := range []*Schedule{own, given} {
			if math.Abs(s.AlphaBar(i)-want) > 3e-7 {
				t.Errorf("alpha-bar %d = %v, want %v", i, s.AlphaBar(i), want)
			}
		}
	}
}

func TestScheduleLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 300)
		if s.AlphaBar(-1) != 1 || !math.IsInf(s.SNR(-1), 1) || !math.IsInf(s.LogSNR(-1), 1) {
			t.Fatal("before the first step the signal must be whole")
		}
		product := 1.0
		for i := range s.Steps() {
			product *= 1 - s.Beta(i)
			alpha, sigma := s.Marginal(i)
			if relativeError(s.AlphaBar(i), product) > 1e-12 || math.Abs(alpha*alpha+sigma*sigma-1) > 1e-14 {
				t.Fatalf("t = %d: alpha-bar %v, product of 1-beta %v, alpha %v, sigma %v", i, s.AlphaBar(i), product, alpha, sigma)
			}
			if s.AlphaBar(i) >= s.AlphaBar(i-1) {
				t.Fatalf("t = %d: alpha-bar does not decrease", i)
			}
			if relativeError(s.SNR(i), alpha*alpha/(sigma*sigma)) > 1e-12 || math.Abs(s.LogSNR(i)-2*math.Log(alpha/sigma)) > 1e-12 {
				t.Fatalf("t = %d: SNR %v, log SNR %v, alpha %v, sigma %v", i, s.SNR(i), s.LogSNR(i), alpha, sigma)
			}
		}
	})
}

func TestOneStepSchedules(t *testing.T) {
	for name, want := range map[string]float64{"linear": 0.1, "sigmoid": 0.1 + 0.1*logistic(-6), "cosine": 0.999, "sigmoid_alphabar": 0.999} {
		if got := newSchedule(t, name, 0.1, 0.2, 1).Beta(0); math.Abs(got-want) > 1e-15 {
			t.Errorf("%s: beta = %v, want %v", name, got, want)
		}
	}
}

func TestScheduleErrors(t *testing.T) {
	for _, test := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, err := FromBetas(nil); return err }, "at least one beta"},
		{func() error { _, err := FromBetas([]float64{0.1, 1}); return err }, "beta at t = 1 must be above 0 and below 1, got 1"},
		{func() error { _, err := FromBetas([]float64{math.NaN()}); return err }, "got NaN"},
		{func() error { _, err := FromBetas([]float64{1e-70}); return err }, "beta at t = 0 must be at least 1e-60"},
		{func() error { _, err := NewSchedule(ScheduleConfig{Name: "cosine"}, 0); return err }, "steps must be from 1"},
		{func() error { _, err := NewSchedule(ScheduleConfig{Name: "cosin"}, 9); return err }, `unknown name "cosin"`},
		{func() error { _, err := NewSchedule(ScheduleConfig{"linear", 1e-4, 0.02}, 20_000); return err }, "signal is gone at t ="},
	} {
		if err := test.err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}

// What Validate passes, the constructors accept.
func TestValidateIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{
			Steps: rapid.SampledFrom([]int{-1, 0, 1, 2, 100, 1000, 20_000}).Draw(t, "steps"),
			Schedule: ScheduleConfig{
				Name:      rapid.SampledFrom([]string{"linear", "sigmoid", "cosine", "sigmoid_alphabar", ""}).Draw(t, "name"),
				BetaStart: rapid.SampledFrom([]float64{0, 1e-70, 1e-5, 0.5, 1, math.NaN()}).Draw(t, "start"),
				BetaEnd:   rapid.SampledFrom([]float64{0, 1e-70, 1e-5, 0.5, 0.999, 1, math.Inf(1)}).Draw(t, "end"),
			},
			Prediction: rapid.SampledFrom([]string{"eps", "x0", "v", ""}).Draw(t, "prediction"),
			Timesteps:  rapid.SampledFrom([]string{"paired", "uniform", ""}).Draw(t, "timesteps"),
		}
		_, scheduleErr := NewSchedule(c.Schedule, c.Steps)
		_, predictionErr := ParsePrediction(c.Prediction)
		_, timestepsErr := NewTimesteps(c.Timesteps, c.Steps, 0)
		if key, err := c.Validate(); err == nil && (scheduleErr != nil || predictionErr != nil || timestepsErr != nil) {
			t.Fatalf("valid, but %v, %v, %v", scheduleErr, predictionErr, timestepsErr)
		} else if (err == nil) != (key == "") {
			t.Fatalf("key %q with error %v", key, err)
		}
	})
	if key, err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the default is not valid: %s %v", key, err)
	}
	sampling := DefaultSamplingConfig()
	if key, err := sampling.Validate(); err != nil {
		t.Errorf("the default is not valid: %s %v", key, err)
	}
	if _, err := ParseVariance(sampling.Variance); err != nil {
		t.Error(err)
	}
}

func TestRespaced(t *testing.T) {
	s := newSchedule(t, "linear", 1e-4, 0.02, 1000)
	got, err := s.Respaced(10)
	if want := []int32{999, 888, 777, 666, 555, 444, 333, 222, 111, 0}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Respaced(10) = %v, %v, want %v", got, err, want)
	}
	if got, err := s.Respaced(1); err != nil || !slices.Equal(got, []int32{999}) {
		t.Errorf("Respaced(1) = %v, %v", got, err)
	}
	for _, n := range []int{-1, 0, 1001} {
		if _, err := s.Respaced(n); err == nil {
			t.Errorf("Respaced(%d) is no error", n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 400)
		n := rapid.IntRange(1, s.Steps()).Draw(t, "n")
		times, err := s.Respaced(n)
		if err != nil || len(times) != n || times[0] != int32(s.Steps()-1) || (n > 1 && times[n-1] != 0) {
			t.Fatalf("Respaced(%d) = %v, %v", n, times, err)
		}
		if err := (&AncestralOptions{Times: times}).validate(s); err != nil {
			t.Fatal(err)
		}
	})
}
