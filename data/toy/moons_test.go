package toy

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/rng"

	"pgregory.net/rapid"
)

func moonsOf(points int, noise, scale float64) *Moons {
	return &Moons{Noisy{Points: points, Noise: noise, Scale: scale}}
}

// drawsMoons returns a training set, or fresh points of one class.
func drawsMoons(t *testing.T, points int, noise, scale float64, seed uint64, class int) *data.Dataset {
	t.Helper()
	d := reads(t, opens(t, moonsOf(points, noise, scale), seed))
	if class != anyClass {
		d = fresh(t, moonsOf(points, noise, scale), seed, points, class)
	}
	if d.Rows() != points || d.Dim != 2 || len(d.Labels) != points || d.Classes != 2 {
		t.Fatalf("%d rows of %d with %d labels of %d classes; want %d rows of 2 with as many labels of 2 classes",
			d.Rows(), d.Dim, len(d.Labels), d.Classes, points)
	}
	return d
}

// asWritten moves a point at scale 1 to where make_moons has it, and the lower moon's onto the upper.
func asWritten(x, y float64, label int32) (float64, float64) {
	x, y = x+0.5, y+0.25
	if label == 1 {
		x, y = 1-x, 0.5-y
	}
	return x, y
}

// Without noise every point lies on the half circle of its label, uniformly, and nearest to it.
func TestMoonsSupport(t *testing.T) {
	const points, scale = 20_000, 3
	d := drawsMoons(t, points, 0, scale, 5, anyClass)
	distribution := opens(t, moonsOf(points, 0, scale), 5)
	const sectors = 8
	var counts [2][sectors]int
	for i, label := range d.Labels {
		x, y := asWritten(float64(d.Points[2*i])/scale, float64(d.Points[2*i+1])/scale, label)
		if r := math.Hypot(x, y); math.Abs(r-1) > 1e-6 || y < -1e-6 {
			t.Fatalf("point %d of class %d is at (%v, %v) of its moon, want the upper unit half circle", i, label, x, y)
		}
		if got := nearest(distribution, d.Points[2*i:2*i+2]); got != int(label) {
			t.Fatalf("point %d of class %d is nearest to %d", i, label, got)
		}
		counts[label][min(int(math.Acos(min(max(x, -1), 1))/math.Pi*sectors), sectors-1)]++
	}
	// Each label takes ½ of the points, each sector of a moon 1/16.
	n := float64(points)
	for label, of := range counts {
		all := 0
		for k, count := range of {
			all += count
			const p = 1. / 2 / sectors
			if math.Abs(float64(count)-n*p) > 4.5*math.Sqrt(n*p*(1-p)) {
				t.Errorf("class %d: sector %d holds %d points, want about %v", label, k, count, n*p)
			}
		}
		if math.Abs(float64(all)-n/2) > 4.5*math.Sqrt(n)/2 {
			t.Errorf("%d of %d points have the label %d", all, points, label)
		}
	}
}

// The moments of a class are those of its half circle, integrated numerically, plus noise², times scale or scale².
func TestMoonsMoments(t *testing.T) {
	const noise, scale, points = 0.3, 0.5, 50_000
	for class, sign := range []float64{1, -1} {
		var want [5]float64 // E of x, y, x², y², xy
		const cells = 10_000
		for k := range cells {
			u := math.Pi * (float64(k) + 0.5) / cells
			x, y := sign*(math.Cos(u)-0.5), sign*(math.Sin(u)-0.25)
			for j, v := range []float64{x, y, x * x, y * y, x * y} {
				want[j] += v / cells
			}
		}
		want[2] += noise * noise
		want[3] += noise * noise
		d := drawsMoons(t, points, noise, scale, 11, class)
		var sum, squares [5]float64
		for i := range points {
			x, y := float64(d.Points[2*i])/scale, float64(d.Points[2*i+1])/scale
			for j, v := range []float64{x, y, x * x, y * y, x * y} {
				sum[j] += v / points
				squares[j] += v * v / points
			}
		}
		for j, name := range []string{"x", "y", "x²", "y²", "xy"} {
			deviation := math.Sqrt((squares[j] - sum[j]*sum[j]) / points)
			if math.Abs(sum[j]-want[j]) > 4.5*deviation {
				t.Errorf("class %d: mean of %s = %v, want %v ± %v", class, name, sum[j], want[j], deviation)
			}
		}
	}
}

