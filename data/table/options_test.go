package table

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"
	"euryale/internal/strictyaml"
)

type configuration struct {
	Data choice.One[data.Options] `yaml:"data"`
}

func decodeOptions(text string, sets ...string) (*Options, error) {
	c := configuration{choice.Set[data.Options]{Kind()}.Choose("table")}
	if err := strictyaml.Decode(&c, "c.yaml", []byte(text), sets, strictyaml.Options{}); err != nil {
		return nil, err
	}
	return c.Data.Kind.(*Options), nil
}

func TestYAML(t *testing.T) {
	o, err := decodeOptions(`
data:
  name: table
  file: diamonds.csv
  csv: {delimiter: ";", decimal: ",", missing: ["", NA, "-"]}
  target: cut
  numbers: standard
  categories: {embed_above: 10, min_count: 5}
  missing: model
  columns:
    clarity: {kind: category, order: [I1, IF], encoding: codes}
    x: {missing: ["0"], encoding: log}
    Order no.: {kind: id, pattern: "D-%06d", unique: true}
    sold: {kind: date, format: "2006-01-02"}
    note: {kind: drop}
    "code": {unique: true}
  constraints: ["carat > 0", "min <= max"]
`, "data.columns.sold.encoding=minmax")
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultOptions()
	want.File, want.Target, want.Numbers, want.Missing = "diamonds.csv", "cut", "standard", "model"
	want.CSV.Delimiter, want.CSV.Decimal, want.CSV.Missing = ";", ",", []string{"", "NA", "-"}
	want.Categories = Categories{Encoding: "auto", EmbedAbove: 10, MinCount: 5}
	want.Columns = choice.Map[ColumnOptions]{
		{Name: "clarity", Value: ColumnOptions{Kind: "category", Order: []string{"I1", "IF"}, Encoding: "codes"}},
		{Name: "x", Value: ColumnOptions{Missing: []string{"0"}, Encoding: "log"}},
		{Name: "Order no.", Value: ColumnOptions{Kind: "id", Pattern: "D-%06d", Unique: true}},
		{Name: "sold", Value: ColumnOptions{Kind: "date", Format: "2006-01-02", Encoding: "minmax"}},
		{Name: "note", Value: ColumnOptions{Kind: "drop"}},
		{Name: "code", Value: ColumnOptions{Unique: true}},
	}
	want.Constraints = []string{"carat > 0", "min <= max"}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got %+v", o)
	}
	s := o.Settings()
	if s.Numbers != "standard" || s.EmbedAbove != 10 || s.MinCount != 5 || s.Missing != "model" ||
		s.Columns["clarity"].Categories != "codes" || s.Columns["x"].Numbers != "log" || s.Columns["sold"].Numbers != "minmax" ||
		len(s.Columns) != 3 ||
		!slices.Equal(s.Constraints, []string{"carat > 0", "min <= max", `unique("code")`}) {
		t.Errorf("settings %+v", s)
	}
	again, err := decodeOptions(string(strictyaml.Encode(&configuration{choice.Set[data.Options]{Kind()}.With(o)})))
	if err != nil || !reflect.DeepEqual(o, again) {
		t.Errorf("written and read again: %+v, %v", again, err)
	}
}

