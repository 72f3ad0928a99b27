package metrics

import (
	"slices"
	"strings"
	"testing"
)

// A patch is rows of an image, with all channels, and the places cover the image evenly.
func TestPatches(t *testing.T) {
	const height, width, channels, size, n, rows = 4, 5, 2, 3, 3, 400
	images := make([]float32, rows*height*width*channels)
	for i := range images {
		images[i] = float32(i)
	}
	patches, err := Patches(images, height, width, channels, size, n, 9)
	if err != nil {
		t.Fatal(err)
	}
	const numbers = size * size * channels
	if len(patches) != rows*n*numbers {
		t.Fatalf("%d numbers", len(patches))
	}
	counts := map[int]int{}
	for i := range rows * n {
		patch := patches[i*numbers : (i+1)*numbers]
		place := int(patch[0]) - i/n*height*width*channels // of its first number in its image
		top, left := place/(width*channels), place%(width*channels)/channels
		if place%channels != 0 || top < 0 || top > height-size || left < 0 || left > width-size {
			t.Fatalf("patch %d begins at %v of its image", i, place)
		}
		counts[place]++
		for y := range size {
			for x := range size * channels {
				if want := patch[0] + float32(y*width*channels+x); patch[y*size*channels+x] != want {
					t.Fatalf("patch %d: %v", i, patch)
				}
			}
		}
	}
	for place, count := range counts { // 200 each of 6 places, deviation 13
		if count < 140 || count > 260 {
			t.Errorf("place %d: %d patches", place, count)
		}
	}
	// An image's places do not depend on the others.
	alone, err := Patches(images[:height*width*channels], height, width, channels, size, n, 9)
	if err != nil || !slices.Equal(alone, patches[:len(alone)]) {
		t.Errorf("the first image alone has other patches: %v", err)
	}
	if len(counts) != 6 {
		t.Errorf("%d places, expected 6", len(counts))
	}
}

func TestPatchErrors(t *testing.T) {
	for _, test := range []struct {
		height, size, n int
		want            string
	}{
		{2, 3, 1, "patches of 3×3 pixels do not fit in images of 2×4"},
		{4, 0, 1, "patches of 0×0 pixels do not fit"},
		{4, 2, 0, "at least 1 channel and 1 per image, got 1 and 0"},
		{3, 2, 1, "16 numbers are not whole points of 12"},
	} {
		_, err := Patches(make([]float32, 16), test.height, 4, 1, test.size, test.n, 0)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
