package mixed

import (
	"math"
	"slices"
	"testing"

	"euryale/data"
)

// cities is a table of 300 cities in three countries, which decide what the rows look like.
func cities(n int) (source *table, country func(city int) int) {
	r := newRand(8)
	country = func(city int) int { return city % 3 }
	rain, codes, food := make([]float64, n), make([]int32, n), make([]int32, n)
	for i := range n {
		city := r.IntN(300)
		codes[i] = int32(city)
		rain[i] = math.Round(100*(float64(country(city))+r.NormFloat64())) / 100
		if food[i] = int32(country(city)); r.IntN(2) == 0 {
			food[i] = int32(r.IntN(4))
		}
	}
	return realColumns(2, rain).addCategories("city", codes).addCategories("food", food), country
}

func TestCodesOfCategoriesThatBehaveAlikeAreNear(t *testing.T) {
	source, country := cities(30_000)
	c := fitted(t, Settings{}, source)
	g := c.Layout().Groups[0]
	if g.Width != codeWidth || len(g.Codes) != 300*codeWidth || c.layout.Dim != 1+16+4 {
		t.Fatalf("layout %+v", c.layout)
	}
	same, different, least := distances(g.Codes, country)
	if same > 0.75*different {
		t.Errorf("mean squared distance %v within a country, %v between", same, different)
	}
	if least < 0.1 {
		t.Errorf("two codes have the squared distance %v", least)
	}
	b := decoded(t, c, encoded(t, c, source.batch()))
	if !slices.Equal(b.Index, source.index) || !slices.Equal(b.Real, source.real) {
		t.Error("rows do not come back")
	}
	again := fitted(t, Settings{}, source)
	if !slices.Equal(again.layout.Groups[0].Codes, g.Codes) {
		t.Error("a second fit gives other codes")
	}
}

// distances are the mean squared distances of codes of one class and of two, and the least of all. It checks their lengths.
func distances(codes []float32, class func(int) int) (same, different, least float64) {
	least = math.Inf(1)
	var nSame, nDifferent float64
	for a := range len(codes) / codeWidth {
		for b := range a {
			sum := 0.0
			for d := range codeWidth {
				sum += math.Pow(float64(codes[a*codeWidth+d]-codes[b*codeWidth+d]), 2)
			}
			least = min(least, sum)
			if class(a) == class(b) {
				same, nSame = same+sum, nSame+1
			} else {
				different, nDifferent = different+sum, nDifferent+1
			}
		}
	}
	return same / nSame, different / nDifferent, least
}

func TestCodesHaveOneLength(t *testing.T) {
	source, _ := cities(3_000) // some of them rare
	codes := fitted(t, Settings{}, source).Layout().Groups[0].Codes
	for a := 0; a < len(codes); a += codeWidth {
		length := 0.0
		for _, v := range codes[a : a+codeWidth] {
			length += float64(v) * float64(v)
		}
		if math.Abs(length-4) > 1e-5 {
			t.Fatalf("a code has the squared length %v, want 4", length)
		}
	}
}

// The class of a row is no column of its coordinates, and yet tells categories apart.
func TestCodesSeeTheClass(t *testing.T) {
	source, country := cities(20_000)
	var codes, labels []int32
	for i := 0; i < len(source.index); i += 2 {
		codes = append(codes, source.index[i])
		labels = append(labels, int32(country(int(source.index[i]))))
	}
	only := new(table).addCategories("city", codes)
	only.labels = labels
	only.schema.Columns = append(only.schema.Columns, data.Column{Name: "country", Kind: data.Class})
	only.schema.Classes = []string{"A", "B", "C"}
	g := fitted(t, Settings{}, only).Layout().Groups[0]
	if same, different, least := distances(g.Codes, country); same > 0.7*different || least < 0.1 {
		t.Errorf("mean squared distance %v within a country, %v between, %v at least", same, different, least)
	}
}

func TestCodesWithoutOtherColumns(t *testing.T) {
	codes := make([]int32, 1000)
	for i := range codes {
		codes[i] = int32(i % 100)
	}
	source := new(table).addCategories("only", codes)
	for _, s := range []Settings{{}, {Categories: Codes}, {EmbedAbove: 99}} {
		c := fitted(t, s, source)
		if c.layout.Dim != codeWidth {
			t.Fatalf("layout %+v", c.layout)
		}
		if b := decoded(t, c, encoded(t, c, source.batch())); !slices.Equal(b.Index, source.index) {
			t.Error("rows do not come back")
		}
	}
	if c := fitted(t, Settings{Categories: OneHot}, source); c.layout.Dim != 100 {
		t.Errorf("onehot takes %d coordinates, want 100", c.layout.Dim)
	}
	two := make([]int32, 50)
	for i := range two {
		two[i] = int32(i % 2)
	}
	if c := fitted(t, Settings{Categories: Codes}, new(table).addCategories("two", two)); c.layout.Dim != codeWidth {
		t.Errorf("codes of two values take %d coordinates", c.layout.Dim)
	}
}

func TestEigen(t *testing.T) {
	// NumPy 1.24.2: numpy.linalg.eigh([[4, 1, -2], [1, 2, 0], [-2, 0, 3]]), signs turned.
	values, vectors := eigen([]float64{4, 1, -2, 1, 2, 0, -2, 0, 3}, 3)
	for i, want := range []float64{5.732050807568877, 2.267949192431123, 1} {
		if math.Abs(values[i]-want) > 1e-13 {
			t.Errorf("eigenvalue %d is %v, want %v", i, values[i], want)
		}
	}
	for i, want := range []float64{0.7886751345948129, 0.2113248654051871, -0.5773502691896258, 0.2113248654051871, 0.7886751345948129,
		0.5773502691896258, 0.5773502691896258, -0.5773502691896258, 0.5773502691896258} {
		if math.Abs(vectors[i]-want) > 1e-13 {
			t.Errorf("eigenvectors %v", vectors)
			break
		}
	}
	// A larger one: A·v = λ·v.
	const n = 60
	r := newRand(9)
	a := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			a[i*n+j] = r.NormFloat64()
			a[j*n+i] = a[i*n+j]
		}
	}
	values, vectors = eigen(slices.Clone(a), n)
	for d := range n {
		for i := range n {
			sum := 0.0
			for j := range n {
				sum += a[i*n+j] * vectors[d*n+j]
			}
			if math.Abs(sum-values[d]*vectors[d*n+i]) > 1e-9 {
				t.Fatalf("direction %d is no eigenvector: %v, want %v", d, sum, values[d]*vectors[d*n+i])
			}
		}
	}
}
