package strictyaml

import (
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"euryale/choice"
)

func TestEncode(t *testing.T) {
	c := defaults()
	c.Name, c.Seed = "1e3", 1<<64-1
	c.Sample.Times = []float64{99, 0.5, 1e-300}
	c.Sample.Corrector = solvers().Choose("heun")
	c.Optimizer.Transforms = append(c.Optimizer.Transforms,
		transforms().With(&ema{0.5, []choice.One[transform]{transforms().Choose("clip"), transforms().Choose("ema")}}))
	c.Diffusion.Schedule = schedules().Choose("cosine")
	c.Report.Columns = []column{{"a: b", 5}, {}}
	c.Report.Grid = [][]float64{{1, 2}, {}}
	c.Report.Titles = []string{"", "plain", "a b", "null", "\n\t\x00", "é", "#", "- x", "~"}
	c.Report.Bounds = boundsList{{By: solvers().Choose("heun")}}
	c.Report.Modes, c.Report.Flags = []startMode{1, 0}, []bool{true}
	want, err := os.ReadFile("testdata/resolved.yaml") // written by hand: what Encode writes may not drift
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(Encode(c))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(string(want), string(Encode(&c))); diff != "" {
		t.Errorf("by pointer (-want +got):\n%s", diff)
	}
	back, err := decode("x.yaml", want, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := Differences(c, back); d != nil {
		t.Errorf("read back: %v", d)
	}
	c.Sample.Start = 7 // no text decodes to it, and none is made up
	if text := string(Encode(c)); !strings.Contains(text, "start: \"7\"") {
		t.Errorf("a broken enumeration:\n%s", text)
	}
}

// Any valid configuration reads back equal, over the defaults and over any other configuration, however odd its texts
// and numbers.
func TestEncodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, other := defaults(), defaults()
		draw(t, "", reflect.ValueOf(&c).Elem(), 0)
		draw(t, "", reflect.ValueOf(&other).Elem(), 0)
		if err := Validate(&c); err != nil {
			t.Fatalf("drew what is not valid: %v", err)
		}
		text := Encode(&c)
		for name, into := range map[string]config{"the defaults": defaults(), "another": other} {
			if err := Decode(&into, "x.yaml", text, nil, Options{}); err != nil {
				t.Fatalf("over %s: %v\n%s", name, err, text)
			}
			if diff := unequal(c, into); diff != "" {
				t.Fatalf("over %s (-want +got):\n%s", name, diff)
			}
			if d := Differences(c, into); d != nil {
				t.Fatalf("over %s: %v", name, d)
			}
			for i, title := range c.Report.Titles {
				if into.Report.Titles[i] != title {
					t.Fatalf("text %q came back as %q", title, into.Report.Titles[i])
				}
			}
		}
	})
}

// The difference of two configurations, given as overrides, makes the one into the other.
func TestDifferencesAreOverrides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, want := defaults(), defaults()
		draw(t, "", reflect.ValueOf(&old).Elem(), 0)
		draw(t, "", reflect.ValueOf(&want).Elem(), 0)
		old.Report.Titles, want.Report.Titles = nil, nil // whose text an override takes as it stands, quotes and all
		old.Report.Columns, want.Report.Columns = nil, nil
		file, isFile := want.Data.Source.Kind.(*file)
		if isFile {
			file.File, file.Names = "plain", nil
		}
		if a, ok := want.Sample.One.Kind.(*ancestral); ok {
			a.Variance = "plain"
		}
		if a, ok := want.Sample.Corrector.Kind.(*ancestral); ok {
			a.Variance = "plain"
		}
		for i, b := range want.Report.Bounds {
			if _, ok := b.By.Kind.(*ancestral); ok {
				want.Report.Bounds[i].By = solvers().Choose("heun")
			}
		}
		got := old
		// Each round sets what differs; a kind's own keys differ only once it is chosen.
		for range 12 {
			var overrides []string
			for _, d := range Differences(got, want) {
				overrides = append(overrides, d.Path+"="+strings.Trim(d.New, `"`))
			}
			if overrides == nil {
				return
			}
			if err := Decode(&got, "x.yaml", []byte("seed: "+flow(reflect.ValueOf(&want).Elem().Field(1))), overrides, Options{}); err != nil {
				t.Skip(err) // on the way some pair may not be valid
			}
		}
		t.Fatalf("still different: %v", Differences(got, want))
	})
}

// draw fills a configuration at random, with valid values.
func draw(t *rapid.T, name string, v reflect.Value, depth int) {
	switch formOf(v.Type()) {
	case formSection:
		for _, m := range membersOf(v) {
			draw(t, m.name, m.value, depth)
		}
	case formUnion:
		u := unionOf(v)
		kind := rapid.SampledFrom(u.Names()).Draw(t, name+" kind")
		if err := fill(v, kind); err != nil {
			t.Fatal(err)
		}
		if section := sectionOf(u.Section()); section.IsValid() {
			draw(t, name, section, depth+1)
		}
	case formList:
		d := decoder{elements: map[reflect.Type]reflect.Value{}}
		least := 0
		if v.Type() == reflect.TypeFor[[]choice.One[transform]]() { // must hold an element, which names its kinds
			d.elements[v.Type()], least = reflect.ValueOf(transforms().Choose("clip")), 1
		}
		element := d.element(v)
		v.SetZero()
		for range rapid.IntRange(least, max(least, 3-depth)).Draw(t, name+" length") {
			v.Set(reflect.Append(v, element()))
			draw(t, name, v.Index(v.Len()-1), depth+1)
		}
	default:
		drawScalar(t, name, v)
	}
}

