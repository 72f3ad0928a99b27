// Package past builds programs of this repository as they were at an older commit, to compare the present ones with.
//
// Clone makes a clean copy of the repository at a commit, Build compiles commands of such a copy or of the working tree.
// Both run in folders that the caller gives and removes; the repository itself is only read. They need git and go.
//
// Package bench compares speeds with it, samebits compares results. Start reading at Clone.
package past

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Clone copies the repository of the working folder, as it is at the commit, into the new folder to. It returns the root
// of the repository that it read.
func Clone(ctx context.Context, commit, to string) (root string, err error) {
	top, err := Output(ctx, ".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return "", err
	}
	root = strings.TrimSpace(top)
	// The hash, since a branch's name may mean something else in a clone.
	hash, err := Output(ctx, root, "git", "rev-parse", "--verify", "--quiet", commit+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("past: %s is no commit of %s (a shallow clone lacks old ones): %w", commit, root, err)
	}
	if _, err := Output(ctx, root, "git", "clone", "--quiet", "--no-checkout", root, to); err != nil {
		return "", err
	}
	_, err = Output(ctx, to, "git", "checkout", "--quiet", "--detach", strings.TrimSpace(hash))
	return root, err
}

// Build compiles packages, such as "./cmd/train", of the repository at root into the folder bin.
func Build(ctx context.Context, root, bin string, packages ...string) error {
	arguments := append([]string{"build", "-o", bin + string(filepath.Separator)}, packages...)
	_, err := Output(ctx, root, "go", arguments...)
	return err
}

// Output runs a command in a folder and returns its standard output. Its error has the end of standard error.
func Output(ctx context.Context, folder, name string, arguments ...string) (string, error) {
	c := exec.CommandContext(ctx, name, arguments...)
	c.Dir = folder
	var complaints strings.Builder
	c.Stderr = &complaints
	output, err := c.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err)
		if text := strings.TrimSpace(complaints.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, text[max(0, len(text)-1000):])
		}
		return "", err
	}
	return string(output), nil
}
