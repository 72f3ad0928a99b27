package table

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"euryale/choice"
)

// training has a column of each kind.
const training = "n,price,sold,kind,ok,id,same,note\n" +
	"1,2.50,2024-01-31,red,True,A-1,7,\n" +
	"22,-1.25,2024-02-01,blue,False,A-2,7,\n" +
	"3,0.75,NA,red,True,A-3,7,\n" +
	"1,9.00,2024-02-03,,False,A-4,7,\n" +
	"5,1.00,2024-02-29,blue,True,A-5,7,\n"

// idIs makes sure that the id is one: there are few rows.
func idIs(o *ReadOptions) {
	o.Columns = append(o.Columns, choice.Item[ColumnOptions]{Name: "id", Value: ColumnOptions{Kind: kindID}})
}

func readLike(t testing.TB, like *Table, name, text string) (*Cells, error) {
	t.Helper()
	o := DefaultReadOptions()
	idIs(&o)
	return like.ReadLike(context.Background(), fileOf(t, name, text), o)
}

func mustReadLike(t testing.TB, like *Table, text string) *Cells {
	t.Helper()
	cells, err := readLike(t, like, "S.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func (all *Cells) column(t testing.TB, name string) CellColumn {
	t.Helper()
	i := slices.IndexFunc(all.Columns, func(c CellColumn) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no column %q", name)
	}
	return all.Columns[i]
}

var nan = math.NaN()

// equalCells compares cells, NaN with NaN.
func equalCells(a, b any) string { return cmp.Diff(a, b, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()) }

// Every cell that does not fit is counted, and named once per column; none ends the reading.
func TestReadLikeCounts(t *testing.T) {
	like := mustRead(t, training, idIs)
	cells := mustReadLike(t, like, "n,price,sold,kind,ok,id,same,note\n"+
		"5,2.5,2024-01-30,red,True,x,7,text\n"+ // good
		"5.0,2.123,31/01/2024,green,TRUE,,8,\n"+ // another form
		"007,1e3,2024-02-30,Red ,yes,,7,\n"+
		"abc,inf,soon,,,,,\n"+
		" 4,,2024-02-02 12:00:00,NA,false,,7.0,\n"+
		"1e2,\"1,5\",2024-02-02,red,True,,7,\n")
	want := []CellColumn{
		{Name: "n", Numbers: []float64{5, 5, 7, nan, 4, 100}, Unreadable: 1, Malformed: 3},
		{Name: "price", Numbers: []float64{2.5, 2.123, 1000, nan, nan, nan}, Missing: 1, Unreadable: 2, Malformed: 1},
		{Name: "sold", Numbers: []float64{19752, 19753, nan, nan, 19755.5, 19755}, Unreadable: 2, Malformed: 2},
		{Name: "kind", Codes: []int32{0, 2, 3, -1, -1, 0}, Categories: []string{"red", "blue", "green", "Red "}, Missing: 2},
		{Name: "ok", Codes: []int32{0, 0, 2, -1, 1, 0}, Categories: []string{"true", "false", "yes"}, Missing: 1, Malformed: 2},
		{Name: "id", Missing: 5},
		{Name: "same", Numbers: []float64{7, 8, 7, nan, 7, 7}, Missing: 1, Malformed: 1},
		{Name: "note", Missing: 5},
	}
	if diff := equalCells(cells.Columns, want); cells.Rows != 6 || diff != "" {
		t.Errorf("%d rows:\n%s", cells.Rows, diff)
	}
	var notes []string
	for _, n := range cells.Notes {
		notes = append(notes, strings.ReplaceAll(n.String(), cells.Name, "S.csv"))
	}
	for _, want := range []string{
		`column "n" has 1 cell of 6 that are no numbers (first "abc", S.csv:5)`,
		`column "n" has 3 cells of 6 that are not written as integers (first "5.0", S.csv:3)`,
		`column "price" has 1 cell of 6 of more decimals than any of the training table (first "2.123", S.csv:3)`,
		`column "sold" has 2 cells of 6 that are no dates (first "2024-02-30", S.csv:4)`,
		`column "sold" has 2 cells of 6 that are dates in another form than those of the training table (first "31/01/2024", S.csv:3)`,
		`column "kind" has 2 cells of 6 with texts that the training table does not have (first "green", S.csv:3)`,
		`column "ok" has 2 cells of 6 that are true or false in another spelling than in the training table (first "TRUE", S.csv:3)`,
	} {
		if !slices.Contains(notes, want) {
			t.Errorf("no note %s in\n%s", want, strings.Join(notes, "\n"))
		}
	}
}

// The training table has the same cells when it is read as itself: the law that ties the two readers together.
func TestReadLikeItself(t *testing.T) {
	like := mustRead(t, training, idIs)
	cells := mustReadLike(t, like, training)
	if diff := equalCells(cells.Columns, like.Cells().Columns); diff != "" || len(cells.Notes) > 0 {
		t.Errorf("notes %v\n%s", cells.Notes, diff)
	}
}

// However a file is written, its cells are the same.
func TestReadLikeOtherDialects(t *testing.T) {
	like := mustRead(t, training, idIs)
	want := like.Cells()
	semicolons := strings.NewReplacer(",", ";", ".", ",").Replace(training)
	reordered := "x," + strings.Join(strings.Split(training, "\n")[:1], "") + "\n"
	for i, line := range strings.Split(strings.TrimSpace(training), "\n")[1:] {
		reordered += string(rune('0'+i)) + "," + line + "\n"
	}
	for name, text := range map[string]string{
		"tabs":       strings.ReplaceAll(training, ",", "\t"),
		"semicolons": semicolons,
		"crlf, BOM":  "\ufeff" + strings.ReplaceAll(training, "\n", "\r\n"),
		"quoted":     `"` + strings.NewReplacer(",", `","`, "\n", "\"\n\"").Replace(strings.TrimSpace(training)) + `"`,
		"one more":   reordered,
	} {
		cells := mustReadLike(t, like, text)
		for _, w := range want.Columns {
			if diff := equalCells(cells.column(t, w.Name), w); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

// Parquet has types and no texts, so its dates and numbers cannot be malformed in how they are written.
func TestReadLikeParquet(t *testing.T) {
	like := mustRead(t, training, idIs)
	path := t.TempDir() + "/S.parquet"
	if err := os.WriteFile(path, []byte(writeBack(t, like, ".parquet")), 0o666); err != nil {
		t.Fatal(err)
	}
	cells, err := like.ReadLike(context.Background(), path, DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range like.Cells().Columns {
		got := cells.column(t, w.Name)
		if w.Name == "id" { // made anew
			continue
		}
		if diff := equalCells(got, w); diff != "" {
			t.Errorf("%s", diff)
		}
	}
}

// Columns may be absent, be more, stand in another order, or be there twice.
func TestReadLikeOtherColumns(t *testing.T) {
	like := mustRead(t, "a,b,c\n1,x,2\n2,y,3\n", nil)
	cells := mustReadLike(t, like, "c,extra,a,a\n5,6,7,8\n")
	if got := cells.column(t, "a"); !slices.Equal(got.Numbers, []float64{7}) {
		t.Errorf("%+v", got)
	}
	want := []Note{{"", `there is no column "b"`}, {"", `not in the training table: "extra", "a (column 4)"`}}
	if diff := cmp.Diff(cells.Notes, want); diff != "" {
		t.Error(diff)
	}
	for i, name := range []string{"c", "extra", "a", "a (column 4)"} {
		if cells.Columns[i].Name != name {
			t.Errorf("column %d is %q", i, cells.Columns[i].Name)
		}
	}
}

// More new categories than can be told apart are pooled.
func TestReadLikeManyCategories(t *testing.T) {
	like := mustRead(t, "a,b\nx,1\ny,2\nx,3\n", nil)
	var text strings.Builder
	text.WriteString("a,b\n")
	long := strings.Repeat("z", 40_000)
	for i := range 900 {
		text.WriteString(string(rune('A'+i%26)) + string(rune('a'+i/26)) + long + ",1\n")
	}
	got := mustReadLike(t, like, text.String()).column(t, "a")
	if last := got.Categories[len(got.Categories)-1]; last != pooled || len(got.Codes) != 900 || len(got.Categories) > 850 {
		t.Errorf("%d categories, the last %.20q", len(got.Categories), last)
	}
}
