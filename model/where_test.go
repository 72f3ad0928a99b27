package model

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
)

// given draws rows of the known distribution that have cells, by the exact conditional distribution.
func given(cells map[string]float64, n int, r *rand.Rand) []row {
	list := knownComponents()
	weights := make([]float64, len(list))
	x, hasX := cells["x"]
	y, hasY := cells["y"]
	for k, c := range list {
		weights[k] = c.weight
		if a, ok := cells["a"]; ok && c.a != int(a) {
			weights[k] = 0
		}
		if b, ok := cells["b"]; ok && c.b != int(b) {
			weights[k] = 0
		}
		switch dx, dy := x-c.x, y-c.y; {
		case hasX && hasY:
			det := c.xx*c.yy - c.xy*c.xy
			weights[k] *= math.Exp(-(c.yy*dx*dx-2*c.xy*dx*dy+c.xx*dy*dy)/(2*det)) / math.Sqrt(det)
		case hasX:
			weights[k] *= math.Exp(-dx*dx/(2*c.xx)) / math.Sqrt(c.xx)
		case hasY:
			weights[k] *= math.Exp(-dy*dy/(2*c.yy)) / math.Sqrt(c.yy)
		}
	}
	rows := make([]row, n)
	for i := range rows {
		c := list[pick(r, weights)]
		rows[i] = c.draw(r)
		switch {
		case hasX && hasY:
			rows[i].x, rows[i].y = x, y
		case hasX:
			rows[i].x, rows[i].y = x, c.y+c.xy/c.xx*(x-c.x)+math.Sqrt(c.yy-c.xy*c.xy/c.xx)*r.NormFloat64()
		case hasY:
			rows[i].x, rows[i].y = c.x+c.xy/c.yy*(y-c.y)+math.Sqrt(c.xx-c.xy*c.xy/c.yy)*r.NormFloat64(), y
		}
	}
	return rows
}

// apart is how far two sets of rows are apart: the total variation of their categories with the eighth of each number.
func apart(rows, reference []row) float64 {
	edges := func(number func(row) float64) (list []float64) {
		var all []float64
		for _, r := range reference {
			all = append(all, number(r))
		}
		slices.Sort(all)
		for k := 1; k < 8; k++ {
			list = append(list, all[k*len(all)/8])
		}
		return list
	}
	inX, inY := edges(func(r row) float64 { return r.x }), edges(func(r row) float64 { return r.y })
	share := map[[3]int]float64{}
	add := func(rows []row, sign float64) {
		for _, r := range rows {
			x, _ := slices.BinarySearch(inX, r.x+1e-6)
			y, _ := slices.BinarySearch(inY, r.y+1e-6)
			share[[3]int{r.a*4 + r.b, x, -1}] += sign / float64(len(rows))
			share[[3]int{r.a*4 + r.b, -1, y}] += sign / float64(len(rows))
		}
	}
	add(rows, 1)
	add(reference, -1)
	sum := 0.0
	for _, v := range share {
		sum += math.Abs(v) / 4
	}
	return sum
}

// readKnown reads samples of the known distribution.
func readKnown(t testing.TB, m *Model, r Request) []row {
	t.Helper()
	var rows []row
	for _, line := range written(t, m, r) {
		cells := strings.Split(line, ",")
		a, err := strconv.Atoi(cells[0][1:])
		b, err2 := strconv.Atoi(cells[1][1:])
		x, err3 := strconv.ParseFloat(cells[2], 64)
		y, err4 := strconv.ParseFloat(cells[3], 64)
		if err := errors.Join(err, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row{a, b, x, y})
	}
	return rows
}

