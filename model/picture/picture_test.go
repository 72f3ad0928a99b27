package picture_test

import (
	"bytes"
	"context"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale"
	"euryale/data"
	"euryale/model"
	"euryale/model/picture"
)

func TestSave(t *testing.T) {
	config, err := euryale.Preset("digits8", "train.epochs=1", "train.batch=1797", "process.steps=10", "net.channels=4",
		"net.multipliers=[1]", "net.groups=2", "sample.steps=2")
	if err != nil {
		t.Fatal(err)
	}
	digits, err := euryale.Train(t.Context(), config, euryale.In(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	points, err := model.Open("../../testdata/version1/scurve_edm")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "film.gif")
	r := digits.Request(3)
	r.Sampling.Guidance.Label = 5
	if err := picture.Save(t.Context(), digits, r, path, 3); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	film, err := gif.DecodeAll(file)
	if err != nil || len(film.Image) < 2 || film.Config.Width < 2*film.Config.Height { // 3 images in a row, and a title
		t.Errorf("%d frames of %d×%d, %v", len(film.Image), film.Config.Height, film.Config.Width, err)
	}

	// Images of several classes have rows per class, and those that lead from one to another one row.
	labeled, between := digits.Request(20), digits.Request(9)
	labeled.Labels = digits.AllLabels()
	source, _, err := digits.Source(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := 5.0
	between.Between, between.BetweenFrom = new(data.Batch), &at
	if err := source.Read(t.Context(), between.Between, 0, 2); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		r       model.Request
		columns int
		wide    bool
	}{"labeled": {labeled, 20, false}, "of one class": {digits.Request(20), 20, true}, "between": {between, 0, true}} {
		if name == "of one class" {
			test.r.Sampling.Guidance.Label = 5
		}
		path := filepath.Join(t.TempDir(), name+".png")
		if err := picture.Save(t.Context(), digits, test.r, path, test.columns); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := png.DecodeConfig(bytes.NewReader(content))
		if err != nil || test.wide != (shown.Width > 3*shown.Height) {
			t.Errorf("%s: %d × %d, %v", name, shown.Height, shown.Width, err)
		}
	}

	ended, end := context.WithCancel(t.Context())
	end()
	inverted := digits.Request(1)
	inverted.Invert = true
	for _, test := range []struct {
		ctx     context.Context
		m       *model.Model
		r       model.Request
		name    string
		columns int
		want    string
	}{
		{t.Context(), points, points.Request(3), "a.png", 0, "the samples are no images"},
		{t.Context(), digits, inverted, "a.png", 0, "the samples are no images"},
		{t.Context(), digits, digits.Request(3), "a.jpg", 0, "want a path that ends in .png or .gif"},
		{t.Context(), digits, digits.Request(3), "a/", 0, "want a path that ends in .png or .gif"},
		{t.Context(), digits, digits.Request(3), "a.png", -1, "the number of columns must be at least 1"},
		{t.Context(), digits, digits.Request(0), "a.png", 0, "the number of samples must be at least 1, got 0"},
		{t.Context(), digits, digits.Request(1 << 21), "a.png", 0, "at most 1048576 images fit in"},
		{t.Context(), digits, digits.Request(1 << 21), "a.gif", 0, "at most 51150 images fit in"},
		{ended, digits, digits.Request(3), "a.png", 0, "interrupted when 0 of 3 samples were done"},
	} {
		err := picture.Save(test.ctx, test.m, test.r, filepath.Join(folder, "new", test.name), test.columns)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
	if err := digits.Save(t.Context(), digits.Request(3), filepath.Join(folder, "a.png")); err == nil ||
		!strings.Contains(err.Error(), "picture.Save makes one picture of them") {
		t.Errorf("Model.Save: %v", err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want the film alone", entries, err)
	}
}
