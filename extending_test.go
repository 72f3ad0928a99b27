package euryale_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The examples of docs/extending.md are complete: with their files and lines added to the tree, one run trains on the data
// set, with the net and the loss weight, and samples with the solver.
func TestExtending(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the commands")
	}
	folder := t.TempDir()
	bin := filepath.Join(folder, "euryale")
	command(t, "go", "build", "-overlay", overlay(t, folder), "-o", bin, "./cmd/euryale")
	run := filepath.Join(folder, "run")
	command(t, bin, "train", "-config", "toys", "-out", run, "-set", "train.epochs=5",
		"-set", "data=lissajous", "-set", "net={name: residual, width: 32}", "-set", "objective.weight=soft_min_snr",
		"-set", "sample.solver=renoise")
	var e struct {
		Samples  int     `json:"samples"`
		NFE      float64 `json:"nfe"`
		SlicedW1 float64 `json:"sliced_w1"`
	}
	if err := json.Unmarshal([]byte(command(t, bin, "eval", "-run", run, "-n", "500", "-json")), &e); err != nil {
		t.Fatal(err)
	}
	if e.Samples != 500 || e.NFE != 20 || !(e.SlicedW1 > 0 && e.SlicedW1 < 1) {
		t.Errorf("eval: %+v; want 500 samples with an NFE of 20, not far from the data", e)
	}
	list := command(t, bin, "list")
	for _, name := range []string{"lissajous", "residual", "renoise", "soft_min_snr"} {
		if !regexp.MustCompile(`(?m)^\W*` + name + `\b`).MatchString(list) {
			t.Errorf("euryale list does not name %s", name)
		}
	}
}

// overlay writes what the page adds to the tree for go build -overlay: a block whose first line is "// path" is a new file,
// one that begins with "// path, in Function" is a line of that function's list.
func overlay(t *testing.T, folder string) string {
	page, err := os.ReadFile("docs/extending.md")
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	add := func(path, text string) {
		file := filepath.Join(folder, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, path)] = file
	}
	files, lines := 0, 0
	for _, block := range regexp.MustCompile("(?ms)^```go\n// (\\S+?)(?:, in (\\w+))?\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		path, function, code := block[1], block[2], block[3]
		if function == "" {
			files++
			add(path, code)
			continue
		}
		lines++
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list := regexp.MustCompile(`(?s)func ` + function + `\(\) choice\.Set\[.*?return choice\.Set\[\S+\]\{\n`).FindIndex(text)
		if list == nil {
			t.Fatalf("%s: found no list in %s", path, function)
		}
		add(path, string(text[:list[1]])+code+string(text[list[1]:]))
	}
	if files != 4 || lines != 4 {
		t.Fatalf("the page has %d files and %d lines, want 4 of each", files, lines)
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// command runs a command and returns its output.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, stderr.String())
	}
	return string(out)
}