// With an ideal net, samples that have cells are distributed as the rows that have them: by the nearest candidates, repainted,
// or by candidates that have the cells anyway. RePaint from noise shows that the test would notice a difference.
func TestWhereFollowsTheConditionalDistribution(t *testing.T) {
	m := ideal(t)
	const n = 600
	for name, test := range map[string]struct {
		where []Cell
		cells map[string]float64
		most  float64 // beyond what two draws of the truth are apart
	}{
		"a category":           {[]Cell{{"a", "a2"}}, map[string]float64{"a": 2}, 0.03},
		"a number":             {[]Cell{{"x", "0.3"}}, map[string]float64{"x": 0.3}, 0.06},
		"two numbers":          {[]Cell{{"x", "0.6"}, {"y", "0.2"}}, map[string]float64{"x": 0.6, "y": 0.2}, 0.07},
		"a number, a category": {[]Cell{{"b", "b0"}, {"y", "-0.1"}}, map[string]float64{"b": 0, "y": -0.1}, 0.06},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 6))
			truth := given(test.cells, 40*n, r)
			floor := apart(given(test.cells, n, r), truth)
			request := m.Request(n)
			request.Where = test.where
			rows := readKnown(t, m, request)
			for _, got := range rows {
				for column, want := range test.cells {
					if v := map[string]float64{"a": float64(got.a), "b": float64(got.b), "x": got.x, "y": got.y}[column]; v != want {
						t.Fatalf("%s is %v, want %v", column, v, want)
					}
				}
			}
			if got := apart(rows, truth); got > floor+test.most {
				t.Errorf("the samples are %.3f from the truth, other draws of it %.3f", got, floor)
			}
			if name == "two numbers" {
				repainted := request
				repainted.N = 200
				repainted.Sampling = tableSampling(t, m, "sample.solver=ancestral", "sample.repaint={jump_length: 1, resample: 4}")
				if got := apart(readKnown(t, m, repainted), truth); got < floor+0.2 {
					t.Errorf("RePaint from noise is only %.3f from the truth: the test shows nothing", got)
				}
			}
		})
	}
}

