package images

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/rng"

	"pgregory.net/rapid"
)

func compact(t testing.TB, s data.Source) data.Cells {
	t.Helper()
	c, err := fitted(t, s).Compact(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stream() rng.Stream { return rng.NewStream(5, rng.Dequantization) }

// put against a loop over pixels, at any place, also outside the image.
func TestPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string) int { return rapid.IntRange(1, 7).Draw(t, name) }
		size, view := Size{side("height"), side("width")}, Size{side("rows"), side("columns")}
		channels := rapid.SampledFrom([]int{1, 3}).Draw(t, "channels")
		at := place{rapid.IntRange(-9, 9).Draw(t, "y"), rapid.IntRange(-9, 9).Draw(t, "x"), rapid.Bool().Draw(t, "flip")}
		image := rapid.SliceOfN(rapid.Byte(), size.Height*size.Width*channels, -1).Draw(t, "image")
		got := make([]float32, view.Height*view.Width*channels)
		put(got, levels, image, size, view, channels, at)
		for y := range view.Height {
			for x := range view.Width {
				from := x
				if at.flip {
					from = view.Width - 1 - x
				}
				sy, sx := min(max(y+at.y, 0), size.Height-1), min(max(from+at.x, 0), size.Width-1)
				for c := range channels {
					want := levels[image[(sy*size.Width+sx)*channels+c]]
					if v := got[(y*view.Width+x)*channels+c]; v != want {
						t.Fatalf("pixel (%d, %d), channel %d: %v, want %v", y, x, c, v, want)
					}
				}
			}
		}
	})
}

// Flips, shifts and crops are as probable as they should be, and independent: by chi² with the bound of 5 deviations.
func TestPlaces(t *testing.T) {
	a, size := Augmentation{Flip: true, Shift: 1, Crop: Size{4, 5}}, Size{6, 5}
	counts := map[place]int{}
	const n = 50000
	for row := range uint64(n) {
		counts[a.random(size, stream(), row%7, row)]++
	}
	want := map[place]float64{}
	for _, flip := range []bool{false, true} {
		for shift := -1; shift <= 1; shift++ {
			for crop := range 3 {
				for x := -1; x <= 1; x++ {
					want[place{shift + crop, x, flip}] += n / (2.0 * 3 * 3 * 3)
				}
			}
		}
	}
	chi2 := 0.0
	for p, expected := range want {
		chi2 += (float64(counts[p]) - expected) * (float64(counts[p]) - expected) / expected
	}
	if freedom := float64(len(want) - 1); len(counts) != len(want) || chi2 > freedom+5*math.Sqrt(2*freedom) {
		t.Errorf("chi² %v of %d places, %d of them possible", chi2, len(counts), len(want))
	}
}

// What is drawn depends on the row's number in the step alone, and not on how a batch is split; parts of a source draw its rows.
func TestDrawSplit(t *testing.T) {
	s := open(t, &Digits{Augmentation{Flip: true, Shift: 2, Crop: Size{6, 7}}})
	train, _, err := data.Split(s, 0.3, 9)
	if err != nil {
		t.Fatal(err)
	}
	cells := compact(t, train)
	const dim = 6 * 7
	rows := make([]int32, 200)
	stream().Permutation(rows, 3)
	whole := make([]float32, len(rows)*dim)
	cells.Draw(whole, nil, rows, stream(), 17, 40)
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(0, len(rows)).Draw(t, "first")
		last := rapid.IntRange(first, len(rows)).Draw(t, "last")
		part := make([]float32, (last-first)*dim)
		cells.Draw(part, nil, rows[first:last], stream(), 17, 40+first)
		if !slices.Equal(part, whole[first*dim:last*dim]) {
			t.Fatal("other numbers than in one call")
		}
	})
	other := make([]float32, len(whole))
	if cells.Draw(other, nil, rows, stream(), 18, 40); slices.Equal(other, whole) {
		t.Error("the next step draws the same")
	}
	if got := testing.AllocsPerRun(10, func() { cells.Draw(whole, nil, rows, stream(), 17, 40) }); got != 0 {
		t.Errorf("Draw allocates %v times", got)
	}
}

