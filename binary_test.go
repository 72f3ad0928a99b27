package euryale

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Packages that open a run, sample, measure or configure do not link the training.
func TestNoGorgonia(t *testing.T) {
	packages := []string{"./model", "./eval", "./diffusion/...", "./nets", "./eager", "./configs", "./examples/sample_only"}
	for _, imported := range goCommand(t, slices.Concat([]string{"list", "-deps"}, packages)...) {
		if within(imported, "gorgonia.org") || within(imported, "github.com/sirupsen/logrus") || imported == "runtime/cgo" {
			t.Errorf("%v depend on %s", packages, imported)
		}
	}
}

// A program that opens a run and samples is small: 24 MB when this was written, with the symbols that
// go build leaves in. Two thirds of it are the Parquet files of tables.
func TestSamplerIsSmall(t *testing.T) {
	const most = 25 << 20
	path := filepath.Join(t.TempDir(), "sampler")
	goCommand(t, "build", "-o", path, "./examples/sample_only")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > most {
		t.Errorf("examples/sample_only has %d bytes, want at most %d", info.Size(), most)
	}
}

// goCommand runs the go command and returns what it prints, by words.
func goCommand(t *testing.T, args ...string) []string {
	t.Helper()
	command := exec.Command("go", args...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go %v: %v\n%s", args, err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}
