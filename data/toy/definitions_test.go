package toy

import (
	"math"
	"testing"

	"euryale/data"
	"euryale/rng"
)

// holds compares numbers of float32 with what they should be at the given scale.
func holds(t *testing.T, what string, got []float32, scale float64, want ...float64) {
	t.Helper()
	for j, v := range got {
		if math.Abs(float64(v)-scale*want[j]) > 1e-6*scale*(1+math.Abs(want[j])) {
			t.Fatalf("%s: %v, want %v times %v", what, got, scale, want)
		}
	}
}

// The sheets are scikit-learn's, written here as its functions have them, from the random numbers at the addresses that
// the comments give. make_s_curve: t = 3π(u − ½), X = (sin t, 2v, sign(t)(cos t − 1)); make_swiss_roll:
// t = 1.5π(1 + 2u), X = (t cos t, 21v, t sin t); both + noise·z.
func TestSheets(t *testing.T) {
	const points, noise, scale, seed = 500, 0.3, 0.7, 6
	s := rng.NewStream(seed, rng.Data)
	z := make([]float32, 3*points)
	s.Normal(z, 1, 0, 3)
	curve := reads(t, opens(t, &SCurve{Noisy{points, noise, scale}, 3}, seed))
	roll := reads(t, opens(t, &SwissRoll{Noisy{points, noise, scale}, 3}, seed))
	for i := range points {
		u, v := s.Float64(0, uint64(i)), s.Float64(1<<24, uint64(i))
		n := func(j int) float64 { return noise * float64(z[3*i+j]) }
		a := 3 * math.Pi * (u - 0.5)
		sign := 1.0
		if a < 0 {
			sign = -1
		}
		holds(t, "s_curve", curve.Points[3*i:3*i+3], scale, math.Sin(a)+n(0), 2*v+n(1), sign*(math.Cos(a)-1)+n(2))
		b := 1.5 * math.Pi * (1 + 2*u)
		holds(t, "swiss_roll", roll.Points[3*i:3*i+3], scale, b*math.Cos(b)+n(0), 21*v+n(1), b*math.Sin(b)+n(2))
	}
	// In 2-D they are the same without the height, with other noise.
	flat := reads(t, opens(t, &SCurve{Noisy{points, 0, scale}, 2}, seed))
	thin := reads(t, opens(t, &SwissRoll{Noisy{points, 0, scale}, 2}, seed))
	curve = reads(t, opens(t, &SCurve{Noisy{points, 0, scale}, 3}, seed))
	roll = reads(t, opens(t, &SwissRoll{Noisy{points, 0, scale}, 3}, seed))
	for i := range points {
		for k, pair := range [][2]*data.Dataset{{flat, curve}, {thin, roll}} {
			two, three := pair[0].Points[2*i:2*i+2], pair[1].Points[3*i:3*i+3]
			if two[0] != three[0] || two[1] != three[2] {
				t.Fatalf("distribution %d: point %d is %v in 2-D, %v in 3-D", k, i, two, three)
			}
		}
	}
}

// moments of a coordinate: its mean and its deviation, within 4.5 standard errors, of noise too.
func checkMoments(t *testing.T, what string, d *data.Dataset, j, class int, mean, variance float64) {
	t.Helper()
	n := 0.0
	for i := range d.Rows() {
		if class == anyClass || int(d.Labels[i]) == class {
			n++
		}
	}
	m, s := column(d, j, class)
	if math.Abs(m-mean) > 4.5*math.Sqrt(variance/n)+1e-6 {
		t.Errorf("%s: coordinate %d has the mean %v, want %v", what, j, m, mean)
	}
	// Var s² = (μ₄ − σ⁴)/n, and μ₄ is at most 3σ⁴ for these distributions.
	if math.Abs(s*s-variance) > 4.5*variance*math.Sqrt(2/n)+1e-6 {
		t.Errorf("%s: coordinate %d has the variance %v, want %v", what, j, s*s, variance)
	}
}

