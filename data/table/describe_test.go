package table

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/data/mixed"
)

// described is the description of a text with options that a function changes.
func described(t testing.TB, text string, change func(*Options)) *Description {
	t.Helper()
	o := DefaultOptions()
	o.File = fileOf(t, "F.csv", text)
	if change != nil {
		change(o)
	}
	table, err := Read(t.Context(), o.File, o.ReadOptions)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Describe(t.Context(), table, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// orders is a table of 200 rows with a bit of everything.
func ordersText() string {
	var b strings.Builder
	b.WriteString("id,city,state,low,high,a,b,total,paid,size,unit,sold,gap\n")
	for i := range 200 {
		a, c := float64(i*37%101)/4, float64(i*53%97)/4
		paid := "0"
		if i%3 == 0 {
			paid = fmt.Sprint(i + 1)
		}
		gap := fmt.Sprint(i * 7 % 31)
		if i%10 == 0 {
			gap = ""
		}
		fmt.Fprintf(&b, "K-%04d,city%d,state%d,%d,%d,%.2f,%.2f,%.2f,%s,%d,kg,2024-01-%02d,%s\n", i+1, i%12, i%12/3, i*11%50, i*11%50+i%4,
			a, c, a+c, paid, i/7%3, i%28+1, gap)
	}
	return b.String()
}

func descriptionOf(t *testing.T, d *Description, name string) ColumnDescription {
	t.Helper()
	i := slices.IndexFunc(d.Columns, func(c ColumnDescription) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no column %q", name)
	}
	return d.Columns[i]
}

func TestDescribe(t *testing.T) {
	d := described(t, ordersText(), nil)
	if d.Rows != 200 || len(d.Columns) != 13 || d.DuplicateRows != 0 || d.Written.Delimiter != "," || d.Refused != "" || len(d.Limits) != 0 {
		t.Errorf("%+v", d)
	}
	for _, want := range []ColumnDescription{
		{Name: "id", Type: "id", Distinct: 200, Unique: true, Examples: []string{"K-0001", "K-0002", "K-0003", "K-0004", "K-0005"},
			Encoding: `not learned; samples have "K-0001", "K-0002", …`, Reason: "it tells the rows apart"},
		{Name: "state", Type: "category", Distinct: 4, Examples: []string{"state0", "state1", "state2", "state3"},
			Common:   []Count{{"state0", 51, 0.255}, {"state1", 51, 0.255}, {"state2", 50, 0.25}},
			Encoding: "a coordinate per category", Reason: "its cells are texts", Coordinates: 4},
		{Name: "paid", Type: "integer", Distinct: 68, Least: "0", Median: "0", Most: "199", Zeros: 133, Heaps: []Count{{"0", 133, 0.665}},
			Examples: []string{"1", "0", "4", "7", "10"}, Encoding: "number by ranks (quantile)", Reason: "every cell is a number", Coordinates: 1},
		{Name: "unit", Type: "constant", Distinct: 1, Examples: []string{"kg"}, Encoding: "written back", Reason: "every row has the same"},
		{Name: "sold", Type: "date", Distinct: 28, Least: "2024-01-01", Median: "2024-01-14", Most: "2024-01-28",
			Examples: []string{"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"},
			Encoding: "number by ranks (quantile)", Reason: "every cell is of the form 2006-01-02", Coordinates: 1},
		{Name: "gap", Type: "integer", Distinct: 31, Missing: 20, MissingShare: 0.1, Least: "0", Median: "15", Most: "30", Zeros: 6,
			Examples: []string{"7", "14", "21", "28", "4"},
			Encoding: "number by ranks (quantile)", Reason: "every cell is a number", Coordinates: 3},
	} {
		if got := descriptionOf(t, d, want.Name); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if want := []Dependency{{Of: "state", By: "city", all: []string{"state"}}}; !reflect.DeepEqual(d.Dependencies, want) {
		t.Errorf("dependencies %+v", d.Dependencies)
	}
	if want := []string{"total = a + b", "low <= high"}; !slices.Equal(d.Relations, want) {
		t.Errorf("relations %q", d.Relations)
	}
	if want := []string{"total = a + b", "fixed(city, state)", "low <= high"}; !slices.Equal(d.Constraints, want) {
		t.Errorf("constraints %q", d.Constraints)
	}
	if want := 12 + 4 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 3; d.Coordinates != want {
		t.Errorf("%d coordinates, want %d", d.Coordinates, want)
	}
	for _, want := range []string{"cells are missing in gap", "size has only 3 whole numbers"} {
		if !slices.ContainsFunc(d.Suggestions, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("no suggestion %q in %q", want, d.Suggestions)
		}
	}
	if again := described(t, ordersText(), func(o *Options) { o.File = d.File }); !reflect.DeepEqual(again.Columns, d.Columns) {
		t.Error("a second look differs")
	}
}

// The section that describe writes reads the table as it was, and the constraints that it suggests hold.
func TestDescribedYAML(t *testing.T) {
	text := ordersText()
	d := described(t, text, nil)
	o, err := decodeOptions(d.YAML())
	if err != nil {
		t.Fatalf("%v\n%s", err, d.YAML())
	}
	if o.Missing != "model" || o.Columns.Get("id").Pattern != "K-%04d" || o.Columns.Get("sold").Format != "2006-01-02" {
		t.Errorf("options %+v", o)
	}
	source, err := o.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := mustRead(t, text, nil).Schema(); !reflect.DeepEqual(source.Schema(), want) {
		t.Errorf("schema\n%+v\nwant\n%+v", source.Schema(), want)
	}
	o.Constraints = d.Constraints
	if err := mixed.New(o.Settings()).Fit(t.Context(), source); err != nil {
		t.Errorf("constraints %q: %v", d.Constraints, err)
	}
}

// Whatever the options and names are, they come back.
func TestDescribedYAMLKeepsOptions(t *testing.T) {
	const text = "\"a: b\"\t\"# \"\"x\"\"\"\tdrop me\tkey\tempty\n1,5\tyes\tx\t7\t\n2,5\tno\ty\t8\t\n?\tyes\tz\t9\t\n"
	d := described(t, text, func(o *Options) {
		o.Target = `# "x"`
		o.Missing, o.Numbers, o.Categories.MinCount = "impute", "log", 2
		o.CSV.Missing = []string{"", "none"}
		o.Constraints = []string{`"a: b" > 0`}
		for _, c := range []struct {
			name   string
			option ColumnOptions
		}{
			{"a: b", ColumnOptions{Missing: []string{"?"}, Encoding: "standard"}},
			{`# "x"`, ColumnOptions{Kind: "category", Order: []string{"no", "yes"}}},
			{"drop me", ColumnOptions{Kind: "drop"}}, {"key", ColumnOptions{Kind: "id", Pattern: "uuid", Unique: true}},
		} {
			o.Columns = append(o.Columns, struct {
				Name  string
				Value ColumnOptions
			}{c.name, c.option})
		}
	})
	o, err := decodeOptions(d.YAML())
	if err != nil {
		t.Fatalf("%v\n%s", err, d.YAML())
	}
	want := d.options
	want.CSV.Delimiter, want.CSV.Decimal, want.CSV.Encoding = "tab", ",", "utf-8"
	want.Columns[0].Value.Kind = "number"
	if !reflect.DeepEqual(*o, want) {
		t.Errorf("got  %+v\nwant %+v", *o, want)
	}
	if descriptionOf(t, d, "empty").Encoding != "written back, empty" || descriptionOf(t, d, "drop me").Encoding != "left out" ||
		descriptionOf(t, d, `# "x"`).Encoding != "the class of a row, one of 2" {
		t.Errorf("columns %+v", d.Columns)
	}
}

// Tables that cannot be trained on are described all the same.
func TestDescribeWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		text   string
		change func(*Options)
		want   string
	}{
		{"a,b\nx,1\nx,1\n", nil, "there is no column to learn"},
		{"a\n1\n", nil, "there is no column to learn"},
		{"a,b\n1,x\n2,\n", func(o *Options) { o.Target, o.Missing = "b", "impute" }, "missing must not be impute"},
		{"a,b\n1,x\n,y\n", func(o *Options) { o.Missing = "drop" }, "nothing to learn"},
	} {
		d := described(t, c.text, c.change)
		if !strings.Contains(d.Refused, c.want) || d.Coordinates != 0 || len(d.Columns) == 0 {
			t.Errorf("%q: refused %q, %d coordinates, want %q", c.text, d.Refused, d.Coordinates, c.want)
		}
	}
}
