package past

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a repository of a program with two commits, and goes there.
func repository(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"git", "go"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	root := t.TempDir()
	git := func(arguments ...string) {
		t.Helper()
		arguments = append([]string{"-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"}, arguments...)
		if _, err := Output(t.Context(), root, "git", arguments...); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "--quiet")
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module m\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"then", "now"} {
		program := "package main\n\nfunc main() { print(\"" + text + "\") }\n"
		if err := os.WriteFile(filepath.Join(root, "main.go"), []byte(program), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", ".")
		git("commit", "--quiet", "-m", text)
	}
	t.Chdir(root)
	return root
}

// A clone is clean and at the commit asked for, and builds by itself.
func TestCloneAndBuild(t *testing.T) {
	root := repository(t)
	if err := os.WriteFile(filepath.Join(root, "broken.go"), []byte("package main\n\nfunc"), 0o644); err != nil {
		t.Fatal(err) // not committed, so not in the clone
	}
	to := filepath.Join(t.TempDir(), "clone")
	if _, err := Clone(t.Context(), "HEAD~1", to); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "bin")
	if err := Build(t.Context(), to, bin, "."); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(filepath.Join(bin, "m")).CombinedOutput()
	if err != nil || string(said) != "then" {
		t.Errorf("the old program says %q, %v; want %q", said, err, "then")
	}
	if err := Build(t.Context(), root, bin, "."); err == nil || !strings.Contains(err.Error(), "broken.go") {
		t.Errorf("the compiler's complaint is lost: %v", err)
	}
}

func TestCloneOfNoCommit(t *testing.T) {
	repository(t)
	to := filepath.Join(t.TempDir(), "clone")
	if _, err := Clone(t.Context(), "c0ffee", to); err == nil || !strings.Contains(err.Error(), "c0ffee is no commit") {
		t.Errorf("an unknown commit: %v", err)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("a folder was left behind")
	}
}
