package toy

import (
	"math"
	"testing"

	"euryale/rng"
)

// The pinwheel is the one of Johnson et al., written here as their make_pinwheel_data has it: features times the rotation
// matrices [[cos a, −sin a], [sin a, cos a]] from the right.
func TestPinwheel(t *testing.T) {
	w := &Pinwheel{Plain{500, 2}, 5, 0.3, 0.1, 0.25}
	d := reads(t, opens(t, w, 3))
	s := rng.NewStream(3, rng.Data)
	for i, label := range d.Labels {
		var z [2]float32
		s.Normal(z[:], 1<<24, uint64(i), 2)
		features := [2]float64{1 + 0.3*float64(z[0]), 0.1 * float64(z[1])}
		angle := float64(label)*2*math.Pi/5 + 0.25*math.Exp(features[0])
		rotation := [2][2]float64{{math.Cos(angle), -math.Sin(angle)}, {math.Sin(angle), math.Cos(angle)}}
		var want [2]float64
		for row := range 2 {
			for j := range 2 {
				want[j] += features[row] * rotation[row][j]
			}
		}
		holds(t, "pinwheel", d.Points[2*i:2*i+2], 2, want[:]...)
	}
	// ‖p‖² = f² + g²: its mean is 1 + 0.3² + 0.1².
	big := fresh(t, w, 3, 50_000, anyClass)
	sum := 0.0
	for _, v := range big.Points {
		sum += float64(v) * float64(v) / 4 / 50_000
	}
	if math.Abs(sum-1.1) > 4.5*math.Sqrt(4*0.09+2*0.0081+2*0.0001)/math.Sqrt(50_000) {
		t.Errorf("the mean square of the radius is %v, want 1.1", sum)
	}
}

// Without noise a point of a spiral at radius r is at the angle of θ = 3πr, and r² is uniform.
func TestTwoSpirals(t *testing.T) {
	const n = 20_000
	d := reads(t, opens(t, &TwoSpirals{Noisy{n, 0, 2}}, 6))
	sum, squares := 0.0, 0.0
	for i, label := range d.Labels {
		x, y := float64(d.Points[2*i])/2, float64(d.Points[2*i+1])/2
		r := math.Hypot(x, y)
		sign := []float64{1, -1}[label]
		holds(t, "two_spirals", d.Points[2*i:2*i+2], 2, -sign*r*math.Cos(3*math.Pi*r), sign*r*math.Sin(3*math.Pi*r))
		sum, squares = sum+r*r/n, squares+r*r*r*r/n
	}
	if math.Abs(sum-0.5) > 4.5*math.Sqrt(1./12/n) || math.Abs(squares-1./3) > 4.5*math.Sqrt((1./5-1./9)/n) {
		t.Errorf("mean of r² %v, of r⁴ %v, want 1/2 and 1/3", sum, squares)
	}
}

// The nearest spiral agrees with a finer search along both.
func TestNearestSpiral(t *testing.T) {
	distribution := opens(t, newTwoSpirals(), 0)
	random := rng.NewStream(1, rng.Evaluation)
	for i := range uint64(300) {
		x, y := 3*random.Float64(0, i)-1.5, 3*random.Float64(1, i)-1.5
		near := [2]float64{math.Inf(1), math.Inf(1)}
		for k := range 40_000 {
			sx, sy := spiral(spiralEnd * float64(k) / 40_000)
			near[0], near[1] = min(near[0], math.Hypot(x-sx, y-sy)), min(near[1], math.Hypot(x+sx, y+sy))
		}
		want := 0
		if near[1] < near[0] {
			want = 1
		}
		if got := distribution.NearestClass([]float64{x, y}); got != want && math.Abs(near[0]-near[1]) > 1e-3 {
			t.Errorf("(%v, %v): nearest to %d, want %d: the distances are %v", x, y, got, want, near)
		}
	}
}

// Rings have their radii in any dimension, and directions are uniform: E e_i e_j = δ_ij/d, E e_j⁴ = 3/(d(d + 2)).
func TestRings(t *testing.T) {
	for _, dim := range []int{1, 2, 3, 8} {
		const n = 20_000
		d := reads(t, opens(t, &Rings{Noisy{n, 0, 2}, dim, 4}, 6))
		second, fourth, mixed := 0.0, 0.0, 0.0
		for i, label := range d.Labels {
			p := d.Points[i*dim : (i+1)*dim]
			r := 0.0
			for _, v := range p {
				r = math.Hypot(r, float64(v))
			}
			if want := 2 * float64(label+1) / 4; math.Abs(r-want) > 1e-6 {
				t.Fatalf("%d-D: point %d of class %d has the radius %v, want %v", dim, i, label, r, want)
			}
			a, b := float64(p[0])/r, float64(p[dim-1])/r
			second, fourth, mixed = second+a*a/n, fourth+a*a*a*a/n, mixed+a*b/n
		}
		dd := float64(dim)
		for _, c := range []struct {
			name      string
			got, want float64
		}{{"e²", second, 1 / dd}, {"e⁴", fourth, 3 / (dd * (dd + 2))}, {"e_1 e_d", mixed, map[bool]float64{true: 1}[dim == 1]}} {
			if math.Abs(c.got-c.want) > 4.5*0.5/math.Sqrt(n) { // a number in [−1, 1] of these has a deviation below ½
				t.Errorf("%d-D: mean of %s = %v, want %v", dim, c.name, c.got, c.want)
			}
		}
	}
}

// A component has its share, mean and deviation, and the nearest class is Bayes' rule.
func TestGaussianMixture(t *testing.T) {
	m := &GaussianMixture{Plain{60_000, 2}, []Component{
		{1, []float64{0, 0, 0}, 0.5}, {4, []float64{1, 2, -1}, 0.1}, {0.5, []float64{-3, 0, 1}, 2}}}
	distribution := opens(t, m, 3)
	d := reads(t, distribution)
	for k, c := range m.Components {
		for j, mean := range c.Mean {
			checkMoments(t, "gaussian_mixture", d, j, k, 2*mean, 4*c.Deviation*c.Deviation)
		}
	}
	for i := range 2000 {
		row := make([]float64, 3)
		best, most := 0, -1.0
		for j := range row {
			row[j] = float64(d.Points[3*i+j])
		}
		for k, c := range m.Components {
			p := c.Weight
			for j, v := range row {
				z := (v/2 - c.Mean[j]) / c.Deviation
				p *= math.Exp(-z*z/2) / c.Deviation
			}
			if p > most {
				best, most = k, p
			}
		}
		if got := distribution.NearestClass(row); got != best {
			t.Fatalf("%v: the most probable component is %d, got %d", row, best, got)
		}
	}
}