// mean of f(t) over t uniform in [a, b], by the midpoint rule.
func average(a, b float64, f func(t float64) float64) float64 {
	const cells = 20_000
	sum := 0.0
	for k := range cells {
		sum += f(a+(b-a)*(float64(k)+0.5)/cells) / cells
	}
	return sum
}

func TestMoments(t *testing.T) {
	const n = 40_000
	roll := reads(t, opens(t, &SwissRoll{Noisy{n, 0.5, 1}, 3}, 8))
	for j, f := range []func(t float64) float64{
		func(t float64) float64 { return t * math.Cos(t) },
		func(float64) float64 { return 10.5 },
		func(t float64) float64 { return t * math.Sin(t) },
	} {
		mean := average(1.5*math.Pi, 4.5*math.Pi, f)
		variance := average(1.5*math.Pi, 4.5*math.Pi, func(t float64) float64 { return f(t) * f(t) }) - mean*mean + 0.25
		if j == 1 {
			variance = 21*21./12 + 0.25
		}
		checkMoments(t, "swiss_roll", roll, j, anyClass, mean, variance)
	}
	for _, test := range []struct {
		what     string
		o        data.Options
		variance float64 // of every coordinate; the means are 0
	}{
		{"circles", &Circles{Noisy{n, 0.1, 2}, 0.5}, 4 * ((1+0.25)/4 + 0.01)}, // E r²/2
		{"eight_gaussians", &EightGaussians{Noisy{n, 0.2, 2}}, 4 * (0.5 + 0.04)},
		{"twenty_five_gaussians", &TwentyFiveGaussians{Noisy{n, 0.1, 0.5}}, 0.25 * (2 + 0.01)}, // (25 − 1)/12
		{"checkerboard", &Checkerboard{Noisy{n, 0.5, 2}, 3, 4}, 4 * (16./12 + 0.25)},
		{"two_spirals", &TwoSpirals{Noisy{n, 0, 1}}, 0},                            // below
		{"rings", &Rings{Noisy{n, 0.1, 3}, 5, 4}, 9 * ((1.+4+9+16)/4/16/5 + 0.01)}, // E r²/d
	} {
		d := reads(t, opens(t, test.o, 8))
		for j := range d.Dim {
			variance := test.variance
			if test.what == "two_spirals" { // u = (θ/3π)²: E (u cos² θ), E (u sin² θ)
				f := []func(float64) float64{math.Cos, math.Sin}[j]
				variance = average(0, 1, func(u float64) float64 {
					c := f(3 * math.Pi * math.Sqrt(u))
					return u * c * c
				})
			}
			checkMoments(t, test.what, d, j, anyClass, 0, variance)
		}
	}
}

// scikit-learn's make_circles: the outer circle, class 0, has radius 1, the inner the factor; angles are uniform.
func TestCircles(t *testing.T) {
	const n, sectors = 20_000, 8
	d := reads(t, opens(t, &Circles{Noisy{n, 0, 3}, 0.8}, 2))
	var counts [sectors]int
	for i, label := range d.Labels {
		x, y := float64(d.Points[2*i])/3, float64(d.Points[2*i+1])/3
		if r := math.Hypot(x, y); math.Abs(r-[]float64{1, 0.8}[label]) > 1e-6 {
			t.Fatalf("point %d of class %d has the radius %v", i, label, r)
		}
		counts[min(int((math.Atan2(y, x)+math.Pi)/(2*math.Pi)*sectors), sectors-1)]++
	}
	for k, c := range counts {
		const p = 1. / sectors
		if math.Abs(float64(c)-n*p) > 4.5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("sector %d holds %d points, want about %v", k, c, n*p)
		}
	}
}

