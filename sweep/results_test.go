package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"html"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table has means and standard deviations over seeds, the best first.
func TestTables(t *testing.T) {
	s, folder := load(t, small), t.TempDir()
	r := run1(t, s, options(folder, &trainer{}))
	// By trainer.distance, the two seeds of each differ by 0.5: the standard deviation is 0.5/√2.
	want := `| rank | lr | schedule | sliced_w1 | floor | loss | trials |
|---|---|---|---|---|---|---|
| 1 | 0.001 | linear | 1.25 ± 0.35 | 0.01 | 1 ± 0 | 2 |
| 2 | 0.01 | linear | 3.25 ± 0.35 | 0.01 | 1 ± 0 | 2 |
| 3 | 0.001 | sigmoid | 5.25 ± 0.35 | 0.01 | 1 ± 0 | 2 |
| 4 | 0.01 | sigmoid | 7.25 ± 0.35 | 0.01 | 1 ± 0 | 2 |
`
	_, got, _ := strings.Cut(r.Markdown(), "## Combinations\n\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	best, _ := r.Combinations[0].Get("sliced_w1")
	if best.N != 2 || math.Abs(best.Spread-0.5/math.Sqrt2) > 1e-15 || *best.Floor != 0.01 {
		t.Errorf("%+v", best)
	}
	rows, err := csv.NewReader(strings.NewReader(r.CSV())).ReadAll()
	if err != nil || len(rows) != 9 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if diff := cmp.Diff([][]string{
		{"trial", "lr", "schedule", "seed", "state", "step", "sliced_w1", "sliced_w1_floor", "loss", "error"},
		{"lr=0.001_schedule=linear_seed=0", "0.001", "linear", "0", "done", "10", "1", "0.01", "1", ""},
	}, rows[:2]); diff != "" {
		t.Error(diff)
	}
	for name, content := range map[string]string{"results.csv": r.CSV(), "results.md": r.Markdown()} {
		if text, err := os.ReadFile(Folder(folder).Path(name)); err != nil || string(text) != content {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where there are very many figures, the table has the main ones and the metric, and results.csv all.
func TestManyFigures(t *testing.T) {
	s := load(t, small)
	var figures Figures
	for _, name := range slices.Concat([]string{"loss", "sliced_w1"}, tabularMost, tabularLeast) {
		figures.add(name, 1, nil)
	}
	r, err := Run(context.Background(), s, Options{Folder: t.TempDir(), Train: func(context.Context, Task) (*Outcome, error) {
		return &Outcome{Figures: figures}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := "| rank | lr | schedule | sliced_w1 | loss | column_shapes | pairs_tv10 | tstr_ratio | c2st_boosting_auc | dcr_share | " +
		"copied_rows | membership_auc | trials |\n"
	if !strings.Contains(r.Markdown(), want) {
		t.Errorf("%s", r.Markdown())
	}
	if head, _, _ := strings.Cut(r.CSV(), "\n"); !strings.Contains(head, "energy_distance") {
		t.Errorf("%s", head)
	}
}

// With the goal max, the highest is best.
func TestGoal(t *testing.T) {
	r := run1(t, load(t, small+"goal: max\n"), options(t.TempDir(), &trainer{}))
	if r.Combinations[0].Name != "lr=0.01_schedule=sigmoid" || !strings.Contains(r.Markdown(), "higher is better") {
		t.Errorf("%s", r.Markdown())
	}
}

// A statistic of one seed has no spread, and a figure that is no number is none.
func TestStatistic(t *testing.T) {
	floor := 2.0
	want := []Statistic{{"a", 1, 3, 0, nil}, {"a", 3, 3, math.Sqrt(7), &floor}}
	got := []Statistic{
		statistic("a", []Figure{{Name: "a", Value: 3}}),
		statistic("a", []Figure{{"a", 1, nil}, {"a", 2, &floor}, {"a", 6, nil}}),
	}
	for n := 2; n < 10; n++ { // equal values have no spread, not even that of rounding
		got = append(got, statistic("a", slices.Repeat([]Figure{{Name: "a", Value: 0.1 * float64(n)}}, n)))
		want = append(want, Statistic{"a", n, 0.1 * float64(n), 0, nil})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var f Figures
	infinite := math.Inf(1)
	f.add("nan", math.NaN(), nil)
	f.add("inf", infinite, nil)
	f.add("x", 1, &infinite)
	if len(f) != 1 || f[0].Floor != nil {
		t.Errorf("%+v", f)
	}
}

// The page shows names and errors as text, allows its own style alone, and asks for nothing.
func TestPage(t *testing.T) {
	s := load(t, small)
	f := &trainer{fail: map[string]error{s.Trials[0].Name: errors.New("<script>alert(1)</script> | x\r\n\\| *y* `&lt;`")}}
	r, err := Run(context.Background(), s, options(t.TempDir(), f))
	if failed := (*FailedError)(nil); !errors.As(err, &failed) {
		t.Fatal(err)
	}
	page, err := r.page(true)
	if err != nil {
		t.Fatal(err)
	}
	asks := regexp.MustCompile(`src=|url\(|https?:|\sstyle=`)
	if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") || asks.MatchString(page) {
		t.Error(page)
	}
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if !strings.Contains(html.UnescapeString(page), policy) {
		t.Errorf("the page lacks %s", policy)
	}
	if n := strings.Count(page, "<circle"); n != 7 {
		t.Errorf("%d dots", n)
	}
	want := "| &lt;script>alert(1)&lt;/script> \\| x  \\\\\\| \\*y\\* \\`&amp;lt;\\` |\n" // a row ends where its line does
	if text := r.Markdown(); !strings.HasSuffix(text, want) {
		t.Error(text)
	}
}

// A plot is of the best combinations alone, if there are many, and says so.
func TestLongPlot(t *testing.T) {
	s := load(t, "axes: [{key: train.batch, uniform: [1, 1000], count: 50}]\n")
	page, err := run1(t, s, options(t.TempDir(), &trainer{})).page(false)
	if n := strings.Count(page, "<circle"); err != nil || n != mostLines || !strings.Contains(page, "10 more combinations are in the table") {
		t.Errorf("%d dots, %v", n, err)
	}
}

// Places on an axis keep the order of values, within the plot.
func TestAxis(t *testing.T) {
	for _, values := range [][]float64{{1, 1}, {3e38, 3e38}, {-3, 0, 7}, {1e-4, 1e-3, 10}, {0, 1e9}} {
		a := axis{low: math.Inf(1), high: math.Inf(-1)}
		for _, v := range values {
			a.include(v)
		}
		a.choose()
		last := float64(plotLeft)
		for _, v := range values {
			x := a.place(v)
			if !(x >= last && x <= plotRight) {
				t.Errorf("%v is at %v", v, x)
			}
			last = x
		}
		if n := len(a.ticks()); n != 4 {
			t.Errorf("%d ticks", n)
		}
	}
}
