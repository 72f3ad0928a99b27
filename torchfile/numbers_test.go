package torchfile

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Numbers of binary16: table 3.5 of IEEE 754 and its examples; 0x3555 is the one nearest to 1/3.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 1.0 / 16384, 0x0001: math.Ldexp(1, -24), 0x03ff: math.Ldexp(1023, -24),
		0x3555: 0.333251953125, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := half(bits); float64(got) != want {
			t.Errorf("%#04x is %v, want %v", bits, got, want)
		}
	}
	if v := half(0x8000); v != 0 || !math.Signbit(float64(v)) {
		t.Errorf("0x8000 is %v, want -0", v)
	}
	if v := half(0x7e00); v == v {
		t.Errorf("0x7e00 is %v, want NaN", v)
	}
}

// bfloat16 is the upper half of a float32, and float64 is rounded to the nearest.
func TestNumber(t *testing.T) {
	if v, rounded := number("BF16", []byte{0x40, 0xc0}); v != -3 || rounded {
		t.Errorf("-3 as bfloat16 is %v, %v", v, rounded)
	}
	pi := []byte{0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 0x09, 0x40}
	if v, rounded := number("F64", pi); v != float32(math.Pi) || !rounded {
		t.Errorf("π as float64 is %v, %v", v, rounded)
	}
}

// Elements are found by strides as they are by counting, one index after the other.
func TestStrides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(t, "shape")
		stride := rapid.SliceOfN(rapid.IntRange(0, 9), len(shape), len(shape)).Draw(t, "stride")
		offset := rapid.IntRange(0, 5).Draw(t, "offset")
		file := make([]byte, 2*(offset+1+3*9*3))
		for i := range len(file) / 2 {
			file[2*i], file[2*i+1] = byte(i), 0x3c // 1 + i/1024
		}
		var want []float32
		var count func(axis, at int)
		count = func(axis, at int) {
			if axis == len(shape) {
				want = append(want, half(0x3c00|uint16(at)))
				return
			}
			for i := range shape[axis] {
				count(axis+1, at+i*stride[axis])
			}
		}
		count(0, offset)
		got, _, err := tensor{"F16", shape, stride, int64(2 * offset)}.read(bytes.NewReader(file))
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d numbers, want %d, %v", len(got), len(want), err)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("number %d is %v, want %v", i, got[i], want[i])
			}
		}
		last, ok := lastElement(view{offset: offset, shape: shape, stride: stride})
		most := -1
		for _, v := range want {
			most = max(most, int(math.Round((float64(v)-1)*1024)))
		}
		if !ok || last != most {
			t.Fatalf("the last element is %d, want %d", last, most)
		}
	})
}

// A large tensor is read in pieces; one whose numbers are far apart is not read.
func TestLargeTensors(t *testing.T) {
	const n = 3*chunk + 5
	file := make([]byte, 2*n)
	for i := range n {
		file[2*i], file[2*i+1] = byte(i), 0x3c
	}
	got, _, err := tensor{"F16", []int{n}, []int{1}, 0}.read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v != half(0x3c00|uint16(i%256)) {
			t.Fatalf("number %d is %v", i, v)
		}
	}
	if _, _, err := (tensor{"F16", []int{n + 1}, []int{1}, 0}).read(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "ends within it") {
		t.Errorf("beyond the end: %v", err)
	}
	_, _, err = tensor{"F32", []int{3}, []int{1 << 40}, 0}.read(bytes.NewReader(file))
	if err == nil || !strings.Contains(err.Error(), "call .contiguous() before it is saved") {
		t.Errorf("far apart: %v", err)
	}
}

// What no tensor can be is found before anything is multiplied beyond an int.
func TestLastElement(t *testing.T) {
	for _, v := range []view{
		{offset: -1}, {shape: []int{-1}, stride: []int{1}}, {shape: []int{2}, stride: []int{-1}},
		{shape: []int{math.MaxInt, 2}, stride: []int{0, 0}}, {shape: []int{3, 3}, stride: []int{math.MaxInt / 2, 1}},
		{offset: math.MaxInt, shape: []int{2}, stride: []int{1}},
	} {
		if last, ok := lastElement(v); ok {
			t.Errorf("%+v ends at %d", v, last)
		}
	}
}
