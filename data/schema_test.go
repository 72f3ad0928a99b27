package data

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tableSchema has a column of each kind.
func tableSchema() Schema {
	return Schema{
		Columns: []Column{
			{Name: "carat"},
			{Name: "cut", Kind: Category, Categories: []string{"fair", "good"}},
			{},
			{Name: "x, \"y\"", Kind: Real},
		},
		Classes: []string{"cheap", "dear"},
	}
}

func TestSchemaCounts(t *testing.T) {
	for _, test := range []struct {
		schema       Schema
		dim, indices int
	}{
		{Numbers(3, 0), 3, 0},
		{tableSchema(), 3, 1},
		{Schema{Image: []int{3, 4, 5}}, 60, 0},
	} {
		if d, i := test.schema.Dim(), test.schema.Indices(); d != test.dim || i != test.indices {
			t.Errorf("%+v: %d numbers and %d indices, want %d and %d", test.schema, d, i, test.dim, test.indices)
		}
		if err := test.schema.Validate(); err != nil {
			t.Error(err)
		}
		var b Batch
		for _, rows := range []int{5, 2, 7, 0} {
			b.Resize(test.schema, 4, rows)
			if b.First != 4 || b.Rows != rows || len(b.Real) != rows*test.dim || len(b.Index) != rows*test.indices ||
				(b.Labels != nil && len(b.Labels) != rows) || (b.Labels == nil && rows > 0) != (test.schema.Classes == nil && rows > 0) {
				t.Errorf("%+v: a batch of %d rows is %+v", test.schema, rows, b)
			}
		}
	}
	s := tableSchema()
	if names := []string{s.ColumnName(0), s.ColumnName(2), s.ColumnName(9)}; !slices.Equal(names, []string{"carat", "x2", "x9"}) {
		t.Errorf("columns are called %v", names)
	}
	if s.Unlabeled().Classes != nil || s.Classes == nil {
		t.Error("Unlabeled keeps the labels, or takes those of the schema it was made of")
	}
}

// What is saved is what is read. The text is part of the checkpoint's format.
func TestSchemaState(t *testing.T) {
	for _, s := range []Schema{Numbers(2, 2), tableSchema(), {Image: []int{1, 28, 28}, Classes: []string{"0"}}} {
		var f checkpoint.File
		if err := s.SaveState(&f); err != nil {
			t.Fatal(err)
		}
		var got Schema
		if err := got.LoadState(&f); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got); diff != "" {
			t.Error(diff)
		}
		if err := s.Fits(got); err != nil {
			t.Error(err)
		}
	}
	var f checkpoint.File
	s := Schema{Columns: []Column{{}, {Name: "c", Kind: Category, Categories: []string{"a"}}}, Classes: []string{"0", "1"}}
	if err := s.SaveState(&f); err != nil {
		t.Fatal(err)
	}
	const want = `{"columns":[{"kind":"real"},{"name":"c","kind":"category","categories":["a"]}],"classes":["0","1"]}`
	if got := f.Metadata["schema"]; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSchemaErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                "want columns, or an image",
		`{"image":[1,2]}`:   "want columns, or an image",
		`{"image":[1,0,2]}`: "an image of shape [1 0 2]",
		`{"image":[4294967296,4294967296,4294967296]}`:                                     "an image of shape",
		`{"image":[1,2,3],"columns":[{"kind":"real"}]}`:                                    "not both",
		`{"columns":[{"name":"x1","kind":"real"},{"kind":"real"}]}`:                        `two columns are called "x1"`,
		`{"columns":[{"name":"c","kind":"category"}]}`:                                     `column "c": is of kind category and has 0 categories`,
		`{"columns":[{"name":"c","kind":"real","categories":["a"]}]}`:                      `column "c": is of kind real and has 1 categories`,
		`{"columns":[{"kind":"reel"}]}`:                                                    `must be one of real, category, class, generated, got "reel"`,
		`{"columns":[{"kind":"real"}],"color":1}`:                                          "unknown field",
		`{"columns":[{"kind":"real"}]} {}`:                                                 "text after the value",
		`{"columns":[{"kind":"real"}],"classes":["` + strings.Repeat(`","`, 1<<16) + `"]}`: "at most 65536 classes",
	} {
		f := &checkpoint.File{Name: "a.safetensors", Metadata: map[string]string{"schema": text}}
		var s Schema
		if err := s.LoadState(f); err == nil ||
			!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a.safetensors") {
			t.Errorf("%.80s: error %v, want %q and the file", text, err, want)
		}
	}
	var s Schema
	if err := s.LoadState(&checkpoint.File{Name: "b"}); err == nil || !strings.Contains(err.Error(), `checkpoint b: no metadata "schema"`) {
		t.Errorf("no schema: %v", err)
	}
	if err := s.SaveState(&checkpoint.File{}); err == nil {
		t.Error("an empty schema was saved")
	}
	bad := Schema{Columns: []Column{{Kind: 7}}}
	if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), "Kind(7)") {
		t.Errorf("kind 7: %v", err)
	}
}

// Fits names the first thing that differs.
func TestSchemaFits(t *testing.T) {
	for want, change := range map[string]func(*Schema){
		`column 0 is called "weight", expected "carat"`: func(s *Schema) { s.Columns[0].Name = "weight" },
		`column "x2" is of kind category, expected real`: func(s *Schema) {
			s.Columns[2] = Column{Kind: Category,
				Categories: []string{"a"}}
		},
		`column "cut": categories: number 1 is "bad", expected "good"`: func(s *Schema) { s.Columns[1].Categories = []string{"fair", "bad"} },
		`column "cut": categories: there are 1, expected 2`:            func(s *Schema) { s.Columns[1].Categories = []string{"fair"} },
		"rows of 3 columns, expected 4":                                func(s *Schema) { s.Columns = s.Columns[:3] },
		"classes: there are 0, expected 2":                             func(s *Schema) { s.Classes = nil },
		`classes: number 0 is "a", expected "cheap"`:                   func(s *Schema) { s.Classes = []string{"a", "dear"} },
		"images of shape [1 2 2], expected []":                         func(s *Schema) { *s = Schema{Image: []int{1, 2, 2}} },
	} {
		got := tableSchema()
		change(&got)
		if err := tableSchema().Fits(got); err == nil || err.Error() != "data: "+want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func() Schema {
			return Numbers(rapid.IntRange(1, 3).Draw(t, "dim"), rapid.IntRange(0, 2).Draw(t, "classes"))
		}
		a, b := draw(), draw()
		if (a.Fits(b) == nil) != cmp.Equal(a, b) || (a.Fits(b) == nil) != (b.Fits(a) == nil) {
			t.Fatalf("%+v and %+v: %v, %v", a, b, a.Fits(b), b.Fits(a))
		}
	})
}

// Whatever the text, a schema that is read can be written and read again.
func FuzzSchema(f *testing.F) {
	for _, s := range []Schema{Numbers(2, 2), tableSchema(), {Image: []int{1, 28, 28}}} {
		text, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"columns":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s, again Schema
		if s.LoadState(&checkpoint.File{Metadata: map[string]string{"schema": text}}) != nil {
			return
		}
		var file checkpoint.File
		if err := s.SaveState(&file); err != nil {
			t.Fatal(err)
		}
		if err := again.LoadState(&file); err != nil {
			t.Fatal(err)
		}
		if err := s.Fits(again); err != nil || s.Dim() < 0 || s.Dim() > maxDim {
			t.Fatalf("%v, %d numbers", err, s.Dim())
		}
	})
}
