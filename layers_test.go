// Package euryale is the repository's root. It holds no code, only the tests of what all packages owe each
// other: who may import whom (the table below is the law), and that each package says what lives in it.
//
// Imports are parsed here and not asked of `go list`: go test knows the files that a test opens, so a
// result it kept from an earlier run cannot hide a bad import.
package euryale

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "euryale"

// layers says which packages of the project a package may import, its tests included.
var layers = map[string][]string{
	".":          {},
	"kernel":     {},
	"rng":        {"kernel"},
	"parallel":   {},
	"checkpoint": {},
	"report":     {},
	"graph":      {"kernel"},
	"optim":      {"kernel"},
	"data":       {"rng"},
	"metrics":    {"parallel", "rng"},
	"diffusion":  {"kernel", "rng"},
	solvers:      {"diffusion", "kernel", "rng"},
	guidance:     {"diffusion", solvers, "kernel", "rng"},
	likelihood:   {"diffusion", solvers, "kernel", "rng"},
	"nets":       {"graph", "kernel", "rng"},
	"configs":    {"data", "diffusion", solvers, "nets", "optim"}, // for their Config structs
	"train": {"checkpoint", "configs", "data", "diffusion", guidance, likelihood, solvers, "graph", "kernel", "metrics", "nets", "optim",
		"parallel", "report", "rng"},
	command: {"configs", "train"},
	"bench": {"configs", "kernel", "nets", "train"}, // a command that measures
	"cmd":   commands,                               // tests of the commands
	"cmd/*": commands,
}

const (
	solvers    = "diffusion/solver"
	guidance   = "diffusion/guidance"
	likelihood = "diffusion/likelihood"
	command    = "cmd/internal/command"
)

var commands = []string{"checkpoint", "configs", "data", "diffusion", solvers, "metrics", "report", "train", command}

// doors says which packages may import a module from outside, where not all may.
var doors = map[string][]string{
	"gorgonia.org":               {"graph"},
	"github.com/chewxy/hm":       {"graph"}, // Gorgonia's types
	"github.com/sirupsen/logrus": {"train", command, "cmd", "cmd/*"},
	"C":                          {}, // cgo: the project builds without a C compiler
}

// forTests are modules that only test files may import.
var forTests = []string{
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak", "pgregory.net/rapid",
}

// layerOf returns the key of layers that a folder falls under, or "".
func layerOf(dir string) string {
	if _, ok := layers[dir]; ok {
		return dir
	}
	if ok, _ := path.Match("cmd/*", dir); ok {
		return "cmd/*"
	}
	return ""
}

// checkImports returns what is wrong with the imports of a Go file in the folder dir.
func checkImports(files *token.FileSet, dir string, file *ast.File) []error {
	layer := layerOf(dir)
	if layer == "" {
		return []error{fmt.Errorf("package %s is not in the table of layers_test.go: move its code into a package that is, "+
			"or add a line that says what it may import, and the package to those that may import it", dir)}
	}
	var bad []error
	isTest := strings.HasSuffix(files.Position(file.Package).Filename, "_test.go")
	for _, spec := range file.Imports {
		fail := func(format string, args ...any) {
			bad = append(bad, fmt.Errorf("%v: %s", files.Position(spec.Pos()), fmt.Sprintf(format, args...)))
		}
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			fail("%v", err)
			continue
		}
		for door, through := range doors {
			if within(imported, door) && !slices.Contains(through, layer) {
				fail("%s imports %s, which is for %v alone", dir, imported, through)
			}
		}
		for _, m := range forTests {
			if within(imported, m) && !isTest {
				fail("%s imports %s, which is for test files alone", dir, imported)
			}
		}
		if !within(imported, module) {
			continue
		}
		target := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
		isOwn := isTest && target == dir // package x_test imports x
		if !isOwn && !slices.Contains(layers[layer], target) {
			fail("%s imports %s; of the project's packages it may import only %v: move the code to a package that sees both "+
				"(train sees all), or take an interface or plain slices", dir, imported, layers[layer])
		}
	}
	return bad
}

// within says whether an import path is the prefix or lies below it.
func within(imported, prefix string) bool {
	return imported == prefix || strings.HasPrefix(imported, prefix+"/")
}

// goFiles parses every Go file of this module, for whatever system it is built, by folder.
func goFiles(t *testing.T) (*token.FileSet, map[string][]*ast.File) {
	t.Helper()
	files, packages := token.NewFileSet(), map[string][]*ast.File{}
	walk(t, func(name string, entry fs.DirEntry) error {
		if entry.IsDir() {
			base := path.Base(name)
			if name != "." && (base[0] == '_' || base[0] == '.' || base == "testdata") {
				return fs.SkipDir // the go command does not look there either
			}
			if _, err := os.Stat(path.Join(name, "go.mod")); name != "." && err == nil {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.ImportsOnly|parser.ParseComments)
		packages[path.Dir(name)] = append(packages[path.Dir(name)], file)
		return err
	})
	return files, packages
}

// walk visits the repository but for what git and its users put there: history, binaries, runs.
func walk(t *testing.T, visit func(name string, entry fs.DirEntry) error) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains([]string{".git", "bin", "runs"}, name) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return visit(name, entry)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLayers(t *testing.T) {
	files, packages := goFiles(t)
	seen := map[string]bool{}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		seen[layerOf(dir)] = true
		for _, file := range packages[dir] {
			for _, err := range checkImports(files, dir, file) {
				t.Error(err)
			}
		}
	}
	for _, layer := range slices.Sorted(maps.Keys(layers)) {
		if !seen[layer] {
			t.Errorf("the table of layers_test.go names %s, but there is no such package", layer)
		}
	}
}

