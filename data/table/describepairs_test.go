package table

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/data"
	"euryale/data/mixed"
)

// csvOf is a text of columns that a function gives the cells of.
func csvOf(rows int, names []string, cell func(i, j int) string) string {
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	for i := range rows {
		for j := range names {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(cell(i, j))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// What is reported holds in every row, whatever the table is: dependencies by a map, relations by the encoder's checks.
func TestRelationsHold(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		rows, columns := rapid.IntRange(1, 60).Draw(r, "rows"), rapid.IntRange(1, 5).Draw(r, "columns")
		cells := make([][]string, rows)
		most := make([]int, columns)
		for j := range most {
			most[j] = rapid.IntRange(0, 6).Draw(r, "most")
		}
		names := []string{"a", "b", "c", "d", "e"}[:columns]
		text := csvOf(rows, names, func(i, j int) string {
			cell := fmt.Sprint(rapid.IntRange(0, most[j]).Draw(r, "cell") * (j + 1))
			if j > 0 && rapid.IntRange(0, 9).Draw(r, "same") > 0 {
				cell = cells[i][j-1]
			}
			if j > 1 && j%2 == 0 {
				cell = "t" + cell
			}
			cells[i] = append(cells[i], cell)
			return cell
		})
		path := folder + "/F.csv"
		if err := writeFile(path, text); err != nil {
			r.Fatal(err)
		}
		o := DefaultOptions()
		o.File = path
		table, err := Read(t.Context(), path, o.ReadOptions)
		if err != nil {
			r.Fatal(err)
		}
		d, err := Describe(t.Context(), table, o)
		if err != nil {
			r.Fatal(err)
		}
		place := func(name string) int { return slices.Index(names, name) }
		for _, dep := range d.Dependencies {
			seen := map[string]string{}
			for i := range cells {
				by, of := cells[i][place(dep.By)], cells[i][place(dep.Of)]
				if before, ok := seen[by]; ok && before != of {
					r.Fatalf("%+v does not hold in %q", dep, text)
				}
				seen[by] = of
			}
		}
		for _, relation := range d.Relations {
			o.Constraints = []string{relation}
			if err := mixed.New(o.Settings()).Fit(t.Context(), table); err != nil && !strings.Contains(err.Error(), "nothing to learn") {
				r.Fatalf("%q does not hold in %q: %v", relation, text, err)
			}
		}
	})
}

// Relations that are put into a table of noise are found, all of them and nothing else.
func TestPlantedRelations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rows = 3000
	numbers := make([][]float64, rows)
	for i := range numbers {
		x, y, z := math.Round(random.NormFloat64()*1000)/100, math.Round(random.ExpFloat64()*100)/10, math.Round(random.ExpFloat64()*1000)/100
		code := float64(random.IntN(40))
		numbers[i] = []float64{
			x, y, z, math.Round((x+y)*100) / 100, // 3 = 0 + 1
			x + 1e-2*float64(random.IntN(3)), // 0 <= 4
			math.Round((y+z)*100) / 100,      // 5 = 1 + 2, so that 1 and 2 are below it
			code, math.Floor(code / 7),       // 7 by 6
			1000 + y, // above all, which is no wonder; 8 by 1
		}
	}
	d := described(t, csvOf(rows, []string{"x", "y", "z", "xy", "above", "yz", "code", "group", "far"}, func(i, j int) string {
		return fmt.Sprintf("%.2f", numbers[i][j])
	}), nil)
	if want := []string{"xy = x + y", "yz = y + z", "x <= above", "group <= code"}; !slices.Equal(sorted(d.Relations), sorted(want)) {
		t.Errorf("relations %q", d.Relations)
	}
	var got []string
	for _, dep := range d.Dependencies {
		got = append(got, fmt.Sprint(dep.Of, " by ", dep.By, " ", dep.Both))
	}
	if want := []string{"far by y true", "group by code false"}; !slices.Equal(sorted(got), want) {
		t.Errorf("dependencies %q", got)
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// Rows that were not sampled count: one row in many undoes a relation.
func TestOneRowUndoesARelation(t *testing.T) {
	const rows = 5000
	for _, odd := range []int{-1, 4998} {
		text := csvOf(rows, []string{"low", "high", "sum", "city", "state"}, func(i, j int) string {
			low, high, city := i*7919%1000, i*7919%1000+i%3, i/7%50
			state := city / 10
			if i == odd {
				low, state = high+1, 9
			}
			return []string{fmt.Sprint(low), fmt.Sprint(high), fmt.Sprint(i*7919%1000 + high), fmt.Sprint("c", city), fmt.Sprint("s", state)}[j]
		})
		d := described(t, text, nil)
		relations := fmt.Sprint(d.Relations, d.Dependencies)
		want := "[sum = low + high low <= high] [{state city false [state]}]"
		if odd >= 0 {
			want = "[low <= sum high <= sum] []"
		}
		if relations != want {
			t.Errorf("odd row %d: %s, want %s", odd, relations, want)
		}
	}
}

// Equal columns are found whatever their kind.
func TestEqualColumns(t *testing.T) {
	d := described(t, csvOf(100, []string{"x", "y", "k", "l"}, func(i, j int) string {
		if j < 2 {
			return fmt.Sprint(i * 37 % 41)
		}
		return fmt.Sprint("k", i*11%7)
	}), nil)
	if got := fmt.Sprint(d.Relations, d.Dependencies); got != "[x <= y y <= x] [{y x true [y]} {l k true [l]}]" {
		t.Errorf("%s", got)
	}
}

// A thousand columns take seconds, and what is not looked at is stated.
func TestDescribeManyColumns(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	names := make([]string, 1000)
	for j := range names {
		names[j] = fmt.Sprint("c", j)
	}
	var last float64
	d := described(t, csvOf(100, names, func(i, j int) string {
		v := math.Round(random.NormFloat64() * 100)
		if j == 999 {
			v += 2 * last
		}
		last = v
		return fmt.Sprint(v)
	}), nil)
	if d.Coordinates != 1000 || len(d.Relations) > 0 || len(d.Limits) > 0 {
		t.Errorf("%d coordinates, relations %q, limits %q", d.Coordinates, d.Relations, d.Limits)
	}
	columns := slices.Repeat([]*Column{{Column: data.Column{Kind: data.Real}, Distinct: 2}}, 2001)
	p := newPairs(&Table{rows: 1, Columns: columns}, make([]profile, 2001))
	if len(p.columns) != 2000 || len(p.limits) != 1 || !strings.Contains(p.limits[0], "the first 2000 columns") {
		t.Errorf("%d columns, limits %q", len(p.columns), p.limits)
	}
}

func TestDescribeEnds(t *testing.T) {
	table := mustRead(t, "a,b\n1,x\n2,y\n", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Describe(ctx, table, DefaultOptions()); err == nil {
		t.Error("no error of a context that has ended")
	}
}

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }
