package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data/toy"
	"euryale/diffusion"
	"euryale/kernel"
	"euryale/nets"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	f, err := parse([]byte("a warning\n{\"ms\": 1.5, \"count\": 3}\n"))
	if want := (figures{"ms": 1.5, "count": 3}); err != nil || !maps.Equal(f, want) {
		t.Errorf("parse: %v, %v; want %v", f, err, want)
	}
	for _, bad := range []string{"", "{}", "1.5", `{"ms": "fast"}`, "{\"ms\": 1}\nKilled"} {
		if f, err := parse([]byte(bad)); err == nil {
			t.Errorf("parse(%q) = %v, want an error", bad, f)
		}
	}
}

func quiet(string, ...any) {}

func unknown() (total, other float64, err error) { return 0, 0, errors.New("no /proc") }

// fake is a contender whose time depends on its settings alone.
func fake(name string, log *[]string, ms func(s setting, call int) (figures, error), axes ...[]setting) contender {
	calls := 0
	return contender{name: name, axes: axes, run: func(_ context.Context, _ task, s setting) (figures, error) {
		*log = append(*log, strings.TrimSpace(name+" "+s.label))
		calls++
		return ms(s, calls)
	}}
}

func TestMeasureTakesTurnsWithTheBestSetting(t *testing.T) {
	var log []string
	costs := map[string]float64{"a": 3, "b": 2, "a, x": 3, "b, x": 2, "b, y": 5}
	slow := fake("slow", &log, func(s setting, _ int) (figures, error) { return figures{"ms": costs[s.label]}, nil },
		[]setting{{label: "a"}, {label: "b"}}, []setting{{}, {label: "y"}})
	quick := fake("quick", &log, func(_ setting, call int) (figures, error) { return figures{"ms": float64(call)}, nil })
	broken := fake("broken", &log, func(_ setting, call int) (figures, error) {
		if call == 2 {
			return nil, errors.New("out of paper")
		}
		return figures{"ms": 1}, nil
	})
	j := job{name: "j", title: "J", figure: "ms", contenders: []contender{slow, quick, broken}, ratios: []ratio{
		times("slow", "quick"), times("broken", "quick"), times("quick", "slow"),
	}}
	r, err := measure(context.Background(), j, pace{rounds: 3, length: 1}, &watch{now: unknown}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"slow a", "slow b", "slow b, y", // the search
		"slow b", "quick", "broken", "slow b", "quick", "broken", "slow b", "quick",
	}
	if !slices.Equal(log, want) {
		t.Errorf("turns %q\nwant  %q", log, want)
	}
	if want := []float64{1, 2, 3}; !slices.Equal(r.Series["quick"].Figures["ms"], want) {
		t.Errorf("%v, want %v", r.Series["quick"].Figures, want)
	}
	if len(r.Failed) != 1 || !strings.Contains(r.Failed[0], "out of paper") || !slices.Equal(r.Order, []string{"slow", "quick"}) {
		t.Errorf("left %v, failed %v", r.Order, r.Failed)
	}
	ratios := []comparison{{"time of slow / time of quick", "×", 1}, {"time of quick / time of slow", "×", 1}}
	if !slices.Equal(r.Ratios, ratios) {
		t.Errorf("ratios %v, want %v", r.Ratios, ratios)
	}
}

func TestFlat(t *testing.T) {
	r := result{Series: map[string]*series{two: {Figures: map[string][]float64{"B 1": {90, 80, 200}, "B 2": {110}}}}}
	if v, ok := flat(two, "").value(r); !ok || math.Abs(v-10) > 1e-12 {
		t.Errorf("flat: %v, %v; want 10 %%", v, ok)
	}
	if _, ok := flat(one, "").value(r); ok {
		t.Error("flat measured what is not there")
	}
}

