package solver

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"euryale/diffusion"

	"pgregory.net/rapid"
)

// spacingOptions are options of n steps.
func spacingOptions(spacing string, n int, final Final) Options {
	o := DefaultOptions()
	o.Spacing, o.Steps, o.Final = Spacings().Choose(spacing), n, final
	return o
}

// timesProcesses are a process of every kind.
func timesProcesses(t testing.TB) map[string]diffusion.Process {
	t.Helper()
	return map[string]diffusion.Process{
		"chain": linearChain(t, 1000), "short chain": linearChain(t, 7), "single step": linearChain(t, 1), "vp": vp(t), "edm": edm(t),
		"ncsn": timesMust(diffusion.FromSigmas([]float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10})),
		"ve":   timesMust(diffusion.NewVE(0.01, 50)), "sub_vp": timesMust(diffusion.NewSubVP(0.1, 20, 1e-3)), "flow": flowLine(t),
		"zero":       timesMust(diffusion.FromBetas(append(slices.Repeat([]float64{0.05}, 49), 1))),
		"whole flow": timesMust(diffusion.NewFlow(1e-3, 1)),
	}
}

func timesMust[P diffusion.Process](p P, err error) P {
	if err != nil {
		panic(err)
	}
	return p
}

// TestTimes compares the spacings of a chain with the lists of other implementations: respaced with openai/guided-diffusion
// (space_timesteps) and with the DPM-Solver of huggingface/diffusers, whose "linspace" takes one more point and drops that
// of the data; leading, trailing and linspace with set_timesteps of diffusers (the example of Lin et al. 2024, table 2, for
// T = 1000); quadratic with ermongroup/ddim.
func TestTimes(t *testing.T) {
	for _, test := range []struct {
		steps   int // T
		spacing string
		n       int
		final   Final
		want    []float64
	}{
		{1000, "respaced", 5, "data", []float64{999, 749, 500, 250, 0, -1}},
		{1000, "respaced", 10, "first", []float64{999, 899, 799, 699, 599, 500, 400, 300, 200, 100, 0}},
		{100, "respaced", 4, "data", []float64{99, 66, 33, 0, -1}},
		{4, "respaced", 4, "data", []float64{3, 2, 1, 0, -1}},
		{4, "respaced", 3, "first", []float64{3, 2, 1, 0}},
		{1000, "leading", 10, "data", []float64{900, 800, 700, 600, 500, 400, 300, 200, 100, 0, -1}},
		{1000, "leading", 7, "data", []float64{852, 710, 568, 426, 284, 142, 0, -1}},
		{1000, "leading", 9, "first", []float64{900, 800, 700, 600, 500, 400, 300, 200, 100, 0}},
		{1000, "trailing", 10, "data", []float64{999, 899, 799, 699, 599, 499, 399, 299, 199, 99, -1}},
		{1000, "trailing", 7, "data", []float64{999, 856, 713, 570, 428, 285, 142, -1}},
		{1000, "trailing", 16, "data", []float64{999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61, -1}},
		{1000, "trailing", 10, "first", []float64{999, 899, 799, 699, 599, 499, 400, 300, 200, 100, 0}},
		{1000, "linspace", 5, "data", []float64{999, 749.25, 499.5, 249.75, 0, -1}},
		{1100, "linspace", 10, "data", []float64{1099, 976.88889, 854.77778, 732.66667, 610.55556, 488.44444, 366.33333, 244.22222,
			122.11111, 0, -1}},
		{1000, "quadratic", 10, "data", []float64{800, 632, 483, 355, 246, 158, 88, 39, 9, 0, -1}},
		{100, "quadratic", 12, "data", []float64{80, 66, 53, 42, 32, 23, 16, 10, 5, 2, 1, 0, -1}}, // ddim has 0 twice and no 1
		{1000, "respaced", 1, "data", []float64{999, -1}},
		{1000, "leading", 1, "data", []float64{999, -1}},
		{1000, "quadratic", 1, "data", []float64{999, -1}},
		{1000, "karras", 1, "data", []float64{999, -1}},
		{1000, "karras", 1, "first", []float64{999, 0}},
	} {
		got, err := Times(linearChain(t, test.steps), spacingOptions(test.spacing, test.n, test.final))
		if err != nil || !slices.EqualFunc(got, test.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-5 }) {
			t.Errorf("T = %d, %d %s to the %s:\n got %v, %v\nwant %v", test.steps, test.n, test.spacing, test.final, got, err, test.want)
		}
	}
}

