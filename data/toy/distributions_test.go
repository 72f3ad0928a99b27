package toy

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"

	"pgregory.net/rapid"
)

// variants are sections that differ from the defaults: other dimensions, other numbers of classes.
func variants() map[string]data.Options {
	v := map[string]data.Options{
		"s_curve 3":      &SCurve{Noisy{300, 0.2, 0.5}, 3},
		"swiss_roll 3":   &SwissRoll{Noisy{300, 0.2, 0.5}, 3},
		"circles 0.3":    &Circles{Noisy{300, 0.1, 2}, 0.3},
		"blobs 5":        &Blobs{Plain{300, 0.3}, 5, 7, 4, 0.5},
		"blobs 1":        &Blobs{Plain{300, 0.3}, 1, 2, 4, 0.5},
		"checkerboard 1": &Checkerboard{Noisy{300, 0, 1}, 1, 6},
		"checkerboard 3": &Checkerboard{Noisy{300, 0.1, 1}, 3, 4},
		"pinwheel 3":     &Pinwheel{Plain{300, 2}, 3, 0.2, 0.02, -0.5},
		"rings 1":        &Rings{Noisy{300, 0.1, 1}, 1, 2},
		"rings 9":        &Rings{Noisy{300, 0.1, 3}, 9, 3},
		"mixture":        &GaussianMixture{Plain{300, 2}, []Component{{3, []float64{0}, 0.1}, {0.5, []float64{1}, 2}}},
	}
	for _, e := range Distributions() {
		v[e.Name] = e.New()
	}
	return v
}

