package strictyaml

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"euryale/choice"
)

func TestDecodeGood(t *testing.T) {
	minimal := defaults()
	minimal.Name = "mine"
	all := defaults()
	all.Name, all.Seed = "2024-01-01", 18446744073709551615
	all.Data.Source = sources().With(&file{File: "a, b: [c] # d.npy", Names: []string{"x", "true", "it's", "12"}})
	all.Data.Standardize = true
	all.Diffusion.Schedule = schedules().With(&linear{betas{1e-4, 0.02}})
	all.Diffusion.Timesteps, all.Diffusion.Prediction = timesteps().Choose("uniform"), predictions().Choose("v")
	all.Optimizer.Rate = rates().With(&constant{0.002})
	all.Optimizer.ClipNorm = 5
	nested := transformList{transforms().Choose("clip"), transforms().Choose("ema")}
	all.Optimizer.Transforms = []choice.One[transform]{
		transforms().With(&clip{0.5}), transforms().With(&adamW{adam{0.5, 0.5}, 0.01}), transforms().With(&adam{0.9, 0.999}),
		transforms().With(&ema{0.5, nested}),
	}
	all.EMA.Decay, all.EMA.Warmup = 0.999, false
	all.Sample.One = solvers().With(&ancestral{"beta_tilde"})
	all.Sample.Corrector = solvers().With(&heun{churn{40, 1}, 3})
	all.Sample.Start, all.Sample.Times, all.Sample.Levels = 1, []float64{99, 55, 0}, []int{3, 2, 1}
	all.Report.Columns = []column{{"", 3}, {}}
	all.Report.Grid = [][]float64{{1, 2}, nil, {3, 4}}
	all.Report.Bounds = boundsList{{0, 1, solvers().Choose("euler")}, {-1, 1, solvers().Choose("heun")}}
	all.Report.Modes, all.Report.Flags, all.Report.Offset = []startMode{1, 0}, []bool{true, false}, -1<<63
	for file, want := range map[string]config{"minimal": minimal, "every_form": all} {
		text, err := os.ReadFile("testdata/" + file + ".good.yaml")
		if err != nil {
			t.Fatal(err)
		}
		variants := map[string][]byte{
			"as is":                 text,
			"Windows line ends":     bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
			"byte order mark":       append([]byte("\ufeff"), text...),
			"no newline at the end": bytes.TrimSuffix(text, []byte("\n")),
		}
		for variant, text := range variants {
			got, err := decode(file, text, nil)
			if err != nil {
				t.Errorf("%s, %s: %v", file, variant, err)
			} else if diff := unequal(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", file, variant, diff)
			}
		}
	}
}

// unequal compares configurations by all that their text shows.
func unequal(want, got config) string { return cmp.Diff(string(Encode(&want)), string(Encode(&got))) }

// Configurations may share their kinds and lists: decoding one does not change the other.
func TestDecodeShares(t *testing.T) {
	c := defaults()
	c.Sample.Times = []float64{1, 2, 3}
	before := string(Encode(c))
	other := c
	text := "data: {points: 5}\noptimizer: {learning_rate: 5}\ndiffusion: {schedule: {beta_end: 0.5}}"
	overrides := []string{"optimizer.transforms.adam.beta1=0.5", "sample.times.0=9", "optimizer.transforms.0=adamw"}
	if err := Decode(&other, "x.yaml", []byte(text), overrides, Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, string(Encode(c))); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if len(Differences(c, other)) < 5 {
		t.Errorf("decoded nothing: %v", Differences(c, other))
	}
}

// A mapping without a name, or with the name it has, changes the kind as it is; a new kind starts with its own defaults.
func TestDecodeKinds(t *testing.T) {
	for text, want := range map[string]sigmoid{
		"{steepness: 5}":                {betas{0.1, 0.2}, 5},
		"{name: sigmoid, steepness: 5}": {betas{0.1, 0.2}, 5},
		"sigmoid":                       {betas{0.1, 0.2}, 7},
	} {
		c := defaults()
		c.Diffusion.Schedule = schedules().With(&sigmoid{betas{0.1, 0.2}, 7})
		err := Decode(&c, "x.yaml", []byte("diffusion: {schedule: "+text+"}"), nil, Options{})
		if got, ok := c.Diffusion.Schedule.Kind.(*sigmoid); err != nil || !ok || *got != want {
			t.Errorf("%s: got %v, %v, expected %v", text, c.Diffusion.Schedule.Kind, err, want)
		}
	}
	c := defaults()
	c.Diffusion.Schedule = schedules().With(&sigmoid{betas{0.1, 0.2}, 7})
	overrides := []string{"diffusion.schedule=linear", "diffusion.schedule=sigmoid"}
	err := Decode(&c, "x.yaml", []byte("name: a"), overrides, Options{})
	if got, ok := c.Diffusion.Schedule.Kind.(*sigmoid); err != nil || !ok || *got != (sigmoid{betas{1e-5, 0.005}, 6}) {
		t.Errorf("there and back: got %v, %v", c.Diffusion.Schedule.Kind, err)
	}
	// The elements of a list start from the defaults of their kinds, not from what the default list holds.
	c = defaults()
	c.Optimizer.Transforms = []choice.One[transform]{transforms().With(&adam{0.1, 0.2})}
	err = Decode(&c, "x.yaml", []byte("optimizer: {transforms: [adam, {name: adam, beta1: 0.5}]}"), nil, Options{})
	a, b := c.Optimizer.Transforms[0].Kind, c.Optimizer.Transforms[1].Kind
	if err != nil || *a.(*adam) != (adam{0.9, 0.999}) || *b.(*adam) != (adam{0.5, 0.999}) {
		t.Errorf("list: got %v, %v, %v", a, b, err)
	}
}