// TestKarrasTimes compares the spacing with k-diffusion's get_sigmas_karras(10, 0.002, 80, 7), and on a chain with
// the timesteps of diffusers with use_karras_sigmas.
func TestKarrasTimes(t *testing.T) {
	got, err := Times(edm(t), spacingOptions("karras", 10, FinalData))
	want := []float64{80, 42.415189, 21.108677, 9.723201, 4.066124, 1.501742, 0.469979, 0.116639, 0.020435, 0.002, 0}
	if err != nil || !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }) {
		t.Errorf("edm:\n got %v, %v\nwant %v", got, err, want)
	}
	got, err = Times(linearChain(t, 1000), spacingOptions("karras", 10, FinalData))
	for i, at := range got {
		got[i] = math.RoundToEven(at)
	}
	want = []float64{999, 937, 864, 775, 663, 511, 301, 102, 18, 0, -1}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("chain:\n got %v, %v\nwant %v", got, err, want)
	}
}

// TestTimesAreEven checks what is equally spaced in each spacing in continuous time.
func TestTimesAreEven(t *testing.T) {
	const n = 9
	for name, p := range timesProcesses(t) {
		data, first, last := p.Span()
		if p.Steps() > 0 && !strings.Contains("chain ncsn", name) {
			continue
		}
		scale := map[string]func(t float64) float64{
			"linspace": func(t float64) float64 { return t },
			"karras":   func(t float64) float64 { return math.Pow(diffusion.SigmaRatio(p, t), 1./7) },
			"log_snr":  p.Lambda,
		}
		if p.Steps() == 0 {
			scale["trailing"], scale["leading"], scale["respaced"] = scale["linspace"], scale["linspace"], scale["linspace"]
			scale["quadratic"] = func(t float64) float64 { return math.Sqrt(t - first) }
		}
		if name == "whole flow" { // where no signal is, there is no end of these
			delete(scale, "karras")
			delete(scale, "log_snr")
		}
		for spacing, of := range scale {
			for _, final := range finals() {
				times, err := Times(p, spacingOptions(spacing, n, final))
				if err != nil {
					t.Errorf("%s, %s: %v", name, spacing, err)
					continue
				}
				begin, end, step := last, first, (of(first)-of(last))/n
				points := times
				if final == FinalData {
					points, step, end = times[:n], (of(first)-of(last))/(n-1), data
				}
				switch {
				case spacing == "trailing":
					step = (of(first) - of(last)) / n
				case spacing == "leading":
					step = (of(first) - of(last)) / float64(len(points))
					begin = times[0]
				}
				if times[0] != begin || times[n] != end {
					t.Errorf("%s, %s to the %s goes from %v to %v, not from %v to %v", name, spacing, final, times[0], times[n], begin, end)
				}
				for i := 1; i < len(points); i++ {
					if got := of(points[i]) - of(points[i-1]); math.Abs(got-step) > 1e-9*math.Abs(of(first)-of(last)) {
						t.Errorf("%s, %s to the %s, step %d: got %v, want %v", name, spacing, final, i, got, step)
					}
				}
			}
		}
	}
}

func TestExponentialIsLogSNR(t *testing.T) {
	a, err := Times(vp(t), spacingOptions("exponential", 20, FinalData))
	b, err2 := Times(vp(t), spacingOptions("log_snr", 20, FinalData))
	if err != nil || err2 != nil || !slices.Equal(a, b) {
		t.Errorf("got %v, %v and %v, %v", a, err, b, err2)
	}
}