// The points of the two distributions of the first version never move. The sums were printed by its generator.
func TestPointsOfTheFirstVersion(t *testing.T) {
	sum := func(d *data.Dataset) uint32 {
		h := crc32.NewIEEE()
		for _, v := range d.Points {
			h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
		for _, label := range d.Labels {
			h.Write(binary.LittleEndian.AppendUint32(nil, uint32(label)))
		}
		return h.Sum32()
	}
	for name, want := range map[string][]uint32{
		"s_curve": {0xaaeb4d0e, 0x4d4e693c, 0x3126aa9e},
		"moons":   {0x05990034, 0xcdf072e3, 0x3a856bff, 0xad93d555, 0x76b61b7d},
	} {
		o := Distributions().Choose(name).Kind
		got := []uint32{sum(reads(t, opens(t, o, 0))), sum(reads(t, opens(t, o, 12345))), sum(fresh(t, o, 7, 5000, anyClass))}
		for class := range len(want) - len(got) {
			got = append(got, sum(fresh(t, o, 7, 5000, class)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: sums %#x, want %#x", name, got, want)
		}
	}
}

func TestSectionsAreKinds(t *testing.T) {
	for _, e := range Distributions() {
		o := e.New()
		if err := o.Validate(); err != nil {
			t.Errorf("%s: the defaults are wrong: %v", e.Name, err)
		}
		if got := Distributions().NameOf(o); got != e.Name {
			t.Errorf("%s: the name of its section is %q", e.Name, got)
		}
		if l := opens(t, o, 0).(*distribution); l.name != e.Name {
			t.Errorf("%s: the distribution is called %q", e.Name, l.name)
		}
	}
}

// A default distribution has coordinates of about deviation ½ to 1, so that every process suits it. S-curve and moons are
// those of the tutorial.
func TestDefaultsAreOfOneSize(t *testing.T) {
	for _, e := range Distributions() {
		if e.Name == "s_curve" || e.Name == "moons" {
			continue
		}
		const seeds = 20 // blobs have other centers per seed
		sums := map[int]float64{}
		for seed := range uint64(seeds) {
			d := fresh(t, e.New(), seed, 1000, anyClass)
			for j := range d.Dim {
				_, deviation := column(d, j, anyClass)
				sums[j] += deviation / seeds
			}
		}
		for j, deviation := range sums {
			if deviation < 0.45 || deviation > 1.05 {
				t.Errorf("%s: coordinate %d has the deviation %v", e.Name, j, deviation)
			}
		}
	}
}

// column is mean and deviation of a coordinate, of one class or all.
func column(d *data.Dataset, j, class int) (mean, deviation float64) {
	n, squares := 0.0, 0.0
	for i := range d.Rows() {
		if class == anyClass || int(d.Labels[i]) == class {
			v := float64(d.Points[i*d.Dim+j])
			n, mean, squares = n+1, mean+v, squares+v*v
		}
	}
	mean /= n
	return mean, math.Sqrt(squares/n - mean*mean)
}

// Any rows of a distribution, read in any pieces, are those of the whole; a smaller set is the beginning of a larger one;
// numbers are such as float32 has.
func TestRowsAreAddressed(t *testing.T) {
	ctx := t.Context()
	for name, o := range variants() {
		rapid.Check(t, func(r *rapid.T) {
			distribution := opens(t, o, rapid.Uint64Range(0, 3).Draw(r, "seed"))
			rows := distribution.Rows()
			first := rapid.IntRange(0, rows).Draw(r, "first")
			n := rapid.IntRange(0, min(rows-first, 40)).Draw(r, "n")
			class := rapid.IntRange(-1, len(distribution.Schema().Classes)-1).Draw(r, "class")
			source := data.Source(distribution)
			if rapid.Bool().Draw(r, "fresh") {
				var err error
				if source, err = data.Fresh(distribution, 5, rows, class); err != nil {
					r.Fatal(err)
				}
			}
			var part, whole data.Batch
			if err := source.Read(ctx, &part, first, n); err != nil {
				r.Fatal(err)
			}
			if err := source.Read(ctx, &whole, 0, first+n); err != nil {
				r.Fatal(err)
			}
			dim := distribution.Schema().Dim()
			if part.First != first || part.Rows != n || !slices.Equal(part.Real, whole.Real[first*dim:]) ||
				whole.Labels != nil && !slices.Equal(part.Labels, whole.Labels[first:]) {
				r.Fatalf("%s: rows %d … %d of a part are not those of the whole", name, first, first+n-1)
			}
			for _, v := range whole.Real {
				if float64(float32(v)) != v {
					r.Fatalf("%s: %v is no float32", name, v)
				}
			}
		})
		distribution := opens(t, o, 0)
		var b data.Batch
		for _, bad := range [][2]int{{-1, 1}, {0, distribution.Rows() + 1}, {distribution.Rows(), 1}, {1, -1}, {math.MaxInt, 2}} {
			if err := distribution.Read(ctx, &b, bad[0], bad[1]); err == nil {
				t.Errorf("%s: read %d rows from %d on of %d", name, bad[1], bad[0], distribution.Rows())
			}
		}
	}
}

// The training rows, fresh rows and fresh rows of each class share no numbers.
func TestSetsShareNothing(t *testing.T) {
	for name, o := range variants() {
		const rows = 300
		distribution := opens(t, o, 1)
		sets := []*data.Dataset{fresh(t, o, 1, rows, anyClass)}
		for class := range distribution.Schema().Classes {
			sets = append(sets, fresh(t, o, 1, rows, class))
		}
		if d := reads(t, distribution); true {
			d.Points = d.Points[:rows*d.Dim]
			sets = append(sets, d)
		}
		seen, shared, all := map[float32]int{}, 0, 0
		for k, d := range sets {
			for _, v := range d.Points {
				if at, ok := seen[v]; ok && at != k {
					shared++
				}
				seen[v] = k
				all++
			}
		}
		if limit := all/1000 + all*all/(1<<23); shared > limit { // by chance: about all²/2 pairs of at least 2²² numbers
			t.Errorf("%s: %d of %d numbers are shared", name, shared, all)
		}
	}
}

// Points of one class are distributed as those that a set of all classes gives its label; labels come as often as they
// should.
func TestClassesAreParts(t *testing.T) {
	for name, o := range variants() {
		classes := len(opens(t, o, 1).Schema().Classes)
		if classes == 0 {
			continue
		}
		const n = 20_000
		all := fresh(t, o, 1, n, anyClass)
		for class := range min(classes, 5) {
			of := fresh(t, o, 1, 5000, class)
			if slices.ContainsFunc(of.Labels, func(l int32) bool { return int(l) != class }) {
				t.Fatalf("%s: points of class %d have other labels", name, class)
			}
			count := 0.0
			for _, l := range all.Labels {
				if int(l) == class {
					count++
				}
			}
			p := 1 / float64(classes)
			if m, ok := o.(*GaussianMixture); ok {
				total := 0.0
				for _, c := range m.Components {
					total += c.Weight
				}
				p = m.Components[class].Weight / total
			}
			if math.Abs(count-n*p) > 4.5*math.Sqrt(n*p*(1-p)) {
				t.Errorf("%s: %v of %d points have the label %d, want about %v", name, count, n, class, n*p)
			}
			for j := range of.Dim {
				a, sa := column(all, j, class)
				b, sb := column(of, j, class)
				if math.Abs(a-b) > 4.5*math.Sqrt(sa*sa/count+sb*sb/5000)+1e-9 {
					t.Errorf("%s: class %d, coordinate %d: mean %v among all, %v alone", name, class, j, a, b)
				}
				if math.Abs(sa-sb) > 4.5*math.Sqrt(1/count+1./5000)*max(sa, sb)+1e-9 {
					t.Errorf("%s: class %d, coordinate %d: deviation %v among all, %v alone", name, class, j, sa, sb)
				}
			}
		}
	}
}

// Without noise the nearest class of a point is its label.
func TestNearestClassWithoutNoise(t *testing.T) {
	for name, o := range map[string]data.Options{
		"moons":           &Moons{Noisy{2000, 0, 0.3}},
		"circles":         &Circles{Noisy{2000, 0, 0.3}, 0.8},
		"blobs":           &Blobs{Plain{2000, 0.3}, 3, 5, 10, 1e-3},
		"eight":           &EightGaussians{Noisy{2000, 0, 0.3}},
		"grid":            &TwentyFiveGaussians{Noisy{2000, 0, 0.3}},
		"pinwheel":        &Pinwheel{Plain{2000, 0.3}, 5, 0.2, 0, 0.25},
		"pinwheel, bent":  &Pinwheel{Plain{2000, 0.3}, 4, 0.2, 0, -3},
		"pinwheel, 1 arm": &Pinwheel{Plain{2000, 0.3}, 1, 0.2, 0, 1},
		"spirals":         &TwoSpirals{Noisy{2000, 0, 0.3}},
		"rings":           &Rings{Noisy{2000, 0, 0.3}, 4, 5},
		"mixture":         &GaussianMixture{Plain{2000, 0.3}, []Component{{1, []float64{0, 0}, 1e-3}, {9, []float64{1, 0}, 1e-3}}},
	} {
		distribution := opens(t, o, 4)
		d := reads(t, distribution)
		for i, label := range d.Labels {
			p := d.Points[i*d.Dim : (i+1)*d.Dim]
			if name == "spirals" && math.Hypot(float64(p[0]), float64(p[1])) < 1e-4 {
				continue // where both begin
			}
			if got := nearest(distribution, p); got != int(label) {
				t.Errorf("%s: point %d %v of class %d is nearest to %d", name, i, p, label, got)
				break
			}
		}
	}
}

func TestNearestClassOfOddRows(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, o := range variants() {
		distribution := opens(t, o, 0)
		schema := distribution.Schema()
		for _, bad := range []float64{nan, inf, -inf} {
			row := make([]float64, schema.Dim())
			row[len(row)-1] = bad
			if got := distribution.NearestClass(row); got != -1 {
				t.Errorf("%s: %v is nearest to class %d", name, row, got)
			}
		}
		for _, row := range [][]float64{nil, make([]float64, schema.Dim()+1)} {
			if got := distribution.NearestClass(row); got != -1 {
				t.Errorf("%s: a row of %d numbers is nearest to class %d", name, len(row), got)
			}
		}
		for _, v := range []float64{0, -1, 1e30, -1e300, math.MaxFloat64} {
			row := slices.Repeat([]float64{v}, schema.Dim())
			got := distribution.NearestClass(row)
			if len(schema.Classes) == 0 && got != -1 || len(schema.Classes) > 0 && (got < 0 || got >= len(schema.Classes)) {
				t.Errorf("%s: %v is nearest to class %d of %d", name, row, got, len(schema.Classes))
			}
		}
	}
}

// Every section refuses what it cannot draw, and names the key.
func TestSectionErrors(t *testing.T) {
	for _, test := range []struct {
		key string
		o   data.Options
	}{
		{"points", &Moons{Noisy{0, 0, 1}}},
		{"points", &Blobs{Plain{1 << 31, 1}, 2, 3, 10, 1}},
		{"noise", &SwissRoll{Noisy{1, -0.1, 1}, 2}},
		{"scale", &EightGaussians{Noisy{1, 0, math.Inf(1)}}},
		{"scale", &TwentyFiveGaussians{Noisy{1, 0, 0}}},
		{"scale", &TwoSpirals{Noisy{1, 0, math.NaN()}}},
		{"dimensions", &SCurve{Noisy{1, 0, 1}, 1}},
		{"dimensions", &SwissRoll{Noisy{1, 0, 1}, 4}},
		{"dimensions", &Blobs{Plain{1, 1}, 0, 3, 10, 1}},
		{"dimensions", &Rings{Noisy{1, 0, 1}, 1 << 20, 2}},
		{"factor", &Circles{Noisy{1, 0, 1}, 1}},
		{"factor", &Circles{Noisy{1, 0, 1}, math.NaN()}},
		{"centers", &Blobs{Plain{1, 1}, 2, 0, 10, 1}},
		{"center_box", &Blobs{Plain{1, 1}, 2, 3, 0, 1}},
		{"cluster_std", &Blobs{Plain{1, 1}, 2, 3, 10, -1}},
		{"cells", &Checkerboard{Noisy{1, 0, 1}, 2, 3}},
		{"cells", &Checkerboard{Noisy{1, 0, 1}, 2, 0}},
		{"arms", &Pinwheel{Plain{1, 1}, 0, 1, 1, 1}},
		{"radial_deviation", &Pinwheel{Plain{1, 1}, 5, -1, 1, 1}},
		{"tangential_deviation", &Pinwheel{Plain{1, 1}, 5, 1, 11, 1}},
		{"rate", &Pinwheel{Plain{1, 1}, 5, 1, 1, math.NaN()}},
		{"rings", &Rings{Noisy{1, 0, 1}, 2, 0}},
		{"components", &GaussianMixture{Plain{1, 1}, nil}},
		{"components.0.weight", &GaussianMixture{Plain{1, 1}, []Component{{0, []float64{1}, 1}}}},
		{"components.0.deviation", &GaussianMixture{Plain{1, 1}, []Component{{1, []float64{1}, 0}}}},
		{"components.0.mean", &GaussianMixture{Plain{1, 1}, []Component{{1, nil, 1}}}},
		{"components.0.mean", &GaussianMixture{Plain{1, 1}, []Component{{1, []float64{math.NaN()}, 1}}}},
		{"components.1.mean", &GaussianMixture{Plain{1, 1}, []Component{{1, []float64{1}, 1}, {1, []float64{1, 2}, 1}}}},
	} {
		err := test.o.Validate()
		field, ok := err.(*choice.FieldError)
		if !ok || field.Key != test.key {
			t.Errorf("%T%+v: error %v, want one of %s", test.o, test.o, err, test.key)
		}
		if _, opened := test.o.Open(t.Context(), 0); opened == nil || !strings.Contains(opened.Error(), test.key) {
			t.Errorf("%T%+v: opened with error %v", test.o, test.o, opened)
		}
	}
}
