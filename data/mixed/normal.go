package mixed

import "math"

// normal is the distribution function Φ of the standard normal distribution.
func normal(y float64) float64 { return 0.5 * math.Erfc(-y/math.Sqrt2) }

// quantileNormal is Φ⁻¹(u) for u in (0, 1), with a relative error of about 1e-16: algorithm AS 241, PPND16, of Wichura 1988,
// "The percentage points of the normal distribution" (Applied Statistics 37).
func quantileNormal(u float64) float64 {
	q := u - 0.5
	if math.Abs(q) <= centralPart {
		r := centralPart*centralPart - q*q
		return q * ratio8(r, &central)
	}
	r := u
	if q > 0 {
		r = 1 - u
	}
	r = math.Sqrt(-math.Log(r))
	y := 0.0
	if r <= 5 {
		y = ratio8(r-1.6, &tail)
	} else {
		y = ratio8(r-5, &farTail)
	}
	return math.Copysign(y, q)
}

// centralPart is how far from one half the first of the three rational functions reaches.
const centralPart = 0.425

// ratio8 is the ratio of two polynomials of degree 7, whose coefficients are in rising order.
func ratio8(r float64, c *[2][8]float64) float64 {
	a, b := &c[0], &c[1]
	return (((((((a[7]*r+a[6])*r+a[5])*r+a[4])*r+a[3])*r+a[2])*r+a[1])*r + a[0]) /
		(((((((b[7]*r+b[6])*r+b[5])*r+b[4])*r+b[3])*r+b[2])*r+b[1])*r + b[0])
}

var central = [2][8]float64{
	{3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
	{1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
		2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3},
}

var tail = [2][8]float64{
	{1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
		1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
	{1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9},
}

var farTail = [2][8]float64{
	{6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
	{1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15},
}

// quickQuantile is Φ⁻¹(u) with a relative error of about 1e-9, less than float32 shows: 95 of 100 uniform numbers need no
// logarithm. It is the algorithm of Acklam 2003, "An algorithm for computing the inverse normal cumulative distribution
// function".
func quickQuantile(u float64) float64 {
	const low = 0.02425
	if q := u - 0.5; math.Abs(q) <= 0.5-low {
		r := q * q
		return q * (((((-3.969683028665376e+01*r+2.209460984245205e+02)*r-2.759285104469687e+02)*r+1.383577518672690e+02)*r-
			3.066479806614716e+01)*r + 2.506628277459239e+00) /
			(((((-5.447609879822406e+01*r+1.615858368580409e+02)*r-1.556989798598866e+02)*r+6.680131188771972e+01)*r-
				1.328068155288572e+01)*r + 1)
	}
	return quickTail(u)
}

func quickTail(u float64) float64 {
	r := math.Sqrt(-2 * math.Log(min(u, 1-u)))
	y := (((((-7.784894002430293e-03*r-3.223964580411365e-01)*r-2.400758277161838e+00)*r-2.549732539343734e+00)*r+
		4.374664141464968e+00)*r + 2.938163982698783e+00) /
		((((7.784695709041462e-03*r+3.224671290700398e-01)*r+2.445134137142996e+00)*r+3.754408661907416e+00)*r + 1)
	return math.Copysign(y, u-0.5)
}
