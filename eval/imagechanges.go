package eval

import "euryale/rng"

// scaleNoise is the deviation of the noise of Scale, where black and white are −1 and 1.
const scaleNoise = 0.2

// noisy are images [rows, dim] with noise added, which may lead beyond black and white.
func noisy(images []float32, stream rng.Stream, dim int) []float32 {
	changed := make([]float32, len(images))
	stream.Normal(changed, 0, 0, dim)
	for i, v := range images {
		changed[i] = v + scaleNoise*changed[i]
	}
	return changed
}

// withoutClass are the images that are not of class 0, with some twice, so that there are as many.
func withoutClass(images []float32, labels []int32, dim int) []float32 {
	var changed []float32
	for i, label := range labels {
		if label != 0 {
			changed = append(changed, images[i*dim:(i+1)*dim]...)
		}
	}
	if len(changed) == len(images) {
		return nil
	}
	if len(changed) > 0 {
		for at := 0; len(changed) < len(images); at += dim {
			changed = append(changed, changed[at:at+dim]...)
		}
	}
	return changed
}

// shifted are images moved right by one pixel, with black at the left.
func shifted(images []float32, shape []int) []float32 {
	return moved(images, shape, func(at func(y, x int) float32, y, x int) float32 { return at(y, x-1) })
}

// blurred are images whose pixels are the means of 3×3 pixels, with black beyond the edges.
func blurred(images []float32, shape []int) []float32 {
	return moved(images, shape, func(at func(y, x int) float32, y, x int) float32 {
		sum := float32(0)
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				sum += at(y+dy, x+dx)
			}
		}
		return sum / 9
	})
}

// moved are images whose pixels follow from those of the same channel, which are −1 beyond the edges.
func moved(images []float32, shape []int, pixel func(at func(y, x int) float32, y, x int) float32) []float32 {
	height, width, channels := shape[0], shape[1], shape[2]
	changed := make([]float32, 0, len(images))
	for lo := 0; lo < len(images); lo += height * width * channels {
		for i := range height * width * channels {
			channel := i % channels
			at := func(y, x int) float32 {
				if y < 0 || y >= height || x < 0 || x >= width {
					return -1
				}
				return images[lo+(y*width+x)*channels+channel]
			}
			changed = append(changed, pixel(at, i/channels/width, i/channels%width))
		}
	}
	return changed
}

// independent are images each of whose numbers is from an image of its own.
func independent(images []float32, stream rng.Stream, dim int) []float32 {
	changed, rows := make([]float32, len(images)), len(images)/dim
	for i := range changed {
		from := stream.IntN(1+uint64(i%dim), uint64(i/dim), rows)
		changed[i] = images[from*dim+i%dim]
	}
	return changed
}
