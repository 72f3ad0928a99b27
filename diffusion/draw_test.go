package diffusion

import (
	"math"
	"reflect"

	"pgregory.net/rapid"
)

// failer is a testing.TB or a rapid.T.
type failer interface {
	Helper()
	Fatal(...any)
}

// scheduleOf is the schedule of a name with those of the keys that it has.
func scheduleOf(t failer, name string, keys map[string]any) Schedule {
	t.Helper()
	s, err := Schedules().New(name)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range keys {
		if field, ok := fieldOf(s, key); ok {
			field.Set(reflect.ValueOf(value))
		}
	}
	return s
}

// fieldOf is the field of a section that has a key.
func fieldOf(section any, key string) (reflect.Value, bool) {
	v := reflect.ValueOf(section).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func newChainOf(t failer, name string, start, end float64, steps int) *Chain {
	t.Helper()
	c, err := NewChain(scheduleOf(t, name, map[string]any{"beta_start": start, "beta_end": end}), steps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// processOf is the process of a kind.
func processOf(t failer, o ProcessOptions) Process {
	t.Helper()
	p, err := o.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// weightOf is the weight of a name; hybrid is among them here.
func weightOf(t failer, name string) Weight {
	t.Helper()
	if name == "hybrid" {
		return &Hybrid{}
	}
	w, err := Weights().New(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// weightNames are those of all weights, hybrid among them.
func weightNames() []string { return append(Weights().Names(), "hybrid") }

// parameterizationOf is the parameterization with the prediction of a name, on data of deviation 0.5.
func parameterizationOf(t failer, prediction string) Parameterization {
	t.Helper()
	p, err := Predictions().New(prediction)
	if err != nil {
		t.Fatal(err)
	}
	q, err := NewParameterization(p, false, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// drawChain draws any DDPM chain that a configuration can have and that keeps enough signal. It ends at ᾱ = 0 only if
// zero is set.
func drawChain(t *rapid.T, maxSteps int, zero bool) *Chain {
	steps := rapid.IntRange(1, maxSteps).Draw(t, "steps")
	// ᾱ is at least (1−highest)^steps; before an end at 0 it is less than it was.
	share := 0.999
	if zero {
		share = 0.5
	}
	highest := math.Min(0.95, -math.Expm1(math.Log(minShare)*share/float64(steps)))
	name := rapid.SampledFrom(Schedules().Names()).Draw(t, "schedule")
	start := highest * math.Pow(10, rapid.Float64Range(-6, 0).Draw(t, "log beta_start"))
	end := start + (highest-start)*math.Pow(10, rapid.Float64Range(-6, 0).Draw(t, "log beta_end"))
	keys := map[string]any{"beta_start": start, "beta_end": end}
	if zero && steps > 1 {
		keys["zero_terminal_snr"] = rapid.Bool().Draw(t, "zero terminal SNR")
	}
	if name == "jsd" && !zero {
		name = "linear"
	}
	c, err := NewChain(scheduleOf(t, name, keys), steps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drawOptions draws a process of any kind.
func drawOptions(t *rapid.T, maxSteps int, zero bool) Process {
	low := math.Pow(10, rapid.Float64Range(-3, 0).Draw(t, "log low"))
	high := low * math.Pow(10, rapid.Float64Range(0.01, 4).Draw(t, "log high"))
	first := math.Pow(10, rapid.Float64Range(-5, -0.1).Draw(t, "log first"))
	options, err := Processes().New(rapid.SampledFrom(Processes().Names()).Draw(t, "process"))
	if err != nil {
		t.Fatal(err)
	}
	switch o := options.(type) {
	case *DDPM:
		return drawChain(t, maxSteps, zero)
	case *NCSN:
		*o = NCSN{rapid.IntRange(2, max(2, maxSteps)).Draw(t, "steps"), low, high}
	case *VP:
		*o = VP{low, max(low, min(high, 100)), first}
	case *SubVP:
		*o = SubVP{low, max(low, min(high, 100)), first}
	case *VE:
		*o = VE{low, high}
	case *EDM:
		*o = EDM{low, high}
	case *Flow:
		*o = Flow{first, first + (1-first)*rapid.Float64Range(0.01, 0.9999).Draw(t, "last")}
		if zero && rapid.Bool().Draw(t, "no signal left") {
			o.LastTime = 1
		}
	default:
		t.Fatalf("%T is not drawn", options)
	}
	return processOf(t, options)
}

// drawProcess draws a process of any kind, rescaled or not.
func drawProcess(t *rapid.T, maxSteps int, zero bool) Process {
	p := drawOptions(t, maxSteps, zero)
	_, _, last := p.Span()
	switch alpha, _ := p.Marginal(last); rapid.SampledFrom([]string{"own", "preserving", "exploding"}).Draw(t, "scale") {
	case "preserving":
		return Preserving(p)
	case "exploding":
		if alpha == 0 {
			return p
		}
		var err error
		if p, err = Exploding(p); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// drawTime draws a time at which a network may be evaluated: a whole step of a chain if whole is set.
func drawTime(t *rapid.T, p Process, whole bool) float64 {
	_, first, last := p.Span()
	if whole && p.Steps() > 0 {
		return float64(rapid.IntRange(int(first), int(last)).Draw(t, "t"))
	}
	return rapid.Float64Range(first, last).Draw(t, "t")
}

// drawAnyTime draws a time from the data to the last.
func drawAnyTime(t *rapid.T, p Process) float64 {
	data, _, last := p.Span()
	u := rapid.Float64Range(0, 1).Draw(t, "share of the times")
	if u < 1e-12 {
		return data
	}
	return min(data+u*(last-data), last)
}

// relativeError is +Inf for NaN, so that it is never within a tolerance.
func relativeError(got, want float64) float64 {
	if e := math.Abs(got-want) / math.Abs(want); !math.IsNaN(e) {
		return e
	}
	return math.Inf(1)
}

// discretize returns the chain of equal steps of time that has the marginals of a preserving or exploding process of
// continuous time: step t of the chain is time (t+1)/T of the process's last.
func discretize(t failer, p Process, steps int) *Chain {
	t.Helper()
	before, _, last := p.Span()
	levels := make([]float64, steps) // β or σ
	for i := range levels {
		at := last * (float64(i+1) / float64(steps))
		if isExploding(p) {
			_, levels[i] = p.Marginal(at)
		} else {
			levels[i] = PosteriorOf(p, at, before).Beta
		}
		before = at
	}
	from := FromBetas
	if isExploding(p) {
		from = FromSigmas
	}
	c, err := from(levels)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
