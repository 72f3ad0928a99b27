package html

import (
	"fmt"
	"io/fs"
	"os"
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

// filesOf lists the first files of a folder, hidden ones and the report excepted, as far as they can be read, and counts all.
func filesOf(folder run.Folder) (list []fileLine, count int) {
	_ = fs.WalkDir(os.DirFS(string(folder)), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case name == ".":
			return nil // a folder that is gone has no files
		case err != nil || strings.HasPrefix(entry.Name(), ".") || name == "report.html":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		if count++; count > mostFiles {
			return nil
		}
		size := ""
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			size = bytesText(info.Size())
		}
		list = append(list, fileLine{name, size})
		return nil
	})
	if count > mostFiles {
		list = append(list, fileLine{fmt.Sprintf("and %s more", grouped(int64(count-mostFiles))), ""})
	}
	return list, count
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
