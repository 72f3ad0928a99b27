package kernel

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed assembly is what the program in _asm writes.
func TestAssemblyIsCurrent(t *testing.T) {
	run := func(arguments ...string) ([]byte, error) {
		command := exec.Command("go", append([]string{"-C", "_asm"}, arguments...)...)
		command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOOS=", "GOARCH=")
		return command.CombinedOutput()
	}
	if output, err := run("mod", "download"); err != nil {
		t.Skipf("cannot regenerate the assembly: go -C kernel/_asm mod download: %v\n%s", err, output)
	}
	for _, isa := range []string{"avx2", "avx512"} {
		for _, part := range []string{"", "images_"} {
			file := part + isa + "_amd64.s"
			fresh := filepath.Join(t.TempDir(), file)
			if output, err := run("run", ".", "-isa", isa, fmt.Sprintf("-images=%t", part != ""), "-out", fresh); err != nil {
				t.Fatalf("generating %s: %v\n%s", file, err, output)
			}
			if !bytes.Equal(body(t, fresh), body(t, file)) {
				t.Errorf("%s is stale: run go generate ./kernel", file)
			}
		}
	}
}

// body returns a file without its first line, which names the command and its output.
func body(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(content, []byte("\n"))
	return rest
}
