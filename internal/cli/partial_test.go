package cli

import (
	"bytes"
	"context"
	"errors"
	"image/gif"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/model"
)

// Samples that are done when the work is interrupted are kept in every format, and replace no file.
func TestInterruptedOutput(t *testing.T) {
	m, err := model.Open("testdata/version1")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, extension := range []string{".csv", ".npy", ".png", ".svg", ".gif"} {
		path := "points" + extension
		for _, partial := range []string{"points.partial" + extension, "points.partial-2" + extension} {
			ctx, cancel := context.WithCancel(context.Background())
			r := m.Request(1000)
			r.Workers = 1
			r.Progress = func(done, _ int) {
				if done == 512 {
					cancel()
				}
			}
			err := writeSamples(ctx, m, r, path, newConsole(os.Stderr).progress("samples"))
			want := "interrupted: " + partial + " holds the first 512 of 1,000 samples"
			if err == nil || err.Error() != want || status(err) != 130 {
				t.Errorf("error %v, status %d; want %s", err, status(err), want)
			}
			text, err := os.ReadFile(partial)
			if err != nil {
				t.Fatal(err)
			}
			switch extension {
			case ".csv":
				if rows := bytes.Count(text, []byte{'\n'}); rows != 513 {
					t.Errorf("%d lines in %s", rows, partial)
				}
			case ".npy":
				if !bytes.Contains(text, []byte("(512, 2)")) {
					t.Errorf("%s has the header %.128q", partial, text)
				}
			case ".svg":
				if !bytes.Contains(text, []byte("samples (512)")) {
					t.Errorf("%s does not count its points", partial)
				}
			case ".gif":
				if _, err := gif.DecodeAll(bytes.NewReader(text)); err != nil {
					t.Error(err)
				}
			}
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		err := writeSamples(ended, m, m.Request(1000), path, newConsole(os.Stderr).progress("samples"))
		if err == nil || err.Error() != "interrupted: none of 1,000 samples was done, so nothing is kept" {
			t.Errorf("error %v", err)
		}
	}
	if left, err := filepath.Glob(".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Samples that cannot be kept are a failure.
func TestKeepFails(t *testing.T) {
	ended := &model.InterruptedError{Done: 5, Total: 9, Cause: context.Canceled}
	err := keep(ended, "points.csv", func(string) error { return errors.New("no space left") })
	if err == nil || !strings.Contains(err.Error(), "the 5 of 9 samples that were done are lost: no space left") || status(err) != 1 {
		t.Errorf("error %v, status %d", err, status(err))
	}
}
