package model

import (
	"math"
	"slices"

	"euryale/diffusion"
)

// Image is the shape [height, width, channels] of a sample that is an image, whose numbers are pixels from 0 to 255; nil for a
// model of other rows.
func (m *Model) Image() []int { return slices.Clone(m.Schema.Image) }

// Pieces of images are as large as leaves piecesPerWorker for each worker, so that none waits long for the others, and hold at
// most imageNumbers numbers, or fewImages images if that is more.
const (
	piecesPerWorker = 4
	imageNumbers    = 1 << 14
	fewImages       = 8 // as many as a net of images takes at a time
	// wavesPerWorker pieces per worker are in memory together: few, so that images are written soon after they are drawn.
	wavesPerWorker = 16
)

// pieceRows is the most rows of a piece, and of a wave. An image costs far more than a point: 64 of them are the work of many
// workers.
func (s *sampling) pieceRows(workers int) (piece, wave int) {
	dim := s.model.Dim()
	if s.model.Schema.Image == nil {
		return sampleRows, sampleRows * min(wavePieces, max(workers, waveNumbers/(sampleRows*dim)))
	}
	most := max(fewImages, imageNumbers/dim/fewImages*fewImages)
	share := (s.request.N + piecesPerWorker*workers - 1) / (piecesPerWorker * workers)
	piece = min(share, most, sampleRows)
	return piece, piece * wavesPerWorker * workers
}

// restore writes the known pixels into decoded images: a solver may end with some noise on them.
func restore[T float32 | float64](s *sampling, x []T) {
	if s.model.Schema.Image == nil || s.known.Mask == nil {
		return
	}
	dim := s.model.Dim()
	for i, v := range s.request.Known {
		for at := i; at < len(x); at += dim {
			x[at] = T(v)
		}
	}
}

// toUnitSize brings the state of images at a time to the size of images: x_t/√(α²+σ²), which is x_t on a process that preserves
// the variance. On others the noise would hide how the image comes about, or leave the range of the pixels.
func (s *sampling) toUnitSize(x []float32, t float64) {
	if s.model.Schema.Image == nil {
		return
	}
	scaleToUnit(s.process, x, t)
}

func scaleToUnit(p diffusion.Process, x []float32, t float64) {
	scale := float32(1 / math.Hypot(p.Marginal(t)))
	for i := range x {
		x[i] *= scale
	}
}