// Without augmentation, Draw gives what Encode gives, and so it does of a source that is no Set.
func TestDrawPlain(t *testing.T) {
	s := open(t, &Discs{Rows: 50, Size: Size{9, 8}, Channels: 3})
	train, held, err := data.Split(s, 0.4, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []data.Source{s, train, held, open(t, &Digits{}), foreign{s}} {
		rows := read(t, source)
		want := make([]float32, len(rows.Real))
		if err := fitted(t, source).Encode(want, rows); err != nil {
			t.Fatal(err)
		}
		cells, all := compact(t, source), make([]int32, rows.Rows)
		for i := range all {
			all[i] = int32(i)
		}
		got := make([]float32, len(want))
		cells.Draw(got, nil, all, stream(), 1, 0)
		if !slices.Equal(got, want) || cells.Rows() != rows.Rows {
			t.Errorf("%T: Draw gives other numbers than Encode", source)
		}
	}
	if compact(t, s).Checksum() != compact(t, foreign{s}).Checksum() || compact(t, s).Checksum() == compact(t, train).Checksum() {
		t.Error("the checksum is not that of the rows")
	}
}

// Held-out images are cropped at the center and otherwise as they are, those of a share and those of a test set.
func TestHeldOutUnchanged(t *testing.T) {
	for _, o := range []data.Options{
		&Digits{Augmentation{Flip: true, Shift: 2, Crop: Size{6, 7}}},
		&Discs{Rows: 90, Size: Size{9, 8}, Channels: 3, Augmentation: Augmentation{Flip: true, Crop: Size{6, 7}}},
	} {
		train, held, err := data.Section{Source: Kinds().With(o), HeldOut: 0.3}.Open(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []data.Source{train, held} {
			rows := read(t, s)
			want, got, all := make([]float32, len(rows.Real)), make([]float32, len(rows.Real)), make([]int32, rows.Rows)
			if err := fitted(t, s).Encode(want, rows); err != nil {
				t.Fatal(err)
			}
			for i := range all {
				all[i] = int32(i)
			}
			compact(t, s).Draw(got, nil, all, stream(), 3, 0)
			if slices.Equal(got, want) != (s == held) {
				t.Errorf("%T: held out %v, unchanged %v", o, s == held, slices.Equal(got, want))
			}
		}
	}
}

// foreign hides what a source is.
type foreign struct{ data.Source }

// broken has a number that is no byte.
type broken struct{ data.Source }

func (b broken) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	err := b.Source.Read(ctx, dst, first, n)
	if first <= 3 && 3 < first+n {
		dst.Real[(3-first)*64+9] = 7.5
	}
	return err
}

func TestCompactErrors(t *testing.T) {
	s := open(t, &Digits{})
	c := fitted(t, s)
	var cell *data.CellError
	if _, err := c.Compact(t.Context(), broken{s}); !errors.As(err, &cell) || cell.Row != 3 || cell.Column != "pixel (1, 1)" {
		t.Errorf("a number that is no byte: %v", err)
	}
	if _, err := c.Compact(t.Context(), open(t, newDiscs())); err == nil || !strings.Contains(err.Error(), "[16 16 1]") {
		t.Errorf("images of another size: %v", err)
	}
	if _, err := NewCodec().Compact(t.Context(), s); err == nil {
		t.Error("a codec that was not fitted compacts")
	}
}

// The bytes of images are read once and kept once.
func TestMemory(t *testing.T) {
	path := write(t, t.TempDir()+"/images.gz", packed(t, idx(make([]byte, 6000*28*28), 6000, 28, 28)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	compact(t, open(t, &IDX{Images: path}))
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	if most := uint64(6000*28*28 + 1<<18); allocated > most {
		t.Errorf("%d bytes for %d", allocated, most)
	}
}

func BenchmarkDraw(b *testing.B) {
	for name, a := range map[string]Augmentation{"plain": {}, "flip": {Flip: true}, "shift": {Shift: 2}} {
		b.Run(name, func(b *testing.B) {
			s, err := New(make([]byte, 128*28*28), 28, 28, 1, nil, nil)
			if err != nil {
				b.Fatal(err)
			}
			s, err = s.augmented(a)
			if err != nil {
				b.Fatal(err)
			}
			cells, rows, dst := compact(b, s), make([]int32, 128), make([]float32, 128*28*28)
			b.SetBytes(128 * 28 * 28)
			for b.Loop() {
				cells.Draw(dst, nil, rows, stream(), 1, 0)
			}
		})
	}
}
