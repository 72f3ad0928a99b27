package images

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"
)

// Bytes, labels and shapes of files with and without channels, plain and packed.
func TestIDX(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct {
		shape []int
		want  []int
	}{
		"gray":   {[]int{3, 2, 4}, []int{2, 4, 1}},
		"colors": {[]int{2, 2, 2, 3}, []int{2, 2, 3}},
	} {
		content := idx(counted(24), c.shape...)
		labels := idx([]byte{2, 0, 1}[:c.shape[0]], c.shape[0])
		for ending, pack := range map[string]func([]byte) []byte{
			"": func(b []byte) []byte { return b }, ".gz": func(b []byte) []byte { return packed(t, b) }, // by content, not by name
		} {
			s := open(t, &IDX{
				Images: write(t, filepath.Join(folder, name+ending), pack(content)),
				Labels: write(t, filepath.Join(folder, name+"-labels"+ending), pack(labels)),
			})
			rows := read(t, s)
			if got := s.Schema(); !slices.Equal(got.Image, c.want) || got.ClassCounts[2] != 1 ||
				!slices.Equal(got.Classes, []string{"0", "1", "2"}) {
				t.Errorf("%s%s: schema %+v", name, ending, got)
			}
			if !bytes.Equal(asBytes(rows), counted(24)) || !slices.Equal(rows.Labels, []int32{2, 0, 1}[:c.shape[0]]) {
				t.Errorf("%s%s: %v, labels %v", name, ending, rows.Real, rows.Labels)
			}
		}
	}
}

// A file that ends anywhere before its end is an error that has the cure, packed or not.
func TestIDXCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "images")
	whole := idx(counted(3*4*5), 3, 4, 5)
	for _, content := range [][]byte{whole, packed(t, whole)} {
		for n := range content {
			write(t, path, content[:n])
			_, err := (&IDX{Images: path}).Open(t.Context(), 0)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "cut off") &&
				!strings.Contains(err.Error(), "not an IDX file") || !strings.HasPrefix(err.Error(), "images: ") {
				t.Fatalf("%d of %d bytes: %v", n, len(content), err)
			}
		}
		write(t, path, content)
		open(t, &IDX{Images: path})
	}
}

func TestIDXErrors(t *testing.T) {
	folder := t.TempDir()
	good := write(t, filepath.Join(folder, "good"), idx(counted(12), 3, 2, 2))
	labels := write(t, filepath.Join(folder, "labels"), idx([]byte{0, 1, 5}, 3))
	few := write(t, filepath.Join(folder, "few"), idx([]byte{0, 1}, 2))
	broken := packed(t, idx(counted(5000), 5, 10, 100))
	broken[len(broken)-6]++ // of the checksum
	huge := idx(counted(12), 3, 2, 2)
	huge[4], huge[8] = 0xff, 0xff
	for want, content := range map[string][]byte{
		"begins with 89 50 4e 47, expected 00 00 08 03":          []byte("\x89PNG\r\n\x1a\n"),
		"holds float32, expected bytes":                          append([]byte{0, 0, 0x0d, 3}, make([]byte, 100)...),
		"holds labels, expected images: are the two files mixed": idx([]byte{1, 2}, 2),
		"an array of 2 dimensions, and images have 3 or 4":       idx(counted(4), 2, 2),
		"there are more bytes than its header has room for":      append(idx(counted(12), 3, 2, 2), 0),
		"images must have 1 channel (gray) or 3":                 idx(counted(16), 2, 2, 2, 2),
		"there is nothing in it":                                 idx(nil, 0, 2, 2),
		"damaged (.gz): gzip: invalid checksum: get it again":    broken,
		"is more than the 28 bytes of the file":                  huge,
		"shape [4278190083 4278190082 2] is more than":           packed(t, huge),
		"cut off (.gz): get it again from where it came from":    packed(t, idx(counted(12), 3, 2, 2))[:20],
		"crop must be at most the size of the images, 2x2":       idx(counted(12), 3, 2, 2),
		"not an IDX file: it begins with 00 00 07 03, expected ": {0, 0, 7, 3, 0, 0},
	} {
		o := &IDX{Images: write(t, filepath.Join(folder, "bad"), content)}
		if strings.HasPrefix(want, "crop") {
			o.Crop = Size{3, 2}
		}
		wantError(t, o, want)
	}
	wantError(t, &IDX{Images: labels, Labels: good}, "images: data.images: ", "are the two files mixed up?", labels)
	wantError(t, &IDX{Images: good, Labels: good}, "images: data.labels: ", "holds images, expected their labels")
	wantError(t, &IDX{Images: good, Labels: few}, "images: data.labels: ", few, "2 labels for the 3 images of "+good)
	wantError(t, &IDX{Images: good, Labels: labels, Classes: []string{"a", "b"}}, labels, "image 2: the label must be from 0 to 1, got 5")
	wantError(t, &IDX{Images: folder}, "not a regular file")
	wantError(t, &IDX{Images: good, Augmentation: Augmentation{Shift: 2}}, "shift must be below the sides of the images, 2x2, got 2")
}

