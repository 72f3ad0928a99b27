package run

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/configs"
)

func TestPreviews(t *testing.T) {
	folder := Folder(t.TempDir())
	if list, err := folder.Previews(); err != nil || list != nil {
		t.Errorf("of a run without any: %v, %v", list, err)
	}
	for _, name := range []string{
		"step-00000200.npy", "step-00000200_raw.npy", "step-00000200.png", "step-00000200_labels.npy", "step-00000200_raw_labels.npy",
		"step-00000100.csv", "step-00000300.png", ".step-00000300.npy123", "step-100000000000.npy", "notes.txt", "step-99999999999999999999.npy",
	} {
		put(t, folder.Path("previews", name), "")
	}
	path := folder.PreviewPath
	want := []Preview{
		{100, path(100, ".csv"), "", ""}, {200, path(200, ".npy"), path(200, "_raw.npy"), path(200, ".png")},
		{100_000_000_000, path(100_000_000_000, ".npy"), "", ""},
	}
	got, err := folder.Previews()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := folder.RemovePreviews(100); err != nil {
		t.Fatal(err)
	}
	if got, err := folder.Previews(); err != nil || len(got) != 1 || got[0].Step != 100 {
		t.Errorf("%v, %v", got, err)
	}
	for name, kept := range map[string]bool{
		"notes.txt": true, "step-00000100.csv": true, "step-00000200.png": false, "step-00000200_raw_labels.npy": false,
	} {
		if exists(t, folder.Path("previews", name)) != kept {
			t.Errorf("%s: kept %v, want %v", name, !kept, kept)
		}
	}
}

// Overwriting a run removes its previews and its environment, and nothing else of these names.
func TestOverwriteFilesBesides(t *testing.T) {
	folder := Folder(t.TempDir())
	if err := folder.Create(configs.Default(), false); err != nil {
		t.Fatal(err)
	}
	own := []string{"previews/step-00000200.npy", "previews/step-00000200.png", "previews/.step-00000300.npy7", "environment.json"}
	for _, name := range own {
		put(t, folder.Path(name), `{"sessions": [{}]}`)
	}
	put(t, folder.Path("previews/mine.png"), "a picture")
	if err := errors.Join(folder.Check(false, true), folder.Create(configs.Default(), true)); err != nil {
		t.Fatal(err)
	}
	for _, name := range own {
		if exists(t, folder.Path(name)) {
			t.Errorf("%s is still there", name)
		}
	}
	if !exists(t, folder.Path("previews/mine.png")) {
		t.Error("a file that no run wrote was removed")
	}
	for name, text := range map[string]string{"environment.json": `{"python": "3.14"}`, "previews/step-00000001.npy/x": ""} {
		folder := Folder(t.TempDir())
		if err := folder.Create(configs.Default(), false); err != nil {
			t.Fatal(err)
		}
		put(t, folder.Path(name), text)
		foreign, ok := errors.AsType[*ForeignError](folder.Check(false, true))
		if !ok || !strings.HasPrefix(folder.Path(name), foreign.Path) {
			t.Errorf("%s: %v", name, folder.Check(false, true))
		}
	}
}
