package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/choice"
)

func TestKeys(t *testing.T) {
	var got []string
	for _, k := range Keys(defaults()) {
		line := k.Path + " | " + k.Type + " | " + k.Default
		for _, p := range k.Kinds {
			line += fmt.Sprintf(" | %s=%s", p.Path, p.Kind)
		}
		if k.Names != nil {
			line += " | " + strings.Join(k.Names, " ")
		}
		got = append(got, line+" | "+k.Struct.Name()+"."+k.Field)
	}
	want := []string{
		"name | text | scurve | config.Name",
		"seed | a whole number of at least 0 | 0 | config.Seed",
		"data | section |  | config.Data",
		"data.name | one of | scurve | scurve moons npy | dataPart.Source",
		"data.points | a whole number | 10000 | data=scurve | sCurve.Points",
		"data.noise | a number | 0.1 | data=scurve | sCurve.Noise",
		"data.scale | a number | 0.1 | data=scurve | sCurve.Scale",
		"data.points | a whole number | 1000 | data=moons | moons.Points",
		"data.noise | a number | 0.05 | data=moons | moons.Noise",
		"data.file | text | data.npy | data=npy | file.File",
		"data.names | a list of texts | [] | data=npy | file.Names",
		"data.standardize | true or false | false | dataPart.Standardize",
		"data.held_out | a number | 0 | dataPart.HeldOut",
		"diffusion | section |  | config.Diffusion",
		"diffusion.steps | a whole number | 100 | diffusion.Steps",
		"diffusion.schedule | one of | sigmoid | cosine linear sigmoid | diffusion.Schedule",
		"diffusion.schedule.beta_start | a number | 0.0001 | diffusion.schedule=linear | betas.Start",
		"diffusion.schedule.beta_end | a number | 0.02 | diffusion.schedule=linear | betas.End",
		"diffusion.schedule.beta_start | a number | 1e-05 | diffusion.schedule=sigmoid | betas.Start",
		"diffusion.schedule.beta_end | a number | 0.005 | diffusion.schedule=sigmoid | betas.End",
		"diffusion.schedule.steepness | a number | 6 | diffusion.schedule=sigmoid | sigmoid.Steepness",
		"diffusion.prediction | one of | eps | eps v | diffusion.Prediction",
		"diffusion.timesteps | one of | paired | uniform paired log_normal | diffusion.Timesteps",
		"diffusion.timesteps.mean | a number | -1.2 | diffusion.timesteps=log_normal | logNormal.Mean",
		"diffusion.timesteps.deviation | a number | 1.2 | diffusion.timesteps=log_normal | logNormal.Deviation",
		"net | section |  | config.Net",
		"net.width | a whole number | 128 | netPart.Width",
		"net.depth | a whole number | 3 | netPart.Depth",
		"optimizer | section |  | config.Optimizer",
		"optimizer.learning_rate | one of | constant | constant warmup none | optimizer.Rate",
		"optimizer.learning_rate.rate | a number | 0.001 | optimizer.learning_rate=constant | constant.Rate",
		"optimizer.learning_rate.rate | a number | 0.001 | optimizer.learning_rate=warmup | warmup.Rate",
		"optimizer.learning_rate.steps | a whole number | 1000 | optimizer.learning_rate=warmup | warmup.Steps",
		"optimizer.transforms | a list of kinds | [{name: clip, norm: 1}, {name: adam, beta1: 0.9, beta2: 0.999}] | clip adam adamw ema " +
			"| optimizer.Transforms",
		"optimizer.transforms.clip.norm | a number | 1 | optimizer.transforms=clip | clip.Norm",
		"optimizer.transforms.adam.beta1 | a number | 0.9 | optimizer.transforms=adam | adam.Beta1",
		"optimizer.transforms.adam.beta2 | a number | 0.999 | optimizer.transforms=adam | adam.Beta2",
		"optimizer.transforms.adamw.beta1 | a number | 0.9 | optimizer.transforms=adamw | adam.Beta1",
		"optimizer.transforms.adamw.beta2 | a number | 0.999 | optimizer.transforms=adamw | adam.Beta2",
		"optimizer.transforms.adamw.weight_decay | a number | 0.01 | optimizer.transforms=adamw | adamW.WeightDecay",
		"optimizer.transforms.ema.decay | a number | 0.999 | optimizer.transforms=ema | ema.Decay",
		"optimizer.transforms.ema.inner | a list of kinds | [] | optimizer.transforms=ema | clip adam adamw ema | ema.Inner",
		"optimizer.transforms.ema.inner.clip.norm | a number | 1 | optimizer.transforms=ema | optimizer.transforms.ema.inner=clip | clip.Norm",
	}
	if len(got) < len(want) {
		t.Fatalf("got %d keys", len(got))
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, line := range []string{
		"train.log_every | a whole number | 100 | keep.LogEvery",
		"sample.name | one of | ancestral | ancestral euler heun | samplePart.One",
		"sample.churn | section |  | sample=heun | heun.Churn",
		"sample.churn.amount | a number | 0 | sample=heun | churn.Amount",
		"sample.start | text | prior | samplePart.Start",
		"report.columns.N.title | text | \"\" | column.Title",
		"report.bounds.N.high | a number | 1 | bound.High",
		"report.bounds.N.by | one of | euler | ancestral euler heun | bound.By",
		"report.grid | a list of lists of numbers | [] | .Grid",
		"report.empty | section |  | .Empty",
	} {
		if !slices.Contains(got, line) {
			t.Errorf("no key %q", line)
		}
	}
	if len(got) != 104 { // the walk reaches all of them
		t.Errorf("got %d keys", len(got))
	}
}

// Every key outside of lists that is not of a kind can be set to what it is, and every kind can be chosen.
func TestKeysCanBeSet(t *testing.T) {
	for _, k := range Keys(defaults()) {
		var overrides []string
		for _, p := range k.Kinds {
			if !strings.Contains(p.Path, "transforms") {
				overrides = append(overrides, p.Path+"="+p.Kind)
			}
		}
		if k.Type == "section" || slices.Contains(strings.Split(k.Path, "."), "N") {
			continue
		}
		for _, name := range k.Names {
			if k.Type != "one of" {
				break
			}
			if _, err := decode("x.yaml", []byte("seed: 0"), append(slices.Clone(overrides), k.Path+"="+name)); err != nil {
				t.Errorf("%s=%s: %v", k.Path, name, err)
			}
		}
		overrides = append(overrides, k.Path+"="+strings.Trim(k.Default, `"`))
		if _, err := decode("x.yaml", []byte("seed: 0"), overrides); err != nil {
			t.Errorf("%q: %v", overrides, err)
		}
	}
}

// Structs that no YAML can stand for are the program's mistake, and are named.
func TestForms(t *testing.T) {
	type untagged struct{ A int }
	type both struct {
		A int `yaml:"a,inline"`
	}
	type value struct {
		A int `yaml:",inline"`
	}
	type twice struct {
		A int `yaml:"a"`
		B int `yaml:"a"`
	}
	type unknown struct {
		A map[string]int `yaml:"a"`
	}
	type pointer struct {
		A *int `yaml:"a"`
	}
	type deep struct {
		A [][][]int `yaml:"a"`
	}
	type sections struct {
		A [][]column `yaml:"a"`
	}
	for _, v := range []any{&untagged{}, &both{}, &value{}, &twice{}, &unknown{}, &pointer{}, &deep{}, &sections{}, 5, (*config)(nil), "x"} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "strictyaml: ") {
					t.Errorf("%T: panicked with %v", v, text)
				}
			}()
			Encode(v)
			Decode(v, "x.yaml", []byte("a: 5"), nil, Options{})
			t.Errorf("%T: accepted", v)
		}()
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("compared two types")
			}
		}()
		Differences(column{}, bound{})
	}()
}

// A list of unions that is empty and does not name its kinds can be read as empty; anything else is an error.
func TestListWithoutKinds(t *testing.T) {
	type lists struct {
		A []choice.One[transform] `yaml:"a"`
	}
	for text, want := range map[string]string{
		"a: []":             "",
		"a: [clip]":         "x.yaml:1:5: a.0 has no kinds to choose among: the list is empty and is no strictyaml.Lister",
		"a: [{name: clip}]": "x.yaml:1:5: a.0 has no kinds to choose among: the list is empty and is no strictyaml.Lister",
	} {
		var l lists
		err := Decode(&l, "x.yaml", []byte(text), nil, Options{})
		got := ""
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
		}
		if got != want {
			t.Errorf("%s: got %q, expected %q", text, got, want)
		}
	}
	if keys := Keys(lists{}); len(keys) != 1 || keys[0].Struct != reflect.TypeFor[lists]() {
		t.Errorf("keys are %+v", keys)
	}
}