// TestTimesProperty: any list that is made has Steps steps, is strictly decreasing, meets what all solvers need of
// times, and ends where Final chooses; any error has a reason listed here.
func TestTimesProperty(t *testing.T) {
	processes := timesProcesses(t)
	names := []string{"chain", "short chain", "single step", "vp", "edm", "ncsn", "ve", "sub_vp", "zero", "flow", "whole flow"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "process")
		p := processes[name]
		c := spacingOptions(rapid.SampledFrom(Spacings().Names()).Draw(t, "spacing"), rapid.IntRange(1, 1100).Draw(t, "steps"),
			rapid.SampledFrom(finals()).Draw(t, "final"))
		if rapid.Bool().Draw(t, "few") {
			c.Steps = 1 + c.Steps%8
		}
		if k, ok := c.Spacing.Kind.(*Karras); ok {
			k.Rho = rapid.Float64Range(0.1, 100).Draw(t, "rho")
		}
		spacing := c.Spacing.Name()
		times, err := Times(p, c)
		data, first, last := p.Span()
		points, end := c.Steps, data
		if c.Final == FinalFirst {
			points, end = points+1, first
		}
		if err != nil {
			rounds := slices.Contains([]string{"respaced", "leading", "trailing", "quadratic"}, spacing)
			switch {
			case rounds && p.Steps() > 0 && points > p.Steps():
			case first == last && points > 1:
			case (name == "zero" || name == "whole flow") &&
				slices.Contains([]string{"karras", "exponential", "log_snr"}, spacing) && points > 1:
			case spacing == "karras" && strings.Contains(err.Error(), "coincide"): // a steep rho, on many steps
			default:
				t.Fatalf("%s: %v", name, err)
			}
			return
		}
		if len(times) != c.Steps+1 || times[c.Steps] != end {
			t.Fatalf("%d steps to %v: %v", c.Steps, end, times)
		}
		if err := check(p, times); err != nil {
			t.Fatal(err)
		}
		if begins := spacing != "leading" && (spacing != "quadratic" || p.Steps() == 0); (begins || points == 1) && times[0] != last {
			t.Fatalf("begins at %v, not at %v", times[0], last)
		}
	})
}

func TestExplicitTimes(t *testing.T) {
	chain := linearChain(t, 100)
	for _, test := range []struct {
		process diffusion.Process
		list    []float64
		final   Final
		wants   string
	}{
		{chain, []float64{99, 50, 10, 0}, FinalData, "[99 50 10 0 -1]"},
		{chain, []float64{99, 50, 10, 0, -1}, FinalData, "[99 50 10 0 -1]"},
		{chain, []float64{99, 50.5, 1e1}, FinalFirst, "[99 50.5 10 0]"},
		{chain, []float64{99, 50, 10, 0}, FinalFirst, "[99 50 10 0]"},
		{chain, []float64{7}, FinalData, "[7 -1]"},
		{vp(t), []float64{1, 0.5}, FinalData, "[1 0.5 0]"},
		{chain, []float64{99, 50, -1}, FinalFirst, "times must end at 0, the network's first, with final: first, but entry 3 is -1"},
		{chain, []float64{99, math.NaN()}, FinalData, "times must be finite, but entry 2 is NaN"},
		{chain, []float64{math.Inf(1), 3}, FinalData, "times must be finite, but entry 1 is +Inf"},
		{chain, []float64{100, 3}, FinalData, "times must lie from -1 to 99, but entry 1 is 100"},
		{chain, []float64{9, 9}, FinalData, "times must decrease, but entry 2 is 9 after 9"},
		{chain, []float64{9, -0.5, -0.75}, FinalData,
			"times must not be below 0, the network's first, except for the data, but entry 2 is -0.5"},
		{chain, []float64{9, -0.5}, FinalData, "times must not be below 0, the network's first, except for the data, but entry 2 is -0.5"},
		{chain, []float64{0}, FinalFirst, "times must have a time before the end, got [0]"},
	} {
		o := spacingOptions("karras", 0, test.final)
		o.Times = slices.Clone(test.list)
		got, err := Times(test.process, o)
		text := fmt.Sprint(got)
		if err != nil {
			text = err.Error()
			keyOf(t, err)
		}
		if text != test.wants {
			t.Errorf("%v to the %s:\n got %s\nwant %s", test.list, test.final, text, test.wants)
		}
		if err == nil {
			got[0] = 12345
		}
		if !slices.EqualFunc(o.Times, test.list, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
			t.Errorf("the list of the options %v became %v", test.list, o.Times)
		}
	}
}

