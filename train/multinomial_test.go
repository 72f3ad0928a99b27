package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/diffusion/solver"
	"euryale/model"
)

// dependentTable writes a table of two categories and a number. It has the same joint distribution of the categories as its
// counts, and the number follows from them: x in cell i, j is at i − j/2.
func dependentTable(t testing.TB) (path string, shares [2][3]float64) {
	t.Helper()
	counts := [2][3]int{{60, 2, 18}, {10, 30, 80}}
	var text strings.Builder
	text.WriteString("size,color,x\n")
	for i, row := range counts {
		for j, n := range row {
			shares[i][j] = float64(n) / 200
			for k := range n {
				fmt.Fprintf(&text, "%s,%s,%.3f\n", []string{"small", "large"}[i], []string{"red", "green", "blue"}[j],
					float64(i)-float64(j)/2+0.1*math.Sin(float64(k)))
			}
		}
	}
	path = filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, shares
}

const multinomialRun = `
version: 2
name: multinomial
seed: 3
data: {name: table, file: FILE}
process: {name: ddpm, steps: 40, schedule: cosine}
objective: multinomial
net: {name: tabular, width: 48, depth: 2, time: sinusoidal}
optimizer: {learning_rate: {name: linear, rate: 0.005}, transforms: [clip, adam]}
train: {batch: 200, steps: 900}
sample: {solver: ancestral}
`

// The samples of the objective multinomial have the joint distribution of a table's categories, and its numbers go with
// them.
func TestMultinomialLearnsATable(t *testing.T) {
	path, shares := dependentTable(t)
	config, err := configs.Decode("multinomial", []byte(strings.Replace(multinomialRun, "FILE", path, 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	trainer := newSmall(t, config, 1)
	steps(t, trainer, 900)
	m, err := model.New(saved(t, trainer), model.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	var cells [2][3]float64
	extreme, right := 0, 0 // rows in the cells with the smallest and the largest numbers, and those with such a number
	err = m.Draw(context.Background(), m.Request(n), func(x []float32) error {
		for r := 0; r < len(x); r += 6 {
			i, j := oneHot(t, x[r+1:r+3]), oneHot(t, x[r+3:r+6])
			cells[i][j] += 1. / n
			switch {
			case i == 0 && j == 2: // a share of 0.09 at the lower end: encoded, below Φ⁻¹(0.09)/2 = −0.67
				extreme++
				if x[r] < -0.5 {
					right++
				}
			case i == 1 && j == 0: // a share of 0.05 at the upper end: above Φ⁻¹(0.95)/2 = 0.82
				extreme++
				if x[r] > 0.5 {
					right++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	distance, independent := 0.0, 0.0
	for i := range cells {
		for j := range cells[i] {
			distance += math.Abs(cells[i][j]-shares[i][j]) / 2
			row, column := shares[i][0]+shares[i][1]+shares[i][2], shares[0][j]+shares[1][j]
			independent += math.Abs(row*column-shares[i][j]) / 2
		}
	}
	t.Logf("total variation %.3f; %d of %d numbers go with their cell", distance, right, extreme)
	if distance > 0.04 || independent < 0.2 {
		t.Errorf("cells %v, want %v: total variation %v; independent columns have %v", cells, shares, distance, independent)
	}
	if right < extreme*9/10 {
		t.Errorf("%d of %d numbers go with the categories", right, extreme)
	}
}

// What the objective cannot do is refused with the reason, before samples are drawn.
func TestMultinomialRefuses(t *testing.T) {
	m, err := model.New(saved(t, newSmall(t, smallConfig(t, "objective=multinomial"), 1)), model.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		change func(r *model.Request)
		want   string
	}{
		{func(r *model.Request) { r.Known = map[int]float64{0: 0.5} }, "known coordinates do not go with the objective multinomial"},
		{func(r *model.Request) { r.Invert = true }, "solver"},
		{func(r *model.Request) { r.Sampling.Solver = solver.Solvers().Choose("ddim") }, "sample.solver must be ancestral"},
		{func(r *model.Request) { r.Sampling.Rescale = solver.RescaleExploding }, "sample.rescale must be none"},
		{func(r *model.Request) { r.Sampling.Start = solver.StartMarginal }, "sample.start must be prior"},
	} {
		r := m.Request(3)
		test.change(&r)
		if err := m.Check(r); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if err := m.CheckLikelihood(m.Request(3)); err == nil || !strings.Contains(err.Error(), "has no exact likelihood") {
		t.Errorf("likelihood: %v", err)
	}
	for _, test := range [][2]string{
		{"process=edm", "must not be multinomial with this process"},
		{"sample.solver=ddim", "must be ancestral with the objective multinomial"},
	} {
		if _, err := configs.Decode("small", []byte(small), []string{"objective=multinomial", test[0]}); err == nil ||
			!strings.Contains(err.Error(), test[1]) {
			t.Errorf("%s: error %v, want %q", test[0], err, test[1])
		}
	}
}

// oneHot is the category of a group, which must be exactly one-hot.
func oneHot(t *testing.T, group []float32) int {
	t.Helper()
	category := -1
	for k, v := range group {
		switch {
		case v == 1 && category < 0:
			category = k
		case v != 0:
			t.Fatalf("a group of %v", group)
		}
	}
	if category < 0 {
		t.Fatalf("a group of %v", group)
	}
	return category
}
