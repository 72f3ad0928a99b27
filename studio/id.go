package studio

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"euryale/run"
)

// A run is named by the path of its folder below that of all runs, with slashes: its id. Folders of a sweep are three deep.
const (
	deepest   = 3
	longestID = 512
	// configFile makes a folder a run.
	configFile = "config.yaml"
)

// checkID returns an error unless an id is the clean path of a folder below that of runs.
func checkID(id string) error {
	switch {
	case id == "":
		return wrong("the id of the run is missing")
	case len(id) > longestID || !fs.ValidPath(id) || id == "." || strings.Count(id, "/") >= deepest,
		strings.ContainsFunc(id, func(c rune) bool { return c == '\\' || !unicode.IsPrint(c) }):
		return wrong("%.80q is no id of a run: a path below the folder of runs, at most %d folders deep", id, deepest)
	}
	for part := range strings.SplitSeq(id, "/") {
		if strings.HasPrefix(part, ".") {
			return wrong("%.80q is no id of a run: its folders do not begin with a point", id)
		}
	}
	return nil
}

// folder is the folder of a run, which is there, and below the folder of runs whatever links lead where.
func (s *Studio) folder(id string) (run.Folder, error) {
	if err := checkID(id); err != nil {
		return "", err
	}
	folder := filepath.Join(s.root, filepath.FromSlash(id))
	info, err := os.Lstat(filepath.Join(folder, configFile))
	if err != nil || !info.Mode().IsRegular() {
		return "", failf(http.StatusNotFound, "there is no run %s: its folder was removed or renamed, or never held a run", id)
	}
	root, err := filepath.EvalSymlinks(s.root)
	if err != nil {
		return "", failf(http.StatusNotFound, "there is no folder of runs %s", s.root)
	}
	real, err := filepath.EvalSymlinks(folder)
	if err != nil || real != filepath.Join(root, filepath.FromSlash(id)) {
		return "", failf(http.StatusForbidden, "the folder of the run %s is a link, or below one: the studio follows none", id)
	}
	return run.Folder(folder), nil
}

// asked is the folder of the run that a request names.
func (s *Studio) asked(r *http.Request) (id string, folder run.Folder, err error) {
	id = r.URL.Query().Get("id")
	folder, err = s.folder(id)
	return id, folder, err
}

// find lists the ids of the runs below a folder, in order. A folder that cannot be read holds none.
func find(root string) (ids []string) {
	var walk func(dir, id string, depth int)
	walk = func(dir, id string, depth int) {
		if info, err := os.Lstat(filepath.Join(dir, configFile)); id != "" && err == nil && info.Mode().IsRegular() {
			ids = append(ids, id)
			return
		}
		if depth == deepest {
			return
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return
		}
		for _, e := range entries {
			below := path.Join(id, e.Name())
			if e.IsDir() && checkID(below) == nil {
				walk(filepath.Join(dir, e.Name()), below, depth+1)
			}
		}
	}
	walk(root, "", 0)
	slices.Sort(ids)
	return ids
}

var goodName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// checkName returns an error unless a name is one of a new folder of a run.
func checkName(name string) error {
	if !goodName.MatchString(name) {
		return &failure{Status: http.StatusBadRequest, Key: "name", Text: "the name of a run has letters, digits, points, underscores and " +
			"hyphens, at most 100, and begins with a letter or a digit"}
	}
	return nil
}

// likeName is a name of a new folder that looks like a text.
func likeName(text string) string {
	const longest = 90 // a number may follow
	name := strings.TrimLeft(strings.Map(func(c rune) rune {
		if c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("._-", c)) {
			return c
		}
		return '-'
	}, text), "._-")
	return cmp.Or(name[:min(len(name), longest)], "run")
}

// exists reports whether there is something at a path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
