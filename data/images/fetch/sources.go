package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// check is an error unless what a .gz file unpacks to has a SHA-256.
func check(path, sum string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	unpacked, err := gzip.NewReader(file)
	if err == nil {
		_, err = io.Copy(hash, unpacked)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return fmt.Errorf("%s: unpacked, it has the SHA-256 %s, expected %s", path, got, sum)
	}
	return nil
}

// module returns a source that downloads a Go module of a version, checks its sum, and gives a folder in it.
func module(path, sum, folder string) func(ctx context.Context, temporary string) (string, error) {
	return func(ctx context.Context, temporary string) (string, error) {
		text, err := output(ctx, temporary, "go", "mod", "download", "-json", path)
		if err != nil {
			return "", err
		}
		var found struct{ Dir, Sum string }
		if err := json.Unmarshal(text, &found); err != nil {
			return "", fmt.Errorf("go mod download: %w", err)
		}
		if found.Sum != sum {
			return "", fmt.Errorf("%s has the sum %s, expected %s", path, found.Sum, sum)
		}
		return filepath.Join(found.Dir, folder), nil
	}
}

// debian returns a source that gives a folder of a Debian package: where it is installed, and otherwise unpacked.
func debian(name, folder string) func(ctx context.Context, temporary string) (string, error) {
	return func(ctx context.Context, temporary string) (string, error) {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder, nil
		}
		if _, err := output(ctx, temporary, "apt-get", "download", name); err != nil {
			return "", err
		}
		packages, err := filepath.Glob(filepath.Join(temporary, "*.deb"))
		if err != nil || len(packages) != 1 {
			return "", fmt.Errorf("apt-get download %s gave %d packages, expected 1", name, len(packages))
		}
		if _, err := output(ctx, temporary, "dpkg-deb", "-x", packages[0], "."); err != nil {
			return "", err
		}
		return filepath.Join(temporary, folder), nil
	}
}

// output runs a command in a folder, apart from any module there might be around it.
func output(ctx context.Context, folder, name string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	var failed bytes.Buffer
	command.Stderr = &failed
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w\n%s%s", command.Args, err, text, failed.Bytes())
	}
	return text, nil
}
