package metrics

import (
	"fmt"

	"euryale/rng"
)

// patchDraws is the first step of rng.Projections that patches use: number k of an image is step patchDraws + k.
const patchDraws = 1 << 40

// Patches cuts n square patches of size×size pixels from random places of each of images [rows, height, width, channels]:
// [rows·n, size, size, channels]. The places are functions of the seed and the number of the image.
func Patches(images []float32, height, width, channels, size, n int, seed uint64) ([]float32, error) {
	switch {
	case size < 1 || size > height || size > width:
		return nil, fmt.Errorf("metrics: patches of %d×%d pixels do not fit in images of %d×%d", size, size, height, width)
	case channels < 1 || n < 1:
		return nil, fmt.Errorf("metrics: patches need at least 1 channel and 1 per image, got %d and %d", channels, n)
	}
	pixels := height * width * channels
	if err := check("the set of images", images, pixels); err != nil {
		return nil, err
	}
	stream := rng.NewStream(seed, rng.Projections)
	line := size * channels
	patches := make([]float32, 0, len(images)/pixels*n*size*line)
	places := (height - size + 1) * (width - size + 1)
	for row := 0; row*pixels < len(images); row++ {
		image := images[row*pixels : (row+1)*pixels]
		for k := range n {
			place := stream.IntN(patchDraws+uint64(k), uint64(row), places)
			top, left := place/(width-size+1), place%(width-size+1)
			for y := range size {
				at := ((top+y)*width + left) * channels
				patches = append(patches, image[at:at+line]...)
			}
		}
	}
	return patches, nil
}
