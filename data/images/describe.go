package images

import (
	"context"
	"errors"
	"math"

	"euryale/data"
)

// Description is what images hold, for people.
type Description struct {
	Images   int          `json:"images"`
	Height   int          `json:"height"`
	Width    int          `json:"width"`
	Channels []Channel    `json:"channels"`
	Classes  []ClassCount `json:"classes,omitempty"`
	// HistogramBits is the entropy of all numbers in bits: what a number costs where nothing is known but how frequent each
	// of the 256 is. Bits per dimension of a model should be below.
	HistogramBits float64 `json:"histogram_bits"`
}

// Channel is the numbers of a channel.
type Channel struct {
	Mean      float64 `json:"mean"` // from 0 to 255
	Deviation float64 `json:"deviation"`
	Lowest    float64 `json:"share_of_0"`
	Highest   float64 `json:"share_of_255"`
}

// ClassCount is how many images a class has.
type ClassCount struct {
	Name   string `json:"name"`
	Images int    `json:"images"`
}

// Describe reads a source of images from end to end.
func Describe(ctx context.Context, s data.Source) (*Description, error) {
	schema := s.Schema()
	if len(schema.Image) != 3 {
		return nil, errors.New("images: the rows are no images")
	}
	d := &Description{Images: s.Rows(), Height: schema.Image[0], Width: schema.Image[1]}
	for _, name := range schema.Classes {
		d.Classes = append(d.Classes, ClassCount{Name: name})
	}
	counts := make([][256]int, schema.Image[2])
	chunk := max(1, 1<<16/schema.Dim())
	var batch data.Batch
	for first := 0; first < s.Rows(); first += chunk {
		if err := s.Read(ctx, &batch, first, min(chunk, s.Rows()-first)); err != nil {
			return nil, err
		}
		for i, v := range batch.Real {
			counts[i%len(counts)][byte(v)]++
		}
		for _, label := range batch.Labels {
			d.Classes[label].Images++
		}
	}
	var all [256]int
	for _, count := range counts {
		d.Channels = append(d.Channels, channelOf(count))
		for v, n := range count {
			all[v] += n
		}
	}
	d.HistogramBits = entropy(all)
	return d, nil
}

func channelOf(counts [256]int) Channel {
	n, sum, squares := 0, 0.0, 0.0
	for v, count := range counts {
		n += count
		sum += float64(v * count)
	}
	mean := sum / float64(n)
	for v, count := range counts {
		squares += (float64(v) - mean) * (float64(v) - mean) * float64(count)
	}
	share := func(v int) float64 { return float64(counts[v]) / float64(n) }
	return Channel{Mean: mean, Deviation: math.Sqrt(squares / float64(n)), Lowest: share(0), Highest: share(255)}
}

func entropy(counts [256]int) float64 {
	n, sum := 0, 0.0
	for _, count := range counts {
		n += count
	}
	for _, count := range counts {
		if count > 0 {
			p := float64(count) / float64(n)
			sum -= p * math.Log2(p)
		}
	}
	return sum
}
