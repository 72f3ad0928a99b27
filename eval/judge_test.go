package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"euryale/choice"
	"euryale/data/table"
	"euryale/metrics/tabular"
	"euryale/rng"
)

// rowsOf writes a table of a number, a date, a category with missing cells and a class, which hang together; rows of different
// seeds are of one distribution.
func rowsOf(t testing.TB, name string, seed uint64, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("price,sold,color,kind\n")
	z, stream := make([]float32, 3), rng.NewStream(seed, rng.Data)
	for i := range n {
		stream.Normal(z, 0, uint64(i), len(z))
		kind := 0
		if z[0] > 0 {
			kind = 1
		}
		color := []string{"red", "blue", ""}[(i+kind)%3]
		fmt.Fprintf(&text, "%.2f,2024-03-%02d,%s,%s\n", 10+z[0], 15+int(5*max(-2, min(2, z[1]))), color, []string{"a", "b"}[kind])
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// filesOf are tables of one distribution.
func filesOf(t testing.TB) Files {
	t.Helper()
	read := ReadOptions()
	read.Target = "kind"
	return Files{Train: rowsOf(t, "train.csv", 1, 80), Test: rowsOf(t, "test.csv", 2, 60), Synthetic: rowsOf(t, "synth.csv", 3, 70), Read: read}
}

func judged(t testing.TB, f Files, o tabular.Options) *TableEvaluation {
	t.Helper()
	e, err := Judge(context.Background(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// shape lists the paths of a JSON value with the types of what they lead to.
func shape(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, of := range v {
			shape(path+"."+key, of, into)
		}
	case []any:
		for _, of := range v {
			shape(path+"[]", of, into)
		}
	default:
		into[path] = fmt.Sprintf("%T", v)
	}
}

// The fields of the JSON object may not drift: other programs read them.
func TestJudgeJSON(t *testing.T) {
	text, err := json.Marshal(judged(t, filesOf(t), tabular.Options{Baselines: true}))
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	shape("", value, paths)
	var lines strings.Builder
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintln(&lines, path, paths[path])
	}
	const golden = "testdata/judge.golden"
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), lines.String()); diff != "" {
		t.Errorf("(-%s +got)\n%s", golden, diff)
	}
	var back TableEvaluation
	if err := json.Unmarshal(text, &back); err != nil || back.Target != "kind" || back.Rows.Synthetic != 70 {
		t.Errorf("%+v, %v", back, err)
	}
}

// What is wrong in the synthetic file is in the figures and in the notes, whatever it is: 8 of 280 cells that are not missing
// are invalid here.
func TestJudgeOfABrokenFile(t *testing.T) {
	f := filesOf(t)
	text, err := os.ReadFile(f.Synthetic)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	missing := 0
	for i, line := range lines[1:] {
		cells := strings.Split(line, ",")
		switch i {
		case 0:
			cells[0] = "much"
		case 1:
			cells[0] = "9.1234"
		case 2:
			cells[1] = "03/17/2024"
		case 3:
			cells[1] = "yesterday"
		case 4, 5, 6:
			cells[2] = "violet"
		case 7:
			cells[3] = "c"
		}
		if cells[2] == "" {
			missing++
		}
		slices.Reverse(cells)
		lines[i+1] = strings.Join(cells, ";")
	}
	lines[0] = "kind;color;sold;price"
	if err := os.WriteFile(f.Synthetic, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
	e := judged(t, f, tabular.Options{})
	cells := float64(4*70 - missing)
	if got, want := e.Figures.Value("valid_cells"), 1-8/cells; got != want {
		t.Errorf("valid cells %v, want %v", got, want)
	}
	if e.Figures.Value("columns_equal") != 0 || e.Verdict("schema").OK {
		t.Errorf("the other order of columns is not noticed: %+v", e.Verdict("schema"))
	}
	columns := map[string]int{}
	for _, n := range e.Notes {
		columns[n.Column]++
		if n.File != f.Synthetic {
			t.Errorf("%+v", n)
		}
	}
	if diff := cmp.Diff(columns, map[string]int{"price": 2, "sold": 2, "color": 1, "kind": 1}); diff != "" {
		t.Error(diff)
	}
}

// Without test rows, what takes them is listed and all else measured.
func TestJudgeWithoutTest(t *testing.T) {
	f := filesOf(t)
	f.Test = ""
	e := judged(t, f, tabular.Options{})
	if e.Rows.Test != 0 || len(e.NotMeasured) == 0 || !(e.Figures.Value("c2st_boosting_auc") > 0.3) {
		t.Errorf("%+v", e.Report)
	}
	if _, ok := e.Figures.Get("dcr_share"); ok {
		t.Error("a share of nothing")
	}
}

func TestJudgeErrors(t *testing.T) {
	ctx := context.Background()
	for name, change := range map[string]func(*Files){
		"train": func(f *Files) { f.Train += "x" }, "test": func(f *Files) { f.Test += "x" }, "synthetic": func(f *Files) { f.Synthetic += "x" },
	} {
		f := filesOf(t)
		if change(&f); name != "train" { // before it would be read: it is no table
			if err := os.WriteFile(f.Train, []byte("a,a\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Judge(ctx, f, tabular.Options{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := filesOf(t)
	f.Read.Target = "kinds"
	var field *choice.FieldError
	if _, err := Judge(ctx, f, tabular.Options{}); !errors.As(err, &field) || field.Key != "target" || !strings.Contains(err.Error(), "kind") {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Judge(ended, filesOf(t), tabular.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The rows of a run, read as a source, are those of its file, read as cells: both ways lead to the same table.
func TestTableOfSource(t *testing.T) {
	o := table.DefaultReadOptions()
	o.Target = "kind"
	read, err := table.Read(context.Background(), rowsOf(t, "F.csv", 5, 9000), o) // more than are read at once
	if err != nil {
		t.Fatal(err)
	}
	got, err := tableOf(context.Background(), read, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := tableOfCells(read.Cells())
	ignored := cmpopts.IgnoreFields(tabular.Column{}, "Missing", "Malformed") // of cells alone
	if diff := cmp.Diff(got, want, cmpopts.EquateNaNs(), ignored); diff != "" {
		t.Error(diff)
	}
	part, err := tableOf(context.Background(), read, 1000)
	if err != nil || part.Rows != 1000 {
		t.Fatalf("%d rows, %v", part.Rows, err)
	}
	for i := range part.Rows { // evenly spaced
		if part.Columns[0].Numbers[i] != got.Columns[0].Numbers[9*i+8] {
			t.Fatalf("row %d is %v, want %v", i, part.Columns[0].Numbers[i], got.Columns[0].Numbers[9*i+8])
		}
	}
}
