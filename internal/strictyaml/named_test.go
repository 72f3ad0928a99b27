package strictyaml

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/choice"
)

// attribute is a section of a map.
type attribute struct {
	Kind    string   `yaml:"kind"`
	Order   []string `yaml:"order"`
	Minimum float64  `yaml:"minimum"`
	Unique  bool     `yaml:"unique"`
}

func (c *attribute) Validate() error {
	if c.Minimum < 0 {
		return choice.Wrong("minimum", "must be at least 0, got %v", c.Minimum)
	}
	return nil
}

type tabular struct {
	File    string                `yaml:"file"`
	Columns choice.Map[attribute] `yaml:"columns"`
}

func TestMap(t *testing.T) {
	text := "columns:\n  Length (mm): {kind: number, minimum: 2}\n  a.b[0]:\n    order: [x, \"y, z\"]\n  \"quoted: \\\"name\\\"\": {}\n  \"1\": {unique: true}\n"
	var got tabular
	if err := Decode(&got, "f.yaml", []byte(text), nil, Options{}); err != nil {
		t.Fatal(err)
	}
	want := choice.Map[attribute]{
		{Name: "Length (mm)", Value: attribute{Kind: "number", Minimum: 2}},
		{Name: "a.b[0]", Value: attribute{Order: []string{"x", "y, z"}}},
		{Name: `quoted: "name"`},
		{Name: "1", Value: attribute{Unique: true}},
	}
	if !reflect.DeepEqual(got.Columns, want) {
		t.Errorf("got %+v", got.Columns)
	}
	written := string(Encode(&got))
	if want := "file: \"\"\ncolumns:\n  \"Length (mm)\": {kind: number, minimum: 2}\n  \"a.b[0]\": {order: [x, \"y, z\"]}\n" +
		"  \"quoted: \\\"name\\\"\": {}\n  \"1\": {unique: true}\n"; written != want {
		t.Errorf("written as\n%s", written)
	}
	if empty := string(Encode(&tabular{})); empty != "file: \"\"\ncolumns: {}\n" {
		t.Errorf("an empty map is written as\n%s", empty)
	}
}

func TestMapOverrides(t *testing.T) {
	shared := tabular{Columns: choice.Map[attribute]{{Name: "a", Value: attribute{Kind: "id"}}}}
	got := shared
	sets := []string{"columns.a.minimum=3", "columns.b.kind=drop", `columns={"c.d": {unique: true}, a: {order: [p, q]}}`}
	if err := Decode(&got, "f.yaml", []byte("columns: {a: {kind: number}}"), sets, Options{}); err != nil {
		t.Fatal(err)
	}
	want := choice.Map[attribute]{
		{Name: "a", Value: attribute{Kind: "number", Minimum: 3, Order: []string{"p", "q"}}},
		{Name: "b", Value: attribute{Kind: "drop"}},
		{Name: "c.d", Value: attribute{Unique: true}},
	}
	if !reflect.DeepEqual(got.Columns, want) {
		t.Errorf("got %+v", got.Columns)
	}
	if shared.Columns[0].Value.Kind != "id" || len(shared.Columns) != 1 {
		t.Errorf("the defaults changed: %+v", shared)
	}
	var lines []string
	for _, d := range Differences(&shared, &got) {
		lines = append(lines, d.String())
	}
	other := tabular{Columns: slices.Clone(got.Columns)}
	other.Columns[2].Value.Unique = false
	for _, d := range Differences(&got, &other) {
		lines = append(lines, d.String())
	}
	if text := strings.Join(lines, "\n"); text != `columns: {a: {kind: id}} -> {a: {kind: number, order: [p, q], minimum: 3}, `+
		`b: {kind: drop}, c.d: {unique: true}}`+"\ncolumns.c.d.unique: true -> false" {
		t.Errorf("differences:\n%s", text)
	}
}

func TestMapErrors(t *testing.T) {
	for _, test := range []struct{ text, set, want string }{
		{"columns:\n  a: {kind: id}\n  a: {}\n", "", `f.yaml:3:3: duplicate key "a" in columns; line 2 has it already`},
		{"columns: [a]\n", "", "f.yaml:1:10: columns: expected a mapping from names to mappings of keys, got a list"},
		{"columns:\n  a: id\n", "", `f.yaml:2:6: columns.a: expected a mapping of keys, got "id"`},
		{"columns:\n  a.b:\n", "", `f.yaml:2:3: columns.a.b: expected a mapping of keys, got nothing`},
		{"columns:\n  a.b: {kinds: id}\n", "", `f.yaml:2:9: unknown key "kinds" in columns.a.b; did you mean "kind"?`},
		{"columns:\n  a.b: {minimum: -1}\n", "", "f.yaml:2:18: columns.a.b.minimum must be at least 0, got -1"},
		{"columns:\n  \"\": {}\n", "", `f.yaml:2:3: columns: expected a name of 1 to 4096 bytes, got ""`},
		{"columns: {}\n", "columns.a.minimum=-2", "-set columns.a.minimum=-2: must be at least 0, got -2"},
		{"columns: {}\n", "columns.a=id", "-set columns.a=id: columns.a is a section; its keys are kind, order, minimum, unique"},
		{"columns: {}\n", "columns=id", `-set columns=id: expected a mapping from names to mappings of keys, such as {NAME: {kind: ""}}, got "id"`},
		{"columns: {}\n", "columns.a.knd=id", `-set columns.a.knd=id: unknown key "columns.a.knd"; did you mean "columns.NAME.kind"?`},
	} {
		var c tabular
		var sets []string
		if test.set != "" {
			sets = []string{test.set}
		}
		err := Decode(&c, "f.yaml", []byte(test.text), sets, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q %s:\n got %v\nwant %s", test.text, test.set, err, test.want)
		}
	}
}

func TestMapKeys(t *testing.T) {
	var paths []string
	for _, k := range Keys(&tabular{Columns: choice.Map[attribute]{{Name: "a"}}}) {
		paths = append(paths, k.Path+" "+k.Default)
	}
	want := []string{`file ""`, "columns {a: {}}", `columns.NAME.kind ""`, "columns.NAME.order []", "columns.NAME.minimum 0", "columns.NAME.unique false"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q", paths)
	}
}

// What is written is read again, whatever the names.
func TestMapRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[ -~äβ漢😀]{1,8}`), 0, 5, rapid.ID[string]).Draw(t, "names")
		var c, again tabular
		for _, name := range names {
			c.Columns = append(c.Columns, choice.Item[attribute]{Name: name, Value: attribute{
				Kind:    rapid.SampledFrom([]string{"", "id", "a: b"}).Draw(t, "kind"),
				Minimum: float64(rapid.IntRange(0, 3).Draw(t, "minimum")),
			}})
		}
		if err := Decode(&again, "f.yaml", Encode(&c), nil, Options{}); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("%+v became %+v", c, again)
		}
	})
}
