package euryale_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"euryale"
	"euryale/model"
)

// order is a row of a table whose distribution is known: the city depends on the class, the price on both, and the tax nearly
// follows from price and city.
type order struct {
	class, city string
	price, tax  float64
}

// drawOrder draws a row.
func drawOrder(r *rand.Rand) order {
	pick := func(names string, weights ...float64) string {
		u := r.Float64()
		for i, name := range strings.Fields(names) {
			if u -= weights[i]; u < 0 {
				return name
			}
		}
		return strings.Fields(names)[0]
	}
	o := order{class: pick("new old gone", 0.6, 0.3, 0.1)}
	shares := map[string][]float64{"new": {0.7, 0.2, 0.07, 0.03}, "old": {0.1, 0.3, 0.5, 0.1}, "gone": {0.05, 0.05, 0.2, 0.7}}[o.class]
	o.city = pick("Ulm Bonn Kiel Jena", shares...)
	o.price = math.Round(100*math.Exp(map[string]float64{"new": 2, "old": 3, "gone": 4}[o.class]+
		map[string]float64{"Ulm": 0, "Bonn": 0.3, "Kiel": -0.3, "Jena": 0.6}[o.city]+0.4*r.NormFloat64())) / 100
	rate := map[string]float64{"Ulm": 0.07, "Bonn": 0.19, "Kiel": 0.12, "Jena": 0.1}[o.city]
	o.tax = math.Round(100*o.price*(rate+0.01*r.NormFloat64())) / 100
	return o
}

// readOrders reads a file of rows.
func readOrders(t *testing.T, path string) (rows []order) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		price, err := strconv.ParseFloat(cells[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		tax, err := strconv.ParseFloat(cells[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, order{cells[0], cells[1], price, tax})
	}
	return rows
}

// ordersApart is the total variation of two sets of rows in class, city and, each with them, the eighths of price and tax.
func ordersApart(rows, reference []order) float64 {
	edges := func(of func(order) float64) (list []float64) {
		var all []float64
		for _, o := range reference {
			all = append(all, of(o))
		}
		slices.Sort(all)
		for k := 1; k < 8; k++ {
			list = append(list, all[k*len(all)/8])
		}
		return list
	}
	prices, taxes := edges(func(o order) float64 { return o.price }), edges(func(o order) float64 { return o.tax })
	shares := map[string]float64{}
	for i, set := range [2][]order{rows, reference} {
		for _, o := range set {
			price, _ := slices.BinarySearch(prices, o.price)
			tax, _ := slices.BinarySearch(taxes, o.tax)
			d := float64(1-2*i) / float64(len(set)) / 4
			shares[fmt.Sprint(o.class, o.city, " price ", price)] += d
			shares[fmt.Sprint(o.class, o.city, " tax ", tax)] += d
		}
	}
	sum := 0.0
	for _, v := range shares {
		sum += math.Abs(v)
	}
	return sum
}

// A trained model draws rows that have given cells as the rows that have them are distributed: as near as by rejection, and not
// much farther than other rows of the truth.
func TestQualityOfWhere(t *testing.T) {
	inFull(t)
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("class,city,price,tax\n")
	for range 20_000 {
		o := drawOrder(r)
		fmt.Fprintf(&b, "%s,%s,%.2f,%.2f\n", o.class, o.city, o.price, o.tax)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "orders.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := euryale.Preset("table", "data.file="+path, "data.target=class", "train.steps=8000", "train.checkpoint_every=0")
	if err != nil {
		t.Fatal(err)
	}
	trained := mustTrain(t, config)
	for _, test := range []struct {
		where     []model.Cell
		satisfies func(o order) bool
		most      float64
		rejects   bool
	}{
		{[]model.Cell{{Column: "city", Text: "Kiel"}}, func(o order) bool { return o.city == "Kiel" }, 0.05, true},
		{[]model.Cell{{Column: "class", Text: "gone"}, {Column: "city", Text: "Bonn"}},
			func(o order) bool { return o.class == "gone" && o.city == "Bonn" }, 0.10, true},
		{[]model.Cell{{Column: "price", Text: "20.00"}}, func(o order) bool { return math.Abs(o.price-20) < 0.3 }, 0.08, false},
		{[]model.Cell{{Column: "price", Text: "20.00"}, {Column: "tax", Text: "2.40"}},
			func(o order) bool { return math.Abs(o.price-20) < 1 && math.Abs(o.tax-2.4) < 0.12 }, 0.10, false},
	} {
		const n = 4000
		truth := func() (rows []order) {
			for len(rows) < n {
				if o := drawOrder(r); test.satisfies(o) {
					for _, cell := range test.where { // a number nearby is as good
						switch v, _ := strconv.ParseFloat(cell.Text, 64); cell.Column {
						case "price":
							o.price = v
						case "tax":
							o.tax = v
						}
					}
					rows = append(rows, o)
				}
			}
			return rows
		}
		reference := truth()
		for _, reject := range []bool{false, true} {
			if reject && !test.rejects {
				continue
			}
			request := trained.Request(n)
			request.Where, request.Reject = test.where, reject
			out := filepath.Join(folder, "samples.csv")
			if err := trained.Save(context.Background(), request, out); err != nil {
				t.Fatal(err)
			}
			got, floor := ordersApart(readOrders(t, out), reference), ordersApart(truth(), reference)
			t.Logf("%v, reject %v: %.3f from the truth, other rows of it %.3f", test.where, reject, got, floor)
			if got > floor+test.most {
				t.Errorf("%v: %.3f from the truth, other rows of it %.3f", test.where, got, floor)
			}
		}
	}
}
