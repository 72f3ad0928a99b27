package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// create opens a temporary file next to path, which commit will rename to path. The file has the permissions of the one
// it replaces, or those of any new file under the user's umask.
func create(path string) (*renameio.PendingFile, error) {
	// Checked now, not by the rename: hours of sampling may lie in between.
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("report: %s is a folder, want the name of a file", path)
	}
	file, err := renameio.NewPendingFile(path,
		renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o666),
		renameio.WithExistingPermissions())
	if errors.Is(err, fs.ErrNotExist) { // the error names the temporary file, which means nothing to the user
		return nil, fmt.Errorf("report: cannot create %s: there is no folder %s", path, filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("report: cannot create %s: %w", path, err)
	}
	return file, nil
}

// commit syncs the file and moves it to path; if that fails, it removes the file.
func commit(file *renameio.PendingFile, path string) error {
	if err := file.CloseAtomicallyReplace(); err != nil {
		return errors.Join(fmt.Errorf("report: cannot write %s: %w", path, err), file.Cleanup())
	}
	return nil
}
