package strictyaml

import (
	"strings"
	"testing"

	"euryale/choice"
)

// renamed has a key with an older name at the top, in a section and in a kind.
type renamed struct {
	Sigma float64                 `yaml:"sigma" was:"deviation"`
	Part  renamedPart             `yaml:"part"`
	Kind  choice.One[renamedKind] `yaml:"kind"`
}

type renamedPart struct {
	Standardize bool `yaml:"standardize" was:"standardise"`
}

type renamedKind interface{}

type renamedSolver struct {
	Variant string `yaml:"variant" was:"form"`
}

type plainSolver struct {
	Steps int `yaml:"steps"`
}

func renamedKinds() choice.Set[renamedKind] {
	return choice.Set[renamedKind]{
		{Name: "plain", New: func() renamedKind { return &plainSolver{} }},
		{Name: "multi", New: func() renamedKind { return &renamedSolver{} }},
	}
}

func TestRenamedKeys(t *testing.T) {
	for _, test := range []struct {
		text      string
		overrides []string
	}{
		{"sigma: 2\npart: {standardize: true}\nkind: {name: multi, variant: heun}", nil},
		{"deviation: 2\npart: {standardise: true}\nkind: {name: multi, form: heun}", nil},
		{"deviation: 1", []string{"deviation=2", "part.standardise=true", "kind=multi", "kind.form=heun"}},
		{"deviation: 1", []string{"sigma=2", "part={standardise: true}", "kind={name: multi, form: heun}"}},
	} {
		c := renamed{Kind: renamedKinds().Choose("plain")}
		if err := Decode(&c, "f", []byte(test.text), test.overrides, Options{}); err != nil {
			t.Errorf("%q %q: %v", test.text, test.overrides, err)
			continue
		}
		want := "sigma: 2\npart:\n  standardize: true\nkind:\n  name: multi\n  variant: heun\n"
		if got := string(Encode(&c)); got != want {
			t.Errorf("%q %q gives\n%s", test.text, test.overrides, got)
		}
	}
}

func TestRenamedKeysBad(t *testing.T) {
	for _, test := range []struct {
		text, override, want string
	}{
		{"sigma: 2\ndeviation: 2", "",
			`f:2:1: duplicate key "deviation"; line 1 has it already as "sigma" ("deviation" is the old name of "sigma")`},
		{"part:\n  standardise: true\n  standardize: true", "",
			`f:3:3: duplicate key "standardize" in part; line 2 has it already as "standardise" ("standardise" is the old name of "standardize")`},
		{"part: {standardise: 5}", "", `f:1:21: part.standardize: expected true or false, got "5"`},
		{"sigma: 2", "part.standardise=5", `-set part.standardise=5: expected true or false`},
		{"kind: {form: heun}", "", `f:1:8: kind is plain (the default); "form" belongs to multi`},
		{"part: {standardis: true}", "", `unknown key "standardis" in part; did you mean "standardize"?`},
	} {
		c := renamed{Kind: renamedKinds().Choose("plain")}
		var overrides []string
		if test.override != "" {
			overrides = append(overrides, test.override)
		}
		if err := Decode(&c, "f", []byte(test.text), overrides, Options{}); err == nil || !strings.HasPrefix(err.Error(), test.want) &&
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %q: %v\nwant %s", test.text, test.override, err, test.want)
		}
	}
}

// The list of keys has the present names alone.
func TestRenamedKeysAreNotListed(t *testing.T) {
	for _, k := range Keys(renamed{Kind: renamedKinds().Choose("plain")}) {
		if strings.Contains("deviation standardise form", k.Name()) {
			t.Errorf("old key %s", k.Path)
		}
	}
}
