package npy

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe that nothing writes to is an error, and does not wait for a writer.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.npy")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := (&Files{File: path}).Open(context.Background(), 0)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("error %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Open waits")
	}
}
