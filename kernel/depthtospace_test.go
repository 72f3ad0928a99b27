package kernel

import (
	"strings"
	"testing"
)

// Each number of the small images goes to its place in the large ones, and comes back.
func TestDepthToSpace(t *testing.T) {
	const images, height, width = 2, 3, 2
	for _, block := range []int{1, 2, 3} {
		for _, channels := range []int{1, 3} {
			r, pixels := newRand(uint64(block)), images*height*width
			x := randomMatrix(r, pixels, block*block*channels, block*block*channels+3)
			large, intact := guardedMatrix(t, pixels*block*block, channels, channels+2, 1)
			DepthToSpace(large, x, width, block)
			intact()
			for pixel := range pixels {
				for c, v := range x.row(pixel) {
					p, q := c/channels/block, c/channels%block
					at := (pixel/width*block+p)*width*block + pixel%width*block + q
					if got := large.row(at)[c%channels]; got != v {
						t.Fatalf("blocks of %d: pixel %d, number %d is %v, want %v", block, pixel, c, got, v)
					}
				}
			}
			back, intact := guardedMatrix(t, x.Rows, x.Cols, x.Cols+1, 2)
			SpaceToDepth(back, large, width, block, false)
			sameMatrix(t, "back", back, x)
			SpaceToDepth(back, large, width, block, true)
			intact()
			for pixel := range pixels {
				for c, v := range x.row(pixel) {
					if back.row(pixel)[c] != v+v {
						t.Fatalf("added: %v, want twice %v", back.row(pixel)[c], v)
					}
				}
			}
		}
	}
	defer func() {
		if message, _ := recover().(string); !strings.HasPrefix(message, "kernel.DepthToSpace: images [4, 2] and [1, 4]") {
			t.Errorf("panic %q", message)
		}
	}()
	DepthToSpace(NewMatrix(4, 2), NewMatrix(1, 4), 1, 2)
}
