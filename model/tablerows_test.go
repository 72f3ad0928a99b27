package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// readAll reads the training rows of a model.
func readAll(t testing.TB, m *Model) *data.Batch {
	t.Helper()
	source, _, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rows := new(data.Batch)
	if err := source.Read(context.Background(), rows, 0, source.Rows()); err != nil {
		t.Fatal(err)
	}
	return rows
}

// Rows of numbers and categories become their noise, and nearly all come back from it as they were: on the way from noise to
// one of several categories, rows part that float32 hardly tells apart.
func TestRoundTripOfTables(t *testing.T) {
	m := ideal(t, "sample.solver=rk45")
	rows := readAll(t, m)
	rows.Rows, rows.Real, rows.Index = 50, rows.Real[:2*50], rows.Index[:2*50]
	r := m.Request(50)
	noise := r
	noise.Invert, noise.Rows = true, rows
	x, _, err := m.Points(context.Background(), noise)
	if err != nil {
		t.Fatal(err)
	}
	if s := m.SampleSchema(noise); s.Dim() != m.Dim() || len(s.Classes) != 0 {
		t.Errorf("the schema of noise: %+v", s)
	}
	r.From = x
	back := 0
	for i, got := range readKnown(t, m, r) {
		want := row{int(rows.Index[2*i]), int(rows.Index[2*i+1]), rows.Real[2*i], rows.Real[2*i+1]}
		if got.a == want.a && got.b == want.b && math.Abs(got.x-want.x) < 0.01 && math.Abs(got.y-want.y) < 0.01 {
			back++
		}
	}
	if back < 45 {
		t.Errorf("%d of 50 rows come back", back)
	}
	rows.Rows--
	noise.Rows = rows
	if err := m.Check(noise); err == nil || !strings.Contains(err.Error(), "got 49 rows") {
		t.Errorf("a row too few: %v", err)
	}
}

// Fresh rows of a table are those that were held out, with the classes that samples get.
func TestHeldOutRowsOfTables(t *testing.T) {
	m := kindsModel(t, "data.held_out=0.5")
	r := m.Request(6)
	r.Sampling, r.Invert = tableSampling(t, m, "sample.solver=rk45"), true
	if lines := written(t, m, r); len(lines) != 6 || strings.Count(lines[0], ",") != m.Dim() {
		t.Errorf("noise of held-out rows: %q", lines)
	}
	r.N = 60
	_, _, err := m.Points(context.Background(), r)
	if err == nil || !strings.Contains(err.Error(), "that the net was not trained on, fewer than") {
		t.Errorf("noise of more rows than were held out: %v", err)
	}
	if source, err := m.Fresh(context.Background(), 1, 4, 2); err != nil || source.Rows() != 4 {
		t.Errorf("held-out rows of a class: %v", err)
	}
	given := m.Request(60)
	given.Sampling = tableSampling(t, m, "sample.start=marginal", "sample.times=[0.1, 0]")
	drawn := written(t, m, given)
	given.Rows = readAll(t, kindsModel(t))
	if len(drawn) != 60 || slices.Equal(drawn, written(t, m, given)) {
		t.Error("the rows that samples start from do not matter")
	}
}

