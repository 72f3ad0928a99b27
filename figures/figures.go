// Package figures draws what a trained model is and does, as pictures of package report: the data and the samples, the
// forward and the reverse process, the score, the paths of the probability-flow ODE, the density, the loss by the time, the
// schedule, and the columns of rows that are no points in the plane.
//
// A Figure is a name and a function of a model; All lists them, Choose finds some by their names. A figure that does not
// apply to a model, such as the density of images, has a *NotApplicableError with the reason. Pictures are a function of the
// run, its data and the Options: drawn twice, they have the same bytes.
//
//   - rows.go reads rows of the data and draws samples; times.go chooses times of a process.
//   - places.go has what points in the plane are, area.go the part of the plane that a density covers.
//   - samples.go draws data and samples, nearest.go training images near to samples.
//   - forward.go draws the forward process, reverse.go the reverse one, both as a strip and as an animation.
//   - trajectories.go draws paths of the ODE, score.go the score, density.go the density.
//   - lossbytime.go measures the loss at each time, schedule.go draws the curves of a process.
//   - columns.go compares columns one by one and in pairs.
//
// Start reading at Figure.
package figures

import (
	"context"
	"fmt"
	"strings"

	"euryale/choice"
	"euryale/model"
	"euryale/report"
)

// Figure is one kind of picture.
type Figure struct {
	Name    string        // such as "forward"
	Summary string        // one line: a caption
	Format  report.Format // PNG, or GIF of an animation
	// Draw makes the picture. The error is a *NotApplicableError if there is none of this model.
	Draw Function
}

// Function draws a picture of a model.
type Function func(ctx context.Context, m *model.Model, o Options) (report.Picture, error)

// File is the name of the figure's file.
func (f Figure) File() string { return f.Name + "." + string(f.Format) }

// Options are common to all figures. The zero value is right for most.
type Options struct {
	Rows    int     // points and rows of a table, at most; 0: 10,000
	Images  int     // images of a grid, at most; 0: 64. Strips of images show an eighth of them
	Grid    int     // points of a density along each axis; 0: 96
	Workers int     // no effect on pictures; 0: GOMAXPROCS
	Seed    *uint64 // of noise and samples; nil: that of the run
}

func (o Options) rows() int {
	if o.Rows < 1 {
		return 10_000
	}
	return o.Rows
}

func (o Options) images() int {
	if o.Images < 1 {
		return 64
	}
	return o.Images
}

func (o Options) grid() int {
	if o.Grid < 1 {
		return 96
	}
	return o.Grid
}

// fewImages is the number of images of a strip.
func (o Options) fewImages() int { return max(1, o.images()/8) }

func (o Options) seed(m *model.Model) uint64 {
	if o.Seed != nil {
		return *o.Seed
	}
	return m.Config.Seed
}

// All lists the figures in the order of a page.
func All() []Figure {
	return []Figure{
		{"data", "rows that the net was trained on", report.PNG, Data},
		{"forward", "the forward process: the same rows with more and more noise", report.PNG, Forward},
		{"reverse", "the reverse process: from noise to samples", report.PNG, Reverse},
		{"samples", "samples; of points, with the data beside them", report.PNG, Samples},
		{"forward_animation", "the forward process, moving", report.GIF, ForwardAnimation},
		{"reverse_animation", "the reverse process, moving", report.GIF, ReverseAnimation},
		{"trajectories", "paths of the probability-flow ODE, from noise to samples", report.PNG, Trajectories},
		{"score", "the score of the net over the density of noisy data", report.PNG, Score},
		{"density", "the exact density of the model", report.PNG, Density},
		{"loss_by_time", "the error of the predicted noise at each time", report.PNG, LossByTime},
		{"schedule", "how much signal and noise there is at each time", report.PNG, Schedule},
		{"columns", "the distribution of each column, real and synthetic", report.PNG, Columns},
		{"pairs", "pairs of columns, real and synthetic", report.PNG, Pairs},
		{"nearest", "samples and the training images nearest to them", report.PNG, Nearest},
	}
}

// Names lists the names of the figures.
func Names() []string {
	var names []string
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return names
}

// Choose returns the figures with these names, in the order of All; without names, all. The error of an unknown name has the
// nearest one.
func Choose(names ...string) ([]Figure, error) {
	wanted := map[string]bool{}
	for _, name := range names {
		if err := choice.OneOf(name, Names()...); err != nil {
			return nil, fmt.Errorf("figures: a figure %w", err)
		}
		wanted[name] = true
	}
	var list []Figure
	for _, f := range All() {
		if len(names) == 0 || wanted[f.Name] {
			list = append(list, f)
		}
	}
	return list, nil
}

// NotApplicableError means that a model has no such figure.
type NotApplicableError struct{ Reason string }

func (e *NotApplicableError) Error() string { return "figures: there is no such picture: " + e.Reason }

func notApplicable(format string, values ...any) error {
	return &NotApplicableError{strings.TrimPrefix(fmt.Sprintf(format, values...), "model: ")}
}
