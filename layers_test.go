// The tests of this file check which package may import which; the table in layers_table_test.go decides.
//
// Imports are parsed here rather than listed by `go list`: go test tracks the files that a test opens, so a cached result
// cannot hide a bad import.

package euryale

import (
	"cmp"
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

// doors lists the packages that may import a module from outside, where not all may.
var doors = map[string][]string{
	"gorgonia.org":                   {"graph"},
	"github.com/chewxy/hm":           {"graph"}, // Gorgonia's types
	"github.com/goccy/go-yaml":       {yaml},
	"github.com/sirupsen/logrus":     {"train", cli},
	"gonum.org/v1/plot":              {"report"},
	"github.com/nlpodyssey/gopickle": {"torchfile"}, // its unpickler, which runs no code
	"google.golang.org/protobuf":     {eventFiles, "onnx"},
	"github.com/parquet-go":          {"data/table"},
	"golang.org/x/text":              {"data/table"},
	"github.com/chromedp":            {browser},
	"C":                              {}, // cgo: the project builds without a C compiler
}

// forTests are modules that only test files may import.
var forTests = []string{
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak", "pgregory.net/rapid",
}

// layerOf returns the key of layers that a folder falls under, or "".
func layerOf(dir string) string {
	if _, ok := layers[dir]; ok || dir == "cmd" { // cmd has tests alone
		return dir
	}
	for _, pattern := range []string{"cmd/*", "examples/*"} {
		if ok, _ := path.Match(pattern, dir); ok {
			return pattern
		}
	}
	return ""
}

// checkImports returns what is wrong with the imports of a Go file in the folder dir.
func checkImports(files *token.FileSet, dir string, file *ast.File) []error {
	layer := layerOf(dir)
	if layer == "" {
		return []error{fmt.Errorf("package %s is not in the table of layers_table_test.go: move its code into a package that is, "+
			"or add a line that says what it may import, and the package to those that may import it", dir)}
	}
	var bad []error
	allowed := layers[layer]
	isTest := inTest(files, file)
	if isTest {
		allowed = append(slices.Clone(allowed), inTests[layer]...)
	}
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
		target := cmp.Or(strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"), ".")
		isOwn := isTest && target == dir // package x_test imports x
		if !isOwn && !slices.Contains(allowed, target) {
			fail("%s imports %s; of the project's packages it may import only %v: move the code to a package that sees both, "+
				"or take an interface or plain slices", dir, imported, allowed)
		}
	}
	return bad
}

// inTest reports whether a file is a test file.
func inTest(files *token.FileSet, file *ast.File) bool {
	return strings.HasSuffix(files.Position(file.Package).Filename, "_test.go")
}

// within reports whether an import path is the prefix or lies below it.
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

// walk visits the repository except for its history, binaries, runs and data sets.
func walk(t *testing.T, visit func(name string, entry fs.DirEntry) error) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains([]string{".git", "bin", "runs", "datasets"}, name) {
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
			t.Errorf("the table of layers_table_test.go names %s, but there is no such package", layer)
		}
	}
}

// Only train imports both graph and diffusion. So packages that open a run are built without Gorgonia, and processes,
// solvers and optimizers are tested without a graph.
func TestOnlyTrainSeesGraphAndDiffusion(t *testing.T) {
	for layer, allowed := range layers {
		if graph := slices.Contains(allowed, "graph"); graph != (layer == "train") {
			t.Errorf("%s may import graph: %v", layer, graph)
		}
		starts := slices.Contains([]string{".", cli, "bench", "previews", "selection", "sweep", eventFiles}, layer) // trainings
		if train := slices.Contains(allowed, "train"); train != starts {
			t.Errorf("%s may import train, and with it Gorgonia: %v", layer, train)
		}
	}
	if list := layers["train"]; !slices.Contains(list, "diffusion") {
		t.Errorf("train may import only %v, not diffusion", list)
	}
	for _, layer := range []string{"graph", "eager", "ops", "nets"} {
		for _, target := range append(slices.Clone(layers[layer]), inTests[layer]...) {
			if within(target, "diffusion") {
				t.Errorf("%s may import %s: a net must not depend on diffusion", layer, target)
			}
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
		{"graph/layer.go", `"euryale/nets"`,
			"graph/layer.go:3:8: graph imports euryale/nets; of the project's packages it may import only [kernel ops rng]"},
		{"graph/layer_test.go", `"euryale/nets"`, ""},
		{"optim/adam.go", `"euryale/graph"`, "optim imports euryale/graph"},
		{"kernel/rows_test.go", `"euryale/rng"`, "kernel imports euryale/rng"},
		{"optim/adam_test.go", `. "euryale/optim"`, ""},
		{"optim/adam.go", `_ "euryale/optim"`, "optim imports euryale/optim"},
		{"kernel/x.go", `"euryale"`, "kernel imports euryale"},
		{"api_test.go", `"euryale"`, ""},
		{"kernel/x.go", `"euryaleother/graph"`, ""},
		{"diffusion/x.go", `g "euryale/graph"`, "diffusion imports euryale/graph"},
		{"model/x.go", `"euryale/train"`, "model imports euryale/train"},
		{"model/x.go", `"euryale/graph"`, "model imports euryale/graph"},
		{"configs/x.go", `"euryale/kernel"`, "configs imports euryale/kernel"},
		{"train/x.go", `"euryale/graph"`, ""},
		{"cmd/train/main.go", `"euryale/internal/cli"`, ""},
		{"cmd/train/main.go", `"euryale/train"`, "cmd/train imports euryale/train"},
		{"internal/cli/x.go", `"euryale/graph"`, "internal/cli imports euryale/graph"},
		{"examples/first_run/main.go", `"euryale"`, ""},
		{"examples/first_run/main.go", `"euryale/train"`, "examples/first_run imports euryale/train"},
		{"graph/x.go", `"gorgonia.org/tensor"`, ""},
		{"nets/x_test.go", `"gorgonia.org/gorgonia"`, "nets imports gorgonia.org/gorgonia, which is for [graph] alone"},
		{"internal/cli/x.go", `"github.com/sirupsen/logrus"`, ""},
		{"report/x.go", `"github.com/sirupsen/logrus/hooks/writer"`, "report imports github.com/sirupsen/logrus/hooks/writer, which is for"},
		{"rng/x.go", `"C"`, "rng imports C"},
		{"rng/x_test.go", `"pgregory.net/rapid"`, ""},
		{"rng/x.go", `"pgregory.net/rapid"`, "rng imports pgregory.net/rapid, which is for test files alone"},
		{"utils/x.go", `"fmt"`, "package utils is not in the table of layers_table_test.go"},
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
