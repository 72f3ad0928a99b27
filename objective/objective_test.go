package objective

import (
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion"
	"euryale/ops"
)

// Every objective fills what its loss reads, no more and no less, in any pieces and where a later part of a batch begins.
func TestFillIsWhatTheLossReads(t *testing.T) {
	const dim, rows, classes = 2, 11, 3
	for _, entry := range Objectives() {
		t.Run(entry.Name, func(t *testing.T) {
			p := process(t, "ddpm")
			o := mustNew(t, entry.New(), p, dim, classes)
			b := someBatch(p, rows, dim, classes)
			whole := newMemory(rows, dim)
			o.Fill(whole, b, 0, 0, rows)
			if got, want := whole.names(), inputsOf(t, o, dim); !slices.Equal(got, want) {
				t.Errorf("fills %v, the loss reads %v", got, want)
			}
			parts := newMemory(4, dim) // the rows from 6 on, in two pieces
			o.Fill(parts, b, 6, 2, 4)
			o.Fill(parts, b, 6, 0, 2)
			for name, got := range parts.floats {
				size := len(whole.floats[name]) / rows
				if want := whole.floats[name][6*size : 10*size]; !slices.Equal(got, want) {
					t.Errorf("%s of the rows from 6 on: %v, want %v", name, got, want)
				}
			}
			for name, got := range parts.indices {
				if want := whole.indices[name][6:10]; !slices.Equal(got, want) {
					t.Errorf("%s of the rows from 6 on: %v, want %v", name, got, want)
				}
			}
			if n := testing.AllocsPerRun(20, func() { o.Fill(whole, b, 0, 0, rows) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

// A net with another number of outputs than the objective has is an error of the graph.
func TestLossRefusesOtherOutputs(t *testing.T) {
	for _, entry := range Objectives() {
		o := mustNew(t, entry.New(), process(t, "ddpm"), 2, 3)
		b := ops.NewBuilder()
		o.Loss(b, b.Linear("net", b.Input("x", 2), ops.Linear{Weight: b.Parameter("w", ops.Uniform(1), 2, 7)}))
		// A classifier's loss takes any number of classes.
		if _, classifies := o.(Classifying); (b.Err() == nil) != classifies {
			t.Errorf("%s: %v", entry.Name, b.Err())
		}
	}
}

// An invalid value in a section is an error with its key.
func TestKeys(t *testing.T) {
	huber := denoising("eps", "simple", "huber")
	huber.Distance.Kind.(*Huber).Delta = 0
	steep := denoising("eps", "p2", "squared")
	*steep.Weight.Kind.(*diffusion.P2Weight) = diffusion.P2Weight{Gamma: 10, K: 1e-6}
	deviation := func(d float64) Input { return Input{ScaleInput: true, SigmaData: d} }
	for _, test := range []struct {
		name, key, want string
		err             error
	}{
		{"distance of a weight", "distance", `must be squared with the weight min_snr, which is defined for squared errors, got "absolute"`,
			denoising("eps", "min_snr", "absolute").Validate()},
		{"distance of simple", "", "", denoising("eps", "simple", "absolute").Validate()},
		{"delta", "delta", "must be from 1e-06 to 1e+06", huber.Distance.Kind.(*Huber).Validate()},
		{"too large a delta", "delta", "must be from 1e-06 to 1e+06", (&Huber{Delta: 2e6}).Validate()},
		{"hybrid", "", "", defaultHybrid().Validate()},
		{"classify", "", "", defaultClassify().Validate()},
		{"eps where no signal is left", "prediction", "",
			newError(denoising("eps", "simple", "squared"), &diffusion.DDPM{Steps: 10, Schedule: zeroTerminal()}, 2, 0)},
		{"a weight that is not finite", "weight", "expected a number from 0 to",
			newError(steep, diffusion.Processes().Choose("edm").Kind, 2, 0)},
		{"deviation", "sigma_data", "must be the standard deviation of the data", newError(&Classify{deviation(0)}, ddpm(10), 2, 2)},
		{"classes", "", "must not be classify: the rows of the data have no labels", newError(defaultClassify(), ddpm(10), 2, 0)},
		{"hybrid without steps", "", "must not be hybrid on a process of continuous time", newError(defaultHybrid(),
			diffusion.Processes().Choose("vp").Kind, 2, 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.err == nil {
				if test.key != "" || test.want != "" {
					t.Error("no error")
				}
				return
			}
			if keyOf(test.err) != test.key || !strings.Contains(test.err.Error(), test.want) {
				t.Errorf("error %v with key %q, want %q with key %q", test.err, keyOf(test.err), test.want, test.key)
			}
		})
	}
}

// newError is the error of an objective on a process.
func newError(o Options, of diffusion.ProcessOptions, dim, classes int) error {
	p, err := of.New()
	if err != nil {
		return err
	}
	_, err = o.New(p, data.PlainLayout(dim, classes))
	return err
}

// Times that are not drawn uniformly are refused where the loss is a mean over them.
func TestCheckTimesteps(t *testing.T) {
	ddpm := process(t, "ddpm")
	for _, test := range []struct {
		objective, timesteps string
		may                  bool
	}{
		{"denoise", "log_normal", true}, {"denoise", "importance", true}, {"hybrid", "paired", true}, {"hybrid", "importance", true},
		{"hybrid", "log_normal", false}, {"hybrid", "logit_normal", false}, {"classify", "log_normal", true},
	} {
		o := mustNew(t, Objectives().Choose(test.objective).Kind, ddpm, 2, 2)
		err := o.CheckTimesteps(diffusion.TimestepSamplers().Choose(test.timesteps).Kind)
		if (err == nil) != test.may {
			t.Errorf("%s with times %s: %v", test.objective, test.timesteps, err)
		}
	}
	bound := mustNew(t, denoising("eps", "bound", "squared"), ddpm, 2, 0)
	if err := bound.CheckTimesteps(diffusion.TimestepSamplers().Choose("log_normal").Kind); err == nil ||
		!strings.Contains(err.Error(), "bound") {
		t.Errorf("the bound with log-normal times: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	ve := process(t, "ve")
	score := denoising("score", "simple", "squared")
	if w := mustNew(t, score, ve, 2, 0).Warnings(); len(w) != 1 || !strings.Contains(w[0], "use the weight score_matching") {
		t.Errorf("warnings %q, want one of the score", w)
	}
	for _, o := range []Options{denoising("score", "score_matching", "squared"), defaultDenoise(), defaultClassify()} {
		if w := mustNew(t, o, ve, 2, 2).Warnings(); len(w) != 0 {
			t.Errorf("%T: warnings %q", o, w)
		}
	}
}
