package euryale

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"euryale/figures"
	"euryale/report"
	"euryale/report/html"
	"euryale/run"
	"euryale/sweep"
)

// Measured is what a page says of a run besides what its folder holds.
type Measured = html.Options

// OnWarning calls do with what went wrong beside the training and does not end it: a picture that could not be drawn, a page
// that could not be written. Without it, such things are passed over.
func OnWarning(do func(error)) Option { return func(o *options) { o.warn = do } }

// Draw draws figures of a model into a folder, which it makes, and returns the files: those that are named, or all that apply.
// Files of these names are replaced. A named figure that does not apply is an error; figures.Names lists them.
func Draw(ctx context.Context, m *Model, folder string, names ...string) (files []string, err error) {
	list, err := figures.Choose(names...)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fmt.Errorf("euryale: %w", err)
	}
	for _, f := range list {
		picture, err := f.Draw(ctx, m, figures.Options{})
		if none, ok := errors.AsType[*figures.NotApplicableError](err); ok {
			if len(names) == 0 {
				continue
			}
			return files, fmt.Errorf("euryale: there is no figure %s of this run: %w", f.Name, none)
		}
		if err != nil {
			return files, fmt.Errorf("euryale: figure %s: %w", f.Name, err)
		}
		path := filepath.Join(folder, f.File())
		if err := report.Save(path, picture); err != nil {
			return files, err
		}
		files = append(files, path)
	}
	return files, nil
}

// Report writes the web page of a run, or one that compares several, to a path that ends with .html: configuration, curves,
// pictures, and what is to be measured. It needs no network to be read. A file at the path that is no such page is an error.
func Report(ctx context.Context, path string, measured Measured, folders ...string) error {
	if err := html.CheckPlace(path); err != nil {
		return err
	}
	var list []run.Folder
	var contents []html.Contents
	for _, name := range folders {
		c, err := html.Prepare(ctx, run.Folder(name), measured)
		if err != nil {
			return err
		}
		list, contents = append(list, run.Folder(name)), append(contents, c)
	}
	switch len(list) {
	case 0:
		return errors.New("euryale: a report needs the folder of a run")
	case 1:
		return html.Save(path, list[0], contents[0])
	}
	return html.SaveComparison(path, list, contents)
}

// Sweep trains the trials of a sweep file, or of an embedded one, and compares them; sweep.Options choose the folder, and how
// many are trained at a time. One that was stopped goes on when it is called again. Errors are those of sweep.Load and sweep.Run.
func Sweep(ctx context.Context, nameOrPath string, o sweep.Options) (*sweep.Results, error) {
	s, err := sweep.Load(nameOrPath, nil)
	if err != nil {
		return nil, err
	}
	return sweep.Run(ctx, s, o)
}
