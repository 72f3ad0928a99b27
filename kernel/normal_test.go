package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// edgeWords are words at or next to which the transform takes another branch, rounds differently or reaches an end.
var edgeWords = []uint32{
	0, 1, 2, 3, 1<<30 - 1, 1 << 30, 1<<30 + 1, 1<<31 - 1, 1 << 31, 1<<31 + 1, 3<<30 - 1, 3 << 30, 1 << 29, 3 << 29, 5 << 29, 7 << 29,
	math.MaxUint32, math.MaxUint32 - 1, math.MaxUint32 - 2, math.MaxUint32 - 256, 0xb504f333, 0xb504f2ff, 0xb504f400,
}

func TestBoxMullerAgainstDoublePrecision(t *testing.T) {
	words := edgeWords
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		words = append(words, r.Uint32())
	}
	for i, a := range words {
		b := words[(i*7+3)%len(words)]
		u := float64(float32(a>>1)*0x1p-31) + 0x1p-32
		u = float64(float32(u))
		radius := math.Sqrt(-2 * math.Log(u))
		angle := float64(b>>30)*math.Pi/2 + float64(int32(b<<2))*math.Pi/4*0x1p-31
		z0, z1 := boxMuller(a, b)
		if math.Abs(float64(z0)-radius*math.Cos(angle)) > 1e-6 || math.Abs(float64(z1)-radius*math.Sin(angle)) > 1e-6 {
			t.Fatalf("boxMuller(%#x, %#x) = %v, %v, want %v, %v", a, b, z0, z1, radius*math.Cos(angle), radius*math.Sin(angle))
		}
	}
}

func TestFillNormalShapes(t *testing.T) {
	key := [2]uint32{0x01234567, 0x89abcdef}
	shape := func(t *testing.T, rows, dim int) {
		t.Helper()
		want := make([]float32, rows*dim)
		fillNormalGeneric(want, key, 5, 1000, dim)
		got, intact := guarded(t, rows*dim, dim%5)
		FillNormal(got, key, 5, 1000, dim)
		intact()
		sameBits(t, fmt.Sprintf("%d rows of %d", rows, dim), got, want)
	}
	onEveryPath(t, func(t *testing.T) {
		for dim := 1; dim <= 10; dim++ {
			for rows := range 70 {
				shape(t, rows, dim)
			}
			shape(t, 301, dim) // fills the buffer more than twice
		}
		for dim := 11; dim <= 140; dim++ {
			for rows := 1; rows <= 36; rows += 1 + dim%7 {
				shape(t, rows, dim)
			}
		}
		for dim := 141; dim <= 400; dim++ {
			shape(t, 1, dim)
		}
	})
}

// Rows and steps cross from one counter word to the next, and wrap at 48 bits.
func TestFillNormalAtCarries(t *testing.T) {
	key := [2]uint32{7, 8}
	onEveryPath(t, func(t *testing.T) {
		for _, row := range []uint64{1<<32 - 1, 1<<32 - 5, 1<<32 - 16, 3<<32 - 20, 1 << 47, 1<<48 - 9, math.MaxUint64 - 10, 1<<63 - 3} {
			for _, step := range []uint64{0, 1<<32 - 1, 1 << 32, 1<<48 - 1, 1 << 48, math.MaxUint64} {
				for _, dim := range []int{1, 2, 3, 4, 5, 20, 100} {
					got, want := make([]float32, 40*dim), make([]float32, 40*dim)
					fillNormalGeneric(want, key, step, row, dim)
					FillNormal(got, key, step, row, dim)
					sameBits(t, fmt.Sprintf("step %#x, row %#x, dim %d", step, row, dim), got, want)
				}
			}
		}
	})
}

func TestFillNormalDoesNotDependOnChunks(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			key := [2]uint32{rapid.Uint32().Draw(t, "key 0"), rapid.Uint32().Draw(t, "key 1")}
			step := rapid.Uint64().Draw(t, "step")
			first := rapid.Uint64().Draw(t, "first")
			dim := rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 200)).Draw(t, "dim")
			rows := rapid.IntRange(0, 2000/dim).Draw(t, "rows")
			want := make([]float32, rows*dim)
			fillNormalGeneric(want, key, step, first, dim)
			got := make([]float32, rows*dim)
			for at := 0; at < rows; {
				count := rapid.IntRange(1, rows-at).Draw(t, "chunk")
				FillNormal(got[at*dim:(at+count)*dim], key, step, first+uint64(at), dim)
				at += count
			}
			sameBits(t, "chunks", got, want)
		})
	})
}

func TestFillNormalMisusePanics(t *testing.T) {
	FillNormal(nil, [2]uint32{}, 0, 0, 0)
	mustPanic(t, "FillNormal: dst [3] does not hold whole rows of 2", func() { FillNormal(make([]float32, 3), [2]uint32{}, 0, 0, 2) })
	mustPanic(t, "FillNormal: dst [3] does not hold whole rows of 0", func() { FillNormal(make([]float32, 3), [2]uint32{}, 0, 0, 0) })
}