func drawScalar(t *rapid.T, name string, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[startMode]():
		v.SetInt(rapid.Int64Range(0, 1).Draw(t, name))
	case v.Type() == reflect.TypeFor[runName]():
		v.SetString(rapid.OneOf(
			rapid.StringMatching(`[A-Za-z0-9_][A-Za-z0-9._-]{0,12}`),
			rapid.SampledFrom([]string{"null", "true", "yes", "0x10", "1.5", "1e3", "2024-01-01", "12", "010", "1_0", "0o7", "NaN", "_"}),
		).Draw(t, name))
	case v.Kind() == reflect.String:
		v.SetString(rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[ \t\n:,#'"\\&*!|>%@\x60{}\[\]?a-]{0,8}`),
			rapid.StringMatching(`[a-z] ?[:#-]? ?[a-z]`),
			rapid.SampledFrom([]string{"", "null", "Null", "~", "true", "No", "on", "y", ".inf", ".nan", "1e3", "0x1F", "<<", "=", "---", "...",
				"\u2028", "\u0085", "\ufeff", "\ufffd", "\U0010ffff", "C:\\new\\table"}),
		).Draw(t, name))
	case v.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case v.Kind() == reflect.Int || v.Kind() == reflect.Int64:
		v.SetInt(rapid.Int64Range(1, math.MaxInt64).Draw(t, name))
	case v.Kind() == reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, name))
	case name == "beta_start" || name == "low":
		v.SetFloat(rapid.Float64Range(0, 0.4).Draw(t, name))
	case name == "beta_end" || name == "high":
		v.SetFloat(rapid.Float64Range(0.5, 0.999).Draw(t, name))
	case name == "norm" || name == "amount":
		v.SetFloat(rapid.Float64Range(5e-324, math.MaxFloat64).Draw(t, name))
	default:
		v.SetFloat(rapid.Float64().Filter(func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }).Draw(t, name))
	}
}

func TestDifferences(t *testing.T) {
	before, after := defaults(), defaults()
	if got := Differences(before, &after); got != nil {
		t.Errorf("equal configurations differ: %q", got)
	}
	after.Name = "other text"
	after.Data.Source, after.Data.HeldOut = sources().Choose("moons"), 0.5
	after.Diffusion.Schedule = schedules().With(&sigmoid{betas{1e-5, 0.02}, 6})
	after.Diffusion.Prediction = predictions().Choose("v")
	after.Net.Width = 256
	after.Optimizer.Transforms = []choice.One[transform]{transforms().Choose("clip"), transforms().With(&adam{0.5, 0.999})}
	after.EMA.Warmup = false
	after.Train.KeepCheckpoints = 0
	after.Sample.Corrector = solvers().With(&heun{churn{5, 5}, 5})
	after.Sample.Times, after.Sample.Start = []float64{1, 2}, 1
	after.Report.Bounds = boundsList{{By: solvers().Choose("heun")}}
	want := []string{
		`name: scurve -> "other text"`,
		"data.name: scurve -> moons",
		"data.held_out: 0 -> 0.5",
		"diffusion.schedule.beta_end: 0.005 -> 0.02",
		"diffusion.prediction: eps -> v",
		"net.width: 128 -> 256",
		"optimizer.transforms.adam.beta1: 0.9 -> 0.5",
		"ema.warmup: true -> false",
		"train.keep_checkpoints: 3 -> 0",
		"sample.times: [] -> [1, 2]",
		"sample.start: prior -> marginal",
		"sample.corrector: euler -> heun",
		"report.bounds: [] -> [{low: 0, high: 0, by: {name: heun, churn: {amount: 0, noise: 1}, order: 2}}]",
	}
	var got []string
	for _, d := range Differences(before, after) {
		got = append(got, d.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}

	one := func(a, b func(*config), want ...Difference) {
		t.Helper()
		x, y := defaults(), defaults()
		a(&x)
		b(&y)
		if diff := cmp.Diff(want, Differences(x, y)); diff != "" {
			t.Errorf("differences (-want +got):\n%s", diff)
		}
	}
	list := func(kinds ...transform) func(*config) {
		return func(c *config) {
			c.Optimizer.Transforms = nil
			for _, k := range kinds {
				c.Optimizer.Transforms = append(c.Optimizer.Transforms, transforms().With(k))
			}
		}
	}
	one(list(), list(&clip{1}, &adam{}), Difference{"optimizer.transforms", "[]", "[clip, adam]"})
	one(list(&clip{1}, &clip{2}), list(&clip{1}, &clip{3}), Difference{"optimizer.transforms.1.norm", "2", "3"})
	one(list(&adam{1, 2}), list(&adamW{adam{1, 2}, 3}), Difference{"optimizer.transforms", "[adam]", "[adamw]"})
	one(func(c *config) { c.Sample.Levels = []int{} }, func(*config) {})
	one(func(c *config) { c.Report.Columns = []column{{"a", 1}, {"b", 2}} },
		func(c *config) { c.Report.Columns = []column{{"a", 1}, {"c", 2}} },
		Difference{"report.columns.1.title", "b", "c"})
}