func TestBadYAML(t *testing.T) {
	for text, want := range map[string]string{
		"data: {missing: mean}":                               "data.missing must be one of error, drop, impute, model",
		"data: {numbers: quantiles}":                          "data.numbers must be one of quantile",
		"data: {categories: {encoding: bits}}":                "data.categories.encoding must be one of auto, onehot, codes",
		"data: {categories: {min_count: -1}}":                 "data.categories.min_count must be at least 1",
		"data: {categories: {embed_above: -1}}":               "data.categories.embed_above must be at least 1",
		`data: {constraints: ["a >"]}`:                        "data.constraints ",
		"data: {csv: {encoding: utf8}}":                       "data.csv.encoding must be one of utf-8",
		"data: {columns: {a: {kind: text}}}":                  "data.columns.a.kind must be one of",
		"data: {columns: {a: {kind: number, order: [a, b]}}}": "data.columns.a.order belongs to a column of kind category",
		"data: {columns: {a: {knd: text}}}":                   `unknown key "knd" in data.columns.a; did you mean "kind"`,
	} {
		if _, err := decodeOptions(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
}

// open opens a text as a configuration does.
func open(t testing.TB, text string, change func(*Options)) (*Table, error) {
	t.Helper()
	o := DefaultOptions()
	o.File = fileOf(t, "F.csv", text)
	if change != nil {
		change(o)
	}
	source, err := o.Open(context.Background(), 1)
	if err != nil {
		return nil, err
	}
	return source.(*Table), nil
}

const holed = "kind,length,width,class\na,1.5,3,u\nb,,4,v\na,2.5,,u\nNA,0.5,5,v\nb,1.0,3,u\n"

func TestMissing(t *testing.T) {
	_, err := open(t, holed, nil)
	if field, ok := err.(*choice.FieldError); !ok || field.Key != "missing" {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		`"kind" 1 (first in `, `F.csv:5)`, `"length" 1`, `"width" 1`, "3 of 5 rows", "model learns which", "drop leaves",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
	table, err := open(t, holed, func(o *Options) { o.Missing = "drop" })
	if err != nil {
		t.Fatal(err)
	}
	if got := writeBack(t, table, ".csv"); got != "kind,length,width,class\na,1.5,3,u\nb,1.0,3,u\n" {
		t.Errorf("without the rows: %q", got)
	}
	if c := table.Column("class"); len(table.Notes) == 0 || !slices.Equal(c.Categories, []string{"u"}) || !slices.Equal(c.Counts, []int64{2}) {
		t.Errorf("the classes left are %v, %v", c.Categories, c.Counts)
	}
	for _, how := range []string{"model", "impute"} {
		if table, err = open(t, holed, func(o *Options) { o.Missing = how }); err != nil {
			t.Fatal(err)
		}
		kind, length := table.Column("kind"), table.Column("length")
		if kind.Code(3) != -1 || !math.IsNaN(length.Number(1)) || *kind.Missing != "NA" || *length.Missing != "" || kind.MissingCells != 1 {
			t.Errorf("%s: got %d, %v, %+v", how, kind.Code(3), length.Number(1), kind)
		}
	}
	checkText(t, table)
	_, err = open(t, "a,b\n1,\n,2\n", func(o *Options) { o.Missing = "drop" })
	if err == nil || !strings.Contains(err.Error(), "every one of the 2 rows") {
		t.Errorf("no row left: %v", err)
	}
}

// Marks of one column, in their own words.
func TestMissingMarks(t *testing.T) {
	table := mustRead(t, "a,b\n0,0\n1.5,1\n NA ,-\n2,0\n", func(o *ReadOptions) {
		o.Columns = choice.Map[ColumnOptions]{
			{Name: "a", Value: ColumnOptions{Missing: []string{"0"}}},
			{Name: "b", Value: ColumnOptions{Missing: []string{"-"}}},
		}
	})
	a, b := table.Column("a"), table.Column("b")
	if a.Kind != data.Real || a.MissingCells != 2 || !math.IsNaN(a.Number(0)) || a.Number(3) != 2 {
		t.Errorf("a: %v, %d missing", a.Type, a.MissingCells)
	}
	if b.Kind != data.Real || b.MissingCells != 1 || b.Number(0) != 0 || *b.Missing != "-" {
		t.Errorf("b: %v, %d missing", b.Type, b.MissingCells)
	}
}

func TestTarget(t *testing.T) {
	const text = "x,word,few,price,whole\n1,a,1,1.5,10\n2,b,2,2.5,20\n3,a,1,3.5,30\n4,b,1,4.5,40\n5,a,2,5.5,50\n" +
		"6,a,2,5.5,60\n7,a,2,5.5,70\n8,a,2,5.5,80\n9,a,2,5.5,90\n9,a,2,5.5,100\n9,a,2,5.5,110\n"
	for target, classes := range map[string][]string{"word": {"a", "b"}, "few": {"1", "2"}, "price": nil, "whole": nil} {
		table, err := open(t, text, func(o *Options) { o.Target = target })
		if err != nil {
			t.Fatal(err)
		}
		s := table.Schema()
		if !slices.Equal(s.Classes, classes) || len(classes) > 0 != s.HasClassColumn() {
			t.Errorf("%s: the classes are %v", target, s.Classes)
		}
		var rows data.Batch
		if err := table.Read(context.Background(), &rows, 3, 2); err != nil {
			t.Fatal(err)
		}
		if classes != nil && !slices.Equal(rows.Labels, map[string][]int32{"word": {1, 0}, "few": {0, 1}}[target]) {
			t.Errorf("%s: the labels are %v", target, rows.Labels)
		}
		checkText(t, table)
	}
	table, err := open(t, text, func(o *Options) { o.Target = "word" })
	if err != nil || !slices.Equal(table.Schema().ClassCounts, []int64{9, 2}) {
		t.Errorf("counts %v, %v", table.Schema().ClassCounts, err)
	}
	missing := strings.Replace(text, "2,b,2", "2,,2", 1)
	table, err = open(t, missing, func(o *Options) { o.Target, o.Missing = "word", "model" })
	if err != nil || !slices.Equal(table.Schema().Classes, []string{"a", "b", ""}) ||
		!slices.Equal(table.Schema().ClassCounts, []int64{9, 1, 1}) {
		t.Errorf("a missing class: %v, %v", table, err)
	}
	_, err = open(t, missing, func(o *Options) { o.Target, o.Missing = "word", "impute" })
	if err == nil || !strings.Contains(err.Error(), "makes a class of them") {
		t.Errorf("a missing class: %v", err)
	}
}

func TestKindsOfOptions(t *testing.T) {
	const text = "number,code,key,when,other\n1,1,a,3/4/2021,x\n2,2,b,5/4/2021,y\n1,1,a,3/4/2021,x\n"
	table, err := open(t, text, func(o *Options) {
		o.Columns = choice.Map[ColumnOptions]{
			{Name: "number", Value: ColumnOptions{Kind: "category", Order: []string{"2", "1"}}},
			{Name: "code", Value: ColumnOptions{Kind: "number"}},
			{Name: "key", Value: ColumnOptions{Pattern: "K%03d"}},
			{Name: "when", Value: ColumnOptions{Format: "2/1/2006"}},
			{Name: "other", Value: ColumnOptions{Kind: "drop"}},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Column("number"); got.Kind != data.Category || !slices.Equal(got.Categories, []string{"2", "1"}) || got.Code(0) != 1 {
		t.Errorf("number: %+v", got.Column)
	}
	if got := table.Column("when"); got.Format.Layout != "2/1/2006" || got.Number(0) != 18720 {
		t.Errorf("when: %+v, %v", got.Format, got.Number(0))
	}
	if got := writeBack(t, table, ".csv"); got != "number,code,key,when\n1,1,K001,3/4/2021\n2,2,K002,5/4/2021\n1,1,K003,3/4/2021\n" {
		t.Errorf("written as %q", got)
	}
}

func TestNothingToLearn(t *testing.T) {
	_, err := open(t, "a,b\nx,1\nx,1\n", nil)
	if err == nil || !strings.Contains(err.Error(), `there is no column to learn: "a" is of type constant, "b" is of type constant`) {
		t.Error(err)
	}
	if _, err := DefaultOptions().Open(context.Background(), 1); err == nil || err.Error() != "file must be the path of a table, as in -set data.file=FILE.csv" {
		t.Error(err)
	}
}

// What the options name and the file does not have is an error about their key.
func TestReadNamesTheKey(t *testing.T) {
	_, err := readText(t, "a,b\n1,x\n2,y\n", func(o *ReadOptions) { o.Target = "town" })
	if field, ok := err.(*choice.FieldError); !ok || field.Key != "target" {
		t.Errorf("%T: %v", err, err)
	}
}
