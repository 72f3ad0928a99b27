// Package html makes web pages of runs: one file each, which holds all it shows and asks for nothing from anywhere. A page
// opens from disk, and its curves can be zoomed.
//
//	html.Save(path, folder, html.Contents{})     what the folder of a run holds
//	html.SaveComparison(path, folders, nil)      several runs side by side, the differences of their configurations first
//
// A page is made of what is there: files of a run that are missing, damaged or half written are named on it. Nothing else is
// ever silently left out either: where pictures would make a page larger than MaxBytes, it names those that it is without.
// The same folder and contents give the same bytes.
//
//   - gather.go reads the folder of a run, files.go lists what it holds, pictures.go chooses pictures, and formats.go reads them.
//   - settings.go compares configurations and finds the command that makes one again; verdict.go puts a run in words.
//   - curves.go makes charts of log points, which assets/page.js draws with uPlot.
//   - page.go and compare.go fill in the templates; spread.go has means over seeds.
//   - prepare.go and measure.go make Contents of a model: metrics beside their floors, and pictures of its process.
//
// Start reading at Save, then gather.go.
package html

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/renameio/v2"

	"euryale/run"
)

// Assets are the scripts and styles of the pages: uPlot 1.6.32 (assets/uPlot.iife.min.js, assets/uPlot.min.css) with its license
// (assets/LICENSE), and those of the pages themselves (assets/page.js, assets/page.css).
//
//go:embed assets
var Assets embed.FS

// MaxBytes is the size of the largest page.
const MaxBytes = 3_000_000

// Contents are what was made for the page of a run besides what its folder holds.
type Contents struct {
	Metrics  []Metric
	Pictures []Picture
	Findings []string // what the metrics come to, in sentences
	Notes    []string // what could not be made, and why
	Steps    int64    // of the whole training; 0: found out from the configuration, where that is possible
	Finished bool     // the training has just come to its end, whatever number of steps that took
}

// Metric is a figure beside its floor.
type Metric struct {
	Group string // the heading it stands under: what was compared with what
	Name  string
	Value float64
	Floor *float64 // what the figure is for real rows, or for a net that is as good as it can be; nil: there is none
	// FloorName is what the floor is of, and Note what else is to be known of the figure.
	FloorName, Note string
}

// Picture is a picture that was drawn for the page.
type Picture struct {
	Title string // below it
	PNG   []byte
}

// ErrForeign means that a page would replace a file that is no report of Euryale.
var ErrForeign = errors.New("is not a report that Euryale wrote, and is not replaced")

// CheckPlace returns an error if there is a file at a path that Save would not replace. It is for before the work.
func CheckPlace(path string) error {
	ours, err := run.IsReport(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || ours:
		return nil
	case err != nil:
		return fmt.Errorf("html: %w", err)
	}
	return fmt.Errorf("html: %s %w; move it, or choose another name", path, ErrForeign)
}

// Save writes the page of a run, atomically. A file at the path that is not a page of this package is ErrForeign; a folder that
// holds nothing of a run is run.ErrNone.
func Save(path string, folder run.Folder, c Contents) error {
	if err := CheckPlace(path); err != nil {
		return err
	}
	text, err := Page(folder, c)
	if err != nil {
		return err
	}
	return write(path, text)
}

// SaveComparison writes the page of several runs, as Save does that of one. Contents are those of each run; nil: there are none.
// At least two runs are compared, and at most MostCompared.
func SaveComparison(path string, folders []run.Folder, contents []Contents) error {
	if err := CheckPlace(path); err != nil {
		return err
	}
	text, err := Comparison(folders, contents)
	if err != nil {
		return err
	}
	return write(path, text)
}

// write puts a page in its place. The folder of a run that was removed meanwhile is not made again.
func write(path string, text []byte) error {
	if len(text) > MaxBytes {
		return fmt.Errorf("html: the page takes %d bytes, more than %d", len(text), MaxBytes)
	}
	if !bytes.Contains(text[:min(len(text), 1024)], []byte(run.ReportMark)) {
		return errors.New("html: the page lacks its mark")
	}
	if err := renameio.WriteFile(path, text, 0o644); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("html: the folder of %s is gone: %w", path, fs.ErrNotExist)
		}
		return fmt.Errorf("html: writing %s: %w", path, reason(err))
	}
	return nil
}

// reason is the cause of an error of the file system, without the name of a temporary file.
func reason(err error) error {
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		return cause.Err
	}
	if cause, ok := errors.AsType[*os.LinkError](err); ok {
		return cause.Err
	}
	return err
}
