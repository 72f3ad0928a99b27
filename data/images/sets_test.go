package images

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"
	"euryale/rng"
)

// The first digit, its class and the checksum of all, as scikit-learn's load_digits has them:
//
//	d = sklearn.datasets.load_digits(); hashlib.sha256(d.data.astype("u1").tobytes() + d.target.astype("u1").tobytes())
func TestDigits(t *testing.T) {
	ink, labels, err := readDigits()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	hash.Write(ink)
	for _, label := range labels {
		hash.Write([]byte{byte(label)})
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826" {
		t.Errorf("SHA-256 %s", got)
	}
	s := open(t, &Digits{})
	rows := read(t, s)
	if s.Rows() != 1797 || !slices.Equal(s.Schema().Image, []int{8, 8, 1}) || len(s.Schema().Classes) != 10 || rows.Labels[4] != 4 {
		t.Errorf("%d rows of %+v", s.Rows(), s.Schema())
	}
	for i, v := range rows.Real {
		if want := math.Round(float64(ink[i]) * 255 / 16); v != want {
			t.Fatalf("%d of ink is %v, want %v", ink[i], v, want)
		}
	}
}

// Position, radius and gray are uniform: a disc's mean ink is known.
func TestDiscsDistribution(t *testing.T) {
	const n = 4000
	o := &Discs{Rows: n, Size: Size{12, 16}, Channels: 3, Rings: true}
	s := open(t, o)
	rows := read(t, s)
	// E[area]·E[gray] over the pixels; E[r²] of r uniform in [0.6R, R] is R²·(1 + 0.6 + 0.36)/3. A ring lacks 0.36 of it.
	largest, share := 12*3.0/8, (1+0.6+0.36)/3
	area := math.Pi * largest * largest * share
	mean, y, x, rings, dim := [2]float64{}, 0.0, 0.0, 0.0, 12*16*3
	for i := range n {
		sum, sy, sx := 0.0, 0.0, 0.0
		for k, v := range rows.Real[i*dim : (i+1)*dim] {
			sum, sy, sx = sum+v, sy+v*float64(k/3/16), sx+v*float64(k/3%16)
		}
		mean[rows.Labels[i]] += sum / 3
		y, x, rings = y+sy/sum/n, x+sx/sum/n, rings+float64(rows.Labels[i])
	}
	mean[0], mean[1] = mean[0]/(n-rings), mean[1]/rings
	for kind, want := range []float64{area * 191.5, area * 191.5 * (1 - 0.36)} {
		if math.Abs(mean[kind]-want) > 0.02*want { // antialiasing adds about 1% to small discs
			t.Errorf("class %d: mean ink %v, want %v", kind, mean[kind], want)
		}
	}
	if math.Abs(y-5.5) > 0.05 || math.Abs(x-7.5) > 0.15 || math.Abs(rings/n-0.5) > 0.04 {
		t.Errorf("mean place (%v, %v), share of rings %v", y, x, rings/n)
	}
}