func TestReport(t *testing.T) {
	r := findings{
		Machine: machine{CPU: "Abacus", Cores: 2, Kernel: "generic", Commit: "c0ffee", Versions: []string{"go1"},
			Notes: []string{"OpenBLAS was forced"}},
		Results: []result{{
			Title: "step", Order: []string{two, tuned, openBLAS},
			Series: map[string]*series{
				two:      {Figures: map[string][]float64{"ms": {0.2, 0.25, 0.3}, "count": {9, 9, 9}}},
				tuned:    {Setting: "1 thread", Figures: map[string][]float64{"ms": {1500, 1000}}},
				openBLAS: {Figures: map[string][]float64{"GFLOP/s 1024": {220}, "GFLOP/s 128": {100, 300}}},
			},
			Ratios: []comparison{{Text: "theirs / ours", Unit: "×", Value: 5000}},
		}},
		Skipped: []string{"the rest"},
	}
	var out bytes.Buffer
	r.write(&out)
	for _, line := range []string{
		"Abacus, 2 cores, kernel generic; commit c0ffee; go1",
		"\nOpenBLAS was forced.\n",
		"| step | theirs / ours | 5000× |",
		"| step | Euryale, 2 workers | 250 µs | 200 µs … 300 µs | 1.00 |",
		"| step | PyTorch, tuned (1 thread) | 1.25 s | 1 s … 1.5 s | 5000.00 |",
		"| step | OpenBLAS, 1 core | GFLOP/s 128: 200 (100 … 300); GFLOP/s 1024: 220 (220 … 220) |  |  |",
		"Skipped: the rest.",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	if strings.Contains(out.String(), "do not trust") {
		t.Error("an idle machine is called busy")
	}
	for _, word := range []string{"must", "met", "missed", "target"} { // figures are facts; nobody is graded here
		if strings.Contains(out.String(), word) {
			t.Errorf("the report has the word %q:\n%s", word, out.String())
		}
	}
}

// Every job's child runs, with sizes that take no time, and gives the figures that the table of jobs asks for.
func TestChildren(t *testing.T) {
	small := task{batch: 16, width: 8, timesteps: 10, points: 40, samples: 1000, count: 5}
	for name, test := range map[string]struct {
		run  func(t task, workers int) (figures, error)
		want []string
	}{
		"train":     {trainChild, []string{"count", "mean_ms", "ms"}},
		"sample":    {sampleChild, []string{"count", "mean_ms", "ms"}},
		"samples":   {samplesChild, []string{"N 1000"}},
		"denormals": {denormalsChild, []string{"old / young", "old ms", "young ms"}},
	} {
		f, err := test.run(small, 2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := slices.Sorted(maps.Keys(f)); !slices.Equal(got, test.want) {
			t.Errorf("%s gave %v, want %v", name, got, test.want)
		}
		for figure, v := range f {
			if !(v > 0) {
				t.Errorf("%s: %s is %v", name, figure, v)
			}
		}
	}
	if err := child([]string{"--job", "juggle"}); err == nil || !strings.Contains(err.Error(), "juggle") {
		t.Errorf("an unknown job: %v", err)
	}
}

// What a task is turned into is what a child reads; the other programs know the same names.
func TestArguments(t *testing.T) {
	all := task{job: "train", net: "n", shape: "s", batch: 1, width: 2, timesteps: 3, points: 4, samples: 5, count: 6, seconds: 0.5}
	got := strings.Join(all.arguments(), " ")
	want := "--job train --net n --shape s --batch 1 --width 2 --timesteps 3 --points 4 --samples 5 --count 6 --seconds 0.5"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	c, err := all.config()
	if err != nil {
		t.Fatal(err)
	}
	process := c.Process.Kind.(*diffusion.DDPM)
	if c.Train.Batch != 1 || c.Net.Kind.(*nets.MLP).Width != 2 || process.Steps != 3 || c.Data.Source.Kind.(*toy.SCurve).Points != 4 {
		t.Errorf("the configuration does not follow the task: %+v", c)
	}
}

// An epoch's short batch does not count.
func TestOnlyFullStepsCount(t *testing.T) {
	calls := 0
	times, err := milliseconds(0, 4, func() (bool, error) { calls++; return calls%2 == 0, nil })
	if err != nil || len(times) != 4 || calls != 10 { // three to warm up, then up to the fourth that counts
		t.Errorf("%d times of %d calls, %v; want 4 of 10", len(times), calls, err)
	}
	if _, err := milliseconds(0, 1, func() (bool, error) { return true, errors.New("no") }); err == nil {
		t.Error("the error of a call is lost")
	}
}

func TestHighWater(t *testing.T) {
	status := filepath.Join(t.TempDir(), "status")
	if err := os.WriteFile(status, []byte("Name:\tx\nVmPeak:\t  9 kB\nVmHWM:\t   1000 kB\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if mb, err := highWater(status); err != nil || mb != 1.024 {
		t.Errorf("%v MB, %v; want 1.024", mb, err)
	}
	if _, err := highWater(status + "2"); err == nil {
		t.Error("no error for a process that is gone")
	}
}

// fieldsOf splits a message of protocol buffers into its fields, as the format's specification says.
func fieldsOf(t *testing.T, m []byte) map[int][][]byte {
	t.Helper()
	fields := map[int][][]byte{}
	for len(m) > 0 {
		key, n := binary.Uvarint(m)
		m = m[n:]
		v, n := binary.Uvarint(m)
		m = m[n:]
		content := binary.AppendUvarint(nil, v)
		switch key & 7 {
		case 0:
		case 2:
			content, m = m[:v], m[v:]
		default:
			t.Fatalf("field %d has wire type %d", key>>3, key&7)
		}
		fields[int(key>>3)] = append(fields[int(key>>3)], content)
	}
	return fields
}

// The ONNX model is complete: what a node reads is an input, an initializer or another node's output, and arrays have
// the bytes that their shapes say.
func TestONNXStep(t *testing.T) {
	e := &environment{scratch: t.TempDir()}
	if err := e.writeONNX(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(e.modelPath())
	if err != nil {
		t.Fatal(err)
	}
	graph := fieldsOf(t, fieldsOf(t, content)[7][0])
	known := map[string]bool{}
	for _, input := range graph[11] {
		known[string(fieldsOf(t, input)[1][0])] = true
	}
	for _, array := range graph[5] {
		f := fieldsOf(t, array)
		size := uint64(4)
		for _, dim := range f[1] {
			n, _ := binary.Uvarint(dim)
			size *= n
		}
		if uint64(len(f[9][0])) != size {
			t.Errorf("%s has %d bytes, want %d", f[8][0], len(f[9][0]), size)
		}
		known[string(f[8][0])] = true
	}
	if len(graph[5]) != 4+4+3 {
		t.Errorf("%d arrays, want 4 weights, 4 biases and 3 tables", len(graph[5]))
	}
	for _, n := range graph[1] {
		f := fieldsOf(t, n)
		for _, input := range f[1] {
			if !known[string(input)] {
				t.Errorf("%s reads %s, which nothing before it makes", f[4][0], input)
			}
		}
		known[string(f[2][0])] = true
	}
	if output := fieldsOf(t, graph[12][0])[1][0]; !known[string(output)] {
		t.Errorf("nothing makes the output %s", output)
	}
}

func TestKernelsAskForPathsByName(t *testing.T) {
	path, err := kernel.Path()
	if err != nil {
		t.Skip(err)
	}
	found := false
	for _, c := range (&environment{self: "self"}).kernels() {
		found = found || c.name == kernelName(path)
		if env := c.axes[0][0].environment; len(env) != 1 || !strings.HasPrefix(env[0], kernel.Environment+"=") {
			t.Errorf("%s runs with %v", c.name, env)
		}
	}
	if !found {
		t.Errorf("no contender for the path %s, which this machine takes", path)
	}
}

// No job asks for a figure of a contender that it does not have.
func TestJobs(t *testing.T) {
	e := &environment{python: "python3", node: "node", mlp: "mlp", matmul: "matmul"}
	for _, quick := range []bool{false, true} {
		for _, j := range jobs(e, quick) {
			if len(j.contenders) == 0 {
				t.Errorf("%s has no contenders", j.name)
			}
			r := result{Series: map[string]*series{}}
			for _, c := range j.contenders {
				if c.run == nil {
					t.Errorf("%s: %s cannot run", j.name, c.name)
				}
				f := map[string][]float64{"ms": {1}, "GFLOP/s 128": {1}, "GFLOP/s 1024": {1}, "AVX2": {1}, "AVX-512": {1}, "old / young": {1},
					"B 128, MB": {1}, "B 512, MB": {1}, shownFigure: {0.5}}
				for _, p := range products {
					f[rateOf(p)] = []float64{1}
				}
				for _, n := range []int{j.task.count / 10, j.task.count} {
					f[fmt.Sprintf("train, %d epochs, MB", n)] = []float64{1}
				}
				for _, n := range []int{j.task.samples / 100, j.task.samples} {
					f[fmt.Sprintf("sample, %d points, MB", n)] = []float64{1}
				}
				r.Series[c.name] = &series{Figures: f}
			}
			for _, q := range j.ratios {
				needs := strings.Contains(q.text, "avx") // a path that this machine may not have
				if v, measured := q.value(r); !needs && (!measured || v != 1 && q.unit == "×") {
					t.Errorf("%s: %s is %v, %v; want 1", j.name, q.text, v, measured)
				}
			}
		}
	}
}
