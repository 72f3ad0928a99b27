package checkpoint

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const fullDiskPath = "EURYALE_TEST_FULL_DISK"

// TestDiskFull runs itself in a process whose files may not grow beyond 1 MB, which fails a write as a full disk
// does: in the middle.
func TestDiskFull(t *testing.T) {
	large := &File{Tensors: []Tensor{{Name: "w", Shape: []int{1 << 20}, Data: make([]float32, 1<<20)}}}
	if path := os.Getenv(fullDiskPath); path != "" {
		limit := syscall.Rlimit{Cur: 1 << 20, Max: math.MaxUint64}
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		limit.Cur = 1 << 20
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, large); !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), `tensor "w": `) {
			t.Errorf("got %v, expected file too large", err)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := Write(path, small()); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	command.Env = append(os.Environ(), fullDiskPath+"="+path)
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestDiskFull") {
		t.Fatalf("%v\n%s", err, out)
	}
	if f, err := Read(path); err != nil || !equal(f, small()) {
		t.Errorf("the old file is not as it was: %v", err)
	}
	wantFiles(t, filepath.Dir(path), "a.safetensors")
}