// Classes are found, rows depend on their numbers alone, and fresh ones are others.
func TestDiscsClasses(t *testing.T) {
	for _, size := range []Size{{8, 8}, {8, 20}, {28, 28}} {
		for _, channels := range []int{1, 3} {
			s := open(t, &Discs{Rows: 300, Size: size, Channels: channels, Rings: true}).(data.Distribution)
			dim := s.Schema().Dim()
			all := read(t, s)
			for i, label := range all.Labels {
				if got := s.NearestClass(all.Real[i*dim : (i+1)*dim]); got != int(label) {
					t.Errorf("%v, %d channels: row %d of class %d is taken for %d", size, channels, i, label, got)
				}
			}
			var some, fresh data.Batch
			if err := s.Read(t.Context(), &some, 70, 20); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(some.Real, all.Real[70*dim:90*dim]) || some.First != 70 || !slices.Equal(some.Labels, all.Labels[70:90]) {
				t.Error("rows read alone are others")
			}
			if err := s.Fresh(&fresh, rng.NewStream(1, rng.Fresh), 70, 20, 1); err != nil {
				t.Fatal(err)
			}
			if slices.Contains(fresh.Labels, 0) || slices.Equal(fresh.Real, some.Real) || s.NearestClass(fresh.Real[:dim]) != 1 {
				t.Error("fresh rows of class 1 are wrong")
			}
			if s.NearestClass(make([]float64, dim)) != 0 || s.NearestClass(nil) != -1 {
				t.Error("the nearest class of black, or of no row")
			}
		}
	}
	plain := open(t, newDiscs()).(data.Distribution)
	if err := plain.Fresh(new(data.Batch), rng.NewStream(1, rng.Fresh), 0, 1, 0); err == nil {
		t.Error("discs without classes have class 0")
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{"28": {28, 28}, "28x32": {28, 32}, "0": {}, "1x16384": {1, 16384}} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want || s.String() != text {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "x", "3x", "-1", "0x3", "16385", "2x3x4", "1.5"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "such as 28 or 28x32") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Every kind is of images, names a wrong key, and has its shape beforehand if it says so.
func TestKinds(t *testing.T) {
	for _, kind := range Kinds() {
		o := kind.New()
		imaging, ok := o.(data.Imaging)
		if !ok {
			t.Errorf("%s is no data.Imaging", kind.Name)
			continue
		}
		if _, ok := imaging.Codec().(*Codec); !ok {
			t.Errorf("%s has the codec %T", kind.Name, imaging.Codec())
		}
		switch err := o.Validate(); err.(type) {
		case nil:
			if s := open(t, o); !slices.Equal(s.Schema().Image, imaging.Image()) {
				t.Errorf("%s has images of %v, not %v", kind.Name, s.Schema().Image, imaging.Image())
			}
		case *choice.FieldError:
		default:
			t.Errorf("%s: %v", kind.Name, err)
		}
	}
	for _, o := range []data.Options{
		&Discs{Rows: 0, Size: Size{9, 9}, Channels: 1}, &Discs{Rows: 1, Size: Size{7, 9}, Channels: 1},
		&Discs{Rows: 1, Size: Size{9, 9}, Channels: 2}, &Digits{Augmentation{Crop: Size{9, 8}}}, &Digits{Augmentation{Shift: 8}},
		&CIFAR{Files: []string{"a"}, Classes: 11}, &CIFAR{Classes: 10}, &Folder{Color: "files"}, &Folder{Path: "a", Color: "red"},
		&Folder{Path: "a", Color: "rgb", Background: "green"}, &NPY{},
	} {
		if _, ok := o.Validate().(*choice.FieldError); !ok {
			t.Errorf("%+v is valid", o)
		}
	}
}

// The real MNIST, where `make mnist` has put it: counts as in http://yann.lecun.com/exdb/mnist/ and torchvision.
func TestMNIST(t *testing.T) {
	folder := filepath.Join("..", "..", "datasets", "mnist")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no datasets/mnist; `make mnist` fetches it")
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	section := data.Section{Source: Kinds().With(&IDX{
		Images: in("train-images-idx3-ubyte.gz"), Labels: in("train-labels-idx1-ubyte.gz"),
		TestImages: in("t10k-images-idx3-ubyte.gz"), TestLabels: in("t10k-labels-idx1-ubyte.gz"),
	})}
	train, held, err := section.Open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[data.Source][]int{
		train: {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
		held:  {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
	}
	for s, want := range counts {
		d, err := Describe(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, c := range d.Classes {
			got = append(got, c.Images)
		}
		if !slices.Equal(got, want) || !slices.Equal(s.Schema().Image, []int{28, 28, 1}) {
			t.Errorf("%d images of %v, by class %v", d.Images, s.Schema().Image, got)
		}
		// The mean and deviation that torchvision's users normalize by, 0.1307 and 0.3081, are of the training images.
		if c := d.Channels[0]; s == train && (math.Abs(c.Mean/255-0.1307) > 5e-5 || math.Abs(c.Deviation/255-0.3081) > 5e-5) {
			t.Errorf("mean %v, deviation %v", c.Mean/255, c.Deviation/255)
		}
	}
}

func TestDescribe(t *testing.T) {
	s, err := New([]byte{0, 255, 10, 0, 255, 30, 0, 0, 10, 255, 255, 30}, 2, 1, 3, []int32{1, 1}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Describe(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := Channel{Mean: 63.75, Deviation: 255 * math.Sqrt(0.1875), Lowest: 0.75, Highest: 0.25}
	if got := d.Channels[0]; math.Abs(got.Deviation-want.Deviation) > 1e-6 || got.Mean != want.Mean || got.Lowest != want.Lowest ||
		got.Highest != want.Highest {
		t.Errorf("%+v, want %+v", got, want)
	}
	// 4 times 0, 4 times 255, twice 10, twice 30.
	if bits := 2/3.0*math.Log2(3) + 1/3.0*math.Log2(6); math.Abs(d.HistogramBits-bits) > 1e-12 || d.Classes[1].Images != 2 ||
		d.Images != 2 || d.Height != 2 || d.Width != 1 {
		t.Errorf("%+v, want %v bits", d, bits)
	}
	if _, err := Describe(t.Context(), points(t)); err == nil {
		t.Error("points were described as images")
	}
}
