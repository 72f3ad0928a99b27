package boosting

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// random is Knuth's linear congruential generator of MMIX, as in testdata/generate.py.
type random uint64

func (r *random) uniform() float64 {
	*r = *r*6364136223846793005 + 1442695040888963407
	return float64(*r>>11) * 0x1p-53
}

func (r *random) normal() float64 {
	sum := 0.0
	for range 12 {
		sum += r.uniform()
	}
	return sum - 6
}

func rounded(v, places float64) float64 { return math.Floor(v*places+0.5) / places }

// gems is the table of testdata/generate.py: size, width, depth, price, cut, color.
type gems struct {
	size, width, depth, price []float64
	cut, color                []int32
}

func newGems(seed random, rows int, noise float64) gems {
	r := &seed
	var g gems
	for range rows {
		u := r.uniform()
		size := rounded(0.2+2.5*u*u, 100)
		cut := math.Floor(5 * math.Sqrt(r.uniform()) * (1 - noise))
		color := math.Floor(7 * r.uniform())
		width := size * (3 + 0.2*r.normal()) * (1 + noise*r.normal())
		depth := rounded(61+1.5*r.normal()+0.5*cut, 10)
		price := size * size * (1000 + 150*cut - 80*color) * (1 + 0.1*r.normal()) * (1 + noise*r.normal())
		missing := 0.05
		if cut == 0 {
			missing = 0.2
		}
		if r.uniform() < missing {
			depth = math.NaN()
		}
		if r.uniform() < 0.03 {
			color = -1
		}
		g.size, g.width, g.depth, g.price = append(g.size, size), append(g.width, width), append(g.depth, depth), append(g.price, price)
		g.cut, g.color = append(g.cut, int32(cut)), append(g.color, int32(color))
	}
	return g
}

// columns are all six, in order.
func (g gems) columns() []Column {
	return []Column{{Numbers: g.size}, {Numbers: g.width}, {Numbers: g.depth}, {Numbers: g.price}, {Codes: g.cut}, {Codes: g.color}}
}

// part returns the rows first … end−1 of x.
func part(x []Column, first, end int) []Column {
	p := make([]Column, len(x))
	for j, c := range x {
		if c.Codes != nil {
			p[j].Codes = c.Codes[first:end]
		} else {
			p[j].Numbers = c.Numbers[first:end]
		}
	}
	return p
}

// alternate returns the rows of a and b in turns, and 1 for those of a.
func alternate(a, b []Column) (x []Column, y []int32) {
	x = make([]Column, len(a))
	rows := a[0].rows()
	for j := range a {
		for i := range rows {
			if a[j].Codes != nil {
				x[j].Codes = append(x[j].Codes, a[j].Codes[i], b[j].Codes[i])
			} else {
				x[j].Numbers = append(x[j].Numbers, a[j].Numbers[i], b[j].Numbers[i])
			}
		}
	}
	for range rows {
		y = append(y, 1, 0)
	}
	return x, y
}

type expected struct {
	AUC, Spread, Accuracy, F1, R2 float64

	AllTrees   float64 `json:"all_trees"`
	Last       float64
	Iterations []int
	Held       []int32
	First      []float64
}

// expect reads testdata/expected.json.
func expect(t *testing.T, name string) expected {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	var e expected
	if err := json.Unmarshal(all[name], &e); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}