func TestMoonsNoise(t *testing.T) {
	const points = 500
	clean, noisy := drawsMoons(t, points, 0, 1, 3, anyClass), drawsMoons(t, points, 10, 1, 3, anyClass)
	if !slices.Equal(clean.Labels, noisy.Labels) {
		t.Error("the noise changes labels")
	}
	z := make([]float32, 2*points)
	rng.NewStream(3, rng.Data).Normal(z, 1, 0, 2)
	for i, v := range noisy.Points {
		if got := float64(v) - float64(clean.Points[i]); math.Abs(got-10*float64(z[i])) > 1e-5 {
			t.Fatalf("number %d: the noise is %v, want 10·%v", i, got, z[i])
		}
	}
}

// The points of a seed never move. Source: generator, normal numbers and scikit-learn's curves written apart in
// Python, in double precision.
func TestMoonsGolden(t *testing.T) {
	check := func(d *data.Dataset, labels []int32, want []float64) {
		t.Helper()
		if !slices.Equal(d.Labels, labels) {
			t.Errorf("labels = %v, want %v", d.Labels, labels)
		}
		for i, v := range d.Points {
			if math.Abs(float64(v)-want[i]) > 3e-8 {
				t.Fatalf("points = %v, want %v", d.Points, want)
			}
		}
	}
	check(drawsMoons(t, 6, 0.1, 0.1, 0, anyClass), []int32{1, 0, 0, 0, 1, 1}, []float64{
		0.16747758, 0.01239833, -0.14469419, -0.00127864, -0.15713721, -0.02054309,
		-0.14721372, 0.01955601, 0.02789706, -0.06939416, -0.00129029, -0.07066600})
	check(drawsMoons(t, 2, 0.1, 0.1, 0, 1), []int32{1, 1}, []float64{0.10303227, -0.04702232, 0.03320988, -0.07032528})
}

// A larger set begins with a smaller one, and no two sets of a seed share points, nor moved or mirrored ones:
// without noise the angle on its moon identifies a point.
func TestMoonsSetsAreApart(t *testing.T) {
	sets := map[string]*data.Dataset{
		"training": drawsMoons(t, 300, 0, 1, 1, anyClass),
		"fresh":    fresh(t, moonsOf(300, 0, 1), 1, 300, anyClass),
	}
	for class, name := range []string{"upper", "lower"} {
		d := drawsMoons(t, 300, 0, 1, 1, class)
		if !slices.Equal(slices.Compact(slices.Clone(d.Labels)), []int32{int32(class)}) {
			t.Errorf("fresh points of class %d have the labels %v", class, d.Labels)
		}
		small := drawsMoons(t, 100, 0, 1, 1, class)
		if !slices.Equal(small.Points, d.Points[:200]) {
			t.Errorf("class %d: a small set is not the beginning of a larger one", class)
		}
		sets[name] = d
	}
	small := drawsMoons(t, 100, 0, 1, 1, anyClass)
	if large := sets["training"]; !slices.Equal(small.Points, large.Points[:200]) || !slices.Equal(small.Labels, large.Labels[:100]) {
		t.Error("a small set is not the beginning of a larger one")
	}
	seen := map[int]string{}
	shared := 0
	for name, d := range sets {
		for i, label := range d.Labels {
			x, y := asWritten(float64(d.Points[2*i]), float64(d.Points[2*i+1]), label)
			angle := int(math.Round(math.Atan2(y, x) * 1e6))
			if other, ok := seen[angle]; ok && other != name {
				shared++
			}
			seen[angle] = name
		}
	}
	if shared > 6 { // by chance: 1200²/2 pairs, 3.1e6 angles
		t.Errorf("%d points of the sets share their angles", shared)
	}
}

