package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// ReportMark stands in the first kilobyte of every page that package report/html writes. It tells a report from a file that
// somebody else wrote under its name.
const ReportMark = `<meta name="generator" content="Euryale report`

// ReportPath is the path of the page about the run.
func (f Folder) ReportPath() string { return f.Path("report.html") }

// IsReport reports whether the file at a path is a page that package report/html wrote, and may write again. For a missing
// file the error is fs.ErrNotExist.
func IsReport(path string) (bool, error) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("run: %w", err)
	}
	defer file.Close()
	start := make([]byte, 1024)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("run: %w", err)
	}
	return strings.Contains(string(start[:n]), ReportMark), nil
}

// ownedReport lists the page about the run, if there is one. Any other file of its name is a ForeignError.
func (f Folder) ownedReport() ([]string, error) {
	switch ours, err := IsReport(f.ReportPath()); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil || !ours:
		return nil, &ForeignError{f, f.ReportPath()}
	}
	return []string{f.ReportPath()}, nil
}
