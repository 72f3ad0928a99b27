package keydocs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are those of the root and of docs, by their path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(root + "/docs/*.md")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d pages, %v", len(paths), err)
	}
	all := map[string]string{}
	for _, path := range append(paths, root+"/README.md", root+"/CHANGELOG.md", root+"/CONTRIBUTING.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(path[len(root)+1:])] = string(text)
	}
	return all
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	codeSpan = regexp.MustCompile("`([^`]+)`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// anchors are the anchors of a page, as GitHub makes them from headings.
func anchors(text string) []string {
	var list []string
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := strings.ToLower(strings.ReplaceAll(h[1], " ", "-"))
		list = append(list, regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(name, ""))
	}
	return list
}

// Every relative link leads to a file, and every anchor to a heading.
func TestLinks(t *testing.T) {
	all, links := pages(t), 0
	for page, text := range all {
		for _, l := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(l[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			links++
			path := page
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(page), target))
				if _, err := os.Stat(filepath.Join(root, path)); err != nil {
					t.Errorf("%s: the link %s leads nowhere", page, l[1])
					continue
				}
			}
			if to, ok := all[path]; anchor != "" && (!ok || !slices.Contains(anchors(to), anchor)) {
				t.Errorf("%s: the link %s: there is no heading #%s", page, l[1], anchor)
			}
		}
	}
	if links < 50 {
		t.Errorf("found %d links only", links)
	}
}

// Go code on a page is in some file of the tree, line by line. A test of the root package adds that of extending.md to the
// tree.
func TestCodeIsQuoted(t *testing.T) {
	files := goFiles(t)
	blocks := 0
	for page, text := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(text, -1) {
			if block[1] != "go" || page == "docs/extending.md" {
				continue
			}
			blocks++
			if !slices.ContainsFunc(files, func(file []string) bool { return quotes(file, lines(block[2])) }) {
				t.Errorf("%s: no file of the tree has this code:\n%s", page, block[2])
			}
		}
	}
	if blocks < 1 {
		t.Errorf("found %d blocks of code only", blocks)
	}
}

// lines are the lines of a text without the space around them.
func lines(text string) []string {
	list := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range list {
		list[i] = strings.TrimSpace(line)
	}
	return list
}

// quotes reports whether a file has the lines in sequence.
func quotes(file, code []string) bool {
	for i := range len(file) - len(code) + 1 {
		if slices.Equal(file[i:i+len(code)], code) {
			return true
		}
	}
	return false
}

func goFiles(t *testing.T) [][]string {
	t.Helper()
	var files [][]string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "runs" || e.Name() == "bin"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "example_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		files = append(files, lines(string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Paths and make targets in the commands of a page exist.
func TestPathsOfCommands(t *testing.T) {
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for page, text := range pages(t) {
		for _, command := range commandsOf(text) {
			for _, word := range strings.Fields(command) {
				path, ok := strings.CutPrefix(strings.TrimSuffix(word, "/..."), "./")
				if !ok || path == "..." || strings.ContainsAny(path, "$*") {
					continue
				}
				if _, err := os.Stat(filepath.Join(root, path)); err != nil {
					t.Errorf("%s: %q: there is no %s", page, command, word)
				}
			}
			target, ok := strings.CutPrefix(command, "make ")
			target, _, _ = strings.Cut(target, " ") // before variables
			if ok && !strings.Contains(string(makefile), "\n"+target+":") {
				t.Errorf("%s: there is no make target %q", page, target)
			}
		}
	}
}

// commandsOf are the commands on a page: lines of shell, synopses and code in backquotes, with loops written out.
func commandsOf(text string) []string {
	var list []string
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		if block[1] == "sh" || block[1] == "" {
			list = append(list, unrolled(block[2])...)
		}
	}
	for _, span := range codeSpan.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		list = append(list, strings.Join(strings.Fields(span[1]), " "))
	}
	var commands []string
	for _, line := range list {
		for _, command := range strings.Split(line, " && ") {
			command, _, _ = strings.Cut(strings.TrimSpace(command), " # ")
			command = strings.TrimSpace(regexp.MustCompile(`^([A-Z_]+=\S+ )+`).ReplaceAllString(command, ""))
			if regexp.MustCompile(`^(go|make|euryale) `).MatchString(command) {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

var loop = regexp.MustCompile(`(?s)for (\w+) in ([^;\n]+); do\n(.*?)\ndone`)

// unrolled are the lines of a shell script, those of a loop once per value; a computed list counts as one value.
func unrolled(script string) []string {
	return strings.Split(loop.ReplaceAllStringFunc(script, func(text string) string {
		m := loop.FindStringSubmatch(text)
		values := strings.Fields(m[2])
		if strings.HasPrefix(m[2], "$(") {
			values = []string{"6"}
		}
		var all []string
		for _, value := range values {
			all = append(all, strings.ReplaceAll(m[3], "$"+m[1], value))
		}
		return strings.Join(all, "\n")
	}), "\n")
}

func TestCommandsOf(t *testing.T) {
	got := commandsOf("Say `go test\n./data` and `x`.\n\n```sh\nfor s in $(seq 1 9); do\n    go run ./a -n $s && go run ./b   # why\ndone\n" +
		"for p in a b; do\n    euryale train -config $p\ndone\n```\n")
	want := []string{"go run ./a -n 6", "go run ./b", "euryale train -config a", "euryale train -config b", "go test ./data"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
