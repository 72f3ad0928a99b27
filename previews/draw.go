package previews

import (
	"context"
	"errors"
	"fmt"
	"os"

	"euryale/data"
	"euryale/diffusion/solver"
	"euryale/model"
	"euryale/report"
	"euryale/run"
	"euryale/train"
)

// draw writes the preview of the present step. Its samples come last: where they are, all of it is.
func (d *drawer) draw(ctx context.Context, l *train.Loop) error {
	n := l.Config().Train.Previews
	if n == 0 {
		return nil
	}
	file, err := l.Checkpoint()
	if err != nil {
		return err
	}
	file.Name = fmt.Sprintf("of step %d", l.StepsDone())
	c, err := run.Decode(file)
	if err != nil {
		return err
	}
	parts := model.PartsOf(l.Config())
	// Copies of the weights, and memory for the nets, would be much of the memory of the training.
	parts.Weights, parts.Scratch = l.Weights(c.Weights()), l.Scratch()
	m, err := d.open(ctx, c, parts)
	if err != nil || !m.Denoises() {
		return err
	}
	if err := os.MkdirAll(l.Folder.PreviewsPath(), 0o755); err != nil {
		return err
	}
	p := preview{folder: l.Folder, step: l.StepsDone(), request: Request(m, n)}
	p.request.Workers = l.Workers()
	used, err := p.sample(ctx, m, "")
	if err != nil {
		return err
	}
	defer used.sink.Abort() // nothing to do after Close
	all := []*samples{used}
	if m.Averaged {
		parts.Raw, parts.Weights, parts.Scratch = true, l.Weights(run.ModelPrefix), l.Scratch()
		m, err := d.open(ctx, c, parts)
		if err != nil {
			return err
		}
		raw, err := p.sample(ctx, m, "_raw")
		if err != nil {
			return err
		}
		if err := raw.sink.Close(); err != nil {
			return err
		}
		all = append(all, raw)
	}
	if picture := d.picture(l, m, p, all); picture != nil {
		if err := report.Save(p.path(".png"), picture); err != nil {
			return err
		}
	}
	return used.sink.Close()
}

// open makes a model of a checkpoint that is in memory. Rows that samples start from are read once.
func (d *drawer) open(ctx context.Context, c *run.Checkpoint, parts model.Parts) (*model.Model, error) {
	m, err := model.New(c, parts)
	if err != nil || m.Config.Sample.Start != solver.StartMarginal {
		return m, err
	}
	if d.train == nil {
		if d.train, d.held, err = m.Source(ctx); err != nil {
			return nil, err
		}
	}
	m.UseData(d.train, d.held)
	return m, nil
}

// preview is what is drawn at one step.
type preview struct {
	folder  run.Folder
	step    int64
	request model.Request
}

func (p *preview) path(end string) string { return p.folder.PreviewPath(p.step, end) }

// samples are those of one set of weights, in their file that is not yet closed.
type samples struct {
	sink   data.Sink
	points []float32 // where they can be drawn
}

// sample draws samples into a file.
func (p *preview) sample(ctx context.Context, m *model.Model, name string) (*samples, error) {
	extension := ".npy"
	if m.Table() != nil {
		extension = ".csv"
	}
	sink, err := model.NewSink(p.path(name+extension), m.SampleSchema(p.request), p.request.N)
	if err != nil {
		return nil, err
	}
	s := &samples{sink: sink}
	if err := m.Sample(ctx, p.request, &kept{Sink: sink, to: s}); err != nil {
		return nil, errors.Join(err, sink.Abort())
	}
	return s, nil
}

// kept is a sink that keeps the numbers, too.
type kept struct {
	data.Sink
	to *samples
}

// Write implements data.Sink.
func (k *kept) Write(rows *data.Batch) error {
	for _, v := range rows.Real {
		k.to.points = append(k.to.points, float32(v))
	}
	return k.Sink.Write(rows)
}

// picture draws points in the plane, and images; nil for other rows.
func (d *drawer) picture(l *train.Loop, m *model.Model, p preview, all []*samples) report.Picture {
	titles := []string{fmt.Sprintf("step %d", p.step), "raw weights"}
	if len(all) > 1 {
		titles[0] += ", averaged weights"
	}
	labels := m.LabelsOf(p.request, p.request.N)
	if len(p.request.Labels) == 0 {
		labels = nil
	}
	switch {
	case m.Image() != nil && (m.Image()[2] == 1 || m.Image()[2] == 3):
		grid := report.ImagePreview{Images: report.Images{Shape: m.Image()}}
		if labels != nil {
			grid.Labels, grid.Classes = labels, m.Schema.Classes
		}
		for i, s := range all {
			panel := report.ImagePanel{Title: titles[i], Pixels: make([]byte, len(s.points))}
			for k, v := range s.points {
				panel.Pixels[k] = byte(v)
			}
			grid.Panels = append(grid.Panels, panel)
		}
		return grid
	case m.Table() != nil || m.Schema.Dim() != 2 || m.Schema.Indices() > 0 || m.Dim() != 2:
		return nil
	}
	scatter := report.Preview{Data: d.dataOf(l, m)}
	if len(m.Schema.Classes) <= report.Colors {
		scatter.Labels = labels
	}
	for i, s := range all {
		scatter.Panels = append(scatter.Panels, report.Panel{Title: titles[i], Points: s.points})
	}
	return scatter
}

// mostData rows of training are drawn.
const mostData = 2000

// dataOf are rows of training in the plane, in the data's units, evenly spaced since they may be sorted.
func (d *drawer) dataOf(l *train.Loop, m *model.Model) []float32 {
	if d.backdrop == nil {
		all := l.Dataset()
		total := all.Rows()
		n := min(total, mostData)
		points := make([]float32, 0, 2*n)
		for i := range n {
			row := i * total / n
			points = append(points, all.Points[2*row:2*row+2]...)
		}
		var rows data.Batch
		if err := m.Encoder.Decode(&rows, points); err != nil {
			return nil
		}
		for _, v := range rows.Real {
			d.backdrop = append(d.backdrop, float32(v))
		}
	}
	return d.backdrop
}
