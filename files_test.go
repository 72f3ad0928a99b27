package euryale

import (
	"bytes"
	"go/ast"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// Every package has a comment that names it and, but for programs and packages of a few files, is long enough to tell what
// lives there and where to start reading.
func TestPackageComments(t *testing.T) {
	const fewFiles, fewLines = 3, 5
	files, packages := goFiles(t)
	for dir, parsed := range packages {
		isTest := func(file *ast.File) bool { return inTest(files, file) }
		code := slices.DeleteFunc(slices.Clone(parsed), isTest)
		if len(code) == 0 {
			code = parsed
		}
		var comments []string
		for _, file := range code {
			if text := file.Doc.Text(); text != "" {
				comments = append(comments, text)
			}
		}
		if len(comments) != 1 {
			t.Errorf("package %s has %d package comments, expected one", dir, len(comments))
			continue
		}
		comment, name := comments[0], code[0].Name.Name
		switch {
		case name == "main":
		case !strings.HasPrefix(comment, "Package "+name+" "):
			t.Errorf("the package comment of %s starts with %.40q, expected %q", dir, comment, "Package "+name+" ")
		case inTest(files, code[0]):
		case strings.Count(comment, "\n") < fewLines:
			t.Errorf("the package comment of %s has %d lines, want at least %d", dir, strings.Count(comment, "\n"), fewLines)
		case len(code) > fewFiles && !strings.Contains(strings.Join(strings.Fields(comment), " "), "Start reading"):
			t.Errorf("the package comment of %s names no place to start: want a sentence with %q", dir, "Start reading")
		}
	}
}

// A file holds one concept, and can be read in one sitting.
func TestFilesAreShort(t *testing.T) {
	const most = 350
	files, packages := goFiles(t)
	for _, parsed := range packages {
		for _, file := range parsed {
			name := files.Position(file.Package).Filename
			if ast.IsGenerated(file) {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(text, []byte{'\n'}); lines > most {
				t.Errorf("%s has %d lines, want at most %d", name, lines, most)
			}
		}
	}
}

// The repository stands alone: nothing in it points to a folder next to it.
func TestNothingPointsOutside(t *testing.T) {
	outside := []byte("../" + "shared")
	walk(t, func(name string, entry fs.DirEntry) error {
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(name)
		if at := bytes.Index(content, outside); at >= 0 {
			t.Errorf("%s:%d mentions %s", name, bytes.Count(content[:at], []byte("\n"))+1, outside)
		}
		return err
	})
}
