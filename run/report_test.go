package run

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"euryale/configs"
)

// A report is known by its mark near the beginning, and by nothing else.
func TestIsReport(t *testing.T) {
	folder := Folder(t.TempDir())
	if _, err := IsReport(folder.ReportPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for text, want := range map[string]bool{
		"<!doctype html>" + ReportMark + `">`: true, ReportMark: true, "": false, "<html>report</html>": false,
		strings.Repeat(" ", 1024) + ReportMark: false, ReportMark[1:]: false,
	} {
		put(t, folder.ReportPath(), text)
		if got, err := IsReport(folder.ReportPath()); got != want || err != nil {
			t.Errorf("%.60q: %v, %v", text, got, err)
		}
	}
	if got, err := IsReport(string(folder)); got || err != nil {
		t.Errorf("a folder: %v, %v", got, err)
	}
}

// Overwriting a run removes its report; one of somebody else under the name is kept, and nothing is overwritten.
func TestOwnedReport(t *testing.T) {
	folder := Folder(t.TempDir())
	if err := folder.Create(configs.Default(), false); err != nil {
		t.Fatal(err)
	}
	put(t, folder.ReportPath(), "mine")
	for what, err := range map[string]error{"Check": folder.Check(false, true), "Create": folder.Create(configs.Default(), true)} {
		if foreign, ok := errors.AsType[*ForeignError](err); !ok || foreign.Path != folder.ReportPath() {
			t.Errorf("%s gave %v", what, err)
		}
	}
	put(t, folder.ReportPath(), ReportMark)
	if err := folder.Create(configs.Default(), true); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(folder.ReportPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old report is still there: %v", err)
	}
}
