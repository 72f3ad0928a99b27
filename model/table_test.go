package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/objective"
)

// tableConfig is a configuration for a table in a file with this text.
func tableConfig(t testing.TB, text string, overrides ...string) *configs.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const tables = `
version: 2
name: table
seed: 3
data: {name: table}
process: edm
objective: mixed
timesteps: log_normal
net: {name: tabular, width: 16, depth: 1}
sample: {solver: dpm++_2m, steps: 12, spacing: karras}
`
	config, err := configs.Decode("table", []byte(tables), append([]string{"data.file=" + path}, overrides...))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// tableModel is a model with an untrained net: every row has the most frequent categories, and numbers that are distributed as
// those of the file.
func tableModel(t testing.TB, text string, overrides ...string) *Model {
	t.Helper()
	return open(t, untrained(t, tableConfig(t, text, overrides...), nil, nil))
}

// kindsTable has columns of every kind, a number that is missing now and then, and classes in the shares 1, 2 and 3 of 6. The
// most frequent city is "Köln, Dom".
func kindsTable(rows int) string {
	var b strings.Builder
	b.WriteString("id,class,city,price,left,sold,unit\n")
	r := rand.New(rand.NewPCG(1, 1))
	for i := range rows {
		left := fmt.Sprint(r.IntN(5))
		if i%4 == 0 {
			left = ""
		}
		fmt.Fprintf(&b, "K-%04d,%s,%s,%.2f,%s,2024-%02d-%02d,kg\n", i, [...]string{"low", "mid", "mid", "high", "high", "high"}[i%6],
			[...]string{"Ulm", `"Köln, Dom"`, "Bonn", `"Köln, Dom"`}[i%4], 10+20*r.Float64(), left, 1+r.IntN(12), 1+r.IntN(28))
	}
	return b.String()
}

// kindsModel is a model of such rows.
func kindsModel(t testing.TB, overrides ...string) *Model {
	t.Helper()
	return tableModel(t, kindsTable(60), append([]string{"data.target=class", "data.missing=model"}, overrides...)...)
}

// written is the file that samples of a request are written to, as lines without the header.
func written(t testing.TB, m *Model, r Request) []string {
	t.Helper()
	var b strings.Builder
	sink, err := NewStream(&b, m.SampleSchema(r), r.N)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sample(context.Background(), r, sink); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")[1:]
}

// component is a mixture's normal distribution of two encoded numbers, in rows of two categories.
type component struct {
	a, b       int
	weight     float64
	x, y       float64 // means
	xx, xy, yy float64 // covariances
}

// known are two categories and two numbers that depend on each other: a on x, x on a, y on x in another way for each b.
func knownComponents() []component {
	var list []component
	shares := [3][4]float64{{0.42, 0.12, 0.03, 0.03}, {0.03, 0.09, 0.15, 0.03}, {0.005, 0.005, 0.02, 0.07}}
	for a := range shares {
		for b, weight := range shares[a] {
			x, slope := []float64{-0.5, 0.2, 0.7}[a]+0.05*float64(b), []float64{1, -1, 0.5, 0}[b]
			const xx, rest = 0.04, 0.0025
			list = append(list, component{a, b, weight, x, slope*x - 0.2*float64(b) + 0.3, xx, slope * xx, slope*slope*xx + rest})
		}
	}
	return list
}

// row is a draw of the known distribution.
type row struct {
	a, b int
	x, y float64
}

func (c component) draw(r *rand.Rand) row {
	x := c.x + math.Sqrt(c.xx)*r.NormFloat64()
	return row{c.a, c.b, x, c.y + c.xy/c.xx*(x-c.x) + math.Sqrt(c.yy-c.xy*c.xy/c.xx)*r.NormFloat64()}
}

// pick draws one of the weights.
func pick(r *rand.Rand, weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	u := r.Float64() * total
	for k, w := range weights {
		if u -= w; u < 0 {
			return k
		}
	}
	return len(weights) - 1
}

// ideal is the model of the known distribution that no training could better. Its encoder is fitted to rows of it.
func ideal(t testing.TB, overrides ...string) *Model {
	t.Helper()
	var b strings.Builder
	b.WriteString("a,b,x,y\n")
	r, list := rand.New(rand.NewPCG(3, 4)), knownComponents()
	var weights []float64
	for _, c := range list {
		weights = append(weights, c.weight)
	}
	for i := range 4000 {
		v := list[pick(r, weights)].draw(r)
		if i < 12 { // every category, in order
			v.a, v.b = i/4, i%4
		}
		fmt.Fprintf(&b, "a%d,b%d,%v,%v\n", v.a, v.b, v.x, v.y)
	}
	m := tableModel(t, b.String(), append([]string{"data.numbers=standard", "sample.steps=20"}, overrides...)...)
	var encoded [2][]float32 // of the numbers 0 and 1, which the scale maps linearly
	for i := range encoded {
		x := make([]float32, m.Dim())
		rows := data.Batch{Rows: 1, Real: []float64{float64(i), float64(i)}, Index: []int32{0, 0}}
		if err := m.Encoder.Encode(x, &rows); err != nil {
			t.Fatal(err)
		}
		encoded[i] = x[:2]
	}
	var scale, shift [2]float64
	for j := range 2 {
		shift[j] = float64(encoded[0][j])
		scale[j] = float64(encoded[1][j]) - shift[j]
	}
	for i := range list {
		c := &list[i]
		c.x, c.y = scale[0]*c.x+shift[0], scale[1]*c.y+shift[1]
		c.xx, c.xy, c.yy = scale[0]*scale[0]*c.xx, scale[0]*scale[1]*c.xy, scale[1]*scale[1]*c.yy
	}
	m.objective = idealObjective{m.objective, m.process, list}
	return m
}

// idealObjective denoises as the known distribution requires.
type idealObjective struct {
	objective.Objective
	process    diffusion.Process
	components []component
}

func (o idealObjective) LearnsVariance() bool                      { return false }
func (o idealObjective) Denoiser(objective.Net) diffusion.Denoiser { return o }

// Predict implements diffusion.Denoiser: the mean of x_0 given x_t.
func (o idealObjective) Predict(dst, x []float32, t float64) {
	const dim = 9
	alpha, sigma := o.process.Marginal(t)
	in := o.Parameterization().InputScale(alpha, sigma)
	logs := make([]float64, len(o.components))
	means := make([][2]float64, len(o.components))
	for r := 0; r < len(x); r += dim {
		at := func(j int) float64 { return float64(x[r+j]) / in / alpha }
		v := sigma * sigma / (alpha * alpha)
		for k, c := range o.components {
			dx, dy := at(0)-c.x, at(1)-c.y
			xx, yy := c.xx+v, c.yy+v
			det := xx*yy - c.xy*c.xy
			ux, uy := (yy*dx-c.xy*dy)/det, (xx*dy-c.xy*dx)/det
			logs[k] = math.Log(c.weight) - (math.Log(det)+dx*ux+dy*uy)/2 + (at(2+c.a)+at(5+c.b))/v
			means[k] = [2]float64{c.x + c.xx*ux + c.xy*uy, c.y + c.xy*ux + c.yy*uy}
		}
		most, total := slices.Max(logs), 0.0
		var sum [dim]float64
		for k, c := range o.components {
			p := math.Exp(logs[k] - most)
			total += p
			sum[0] += p * means[k][0]
			sum[1] += p * means[k][1]
			sum[2+c.a] += p
			sum[5+c.b] += p
		}
		for j, s := range sum {
			dst[r+j] = float32(s / total)
		}
	}
}