// tableSampling is the section sample with overrides.
func tableSampling(t testing.TB, m *Model, overrides ...string) configs.Sample {
	t.Helper()
	config, err := m.Config.With(overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config.Sample
}

// A sample that has given cells is the same alone and among others, with any number of workers, however it is drawn.
func TestWhereDoesNotDependOnOthers(t *testing.T) {
	m := kindsModel(t)
	for name, change := range map[string]func(r *Request){
		"kept as they are": func(r *Request) { r.Where = []Cell{{"left", "2"}} },
		"repainted":        func(r *Request) { r.Where = []Cell{{"price", "17.25"}, {"left", ""}} },
		"of a class":       func(r *Request) { r.Where = []Cell{{"price", "17.25"}, {"class", "mid"}} },
		"balanced":         func(r *Request) { r.Where, r.Labels = []Cell{{"price", "17.25"}}, m.BalancedLabels() },
		"rejected":         func(r *Request) { r.Where, r.Reject = []Cell{{"city", "Köln, Dom"}, {"left", "3"}}, true },
		"from noise": func(r *Request) {
			r.Where = []Cell{{"price", "17.25"}}
			r.Sampling = tableSampling(t, m, "sample.solver=ancestral", "sample.repaint={jump_length: 1, resample: 2}")
		},
	} {
		r := m.Request(300)
		change(&r)
		r.Workers = 2
		all := written(t, m, r)
		if len(all) != r.N {
			t.Fatalf("%s: %d lines", name, len(all))
		}
		for _, n := range []int{1, 199} {
			r.N, r.Workers = n, 1+n%3
			if got := written(t, m, r); !slices.Equal(got, all[:n]) {
				t.Errorf("%s: %d samples differ from the first of %d", name, n, len(all))
			}
		}
		for _, line := range all {
			for _, cell := range r.Where {
				if !strings.Contains(line+",", ","+strings.ReplaceAll(cell.Text, "Köln, Dom", `"Köln, Dom"`)+",") {
					t.Fatalf("%s: %q does not have %v", name, line, cell)
				}
			}
		}
	}
}

func TestWhereErrors(t *testing.T) {
	m := kindsModel(t)
	points := smallModel(t)
	for want, change := range map[string]func(r *Request) *Model{
		`the cell cty=Ulm: the name of a column must be one of city`: func(r *Request) *Model { r.Where = []Cell{{"cty", "Ulm"}}; return m },
		`must be one of Ulm`:                     func(r *Request) *Model { r.Where = []Cell{{"city", "Ul"}}; return m },
		`the name of a class must be one of mid`: func(r *Request) *Model { r.Where = []Cell{{"class", "med"}}; return m },
		`"city" is given twice`:                  func(r *Request) *Model { r.Where = []Cell{{"city", "Ulm"}, {"city", "Bonn"}}; return m },
		`numbers have 2 decimals, got 17.255`:    func(r *Request) *Model { r.Where = []Cell{{"price", "17.255"}}; return m },
		`training rows have`:                     func(r *Request) *Model { r.Where = []Cell{{"price", "99.00"}}; return m },
		`expected a number, got ""`:              func(r *Request) *Model { r.Where = []Cell{{"price", ""}}; return m },
		`not learned from the data`:              func(r *Request) *Model { r.Where = []Cell{{"id", "K-0001"}}; return m },
		`every training row has "kg"`:            func(r *Request) *Model { r.Where = []Cell{{"unit", "g"}}; return m },
		`given twice: as a cell and as a label`:  func(r *Request) *Model { r.Where, r.Labels = []Cell{{"class", "mid"}}, []int32{0}; return m },
		`not for turning data into noise`: func(r *Request) *Model {
			r.Where, r.Invert = []Cell{{"city", "Ulm"}}, true
			r.Sampling = tableSampling(t, m, "sample.solver=rk45")
			return m
		},
		`cannot be chosen by the cells of Where`: func(r *Request) *Model {
			r.Where, r.From = []Cell{{"city", "Ulm"}}, make([]float32, 3*m.Dim())
			return m
		},
		`chosen by Where (Reject), and it has no cells`: func(r *Request) *Model { r.Reject = true; return m },
		`of a table, give cells of columns (Where)`:     func(r *Request) *Model { r.Known = map[int]float64{0: 1}; return m },
		`the name of a column must be one of x0`:        func(r *Request) *Model { r.Where = []Cell{{"y", "1"}}; return points },
		`expected a number, got "one"`:                  func(r *Request) *Model { r.Where = []Cell{{"x0", "one"}}; return points },
		`too seldom equal`:                              func(r *Request) *Model { r.Where, r.Reject = []Cell{{"x0", "1"}}, true; return points },
	} {
		r := m.Request(3)
		of := change(&r)
		if of == points {
			r.Sampling = points.Request(3).Sampling
		}
		if err := of.Check(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	r := m.Request(3)
	r.Where, r.Reject = []Cell{{"price", "17.25"}}, true
	var rare *RareError
	if err := m.Sample(context.Background(), r, nil); !errors.As(err, &rare) || rare.Tried != trialRows {
		t.Errorf("a number that no sample has: %v", err)
	}
	r.Reject = false
	if _, _, err := m.Points(context.Background(), r); err == nil {
		t.Error("points have categories")
	}
	if err := m.Draw(context.Background(), r, nil); err == nil || !strings.Contains(err.Error(), "draw them with Sample or Save") {
		t.Errorf("chosen samples, encoded: %v", err)
	}
	if _, err := m.Try(context.Background(), m.Request(3)); err == nil || !strings.Contains(err.Error(), "no cells of Where to try") {
		t.Errorf("a trial without cells: %v", err)
	}
}

// Cells that follow from other columns by a constraint are waited for.
func TestWhereOfDerivedColumns(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b,total\n")
	for i := range 100 {
		a, c := i%5, i/5%4
		b.WriteString(strconv.Itoa(a) + "," + strconv.Itoa(c) + "," + strconv.Itoa(a+c) + "\n")
	}
	m := tableModel(t, b.String(), `data.constraints=["total = a + b"]`)
	r := m.Request(200)
	r.Where = []Cell{{"total", "4"}}
	pairs := map[string]int{}
	for _, line := range written(t, m, r) {
		pairs[line]++
	}
	if len(pairs) != 4 || pairs["4,0,4"]+pairs["3,1,4"]+pairs["2,2,4"]+pairs["1,3,4"] != r.N {
		t.Errorf("samples of the total 4: %v", pairs)
	}
	r.Where = []Cell{{"total", "11"}}
	var rare *RareError
	if err := m.Sample(context.Background(), r, discard{}); !errors.As(err, &rare) || rare.Hits != 0 {
		t.Errorf("a total that there is not: %v", err)
	}
}

// The wait for samples ends where hardly any candidate is kept: of a class that is wanted, or of all.
func TestTooRare(t *testing.T) {
	m := kindsModel(t)
	few, many := tries{drawn: trialRows, hits: 2, kept: 3}, tries{drawn: trialRows, hits: 900, kept: 1000}
	for want, c := range map[string]chooser{
		`2 of 16384 samples of the class "mid" satisfy Where`: {wanted: []int{0, 3, 1, 0}, tries: []tries{{}, many, few, many}},
		"4 of 32768 samples satisfy Where":                    {tries: []tries{{}, few, few, {}}},
		"900 of 16384 samples satisfy Where":                  {tries: []tries{{}, many, {}, {}}, next: maxRows},
		"":                                                    {wanted: []int{0, 3, 0, 0}, tries: []tries{{}, many, few, many}},
	} {
		c.sampling = &sampling{model: m, request: m.Request(5)}
		if err := c.tooRare(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	c := chooser{tries: []tries{few}}
	c.sampling, c.chosen.First = &sampling{model: m, request: m.Request(5)}, 5
	if err := c.tooRare(); err != nil {
		t.Errorf("all samples are chosen: %v", err)
	}
}

// Cells of points are known coordinates by their names; those that cost nothing take no candidates.
func TestWhereWithoutCandidates(t *testing.T) {
	points := smallModel(t)
	r, known := points.Request(5), points.Request(5)
	r.Where, known.Known = []Cell{{"x1", "0.25"}}, map[int]float64{1: 0.25}
	if !slices.Equal(draw(t, points, r), draw(t, points, known)) {
		t.Error("a known coordinate by its name differs")
	}
	m := kindsModel(t)
	of, labeled := m.Request(5), m.Request(5)
	of.Where, labeled.Sampling.Guidance.Label = []Cell{{"class", "mid"}, {"unit", "kg"}}, slices.Index(m.Schema.Classes, "mid")
	if !slices.Equal(written(t, m, of), written(t, m, labeled)) {
		t.Error("a class as a cell differs from the label")
	}
}

// The number of a cell is exactly that of the file, on every scale.
func TestExactNumbers(t *testing.T) {
	var b strings.Builder
	b.WriteString("v,w\n")
	r := rand.New(rand.NewPCG(2, 2))
	for range 200 {
		b.WriteString(strconv.FormatFloat(math.Exp(10*r.NormFloat64()), 'g', -1, 64) + "," + strconv.Itoa(r.IntN(4)) + "\n")
	}
	b.WriteString("0.1234567890123456,1\n")
	for _, scale := range []string{"quantile", "standard", "minmax", "log"} {
		m := tableModel(t, b.String(), "data.numbers="+scale)
		r := m.Request(3)
		r.Where = []Cell{{"v", "0.1234567890123456"}}
		for _, line := range written(t, m, r) {
			if !strings.HasPrefix(line, "0.1234567890123456,") {
				t.Errorf("%s: %q", scale, line)
			}
		}
	}
}

var _ data.Source = (*gathered)(nil)
