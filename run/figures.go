package run

import (
	"io/fs"
	"slices"
)

// FigureFiles are the names of the pictures that package figures draws of a run, in the folder of the run.
var FigureFiles = [...]string{
	"data.png", "forward.png", "reverse.png", "samples.png", "forward_animation.gif", "reverse_animation.gif", "trajectories.png",
	"score.png", "density.png", "loss_by_time.png", "schedule.png", "columns.png", "pairs.png", "nearest.png",
}

// Figures is the path of a picture of the run, or with "" that of their folder.
func (f Folder) Figures(name string) string { return f.Path("figures", name) }

// isFigure recognizes the pictures of a run by their names.
func isFigure(_ string, entry fs.DirEntry) (own, foreign bool) {
	ours := slices.Contains(FigureFiles[:], entry.Name())
	return ours && !entry.IsDir(), ours && entry.IsDir()
}
