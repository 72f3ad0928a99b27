package configs

import (
	"strings"
	"testing"

	"euryale/internal/strictyaml"
)

// Keys that were renamed are read by both names, in files and overrides; the resolved text has the new ones alone.
func TestRenamedKeys(t *testing.T) {
	file := func(standardize, sigma, variant string) []byte {
		return []byte("version: 2\ndata: {" + standardize + ": true}\nobjective: {prediction: v, scale_input: true, " + sigma + ": 0.7}\n" +
			"sample: {steps: 9, solver: {name: dpm++_2m, " + variant + ": heun}}\n")
	}
	want, err := Decode("new.yaml", file("standardize", "sigma_data", "variant"), nil)
	if err != nil {
		t.Fatal(err)
	}
	base := "version: 2\nobjective: {prediction: v, scale_input: true}\nsample: {steps: 9, solver: dpm++_2m}\n"
	for what, c := range map[string]struct {
		text      []byte
		overrides []string
	}{
		"old file":      {file("standardise", "data_deviation", "form"), nil},
		"mixed file":    {file("standardise", "sigma_data", "form"), nil},
		"old overrides": {[]byte(base), []string{"data.standardise=true", "objective.data_deviation=0.7", "sample.solver.form=heun"}},
		"new overrides": {[]byte(base), []string{"data.standardize=true", "objective.sigma_data=0.7", "sample.solver.variant=heun"}},
		"old over new":  {file("standardize", "sigma_data", "variant"), []string{"objective.sigma_data=0.1", "objective.data_deviation=0.7"}},
		"short":         {[]byte(base), []string{"data.standardise=true", "objective.data_deviation=0.7", "sample.variant=heun"}},
		"version 1":     {[]byte(base), []string{"data.standardise=true", "diffusion.data_deviation=0.7", "sample.form=heun"}},
		"kinds after": {[]byte("version: 2\nobjective: {scale_input: true}\nsample: {steps: 9}\n"), []string{"sample.solver.form=heun",
			"objective.data_deviation=0.7", "data.standardise=true", "sample.solver=dpm++_2m", "objective.prediction=v"}},
	} {
		got, err := Decode("old.yaml", c.text, c.overrides)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if d := strictyaml.Differences(want, got); len(d) > 0 {
			t.Errorf("%s: %v", what, d)
		}
		text, err := got.YAML()
		if err != nil {
			t.Fatal(err)
		}
		for _, old := range []string{"standardise", "data_deviation", "form"} {
			if strings.Contains(string(text), old+":") {
				t.Errorf("%s: the old key %s is written", what, old)
			}
		}
	}
}

func TestRenamedKeysBad(t *testing.T) {
	for text, want := range map[string]string{
		"data: {standardise: true, standardize: true}": `f:2:27: duplicate key "standardize" in data; line 2 ` +
			`has it already as "standardise"`,
		"objective: {sigma_data: 1, data_deviation: 1}": `f:2:28: duplicate key "data_deviation" in objective; ` +
			`line 2 has it already as "sigma_data"`,
		"sample: {solver: {name: unipc, form: bh3}}": `sample.solver.variant must be one of bh2, bh1, got "bh3"`,
		"sample: {solver: {form: heun}}": `"form" belongs to dpm++_2m, dpm++_3m, dpm++_2m_sde, ` +
			`dpm++_3m_sde and unipc`,
		"objective: {data_deviation: 0, scale_input: true}": `f:2:29: objective.sigma_data must be the standard ` +
			`deviation of the data`,
		"objective: {data_deviatio: 0}":                                          `unknown key "data_deviatio" in objective; `,
		"optimizer: {transforms: [clip, adam, {name: adam, standardise: true}]}": `unknown key "standardise"`,
	} {
		if _, err := Decode("f", []byte("version: 2\n"+text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n     got %v\nexpected %s", text, err, want)
		}
	}
}