func TestTimesErrors(t *testing.T) {
	zero := timesProcesses(t)["zero"]
	none := spacingOptions("respaced", 10, FinalData)
	none.Spacing.Kind = nil
	noRho := spacingOptions("respaced", 10, FinalData)
	noRho.Spacing = Spacings().With(&Karras{})
	for _, test := range []struct {
		p    diffusion.Process
		o    Options
		want string
	}{
		{vp(t), spacingOptions("respaced", 0, FinalData), "steps must be from 1 to 1000000, got 0"},
		{vp(t), none, "spacing must be one of respaced, "},
		{vp(t), spacingOptions("karras", 10, "end"), "final must be one of data, first, got \"end\""},
		{linearChain(t, 7), spacingOptions("respaced", 8, FinalData),
			"steps must be at most 7 for the spacing respaced, which rounds to the chain's 7 times, got 8; linspace"},
		{linearChain(t, 7), spacingOptions("trailing", 7, FinalFirst), "steps must be at most 6 "},
		{linearChain(t, 1), spacingOptions("karras", 2, FinalData), "steps cannot be 2 on a process of a single time"},
		{zero, spacingOptions("karras", 2, FinalData), "spacing karras needs some signal at the last time, but at t = 49 there is none"},
		{zero, spacingOptions("log_snr", 2, FinalData), "spacing log_snr needs some signal"},
		{zero, spacingOptions("exponential", 2, FinalData), "spacing exponential needs some signal"},
		{vp(t), noRho, "spacing.rho must be above 0 and at most 1000, got 0"},
	} {
		if _, err := Times(test.p, test.o); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v:\n got %v\nwant %s…", test.o, err, test.want)
		} else {
			keyOf(t, err)
		}
	}
}

// TestSpacings checks every spacing's name, defaults and keys.
func TestSpacings(t *testing.T) {
	want := []struct {
		name    string
		spacing Spacing
		keys    int
	}{
		{"respaced", &Respaced{}, 0}, {"leading", &Leading{}, 0}, {"trailing", &Trailing{}, 0}, {"linspace", &Linspace{}, 0},
		{"quadratic", &Quadratic{}, 0}, {"karras", &Karras{7}, 1}, {"exponential", &Exponential{}, 0}, {"log_snr", &LogSNR{}, 0},
	}
	spacings := Spacings()
	if len(spacings) != len(want) {
		t.Fatalf("%d spacings, expected %d", len(spacings), len(want))
	}
	for i, e := range spacings {
		s := e.New()
		if e.Name != want[i].name || !reflect.DeepEqual(s, want[i].spacing) || spacings.NameOf(s) != e.Name ||
			len(leavesOf(s)) != want[i].keys {
			t.Errorf("%s is %+v, expected %+v", e.Name, s, want[i])
		}
		if e.Summary == "" || strings.Contains(e.Summary, "\n") || len(e.Summary) > 120 {
			t.Errorf("%s needs a line, not %q", e.Name, e.Summary)
		}
	}
}

// FuzzTimes: any list that a user writes gives an error with a key, or times that a solver can use.
func FuzzTimes(f *testing.F) {
	for _, list := range []string{"99, 50, 10, 0", "99", "1,2", "", "5,4", "1e2,NaN", "99,-1", "3.5, 3.25", "-Inf", "-0.5"} {
		f.Add(list, true)
	}
	chain := timesMust(diffusion.NewChain(&diffusion.CosineSchedule{}, 100))
	f.Fuzz(func(t *testing.T, list string, data bool) {
		o := optionsOf(&DDIM{}, 10, "respaced")
		for text := range strings.SplitSeq(list, ",") {
			if v, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
				o.Times = append(o.Times, v)
			}
		}
		if !data {
			o.Final = FinalFirst
		}
		_, _, times, err := o.Prepare(chain)
		if err != nil {
			if keyOf(t, err) == "solver" {
				t.Fatalf("%q gives times that no solver takes: %v", list, err)
			}
			return
		}
		if err := (DDIM{}).Check(chain, times); err != nil {
			t.Fatalf("%q gives %v, which no solver takes: %v", list, times, err)
		}
	})
}