// normals are two columns of numbers, and a class if there are names of one.
func normals(n int, class ...string) string {
	var b strings.Builder
	b.WriteString("v,w" + strings.Repeat(",class", min(1, len(class))) + "\n")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		fmt.Fprintf(&b, "%v,%v", 100+20*r.NormFloat64(), -3+0.01*r.NormFloat64())
		if len(class) > 0 {
			b.WriteString("," + class[i%len(class)])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// A net without weights denoises normal numbers of the deviation 0.5, so that the density of rows is known: that of normal
// numbers in their units and, on the scale log, as often more as the scale is steeper.
func TestLikelihoodOfTables(t *testing.T) {
	for _, scale := range []string{"standard", "minmax", "log"} {
		config := tableConfig(t, normals(300), "data.numbers="+scale)
		m := open(t, untrained(t, config, func(w []float32) { clear(w) }, nil))
		rows := readAll(t, m)
		rows.Rows, rows.Real = 5, rows.Real[:10]
		l, err := m.LikelihoodOf(context.Background(), m.Request(1), rows)
		if err != nil {
			t.Fatal(err)
		}
		encode := func(v, w float64) []float32 {
			x, err := m.encodeRows(&data.Batch{Rows: 1, Real: []float64{v, w}})
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		mean := 0.0
		for i, got := range l.LogDensity {
			v, w := rows.Real[2*i], rows.Real[2*i+1]
			z, want := encode(v, w), 0.0
			for j, step := range []float64{10, 0.005} {
				after, before := encode(v+step, w+step), encode(v-step, w-step)
				slope := float64(after[j]-before[j]) / (2 * step)
				want += math.Log(slope) - math.Log(0.5*math.Sqrt(2*math.Pi)) - float64(z[j]*z[j])/(2*0.25)
			}
			if math.Abs(got-want) > 0.01 {
				t.Errorf("%s: log-density %v of row %d, want %v", scale, got, i, want)
			}
			mean -= got / 5
		}
		if math.Abs(mean-l.Exact) > 1e-12*math.Abs(mean) || l.Points != 5 {
			t.Errorf("%s: the mean of the log-densities is %v, want %v", scale, mean, l.Exact)
		}
	}
}

// Rows that have no density are refused before the work, with the reason.
func TestNoLikelihoodOfTables(t *testing.T) {
	for want, m := range map[string]*Model{
		"column v: spreads values over intervals":   tableModel(t, normals(30)),
		"gives these rows no exact likelihood":      kindsModel(t),
		"each of 3 rows needs its class, got 0":     tableModel(t, normals(30, "p", "q"), "data.target=class", "data.numbers=standard"),
		"leave Invert, From, Rows, Known and Where": tableModel(t, normals(30), "data.numbers=standard"),
	} {
		rows := &data.Batch{Rows: 3, Real: []float64{90, -3, 100, -3.01, 110, -2.99}}
		r := m.Request(1)
		if strings.HasPrefix(want, "leave") {
			r.Where = []Cell{{"v", "100"}}
		}
		if _, err := m.LikelihoodOf(context.Background(), r, rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	m := tableModel(t, normals(30, "p", "q"), "data.target=class", "data.numbers=standard")
	rows := readAll(t, m)
	l, err := m.LikelihoodOf(context.Background(), m.Request(1), rows)
	if err != nil || l.Points != 30 {
		t.Errorf("%+v, %v", l, err)
	}
}

// Numbers that often leave their range are reported.
func TestClippedNumbers(t *testing.T) {
	var b strings.Builder
	b.WriteString("v,w\n")
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		fmt.Fprintf(&b, "%v,%v\n", r.ExpFloat64(), r.NormFloat64())
	}
	m := tableModel(t, b.String(), `data.constraints=["v >= 0", "w >= -100"]`, "data.numbers=standard")
	if list := m.Clipped(); list != nil {
		t.Errorf("clipped before any sample: %v", list)
	}
	written(t, m, m.Request(2000))
	list := m.Clipped() // a normal number of mean 1 and deviation 1 is below 0 in 16% of all cases
	if len(list) != 1 || list[0].Column != "v" || math.Abs(list[0].Share-0.16) > 0.04 {
		t.Errorf("clipped: %v", list)
	}
	if smallModel(t).Clipped() != nil {
		t.Error("points are clipped")
	}
}

// heapSink notes the most memory in use while rows are written.
type heapSink struct {
	discard
	rows, batches int
	most          uint64
}

func (h *heapSink) Write(rows *data.Batch) error {
	if h.rows += rows.Rows; h.batches%8 == 0 {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		h.most = max(h.most, now.HeapAlloc)
	}
	h.batches++
	return nil
}

// Memory does not grow with the number of rows, also where they are chosen.
func TestMemoryOfTables(t *testing.T) {
	m := kindsModel(t, "sample.steps=2")
	for name, where := range map[string][]Cell{"any": nil, "chosen": {{"city", "Köln, Dom"}}} {
		var most [2]uint64
		for i, n := range []int{20_000, 200_000} {
			r := m.Request(n)
			r.Where, r.Workers = where, 2
			var sink heapSink
			if err := m.Sample(context.Background(), r, &sink); err != nil || sink.rows != n {
				t.Fatalf("%s: %d rows, %v", name, sink.rows, err)
			}
			most[i] = sink.most
		}
		if most[1] > most[0]+1<<20 {
			t.Errorf("%s: %d bytes for 20,000 rows, %d for 200,000", name, most[0], most[1])
		}
	}
}
