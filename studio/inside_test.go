package studio

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/configs"
	"euryale/run"
)

// An id that is accepted is a path below the folder of runs, whatever it is made of.
func FuzzCheckID(f *testing.F) {
	for _, id := range []string{
		"scurve", "sweep/trials/lr=0.1_seed=2", "../x", "a/../b", "/a", "a//b", "a/", ".", "a\x00b", `a\b`, "é", "a/b/c/d", ".a",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if checkID(id) != nil {
			return
		}
		below, err := filepath.Rel("/runs", filepath.Join("/runs", filepath.FromSlash(id)))
		if err != nil || filepath.ToSlash(below) != id || strings.HasPrefix(below, "..") || strings.Count(id, "/") > 2 ||
			strings.Contains(id, "\x00") {
			t.Errorf("%q is accepted, and is %q", id, below)
		}
	})
}

// The runs of a stream are ids, whatever the list is made of.
func FuzzWatchedIDs(f *testing.F) {
	for _, list := range []string{"scurve,moons", "a%2Cb", "a,,b", "..%2Fx", "%", "a,a", strings.Repeat("a,", 70)} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		ids, err := watchedIDs(list)
		if err != nil && len(ids) > 0 || len(ids) > mostWatched || slices.ContainsFunc(ids, func(id string) bool { return checkID(id) != nil }) {
			t.Errorf("%q: %q, %v", list, ids, err)
		}
	})
}

// Names of new runs are ids of one folder.
func FuzzCheckName(f *testing.F) {
	for _, name := range []string{"scurve", "scurve-2", "..", "a/b", "-a", ".a", "a b", "", strings.Repeat("a", 101)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) == nil && (checkID(name) != nil || strings.ContainsAny(name, `/\ `) || strings.HasPrefix(name, "-")) {
			t.Errorf("%q is accepted", name)
		}
		if like := likeName(name); checkName(like+"-9999") != nil || len(name) <= 90 && checkName(name) == nil && like != name {
			t.Errorf("a name like %q is %q", name, like)
		}
	})
}

// A run without a name is called like what it comes from, with a number where that is taken.
func TestNewFolder(t *testing.T) {
	s := &Studio{root: filepath.Join(t.TempDir(), "runs")}
	for _, want := range []string{"rate-0.1_seed-2", "rate-0.1_seed-2-2", "rate-0.1_seed-2-3"} {
		if id, err := s.newFolder("", "rate=0.1_seed=2"); err != nil || id != want {
			t.Errorf("%q, %v, want %q", id, err, want)
		}
	}
}

// Thinning keeps the steps in order, the last one, the extremes and the mean of the loss.
func TestThinned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := make([]run.LogPoint, rapid.IntRange(0, 200).Draw(t, "points"))
		least, greatest := math.Inf(1), math.Inf(-1)
		for i := range points {
			points[i] = run.LogPoint{Step: int64(i + 1), Loss: rapid.Float64Range(-10, 10).Draw(t, "loss")}
			least, greatest = min(least, points[i].Loss), max(greatest, points[i].Loss)
		}
		most := rapid.IntRange(1, 50).Draw(t, "most")
		rows := thinned(points, most)
		if len(rows) != min(len(points), most) {
			t.Fatalf("%d rows of %d points, at most %d", len(rows), len(points), most)
		}
		low, high, before := math.Inf(1), math.Inf(-1), 0.0
		for _, row := range rows {
			if float64(row[0]) <= before || row[lowColumn] > row[lossColumn]+1e-9 || row[lossColumn] > row[highColumn]+1e-9 {
				t.Fatalf("the row %v after step %v", row, before)
			}
			before = float64(row[0])
			low, high = min(low, float64(row[lowColumn])), max(high, float64(row[highColumn]))
		}
		if len(points) > 0 && (before != float64(len(points)) || low != least || high != greatest) {
			t.Errorf("the last step is %v of %d, losses from %v to %v, want %v to %v", before, len(points), low, high, least, greatest)
		}
	})
}

// The tail of a log is whole lines, and ends where the last of them does.
func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	text := "{\"step\":1}\n{\"step\":2}\nno point\n{\"step\":3}\n{\"st"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int64]int{1000: 3, 16: 1, 5: 0, 4: 0} {
		points, end, err := tail(path, most)
		if err != nil || len(points) != want || end != int64(len(text)-4) && most > 4 {
			t.Errorf("the last %d bytes: %d points, end %d, %v", most, len(points), end, err)
		}
	}
}

// The last line with some text is found however far from the end it is, and however the parts fall that are read.
func TestLastWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var log strings.Builder
		marked := rapid.IntRange(0, 30).Draw(t, "marked") // 0: none
		for i := range 30 {
			blank := strings.Repeat(" ", rapid.SampledFrom([]int{0, 5, 64<<10 - 40, 70 << 10}).Draw(t, "blank"))
			mark := ""
			if i < marked {
				mark = `,"evaluation":{"best":true}`
			}
			fmt.Fprintf(&log, `{"step":%d%s%s}`+"\n", i+1, blank, mark)
		}
		end := int64(log.Len())
		text := strings.NewReader(log.String() + `{"step":99,"evaluation":{"best":tr`)
		if newest := lastWith(text, end, `"best":true`); newest.Step != int64(marked) {
			t.Errorf("step %d, want %d", newest.Step, marked)
		}
	})
}

// The steps of a run are planned by its log; one that is none of ours plans nothing.
func TestPlanned(t *testing.T) {
	c, err := configs.Preset("scurve", nil) // 4000 epochs of 79 steps
	if err != nil {
		t.Fatal(err)
	}
	for point, want := range map[run.LogPoint]int64{
		{Step: 100, Epoch: 100.0 / 79}: 4000 * 79, {Step: 1, Epoch: 1e-300}: 0, {Step: 1 << 62, Epoch: 1e-9}: 0, {Step: 5, Epoch: -1}: 0,
		{Step: -5, Epoch: 1}: 0, {}: 0,
	} {
		if got := planned(c, point); got != want {
			t.Errorf("%+v: %d steps, want %d", point, got, want)
		}
	}
	if c, err = configs.Preset("table_small", nil); err != nil { // as many steps as suit the rows
		t.Fatal(err)
	}
	for point, want := range map[run.LogPoint]int64{{Step: 50, Epoch: 0.01}: 55_000, {Step: 1 << 50, Epoch: 0.001}: 0} {
		if got := planned(c, point); got != want {
			t.Errorf("%+v: %d steps, want %d", point, got, want)
		}
	}
}

// The state of a run by what its files tell.
func TestState(t *testing.T) {
	r := row{}
	now := r.Updated.Add(1e9)
	for _, test := range []struct {
		row     row
		process string
		late    bool
		want    string
	}{
		{row{}, "", false, running},
		{row{}, "", true, stopped},
		{row{ended: true}, "", false, stopped},
		{row{ended: true, Step: 5, Total: 5}, "", false, finished},
		{row{Step: 5, Total: 5}, "", true, finished},
		{row{Step: 5, Total: 9}, running, true, running},
		{row{Step: 5, Total: 9}, failed, false, failed},
		{row{State: damaged}, "", false, damaged},
		{row{patience: 1e15}, "", true, running},
	} {
		at := now
		if test.late {
			at = now.Add(3600e9)
		}
		test.row.settle(test.process, at)
		if test.row.State != test.want || test.row.Mine != (test.process == running) {
			t.Errorf("%+v: %s, want %s", test, test.row.State, test.want)
		}
	}
}
