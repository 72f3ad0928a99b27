package toy

import (
	"context"

	"euryale/data"
	"euryale/rng"
)

// Blobs is isotropic Gaussians around random centers, as in scikit-learn's make_blobs:
//
//	c_k uniform in [−center_box, center_box]^dimensions, once per label k
//	p = scale·(c_k + cluster_std·z), k uniform in 0 … centers−1, z ~ N(0, I)
//
// The centers depend on the run's seed only: they come from steps of the data's stream that no point uses (2⁴⁰ +
// coordinate, row k), so that fresh points of any seed have the same ones. The nearest class is that of the nearest center.
type Blobs struct {
	Plain `yaml:",inline"`
	// Dimensions is the number of coordinates, from 1 to 4096.
	Dimensions int `yaml:"dimensions"`
	// Centers is the number of blobs, from 1 to 4096.
	Centers int `yaml:"centers"`
	// CenterBox is b: the centers are uniform in [−b, b] in each coordinate, before scaling.
	CenterBox float64 `yaml:"center_box"`
	// ClusterStd is the standard deviation of a blob in each coordinate, before scaling.
	ClusterStd float64 `yaml:"cluster_std"`
}

func newBlobs() data.Options {
	return &Blobs{Plain: Plain{defaultPoints, 0.15}, Dimensions: 2, Centers: 3, CenterBox: 10, ClusterStd: 1}
}

// Validate implements data.Options.
func (b *Blobs) Validate() error {
	return firstError(b.check(),
		checkCount("dimensions", b.Dimensions, 1, mostDimensions),
		checkCount("centers", b.Centers, 1, mostClasses),
		checkPositive("center_box", b.CenterBox),
		checkPositive("cluster_std", b.ClusterStd))
}

// Open implements data.Options.
func (b *Blobs) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	centers := b.centers(seed)
	return distribution{name: "blobs", dim: b.Dimensions, classes: b.Centers, points: b.Points, scale: b.Scale,
		noise: constant(b.ClusterStd), place: placeAt(centers), nearest: nearestOf(centers)}.open(seed)
}

// centers [Centers][Dimensions] are at scale 1.
func (b *Blobs) centers(seed uint64) [][]float64 {
	stream := rng.NewStream(seed, rng.Data)
	centers := make([][]float64, b.Centers)
	for k := range centers {
		centers[k] = make([]float64, b.Dimensions)
		for j := range centers[k] {
			centers[k][j] = float64(b.CenterBox * (2*stream.Float64(stepOfDistribution+uint64(j), uint64(k)) - 1))
		}
	}
	return centers
}
