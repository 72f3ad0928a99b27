package configs

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"euryale/data/toy"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/optim"

	"pgregory.net/rapid"
)

// drawer draws overrides, each or its default.
type drawer struct {
	t    *rapid.T
	list []string
}

func (d *drawer) maybe(key string, value *rapid.Generator[string]) {
	if rapid.Bool().Draw(d.t, "has "+key) {
		d.must(key, value)
	}
}

func (d *drawer) must(key string, value *rapid.Generator[string]) {
	d.list = append(d.list, key+"="+value.Draw(d.t, key))
}

func (d *drawer) floats(key string, low, high float64) {
	d.maybe(key, rapid.Map(rapid.Float64Range(low, high), func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }))
}

func (d *drawer) ints(key string, low, high int) {
	d.maybe(key, rapid.Map(rapid.IntRange(low, high), strconv.Itoa))
}

func oneOf(names ...string) *rapid.Generator[string] { return rapid.SampledFrom(names) }

// drawConfig draws overrides of this version that are valid together, in an order that may be any.
func drawConfig(t *rapid.T) []string {
	d := &drawer{t: t}
	d.maybe("seed", rapid.Map(rapid.Uint64(), func(v uint64) string { return strconv.FormatUint(v, 10) }))
	d.maybe("name", rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9_][A-Za-z0-9._-]{0,12}`),
		oneOf("null", "true", "yes", "0x10", "1.5", "1e3", "2024-01-01", "12", "010", "1_0", "0o7", "NaN", "_"),
	))
	d.must("data", rapid.OneOf(oneOf(toy.Distributions().Names()...), oneOf(
		"{name: npy, file: points.npy}", `{name: npy, file: "C:\\data\\a b.npy", labels: ü.npy}`, "{name: npy, file: ~}", "program")))
	d.floats("data.held_out", 0, 0.9)
	d.maybe("data.standardize", oneOf("true", "false"))
	switch process := oneOf(diffusion.Processes().Names()...).Draw(t, "process"); process {
	case "ddpm":
		d.must("process.schedule", oneOf("linear", "scaled_linear", "sigmoid", "const", "warmup10", "warmup50", "cosine"))
		d.ints("process.steps", 60, 200)
		d.must("net.time", oneOf(nets.TimeEncodings().Names()...))
		d.must("sample.solver", oneOf("ancestral", "ddim", "pndm", "dpm++_2m", "unipc", "deis", "dpm++_3m_sde", "euler", "lms", "rk45"))
		d.maybe("timesteps", oneOf(diffusion.TimestepSamplers().Names()...))
	case "ncsn":
		d.must("process", oneOf(process))
		d.ints("process.steps", 60, 200)
		d.floats("process.sigma_min", 0.001, 0.1)
		d.must("sample.solver", oneOf("annealed_langevin", "predictor_corrector"))
		d.must("sample.rescale", oneOf("exploding"))
	default:
		d.must("process", oneOf(process))
		d.must("net.time", oneOf("fourier", "sinusoidal"))
		d.must("sample.steps", oneOf("3", "50"))
		d.must("sample.solver", oneOf("euler", "heun", "rk45", "dpm_2", "euler_ancestral"))
		d.maybe("timesteps", oneOf("uniform", "paired", "stratified", "log_normal", "logit_normal"))
	}
	d.maybe("objective.prediction", oneOf("x0", "v", "F", "u", "eps"))
	d.floats("objective.sigma_data", 0.01, 9)
	d.maybe("objective.weight", oneOf("simple", "min_snr", "p2"))
	d.ints("net.width", 1, 300)
	d.must("optimizer.learning_rate", rapid.OneOf(oneOf(optim.Schedules().Names()...),
		rapid.Map(rapid.Float64Range(5e-324, 999), func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) })))
	d.maybe("optimizer.transforms", oneOf("[adamw]", "[adam, ema]", "[{name: clip, norm: 3e-7}, adamw, {name: ema, warmup: false}]"))
	d.ints("train.batch", 1, 1<<24)
	d.ints("train.epochs", 1, 100)
	d.maybe("sample.start", oneOf("prior", "marginal"))
	d.floats("sample.clip_x0", 0, 9)
	d.maybe("sample.times", oneOf("", "[0.5, 0.25]", "0.9"))
	return rapid.Permutation(d.list).Draw(t, "order")
}

// Any valid configuration reads back equal, however odd its name and numbers, and no order of overrides matters.
func TestRoundTrip(t *testing.T) {
	refused, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		overrides := drawConfig(t)
		drawn++
		c, err := Decode("x.yaml", []byte("version: 2"), overrides)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%q: error %v of type %T", overrides, err, err)
			}
			refused++ // two of them do not go together
			return
		}
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode("again.yaml", text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := strictyaml.Differences(c, back); len(d) > 0 {
			t.Fatalf("read back with %v\n%s", d, text)
		}
		if _, err := read1("again.yaml", text); err == nil {
			t.Fatalf("version 1 reads it too\n%s", text)
		}
		again, err := Decode("x.yaml", []byte("version: 2"), rapid.Permutation(overrides).Draw(t, "another order"))
		if err != nil {
			t.Fatal(err)
		}
		if d := strictyaml.Differences(c, again); len(d) > 0 {
			t.Fatalf("another order gives %v", d)
		}
	})
	if drawn > 20 && refused > drawn*3/4 {
		t.Errorf("%d of %d were refused: the property holds for few", refused, drawn)
	}
}

// draw1 draws a configuration of version 1 that its rules accepted.
func draw1(t *rapid.T) *version1 {
	c := defaultVersion1()
	pick := func(key string, to *string, names ...string) { *to = oneOf(names...).Draw(t, key) }
	number := func(key string, to *float64, low, high float64) { *to = rapid.Float64Range(low, high).Draw(t, key) }
	c.Version = 1
	c.Name = rapid.StringMatching(`[A-Za-z0-9_][A-Za-z0-9._-]{0,12}`).Draw(t, "name")
	c.Seed = rapid.Uint64().Draw(t, "seed")
	pick("data", &c.Data.Name, "scurve", "moons")
	c.Data.Points = rapid.IntRange(1, 1<<20).Draw(t, "points")
	number("noise", &c.Data.Noise, 0, 1)
	d := &c.Diffusion
	d.Steps = rapid.IntRange(20, 200).Draw(t, "steps")
	pick("process", &d.Process, "ddpm", "ncsn", "vp", "sub_vp", "ve", "edm")
	chain := d.Process == "ddpm" || d.Process == "ncsn"
	if d.Process == "ddpm" {
		pick("schedule", &d.Schedule.Name, "linear", "quad", "scaled_linear", "cosine", "sigmoid", "sigmoid_alphabar", "const", "warmup10",
			"warmup50", "sqrt")
	}
	pick("prediction", &d.Prediction, "x0", "v", "F")
	pick("weight", &d.Loss.Weight, "simple", "min_snr", "p2", "score_matching", "edm")
	number("gamma", &d.Loss.MinSNRGamma, 0.1, 10)
	number("k", &d.Loss.P2K, 0.1, 10)
	if d.Loss.Weight == "simple" {
		pick("distance", &d.Loss.Distance, "squared", "absolute", "huber")
	}
	d.ScaleInput = rapid.Bool().Draw(t, "scale_input")
	pick("timesteps", &d.Timesteps, "uniform", "paired", "stratified", "log_normal")
	number("mean", &d.LogNormal.Mean, -3, 3)
	pick("time", &c.Net.Time, "sinusoidal", "fourier")
	if chain {
		pick("chain's time", &c.Net.Time, "embedding", "sinusoidal", "fourier")
	}
	c.Net.TimeFeatures = 2 * rapid.IntRange(1, 40).Draw(t, "features")
	c.Net.Width = rapid.IntRange(1, 300).Draw(t, "width")
	if c.Data.Name == "moons" {
		c.Net.Labels = rapid.Bool().Draw(t, "labels")
		if c.Net.Labels {
			number("dropout", &c.Train.LabelDropout, 0.01, 0.9)
			c.Sample.Label = rapid.IntRange(-1, 1).Draw(t, "label")
		}
	}
	number("learning_rate", &c.Optimizer.LearningRate, 1e-12, 999)
	if rapid.Bool().Draw(t, "clips") {
		number("clip_norm", &c.Optimizer.ClipNorm, 1e-12, 1e29)
	} else {
		c.Optimizer.ClipNorm = 0
	}
	number("decay", &c.EMA.Decay, 0, 0.999)
	c.EMA.Warmup = rapid.Bool().Draw(t, "warmup")
	c.Train.Batch = rapid.IntRange(1, 1<<24).Draw(t, "batch")
	c.Train.LogEvery = rapid.IntMin(1).Draw(t, "log_every")
	s := &c.Sample
	pick("start", &s.Start, "prior", "marginal")
	if d.Process == "ddpm" {
		pick("solver", &s.Sampler, "ancestral", "ddim", "pndm")
	} else {
		pick("solver", &s.Sampler, "euler", "heun", "rk45", "euler_ancestral", "lms")
	}
	if s.Sampler == "ddim" || s.Sampler == "euler_ancestral" {
		s.Eta = rapid.SampledFrom([]float64{-1, 0, 0.5, 1}).Draw(t, "eta")
	}
	if s.Sampler == "heun" {
		number("churn", &s.Churn.Amount, 0, 50)
	}
	s.Steps = rapid.IntRange(0, 15).Draw(t, "reverse steps")
	pick("spacing", &s.Spacing, "respaced", "trailing", "linspace")
	return c
}

func trainOf(t version1Train) Train {
	return Train{Batch: t.Batch, Epochs: t.Epochs, LogEvery: t.LogEvery, CheckpointEvery: t.CheckpointEvery,
		KeepCheckpoints: t.KeepCheckpoints, Previews: -1, Keep: KeepLast, Report: true, LabelDropout: t.LabelDropout}
}

// What version 1 accepted is migrated without an error, to what the old keys mean.
func TestVersion1(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := draw1(t)
		text := strictyaml.Encode(old)
		c, err := Decode("old.yaml", text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		steps := old.Sample.Steps
		continuous := old.Diffusion.Process != "ddpm" && old.Diffusion.Process != "ncsn"
		if steps == 0 && continuous {
			steps = old.Diffusion.Steps
		}
		name, solverName, rate := map[string]string{"scurve": "s_curve", "moons": "moons"}[old.Data.Name], c.Sample.Solver.Name(),
			c.Optimizer.LearningRate
		if c.Name != old.Name || c.Seed != old.Seed || c.Data.Source.Name() != name || c.Process.Name() != old.Diffusion.Process ||
			solverName != old.Sample.Sampler || c.Sample.Steps != steps || c.Train != trainOf(old.Train) ||
			rate.Kind.(*optim.Constant).Rate != old.Optimizer.LearningRate {
			t.Fatalf("migrated to\n%s", strictyaml.Encode(c))
		}
		if holds[*optim.Clip](c) != (old.Optimizer.ClipNorm != 0) || holds[*optim.EMA](c) != (old.EMA.Decay != 0) {
			t.Fatalf("transforms\n%s", strictyaml.Encode(c))
		}
		if s, ok := c.Sample.Solver.Kind.(*solver.DDIM); ok && s.Eta != max(0, old.Sample.Eta) {
			t.Fatalf("eta %v of %v", s.Eta, old.Sample.Eta)
		}
		text, err = c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode("again.yaml", text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := strictyaml.Differences(c, back); len(d) > 0 {
			t.Fatalf("read back with %v", d)
		}
	})
}

// testdata/version1/corpus.txt was drawn at random and read by the last program of version 1.
func TestVersion1Corpus(t *testing.T) {
	text, err := os.ReadFile("testdata/version1/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(text), "--- ")[1:]
	if len(cases) < 150 {
		t.Fatalf("%d configurations", len(cases))
	}
	for i, text := range cases {
		verdict, text, _ := strings.Cut(text, "\n")
		c, err := Decode(fmt.Sprintf("corpus %d", i), []byte(text), nil)
		if (err == nil) != (verdict == "accepted") {
			t.Errorf("%s: %v\n%s", verdict, err, text)
		}
		if err != nil {
			continue
		}
		if d := strictyaml.Differences(c, roundTrip(t, c)); len(d) > 0 {
			t.Errorf("read back with %v\n%s", d, text)
		}
	}
}
