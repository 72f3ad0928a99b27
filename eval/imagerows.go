package eval

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/data"
	"euryale/data/images"
	"euryale/model"
	"euryale/rng"
)

// pictures are images in the data's units, numbers from 0 to 255, with their labels; nil where they have none.
type pictures struct {
	points []float32 // [rows, dim]
	labels []int32
}

func (p *pictures) rows(dim int) int { return len(p.points) / dim }

func (p *pictures) batch(m *model.Model) *data.Batch {
	b := m.Batch(p.points)
	b.Labels = p.labels
	return b
}

// The steps of rng.Fresh by which images are chosen among many. Rows drawn from a distribution use low steps.
const (
	chosenTraining = 1<<47 + iota
	chosenFresh
)

// blockRows is how many rows of a source are read at once.
const blockRows = 1024

// choose reads n rows of a source that are of a class, or data.AnyClass, at random if there are more: the first ones of a set
// of images may be easier than the others.
func choose(ctx context.Context, s data.Source, n, class int, stream rng.Stream, step uint64) (*pictures, error) {
	var candidates []int32
	err := eachBlock(ctx, s, func(b *data.Batch) error {
		for i := range b.Rows {
			if isOf(b, i, class) {
				candidates = append(candidates, int32(b.First+i))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n < len(candidates) {
		order := make([]int32, len(candidates))
		stream.Permutation(order, step)
		for i := range n {
			order[i] = candidates[order[i]]
		}
		candidates = order[:n]
		slices.Sort(candidates)
	}
	p, next := new(pictures), 0
	dim := s.Schema().Dim()
	err = eachBlock(ctx, s, func(b *data.Batch) error {
		for ; next < len(candidates) && int(candidates[next]) < b.First+b.Rows; next++ {
			p.add(b, int(candidates[next])-b.First, dim)
		}
		return nil
	})
	return p, err
}

func (p *pictures) add(b *data.Batch, i, dim int) {
	for _, v := range b.Real[i*dim : (i+1)*dim] {
		p.points = append(p.points, float32(v))
	}
	if b.Labels != nil {
		p.labels = append(p.labels, b.Labels[i])
	}
}

func isOf(b *data.Batch, i, class int) bool {
	return class == data.AnyClass || b.Labels != nil && int(b.Labels[i]) == class
}

// eachBlock reads a source from end to end.
func eachBlock(ctx context.Context, s data.Source, take func(b *data.Batch) error) error {
	var b data.Batch
	for first := 0; first < s.Rows(); first += blockRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Read(ctx, &b, first, min(blockRows, s.Rows()-first)); err != nil {
			return fmt.Errorf("eval: %w", err)
		}
		if err := take(&b); err != nil {
			return err
		}
	}
	return nil
}

// imageSets are the images that samples are compared with.
type imageSets struct {
	train    data.Source
	class    int
	fresh    *pictures // that the net was not trained on
	training *pictures // as many, of training
	from     Reference
}

// openImages chooses n images that a net was not trained on, if there are so many, and some of training; 0: none.
func openImages(ctx context.Context, m *model.Model, n, class int, seed uint64, training int) (*imageSets, error) {
	train, held, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	s := &imageSets{train: train, class: class, from: FreshRows}
	wanted := n
	if _, ok := train.(data.Distribution); !ok {
		s.from = HeldOutRows
		if held != nil {
			wanted = held.Rows() // all, to choose from
		}
	}
	source, err := m.Fresh(ctx, seed, wanted, class)
	if err != nil {
		return nil, err
	}
	stream := rng.NewStream(seed, rng.Fresh)
	if s.fresh, err = choose(ctx, source, n, data.AnyClass, stream, chosenFresh); err != nil {
		return nil, err
	}
	if training == 0 {
		return s, nil
	}
	if s.training, err = choose(ctx, train, training, class, stream, chosenTraining); err != nil {
		return nil, err
	}
	if dim := m.Schema.Dim(); s.fresh.rows(dim) < 2 || s.training.rows(dim) < 2 {
		return nil, fmt.Errorf("eval: there are %d images that %s was not trained on and %d that it was, and a distance needs at least 2 of each",
			s.fresh.rows(dim), m.Config.Name, s.training.rows(dim))
	}
	return s, nil
}

// ReadImages reads images of a schema that any program has drawn: a .npy file of them, with labels in a file beside it whose name
// ends in _labels.npy; or a folder of PNG, JPEG or GIF files, with labels if it has folders whose names are classes of the schema.
func ReadImages(ctx context.Context, path string, s data.Schema) (*data.Batch, error) {
	kind, err := kindOfImages(path, s)
	if err != nil {
		return nil, err
	}
	source, err := kind.Open(ctx, 0)
	if err != nil {
		return nil, err
	}
	if got := source.Schema().Image; !slices.Equal(got, s.Image) {
		return nil, fmt.Errorf("%s has images of height, width and channels %v, expected %v as in the data of the run", path, got, s.Image)
	}
	rows := new(data.Batch)
	if err := source.Read(ctx, rows, 0, source.Rows()); err != nil {
		return nil, err
	}
	names := source.Schema().Classes
	for i, label := range rows.Labels {
		at := int(label) // of a file: the class itself
		if _, ok := kind.(*images.Folder); ok {
			at = slices.Index(s.Classes, names[label])
		}
		if at < 0 || at >= len(s.Classes) {
			return nil, fmt.Errorf("%s has the class %q, expected one of %v as in the data of the run", path, names[label], s.Classes)
		}
		rows.Labels[i] = int32(at)
	}
	return rows, nil
}

// kindOfImages is the kind of data that reads a file or a folder of images.
func kindOfImages(path string, s data.Schema) (data.Options, error) {
	const takes = "expected a .npy file of images, or a folder of PNG, JPEG or GIF files"
	info, err := os.Stat(path)
	switch cause, ok := errors.AsType[*fs.PathError](err); {
	case ok:
		return nil, fmt.Errorf("%s: %w; %s", path, cause.Err, takes)
	case err != nil:
		return nil, err
	case !info.IsDir() && !strings.EqualFold(filepath.Ext(path), ".npy"):
		return nil, fmt.Errorf("%s: %s; single images go into a folder", path, takes)
	case !info.IsDir():
		file := &images.NPY{File: path}
		if labels := strings.TrimSuffix(path, filepath.Ext(path)) + "_labels.npy"; len(s.Classes) > 0 {
			if _, err := os.Stat(labels); err == nil {
				file.Labels = labels
			}
		}
		return file, nil
	}
	folder := &images.Folder{Path: path, Color: "rgb"}
	if s.Image[2] == 1 {
		folder.Color = "gray"
	}
	entries, err := os.ReadDir(path)
	folder.Labels = len(s.Classes) > 0 && slices.ContainsFunc(entries, os.DirEntry.IsDir)
	return folder, err
}