// A missing file of MNIST comes with the command that fetches it.
func TestMissing(t *testing.T) {
	for path, want := range map[string]string{
		"datasets/mnist/train-images-idx3-ubyte.gz":  "`make mnist` fetches it",
		"datasets/fashion/t10k-labels-idx1-ubyte.gz": "`make fashion` fetches it",
		"datasets/cifar/data_batch_1.bin":            "in the binary version of https://www.cs.toronto.edu/~kriz/cifar.html, unpacked",
		"elsewhere/images":                           "the path is relative to where the program runs",
	} {
		wantError(t, &IDX{Images: path}, path, want)
	}
	_, err := (&IDX{Images: "/nowhere/images"}).Open(t.Context(), 0)
	if err == nil || strings.Contains(err.Error(), "make") || strings.Contains(err.Error(), "relative") {
		t.Error(err)
	}
}

func TestIDXValidate(t *testing.T) {
	for key, o := range map[string]*IDX{
		"images":      {},
		"test_images": {Images: "a", Labels: "b", TestLabels: "c"},
		"test_labels": {Images: "a", Labels: "b", TestImages: "c"},
		"classes":     {Images: "a", Classes: []string{"x"}},
		"shift":       {Images: "a", Augmentation: Augmentation{Shift: -1}},
		"crop":        {Images: "a", Augmentation: Augmentation{Crop: Size{0, 1}}},
	} {
		err := o.Validate()
		if field, ok := err.(*choice.FieldError); !ok || field.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := (&IDX{Images: "a", Labels: "b", Classes: []string{"x", "x"}}).Validate(); err == nil {
		t.Error("two classes have one name")
	}
}

// The test set is what is held out, with the classes and the size of the training set.
func TestTestSet(t *testing.T) {
	folder := t.TempDir()
	o := &IDX{
		Images:     write(t, filepath.Join(folder, "a"), idx(counted(5*16), 5, 4, 4)),
		Labels:     write(t, filepath.Join(folder, "b"), idx([]byte{0, 1, 2, 3, 4}, 5)),
		TestImages: write(t, filepath.Join(folder, "c"), idx(counted(2*16), 2, 4, 4)),
		TestLabels: write(t, filepath.Join(folder, "d"), idx([]byte{0, 1}, 2)), Augmentation: Augmentation{Flip: true, Crop: Size{2, 4}},
	}
	section := data.Section{Source: Kinds().With(o)}
	train, held, err := section.Open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !section.HoldsOut() || train.Rows() != 5 || held.Rows() != 2 || train.Schema().Fits(held.Schema()) != nil {
		t.Errorf("%d rows to train on, %v held out of %+v", train.Rows(), held, held.Schema())
	}
	if got := read(t, held).Real[:4]; !slices.Equal(got, []float64{4, 5, 6, 7}) { // the center
		t.Errorf("the first held-out row is %v", got)
	}
	drawn := make([]float32, 8)
	compact(t, held).Draw(drawn, nil, []int32{0}, stream(), 3, 0)
	if want := []float32{levels[4], levels[5], levels[6], levels[7]}; !slices.Equal(drawn[:4], want) {
		t.Errorf("drawn, the first held-out row is %v", drawn)
	}
	section.HeldOut = 0.1
	if _, _, err := section.Open(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "data.held_out: must be 0 where") &&
		!strings.Contains(err.Error(), "data.held_out must be 0 where") {
		t.Errorf("both: %v", err)
	}
	section.HeldOut = 0
	write(t, o.TestImages, idx(counted(2*9), 2, 3, 3))
	if _, _, err := section.Open(t.Context(), 1); err == nil {
		t.Error("test images of another size were taken")
	}
	section.Standardize = true
	if _, _, err := section.Open(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "whose numbers from 0 to 255 become") {
		t.Errorf("standardized images: %v", err)
	}
}

func FuzzIDX(f *testing.F) {
	f.Add(idx(counted(12), 3, 2, 2), []byte{})
	f.Add(packed(f, idx(counted(12), 3, 2, 2)), idx([]byte{0, 1, 2}, 3))
	f.Add(idx(counted(12), 1, 2, 2, 3), idx([]byte{9}, 1))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		o := &IDX{Images: write(t, filepath.Join(folder, "images"), images)}
		if len(labels) > 0 {
			o.Labels = write(t, filepath.Join(folder, "labels"), labels)
		}
		s, err := o.Open(t.Context(), 0)
		if err != nil {
			if !strings.Contains(err.Error(), folder) && !strings.Contains(err.Error(), "images of") {
				t.Errorf("the error names no file: %v", err)
			}
			return
		}
		if rows := read(t, s); len(rows.Real) != s.Rows()*s.Schema().Dim() {
			t.Errorf("%d numbers in %d rows of %v", len(rows.Real), s.Rows(), s.Schema().Image)
		}
	})
}
