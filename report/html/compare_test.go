package html

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/run"
)

func mustCompare(t *testing.T, folders []run.Folder, contents []Contents) string {
	t.Helper()
	page, err := Comparison(folders, contents)
	must(t, err)
	checkPage(t, page)
	return string(page)
}

// Differences of the configurations come first, then curves, metrics with means over seeds, and pictures.
func TestComparison(t *testing.T) {
	folders := threeRuns(t)
	put(t, folders[0].Samples("strip.png"), picture(t, 50, 20))
	put(t, folders[2].Samples("strip.png"), picture(t, 50, 20))
	page := mustCompare(t, folders, nil)
	var headings []string
	for _, line := range outline(page) {
		if strings.HasPrefix(line, "h2") {
			headings = append(headings, line)
		}
	}
	if diff := cmp.Diff([]string{"h2 Differences of the configurations", "h2 Curves", "h2 Metrics", "h2 Pictures"}, headings); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		"<td><code>seed</code></td><td><code>0</code></td><td><code>1</code></td><td><code>2</code></td>",
		"<td><code>net.width</code></td><td><code>128</code></td><td><code>128</code></td><td><code>77</code></td>",
		"mean ± spread over 2 seeds", `0.5554 ± 0.071`, // of 0.5054 and 0.6054
		"one: From noise to data", "wide: From noise to data", `"name":"two","color":1`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<code>net.depth</code>") {
		t.Error("a key is listed that is the same in all runs")
	}
	if same := mustCompare(t, []run.Folder{folders[0], folders[0]}, nil); !strings.Contains(same, "There are none: all") {
		t.Error("two equal runs differ")
	}
}

// What was measured of each run stands in its line, each with its floor.
func TestComparisonOfMeasured(t *testing.T) {
	floor := 0.25
	page := mustCompare(t, threeRuns(t)[:2], []Contents{
		{Metrics: []Metric{{Name: "distance", Value: 0.5, Floor: &floor}}, Notes: []string{"no likelihood"}},
		{Pictures: []Picture{{Title: "drawn", PNG: picture(t, 20, 20)}}},
	})
	for _, want := range []string{
		`<th class="number">distance</th><th class="number">floor: distance</th>`, "0.5 (of 1)", "one: no likelihood", "two: drawn",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// A floor that the first run lacks has its column.
func TestFloorOfALaterRun(t *testing.T) {
	floor := 0.25
	page := mustCompare(t, threeRuns(t)[:2], []Contents{
		{Metrics: []Metric{{Name: "distance", Value: 0.5}}}, {Metrics: []Metric{{Name: "distance", Value: 0.75, Floor: &floor}}},
	})
	if want := `<th class="number">distance</th><th class="number">floor: distance</th>`; !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
}

// A run without a configuration has no values, and does not differ from the others.
func TestComparisonWithoutAConfiguration(t *testing.T) {
	folders := threeRuns(t)[:2]
	bare := bareRun(t, "bare", 0)
	must(t, os.Remove(bare.ConfigPath()))
	page := mustCompare(t, append([]run.Folder{bare}, folders...), nil)
	want := "<td><code>seed</code></td><td><code>–</code></td><td><code>0</code></td><td><code>1</code></td>"
	if !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
	if strings.Contains(page, "<code>net.width</code>") {
		t.Error("a key is listed that is the same in all configurations")
	}
}

// Many runs have a line each, and the page stays within its limit.
func TestComparisonOfMany(t *testing.T) {
	var folders []run.Folder
	all := threeRuns(t)
	for i := range MostCompared {
		folders = append(folders, all[i%3])
	}
	page := mustCompare(t, folders, nil)
	if !strings.Contains(page, "Comparison of 100 runs") || !strings.Contains(page, "mean ± spread over 67 seeds") {
		t.Error("runs are missing")
	}
	for _, n := range []int{0, 1, MostCompared + 1} {
		if _, err := Comparison(make([]run.Folder, n), nil); err == nil || !strings.Contains(err.Error(), "2 to 100 runs") {
			t.Errorf("%d runs: %v", n, err)
		}
	}
	if _, err := Comparison(folders, make([]Contents, 3)); err == nil {
		t.Error("contents of other runs are taken")
	}
}

// Runs are named by their folders, by the whole paths where the last parts are the same.
func TestLabels(t *testing.T) {
	got := labelsOf([]run.Folder{"runs/a", "runs/b/", "other/a", run.Folder(filepath.Join("x", "<b>"))})
	if diff := cmp.Diff([]string{"runs/a", "b", "other/a", "<b>"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		values          []float64
		mean, deviation float64
	}{
		{[]float64{5}, 5, 0}, {[]float64{1, 3}, 2, math.Sqrt2},
		{[]float64{2, 4, 4, 4, 5, 5, 7, 9}, 5, math.Sqrt(32. / 7)},
	} {
		mean, deviation := spread(test.values)
		if math.Abs(mean-test.mean) > 1e-12 || math.Abs(deviation-test.deviation) > 1e-12 {
			t.Errorf("%v: %g ± %g, want %g ± %g", test.values, mean, deviation, test.mean, test.deviation)
		}
	}
}
