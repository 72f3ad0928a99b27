package html

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"euryale/run"
)

// fileLine is a file of a run, or how many more there are.
type fileLine struct {
	Name string // within the folder, with /
	Size string
}

// mostFiles are listed on a page.
const mostFiles = 100

// filesOf lists the files of a folder, hidden ones and reports excepted, as far as they can be read.
func filesOf(folder run.Folder) []fileLine {
	var list []fileLine
	more := 0
	_ = filepath.WalkDir(string(folder), func(path string, entry fs.DirEntry, err error) error {
		name, relative := filepath.Rel(string(folder), path)
		switch {
		case relative != nil || name == ".":
			return nil // a folder that is gone has no files
		case err != nil || strings.HasPrefix(entry.Name(), ".") || name == "report.html":
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		case len(list) >= mostFiles:
			more++
			return nil
		}
		size := ""
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			size = bytesText(info.Size())
		}
		list = append(list, fileLine{filepath.ToSlash(name), size})
		return nil
	})
	if more > 0 {
		list = append(list, fileLine{fmt.Sprintf("and %s more", grouped(int64(more))), ""})
	}
	return list
}

// bytesText is a size as a reader takes it in.
func bytesText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 999_500:
		return fmt.Sprintf("%.3g kB", float64(n)/1e3)
	case n < 999_500_000:
		return fmt.Sprintf("%.3g MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.3g GB", float64(n)/1e9)
}