// Schedules, samplers and optimisers are tested without a graph; so the table may not change in this.
func TestOnlyTrainSeesGraphAndDiffusion(t *testing.T) {
	for layer, allowed := range layers {
		both := slices.Contains(allowed, "graph") && slices.Contains(allowed, "diffusion")
		if both != (layer == "train") {
			t.Errorf("%s sees both graph and diffusion: %v", layer, both)
		}
	}
}

func TestCheckImports(t *testing.T) {
	tests := []struct {
		name    string // of the file
		imports string
		want    string // "" if the import is right
	}{
		{"optim/adam.go", `"euryale/kernel"`, ""},
		{"graph/layer.go", `"euryale/nets"`, "graph/layer.go:3:8: graph imports euryale/nets; of the project's packages it may import only [kernel]"},
		{"optim/adam.go", `"euryale/graph"`, "optim imports euryale/graph"},
		{"kernel/rows_test.go", `"euryale/rng"`, "kernel imports euryale/rng"},
		{"optim/adam_test.go", `. "euryale/optim"`, ""},
		{"optim/adam.go", `_ "euryale/optim"`, "optim imports euryale/optim"},
		{"kernel/x.go", `"euryale"`, "kernel imports euryale"},
		{"kernel/x.go", `"euryaleother/graph"`, ""},
		{"diffusion/x.go", `g "euryale/graph"`, "diffusion imports euryale/graph"},
		{"configs/x.go", `"euryale/kernel"`, "configs imports euryale/kernel"},
		{"train/x.go", `"euryale/graph"`, ""},
		{"cmd/train/main.go", `"euryale/train"`, ""},
		{"cmd/train/main.go", `"euryale/cmd/internal/command"`, ""},
		{"cmd/train/main.go", `"euryale/graph"`, "cmd/train imports euryale/graph"},
		{"cmd/internal/command/x.go", `"euryale/report"`, "cmd/internal/command imports euryale/report"},
		{"graph/x.go", `"gorgonia.org/tensor"`, ""},
		{"nets/x_test.go", `"gorgonia.org/gorgonia"`, "nets imports gorgonia.org/gorgonia, which is for [graph] alone"},
		{"cmd/train/main.go", `"github.com/sirupsen/logrus"`, ""},
		{"report/x.go", `"github.com/sirupsen/logrus/hooks/writer"`, "report imports github.com/sirupsen/logrus/hooks/writer, which is for"},
		{"rng/x.go", `"C"`, "rng imports C"},
		{"rng/x_test.go", `"pgregory.net/rapid"`, ""},
		{"rng/x.go", `"pgregory.net/rapid"`, "rng imports pgregory.net/rapid, which is for test files alone"},
		{"utils/x.go", `"fmt"`, "package utils is not in the table of layers_test.go"},
		{"cmd/train/flags/x.go", `"fmt"`, "package cmd/train/flags is not in the table"},
	}
	for _, test := range tests {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, test.name, "package p\n\nimport "+test.imports+"\n", parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		message := ""
		if err := errors.Join(checkImports(files, path.Dir(test.name), file)...); err != nil {
			message = err.Error()
		}
		if (message == "") != (test.want == "") || !strings.Contains(message, test.want) {
			t.Errorf("import %s in %s: %q, want %q", test.imports, test.name, message, test.want)
		}
	}
}

func TestEveryPackageSaysWhatLivesThere(t *testing.T) {
	files, packages := goFiles(t)
	for dir, parsed := range packages {
		isTest := func(file *ast.File) bool {
			return strings.HasSuffix(files.Position(file.Package).Filename, "_test.go")
		}
		if code := slices.DeleteFunc(slices.Clone(parsed), isTest); len(code) > 0 {
			parsed = code
		}
		var comments []string
		for _, file := range parsed {
			if text := file.Doc.Text(); text != "" {
				comments = append(comments, text)
			}
		}
		if len(comments) != 1 {
			t.Errorf("package %s has %d package comments, expected one", dir, len(comments))
			continue
		}
		name := parsed[0].Name.Name
		if start := "Package " + name + " "; name != "main" && !strings.HasPrefix(comments[0], start) {
			t.Errorf("the package comment of %s starts with %.40q, expected %q", dir, comments[0], start)
		}
	}
}

// The repository stands alone: nothing in it points to a folder beside it.
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
