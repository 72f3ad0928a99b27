package kernel

import (
	"fmt"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// fence is memory between two pages without access: a read or write past either end faults.
type fence struct{ floats []float32 }

func newFence(t *testing.T, n int) fence {
	t.Helper()
	page := syscall.Getpagesize()
	size := (4*n + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(memory) })
	for _, edge := range [][]byte{memory[:page], memory[page+size:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return fence{unsafe.Slice((*float32)(unsafe.Pointer(&memory[page])), size/4)}
}

// slice returns n elements next to the page before them or, if behind, to the page after them.
func (f fence) slice(n int, behind bool) []float32 {
	if behind {
		return f.floats[len(f.floats)-n:]
	}
	return f.floats[:n:n]
}

func (f fence) matrix(rows, cols, stride int, behind bool) Matrix {
	size := 0
	if rows > 0 && cols > 0 {
		size = (rows-1)*stride + cols
	}
	return Matrix{Data: f.slice(size, behind), Rows: rows, Cols: cols, Stride: stride}
}

// No loop reads or writes outside its operands, not even values that it then ignores.
func TestNoAccessOutsideOperands(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	const limit = 1 << 18
	var f [8]fence
	for i := range f {
		f[i] = newFence(t, limit)
	}
	guarded := func(t *testing.T, what string, call func()) {
		t.Helper()
		defer func() {
			t.Helper()
			if fault := recover(); fault != nil {
				t.Fatalf("%s: %v", what, fault)
			}
		}()
		call()
	}
	onEveryPath(t, func(t *testing.T) {
		for _, behind := range []bool{false, true} {
			var ws Workspace
			product := func(form form, m, n, k, extra int) {
				ar, ac, br, bc := m, k, k, n
				if form.ta {
					ar, ac = k, m
				}
				if form.tb {
					br, bc = n, k
				}
				e := &Epilogue{
					Bias: f[3].slice(n, behind), Table: f[4].matrix(3, n, n+extra, behind), Index: make([]int32, m),
					Add: f[7].matrix(m, n, n+extra, behind), ReLU: true, Mask: f[5].matrix(m, n, n+extra, behind), Scale: f[6].matrix(m, n, n+extra, behind), Accumulate: k%2 == 0,
				}
				for i := range e.Index {
					e.Index[i] = int32(i % 3)
				}
				guarded(t, fmt.Sprintf("%s %dx%dx%d", form.name, m, n, k), func() {
					dst, a := f[0].matrix(m, n, n+extra, behind), f[1].matrix(ar, ac, ac+extra, behind)
					form.call(&ws, dst, a, f[2].matrix(br, bc, bc+extra, behind), e)
				})
			}
			for _, form := range forms {
				for m := 1; m < 18; m++ {
					for n := 1; n < 70; n += 1 + m%3 {
						product(form, m, n, 1+(m+n)%13, n%2)
					}
				}
				product(form, 96, 391, 21, 0) // packs the left factor, and the right one in MatMulTB
				product(form, 101, 391, 21, 0)
				product(form, 259, 67, 19, 1)
				product(form, 9, 33, 401, 0) // two blocks of k
			}
			for n := range 140 {
				x, y, z, w := f[0].slice(n, behind), f[1].slice(n, behind), f[2].slice(n, behind), f[3].slice(n, behind)
				rows, cols := n%7, n%50
				index := make([]int32, rows)
				guarded(t, fmt.Sprintf("length %d", n), func() {
					ReLU(x, y)
					ReLUMask(x, y, z)
					SquaredNorm(x)
					Multiply(x, y, z)
					Exp(x, y)
					SiLU(x, y)
					SiLUSlope(x, y, z)
					SiLUGradient(x, y, z)
					Combine2(x, 1, y, 1, z)
					Combine3(x, 1, y, 1, z, 1, w)
					Lerp(x, y, 0.5)
					Adam(x, y, z, w, adamStep(1))
					part, whole := f[0].matrix(rows, cols, cols+1, behind), f[1].matrix(3, cols, cols, behind)
					ScatterAddRowsWithin(whole, part, index, n%3)
					SumRows(f[2].slice(cols, behind), part)
					if cols > 0 {
						Softmax(part, part, f[2].matrix(rows, 1, 1, behind), []Group{{0, cols}})
					}
					for _, dim := range []int{1, 2, 3, 4, 21} {
						FillNormal(f[4].slice(n*dim, behind), [2]uint32{}, 0, 0, dim)
					}
					FillNormal(f[5].slice(n, behind), [2]uint32{}, 0, 0, n)
				})
			}
		}
	})
}
