package toy

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/rng"
)

func draws(t *testing.T, points int, noise, scale float64, seed uint64) *data.Dataset {
	t.Helper()
	d := reads(t, opens(t, &SCurve{Noisy: Noisy{Points: points, Noise: noise, Scale: scale}, Dimensions: 2}, seed))
	if d.Rows() != points || d.Dim != 2 || len(d.Points) != 2*points {
		t.Fatalf("%d rows of %d, %d numbers; want %d rows of 2", d.Rows(), d.Dim, len(d.Points), points)
	}
	return d
}

// Without noise a point lies on the circle around (0, ±1) on its side, outside the quarter that closes it.
func TestSCurveSupport(t *testing.T) {
	d := draws(t, 20_000, 0, 2, 5)
	var quadrants [4]int
	for i := range d.Rows() {
		x, y := float64(d.Points[2*i])/2, float64(d.Points[2*i+1])/2
		if r := math.Hypot(x, math.Abs(y)-1); math.Abs(r-1) > 1e-6 {
			t.Fatalf("point %d = (%v, %v) is %v from the center of its arc, want 1", i, x, y, r)
		}
		if math.Abs(y) < 1-1e-6 && x*y > 1e-6 {
			t.Fatalf("point %d = (%v, %v) is on the missing quarter", i, x, y)
		}
		q := 0
		if x < 0 {
			q++
		}
		if y < 0 {
			q += 2
		}
		quadrants[q]++
	}
	// t passes six quarters of a circle. From 0 on they lie at (+, −), (+, −), (−, −), and mirrored for t < 0.
	for q, share := range []float64{1. / 6, 2. / 6, 2. / 6, 1. / 6} {
		n := float64(d.Rows())
		if got := float64(quadrants[q]) / n; math.Abs(got-share) > 4.5*math.Sqrt(share*(1-share)/n) {
			t.Errorf("quadrant %d holds %v of the points, want %v", q, got, share)
		}
	}
}

// The moments are those of the curve, integrated numerically, plus noise², times scale or scale².
func TestSCurveMoments(t *testing.T) {
	const noise, scale, points = 0.3, 0.5, 100_000
	var want [5]float64 // E of x, y, x², y², xy
	const cells = 10_000
	for k := range cells {
		a := 3 * math.Pi * ((float64(k)+0.5)/cells - 0.5)
		x, y := math.Sin(a), 1-math.Cos(a)
		if a > 0 {
			y = -y
		}
		for j, v := range []float64{x, y, x * x, y * y, x * y} {
			want[j] += v / cells
		}
	}
	want[2] += noise * noise
	want[3] += noise * noise
	d := draws(t, points, noise, scale, 11)
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
			t.Errorf("mean of %s = %v, want %v ± %v", name, sum[j], want[j], deviation)
		}
	}
}

// What the noise adds to each coordinate is the stream's standard normal numbers times noise.
func TestSCurveNoise(t *testing.T) {
	const points = 500
	clean, noisy := draws(t, points, 0, 1, 3), draws(t, points, 10, 1, 3)
	z := make([]float32, 2*points)
	rng.NewStream(3, rng.Data).Normal(z, 1, 0, 2)
	for i, v := range noisy.Points {
		if got := float64(v) - float64(clean.Points[i]); math.Abs(got-10*float64(z[i])) > 1e-5 {
			t.Fatalf("number %d: the noise is %v, want 10·%v", i, got, z[i])
		}
	}
}

// The points of a seed never move. Source: generator, normal numbers and curve written apart in Python, in
// double precision.
func TestSCurveGolden(t *testing.T) {
	d := draws(t, 3, 0.1, 0.1, 0)
	want := []float64{-0.08249450, -0.11409597, -0.07820184, -0.15492019, -0.10713532, -0.09641381}
	for i, v := range d.Points {
		if math.Abs(float64(v)-want[i]) > 3e-8 {
			t.Fatalf("points = %v, want %v", d.Points, want)
		}
	}
}

func TestSetsOfOneLaw(t *testing.T) {
	cfg := newSCurve().(*SCurve)
	cfg.Points = 400
	train := reads(t, opens(t, cfg, 1))
	if small := draws(t, 100, cfg.Noise, cfg.Scale, 1); !slices.Equal(small.Points, train.Points[:200]) {
		t.Error("a small set is not the beginning of a larger one")
	}
	drawn := fresh(t, cfg, 1, 300, anyClass)
	if drawn.Rows() != 300 {
		t.Fatalf("%d fresh points, want 300", drawn.Rows())
	}
	other := reads(t, opens(t, cfg, 2))
	seen := map[float32]bool{}
	for _, v := range train.Points {
		seen[v] = true
	}
	for name, d := range map[string]*data.Dataset{"the fresh set": drawn, "the set of another seed": other} {
		shared := 0
		for _, v := range d.Points {
			if seen[v] {
				shared++
			}
		}
		// Two float32 may agree by chance, points may not.
		if shared > 2 {
			t.Errorf("%s shares %d of %d numbers with the training set", name, shared, len(d.Points))
		}
	}
}

func TestConfigErrors(t *testing.T) {
	tests := []struct {
		key    string
		change func(*SCurve)
	}{
		{"points", func(c *SCurve) { c.Points = 0 }},
		{"points", func(c *SCurve) { c.Points = math.MaxInt }},
		{"noise", func(c *SCurve) { c.Noise = -1 }},
		{"noise", func(c *SCurve) { c.Noise = math.NaN() }},
		{"scale", func(c *SCurve) { c.Scale = 0 }},
		{"dimensions", func(c *SCurve) { c.Dimensions = 4 }},
	}
	for _, test := range tests {
		cfg := newSCurve().(*SCurve)
		test.change(cfg)
		if _, err := cfg.Open(t.Context(), 0); err == nil || !strings.Contains(err.Error(), test.key+" must be") {
			t.Errorf("%+v: error %v, want one about %s", cfg, err, test.key)
		}
	}
	if _, err := Distributions().New("swissroll"); err == nil || !strings.Contains(err.Error(), "must be one of swiss_roll,") {
		t.Errorf("swissroll: error %v, want one that knows swiss_roll", err)
	}
	if _, err := data.Fresh(opens(t, newSCurve(), 0), 0, -3, anyClass); err == nil {
		t.Error("-3 fresh points: no error")
	}
	if err := newSCurve().Validate(); err != nil {
		t.Errorf("default configuration: %v", err)
	}
}
