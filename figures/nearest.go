package figures

import (
	"context"

	"euryale/eval"
	"euryale/model"
	"euryale/report"
)

// neighborsEach is the number of training images beside a sample.
const neighborsEach = 7

// Nearest draws samples, each followed by the training images nearest to it: by the distance of images as the net sees them,
// ‖x − y‖. A net that repeats its data draws samples that are the same as the image beside them.
func Nearest(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if m.Image() == nil {
		return nil, notApplicable("rows that are no images")
	}
	if err := drawsSamples(m); err != nil {
		return nil, err
	}
	r := request(m, o, max(1, o.images()/4))
	rows, err := DrawnRows(ctx, m, r)
	if err != nil {
		return nil, err
	}
	near, err := eval.NearestImages(ctx, m, points(rows), neighborsEach)
	if err != nil {
		return nil, err
	}
	return report.ImageGrid{
		Images: report.Images{Shape: m.Image(), Columns: 1 + near.Each, Apart: 1}, Pixels: pixels(near.Pixels),
	}, nil
}