// scikit-learn's make_blobs: centers uniform in the box, points N(center, cluster_std² I). They are the run's, whatever
// seed draws fresh points.
func TestBlobs(t *testing.T) {
	b := &Blobs{Plain{30_000, 0.5}, 3, 4, 5, 0.7}
	centers := b.centers(9)
	d := reads(t, opens(t, b, 9))
	other, err := data.Fresh(opens(t, b, 9), 1234, 30_000, anyClass)
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range centers {
		for j, v := range c {
			checkMoments(t, "blobs", d, j, k, 0.5*v, 0.25*0.49)
			checkMoments(t, "fresh blobs", reads(t, other), j, k, 0.5*v, 0.25*0.49)
		}
	}
	// Over many seeds: uniform in the box, mean 0, variance 5²/3, fourth moment 5⁴/5.
	sum, squares, n := 0.0, 0.0, 0.0
	for seed := range uint64(500) {
		for _, c := range b.centers(seed) {
			for _, v := range c {
				if math.Abs(v) > 5 {
					t.Fatalf("a coordinate of a center is %v", v)
				}
				sum, squares, n = sum+v, squares+v*v, n+1
			}
		}
	}
	if math.Abs(sum/n) > 4.5*5/math.Sqrt(3*n) || math.Abs(squares/n-25./3) > 4.5*math.Sqrt((125-625./9)/n) {
		t.Errorf("centers have the mean %v and the mean square %v", sum/n, squares/n)
	}
}

// The centers are where the literature has them, and a class is its center and noise.
func TestGridsOfGaussians(t *testing.T) {
	for _, test := range []struct {
		what   string
		o      data.Options
		center func(label int) (x, y float64)
	}{
		{"eight_gaussians", &EightGaussians{Noisy{40_000, 0.1, 2}}, func(k int) (x, y float64) {
			s := math.Sqrt2 / 2
			return []float64{1, s, 0, -s, -1, -s, 0, s}[k], []float64{0, s, 1, s, 0, -s, -1, -s}[k]
		}},
		{"twenty_five_gaussians", &TwentyFiveGaussians{Noisy{40_000, 0.1, 2}}, func(k int) (x, y float64) {
			return float64(k/5 - 2), float64(k%5 - 2)
		}},
	} {
		distribution := opens(t, test.o, 3)
		d := reads(t, distribution)
		for k := range distribution.Schema().Classes {
			x, y := test.center(k)
			checkMoments(t, test.what, d, 0, k, 2*x, 4*0.01)
			checkMoments(t, test.what, d, 1, k, 2*y, 4*0.01)
		}
	}
}

// Points lie in black squares only, each equally often. χ² with k−1 degrees of freedom is above k−1 + 4.5√(2(k−1)) once in
// some 10,000 draws.
func TestCheckerboard(t *testing.T) {
	for _, c := range []*Checkerboard{
		{Noisy{40_000, 0, 0.5}, 2, 4}, {Noisy{40_000, 0, 2}, 1, 6}, {Noisy{40_000, 0, 1}, 3, 4}, {Noisy{40_000, 0, 1}, 2, 2},
	} {
		d := reads(t, opens(t, c, 5))
		counts := map[[3]int]float64{}
		for i := range d.Rows() {
			var cell [3]int
			sum := 0
			for j := range d.Dim {
				cell[j] = int(math.Floor(float64(d.Points[i*d.Dim+j])/c.Scale + float64(c.Cells)/2))
				if cell[j] < 0 || cell[j] >= c.Cells {
					t.Fatalf("%+v: point %d is off the board", c, i)
				}
				sum += cell[j]
			}
			if sum%2 != 0 {
				t.Fatalf("%+v: point %d is in the white square %v", c, i, cell)
			}
			counts[cell]++
		}
		k := math.Pow(float64(c.Cells), float64(d.Dim)) / 2
		chi, mean := 0.0, float64(d.Rows())/k
		for _, n := range counts {
			chi += (n - mean) * (n - mean) / mean
		}
		if float64(len(counts)) != k || chi > k-1+4.5*math.Sqrt(2*(k-1)) {
			t.Errorf("%+v: %d black squares of %v, χ² %v", c, len(counts), k, chi)
		}
	}
}
