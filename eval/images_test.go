package eval

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/data/images"
	"euryale/model"
	"euryale/rng"
)

// numberedImages are n images of 1×2 pixels: image i is (i, 255−i) and has the class i mod 3.
func numberedImages(t *testing.T, n int) *images.Set {
	t.Helper()
	pixels, labels := make([]byte, 0, 2*n), make([]int32, 0, n)
	for i := range n {
		pixels = append(pixels, byte(i), byte(255-i))
		labels = append(labels, int32(i%3))
	}
	set, err := images.New(pixels, 1, 2, 1, labels, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Of more images than are wanted, some are chosen at random, each once, in order, and each is as likely as any other.
func TestChooseImages(t *testing.T) {
	const n, wanted = 60, 20
	set := numberedImages(t, n)
	counts := make([]int, n)
	for seed := range uint64(200) {
		p, err := choose(context.Background(), set, wanted, data.AnyClass, rng.NewStream(seed, rng.Fresh), chosenFresh)
		if err != nil {
			t.Fatal(err)
		}
		if p.rows(2) != wanted || len(p.labels) != wanted {
			t.Fatalf("%d images, %d labels", p.rows(2), len(p.labels))
		}
		before := -1
		for i, label := range p.labels {
			number := int(p.points[2*i])
			if number <= before || p.points[2*i+1] != float32(255-number) || int(label) != number%3 {
				t.Fatalf("image %d: %v of class %d after %d", i, p.points[2*i:2*i+2], label, before)
			}
			counts[number]++
			before = number
		}
	}
	for number, count := range counts { // 67 in the mean, deviation 6.7
		if count < 35 || count > 99 {
			t.Errorf("image %d was chosen %d times of 200", number, count)
		}
	}
	of, err := choose(context.Background(), set, 100, 2, rng.NewStream(0, rng.Fresh), chosenFresh)
	if err != nil || len(of.labels) != n/3 || slices.Min(of.labels) != 2 || slices.Max(of.labels) != 2 {
		t.Errorf("of class 2: %v, %v", of.labels, err)
	}
}

func TestChangedImages(t *testing.T) {
	shape := []int{2, 3, 2}
	image := []float32{ // two channels, the second ten times the first
		1, 10, 2, 20, 3, 30,
		4, 40, 5, 50, 6, 60,
	}
	if got, want := shifted(image, shape), []float32{-1, -1, 1, 10, 2, 20, -1, -1, 4, 40, 5, 50}; !slices.Equal(got, want) {
		t.Errorf("shifted: %v, want %v", got, want)
	}
	// (1+2+4+5 − 5)/9 at the corner; (21 − 3)/9 in the middle.
	if got := blurred(image, shape); math.Abs(float64(got[0])-7.0/9) > 1e-6 || math.Abs(float64(got[2])-2) > 1e-6 ||
		math.Abs(float64(got[3])-(210-3)/9.) > 1e-5 {
		t.Errorf("blurred: %v", got)
	}
	many := []float32{0, 1, 2, 3, 4, 5}
	if got, want := withoutClass(many, []int32{0, 1, 2}, 2), []float32{2, 3, 4, 5, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("without class 0: %v, want %v", got, want)
	}
	if got := withoutClass(many, []int32{1, 1, 2}, 2); got != nil {
		t.Errorf("without a class that there is none of: %v", got)
	}
	stream := rng.NewStream(1, rng.Evaluation)
	set := make([]float32, 3000)
	for i := range set {
		set[i] = float32(i % 3)
	}
	mixed, seen := independent(set, stream, 3), false
	for i, v := range mixed {
		if v != float32(i%3) { // a number stays at its place
			t.Fatalf("number %d is %v", i, v)
		}
		seen = true
	}
	square := 0.0
	for i, v := range noisy(set, stream, 3) {
		square += math.Pow(float64(v-set[i]), 2) / float64(len(set))
	}
	if math.Abs(math.Sqrt(square)-scaleNoise) > 0.02 || !seen {
		t.Errorf("noise of deviation %v", math.Sqrt(square))
	}
	numbers := make([]float32, 300)
	for i := range numbers {
		numbers[i] = float32(i)
	}
	whole := 0 // images whose numbers come from one
	for lo, mixed := 0, independent(numbers, stream, 3); lo < len(mixed); lo += 3 {
		if mixed[lo+1] == mixed[lo]+1 && mixed[lo+2] == mixed[lo]+2 {
			whole++
		}
	}
	if whole > 5 {
		t.Errorf("%d of 100 images are whole", whole)
	}
}

// The nearest images are in the order of their distance, of equal ones the first, whatever the blocks.
func TestClosestImages(t *testing.T) {
	samples := []float32{0, 0, 10, 0}
	set := []float32{3, 0, 0, 1, 9, 0, 1, 0, 0, -2}
	c := newClosest(samples, 2, 3)
	for lo := 0; lo < len(set); lo += 4 {
		block := set[lo:min(lo+4, len(set))]
		c.add(block, block)
	}
	want := []float32{
		0, 0, 0, 1, 1, 0, 0, -2,
		10, 0, 9, 0, 3, 0, 1, 0,
	}
	if got := c.pictures(samples); !slices.Equal(got.Pixels, want) || got.Each != 3 {
		t.Errorf("%v, want %v", got.Pixels, want)
	}
	few := newClosest(samples, 2, 2)
	few.add(set[:2], set[:2])
	if got, want := few.pictures(samples).Pixels, []float32{0, 0, 3, 0, 0, 0, 10, 0, 3, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("of one image: %v, want %v", got, want)
	}
}

func TestAnswers(t *testing.T) {
	l := func(p float64) float32 { return float32(math.Log(p)) }
	a := answersOf(&model.Features{Classes: 2, LogProbability: []float32{l(0.9), l(0.1), l(0.3), l(0.7), l(0.8), l(0.2)}})
	if got := a.confidence(); math.Abs(got-0.8) > 1e-6 {
		t.Errorf("confidence %v, want 0.8", got)
	}
	if share, confidence := a.of(0); math.Abs(share-2./3) > 1e-9 || math.Abs(confidence-0.85) > 1e-6 {
		t.Errorf("class 0: %v, %v", share, confidence)
	}
	if got := a.right(func(i int) int { return 0 }); math.Abs(got-2./3) > 1e-9 {
		t.Errorf("right: %v", got)
	}
}

// Labels of images come from a file beside them, or from the names of their folders.
func TestReadImages(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	schema := data.Schema{Image: []int{2, 2, 1}, Classes: []string{"cat", "dog", "fox"}}
	rows := &data.Batch{Rows: 2, Real: []float64{0, 1, 2, 255, 4, 5, 6, 7}, Labels: []int32{2, 1}}
	write := func(sink data.Sink, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(rows); err != nil {
			t.Fatal(err)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(data.NewSink(filepath.Join(folder, "x.npy"), schema))
	write(images.NewFolder(filepath.Join(folder, "named"), schema, 2))
	write(images.NewFolder(filepath.Join(folder, "plain"), schema.Unlabeled(), 2))
	for _, test := range []struct {
		path   string
		labels []int32
		pixels []float64
	}{
		{"x.npy", []int32{2, 1}, rows.Real},
		{"named", []int32{1, 2}, append(slices.Clone(rows.Real[4:]), rows.Real[:4]...)}, // dog, fox
		{"plain", nil, rows.Real},
	} {
		got, err := ReadImages(ctx, filepath.Join(folder, test.path), schema)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		if !slices.Equal(got.Labels, test.labels) || !slices.Equal(got.Real, test.pixels) {
			t.Errorf("%s: %v and %v, want %v and %v", test.path, got.Labels, got.Real, test.labels, test.pixels)
		}
	}
	cats := schema
	cats.Classes = []string{"cat", "dog"}
	wide := schema
	wide.Image = []int{2, 3, 1}
	for _, test := range []struct {
		path   string
		schema data.Schema
		want   string
	}{
		{"named", cats, `has the class "fox", expected one of [cat dog]`},
		{"x.npy", cats, `has the class "2", expected one of [cat dog]`},
		{"x.npy", wide, "images of height, width and channels [2 2 1], expected [2 3 1]"},
		{"none", schema, "none"},
	} {
		if _, err := ReadImages(ctx, filepath.Join(folder, test.path), test.schema); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.path, err, test.want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "x_labels.npy")); err != nil {
		t.Error(err)
	}
}