// NearestClass agrees with a search along both curves, at any scale.
func TestNearestClass(tb *testing.T) {
	t := tb
	const cells = 20_000
	var curves [2][][2]float64
	for k := range cells + 1 {
		sin, cos := math.Sincos(math.Pi * float64(k) / cells)
		curves[0] = append(curves[0], [2]float64{cos - 0.5, sin - 0.25})
		curves[1] = append(curves[1], [2]float64{1 - cos - 0.5, 0.5 - sin - 0.25})
	}
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Float64Range(-2.5, 2.5).Draw(t, "x"), rapid.Float64Range(-2.5, 2.5).Draw(t, "y")
		scale := rapid.Float64Range(0.1, 10).Draw(t, "scale")
		near := [2]float64{math.Inf(1), math.Inf(1)}
		for class, curve := range curves {
			for _, p := range curve {
				near[class] = min(near[class], math.Hypot(x-p[0], y-p[1]))
			}
		}
		want := 0
		if near[1] < near[0] {
			want = 1
		}
		got := nearest(opens(tb, moonsOf(1, 0, scale), 0), []float32{float32(x * scale), float32(y * scale)})
		if got != want && math.Abs(near[0]-near[1]) > 1e-4 {
			t.Fatalf("(%v, %v): nearest to class %d, want %d: the distances are %v", x, y, got, want, near)
		}
	})

	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, point := range [][]float32{{nan, 0}, {0, nan}, {inf, 0}, {0, -inf}, {inf, -inf}, {1}, {1, 2, 3}, nil} {
		if got := nearest(opens(t, moonsOf(1, 0, 1), 0), point); got != -1 {
			t.Errorf("%v: nearest to class %d, want −1", point, got)
		}
	}
	if got := nearest(opens(t, newSCurve(), 0), []float32{0, 0}); got != -1 {
		t.Errorf("data without classes: nearest to class %d, want −1", got)
	}
}

// The points themselves bound what samples can reach: with noise 0.1, one in 900 lies nearer to the other moon.
func TestNoisyMoonsStayNearTheirOwn(t *testing.T) {
	const points = 20_000
	for noise, most := range map[float64]int{0.05: 0, 0.1: 50} {
		distribution := opens(t, moonsOf(points, noise, 0.5), 9)
		d := drawsMoons(t, points, noise, 0.5, 9, anyClass)
		strays := 0
		for i, label := range d.Labels {
			if nearest(distribution, d.Points[2*i:2*i+2]) != int(label) {
				strays++
			}
		}
		if strays > most {
			t.Errorf("noise %v: %d of %d points are nearer to the other moon, want at most %d", noise, strays, points, most)
		}
	}
}

func TestClassErrors(t *testing.T) {
	for _, test := range []struct {
		of       data.Options
		n, class int
		want     string
	}{
		{moonsOf(1, 0, 1), 5, 2, "class must be from 0 to 1, got 2"},
		{moonsOf(1, 0, 1), 5, -2, "class must be from 0 to 1, got -2"},
		{moonsOf(1, 0, 1), 0, 1, "points: must be at least 1, got 0"},
		{newSCurve(), 5, 0, `the points of "s_curve" have no classes, got class 0`},
	} {
		d, err := data.Fresh(opens(t, test.of, 0), 0, test.n, test.class)
		if err == nil || d != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Fresh(%+v, %d, class %d): error %v, want %q", test.of, test.n, test.class, err, test.want)
		}
	}
	if _, err := moonsOf(1, -1, 1).Open(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "noise must be") {
		t.Errorf("noise -1: error %v", err)
	}
	if d := draws(t, 3, 0, 1, 0); d.Labels != nil || d.Classes != 0 || opens(t, newSCurve(), 0).Schema().Classes != nil {
		t.Errorf("the S-curve has %d classes and the labels %v", d.Classes, d.Labels)
	}
}