// What does not belong into a text file of the repository.
func TestDecodeBytes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"not UTF-8", "name: scurve\nseed: \xff1\n",
			"x.yaml:2:7: expected UTF-8 text, got the byte 0xff\n  1 | name: scurve\n> 2 | seed: \ufffd1\n    |       ^"},
		{"UTF-16", "\xff\xfen\x00a\x00", "x.yaml:1:1: expected UTF-8 text, got the byte 0xff\n> 1 | \ufffd\ufffdn\ufffda\ufffd\n    | ^"},
		{"NUL", "name: é\x00\n", "x.yaml:1:8: expected text, got the control character U+0000\n> 1 | name: é\ufffd\n    |        ^"},
		{"escape", "name: a # \x1b[2J\n",
			"x.yaml:1:11: expected text, got the control character U+001B\n> 1 | name: a # \ufffd[2J\n    |           ^"},
		{"carriage return", "name: a\rseed: 1\r",
			"x.yaml:1:8: expected text, got the control character U+000D\n> 1 | name: a\ufffdseed: 1\ufffd\n    |        ^"},
		{"Windows line ends", "train:\r\n  batch: ten\r\n",
			"x.yaml:2:10: train.batch: expected a whole number, got \"ten\"\n  1 | train:\n> 2 |   batch: ten\n    |          ^"},
		{"after an accent", "data: {name: \"scurve\", noise: 0, points: é}\n", "x.yaml:1:42: data.points: expected a whole number, got \"é\"\n" +
			"> 1 | data: {name: \"scurve\", noise: 0, points: é}\n    |                                          ^"},
		{"long list", "sample: {times: [" + strings.Repeat("1, ", 1000) + "1]}\n", ""},
		{"long list in a text", "sample: {times: \"" + strings.Repeat("1, ", 1000) + "1\"}\n", ""},
		{"long text", "data: {name: npy, file: \"" + strings.Repeat("a", 5000) + "\"}\n", ""},
	} {
		_, err := decode("x.yaml", []byte(test.text), nil)
		if err == nil {
			t.Errorf("%s: accepted", test.name)
		} else if diff := cmp.Diff(test.want, err.Error()); diff != "" && test.want != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		} else if !strings.HasPrefix(err.Error(), "x.yaml:") || len(err.Error()) > 1000 {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// Text made to waste time or to overflow the parser's stack is refused soon, with a short message.
func TestDecodeHostile(t *testing.T) {
	check := func(name, text string) {
		t.Helper()
		began := time.Now()
		_, err := decode("x.yaml", []byte(text), nil)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(err.Error()) > 2000 {
			t.Errorf("%s: message of %d bytes", name, len(err.Error()))
		}
		if took := time.Since(began); took > 20*time.Second { // some 0.3 s for the longest
			t.Errorf("%s: took %v", name, took)
		} else if took > time.Second {
			t.Logf("%s: took %v", name, took)
		}
	}
	for _, pattern := range []string{
		"{", "[", "- ", "? ", "a: ", "{a: ", "!a ", "&a ", "*a ", "a:\n", "a: 1\n", "{}", "a\n", "'", "\"", ":", ",", "\\", "x", " ", "\t", "\n",
		"a: |\n x\n", "#\n", "%a\n", "---\n", "...\n", "<<: ", "a,", "a: 'b'\n", "a:\n b:\n", "?a:", "\"a\": ", "name: a\n", "{a,a,",
		"[[", "[]", "1,", "- a\n", "- - a\n", "- a: ", "[{a: [", "- [\n", "-\n", "{name: ema, inner: [",
	} {
		for _, start := range []string{"", "train: {", "name: \"", "train:\n  ", "sample: {times: [", "optimizer:\n  transforms:\n  - ",
			"optimizer: {transforms: [{name: ema, inner: ["} {
			check(fmt.Sprintf("%q and many %q", start, pattern), start+strings.Repeat(pattern, 10000/len(pattern))+"!")
		}
	}
	for _, pattern := range []string{"{", "{a: ", "a,", "a:\n", "x", "[", "- ", "1, "} {
		check(fmt.Sprintf("a megabyte of %q", pattern), "train: {"+strings.Repeat(pattern, DefaultMaxBytes/len(pattern)-8))
	}
	nested := "optimizer: {transforms: [clip]}\n"
	for i := range 400 { // block lists, which no bracket counts
		pad := strings.Repeat(" ", 2*i)
		if i == 0 {
			nested = "optimizer:\n transforms:\n"
		}
		nested += pad + " - name: ema\n" + pad + "   inner:\n"
	}
	check("nested kinds", nested)
	for _, limit := range []int{0, 100} {
		want := fmt.Sprintf("x.yaml: expected a configuration of at most %d bytes", max(limit, DefaultMaxBytes*(1-min(limit, 1))))
		c := defaults()
		err := Decode(&c, "x.yaml", make([]byte, DefaultMaxBytes+1), nil, Options{MaxBytes: limit})
		if err == nil || err.Error() != want {
			t.Errorf("too large: %v, expected %s", err, want)
		}
	}
}

func TestTop(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"version: 2\nname: \"a b\"\ndata:\n  version: 5\nnet:\nlist: [1]\n": {"version": "2", "name": "a b", "data": "", "net": "", "list": ""},
		"":         nil,
		"5":        nil,
		"- a":      nil,
		"a: {":     nil,
		"a: &b 5":  nil,
		"a: \x00":  nil,
		"{a: 1}\n": {"a": "1"},
	} {
		if diff := cmp.Diff(want, Top([]byte(text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
