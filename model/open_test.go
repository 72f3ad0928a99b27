package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/data"
	"euryale/run"
)

// A checkpoint is opened by its step or its file; a damaged newest one is passed over, and named.
func TestOpenAt(t *testing.T) {
	folder := run.Folder(t.TempDir())
	if err := folder.WriteConfig(smallConfig(t)); err != nil {
		t.Fatal(err)
	}
	paths := map[int64]string{}
	for _, step := range []int64{3, 12, 20} {
		c := untrained(t, smallConfig(t), nil, nil)
		if c.Step = step; c.Encode() != nil {
			t.Fatal("cannot encode")
		}
		path, err := folder.Save(c.File, step)
		if err != nil {
			t.Fatal(err)
		}
		paths[step] = path
	}
	if err := os.Truncate(paths[20], 1000); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		folder run.Folder
		which  string
		step   int64
	}{{folder, "", 12}, {folder, "3", 3}, {folder, paths[3], 3}, {"", paths[3], 3}} {
		m, err := OpenAt(test.folder, test.which, Parts{})
		if err != nil || m.Step != test.step {
			t.Fatalf("checkpoint %q of %q: %v, want step %d", test.which, test.folder, err, test.step)
		}
		skipped := len(m.Skipped) == 1 && strings.Contains(m.Skipped[0].Error(), filepath.Base(paths[20]))
		if skipped != (test.which == "") {
			t.Errorf("checkpoint %q: passed over %v", test.which, m.Skipped)
		}
	}
	if _, err := OpenAt(folder, "20", Parts{}); err == nil || !strings.Contains(err.Error(), filepath.Base(paths[20])) {
		t.Errorf("a chosen checkpoint that is damaged: %v", err)
	}
	if _, err := OpenAt(folder, "4", Parts{}); err == nil {
		t.Error("a step without a checkpoint was opened")
	}
}

// An error on a checkpoint names its file once, whoever found it.
func TestErrorsNameTheFileOnce(t *testing.T) {
	short := untrained(t, smallConfig(t), nil, nil)
	short.Tensors = short.Tensors[:1]
	wide := untrained(t, smallConfig(t), nil, nil)
	schema := data.Numbers(3, 0)
	if err := schema.SaveState(wide.File); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*run.Checkpoint{onDisk(t, short), onDisk(t, wide)} {
		if _, err := New(c, Parts{}); err == nil || strings.Count(err.Error(), filepath.Base(c.Name)) != 1 {
			t.Errorf("error %v", err)
		}
	}
}
