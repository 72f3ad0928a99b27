// Command fetch gets the files of a data set by public means and puts them where the presets look for them:
//
//	go run ./data/images/fetch mnist     # into datasets/mnist, from a Go module
//	go run ./data/images/fetch fashion   # into datasets/fashion, from a Debian package
//
// The content of every file is checked. A file that is there already is never replaced. Where the files cannot be had, it
// prints how to get them by hand.
//
// Start reading at run; sets.go has the sets, sources.go where their files are found.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) != 1 {
		return errors.New("want the name of one set: mnist or fashion")
	}
	set, ok := sets()[args[0]]
	if !ok {
		return fmt.Errorf("there is no set %q, want mnist or fashion", args[0])
	}
	folder := filepath.Join("datasets", args[0])
	switch ready, err := set.ready(folder); {
	case err != nil:
		return err
	case ready:
		_, err := fmt.Fprintf(out, "the files of %s are in %s already\n", args[0], folder)
		return err
	}
	if err := set.fetch(ctx, folder); err != nil {
		return fmt.Errorf("%w\n%s", err, set.help(folder))
	}
	_, err := fmt.Fprintf(out, "the files of %s are in %s\n%s\n", args[0], folder, set.terms)
	return err
}

// ready reports whether all files are in the folder. One that is there and has another content is an error.
func (s set) ready(folder string) (bool, error) {
	ready := true
	for _, f := range s.files {
		path := filepath.Join(folder, f.name)
		switch err := check(path, f.sum); {
		case errors.Is(err, os.ErrNotExist):
			ready = false
		case err != nil:
			return false, fmt.Errorf("%w; move it away, and try again", err)
		}
	}
	return ready, nil
}

// fetch copies the files that are not in the folder yet.
func (s set) fetch(ctx context.Context, folder string) error {
	temporary, err := os.MkdirTemp("", "fetch")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	from, err := s.source(ctx, temporary)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, f := range s.files {
		if err := check(filepath.Join(from, f.name), f.sum); err != nil {
			return err
		}
	}
	for _, f := range s.files {
		if err := place(filepath.Join(folder, f.name), filepath.Join(from, f.name)); err != nil {
			return err
		}
	}
	return nil
}

// place copies a file to a path, unless there is one. The file appears when it is complete.
func place(path, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), ".fetch")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, never takes the place of a file.
	if err := os.Link(out.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return os.Rename(out.Name(), path) // a file system without links
	}
	return nil
}
