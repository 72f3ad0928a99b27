package images

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// listing is the images of a folder.
type listing struct {
	files   []imageFile
	classes []string
	remarks []string
}

type imageFile struct {
	path  string
	label int32 // 0 without classes
}

// list lists the images of the folder. Names that begin with a dot are left out.
func (f *Folder) list(ctx context.Context) (*listing, error) {
	entries, err := os.ReadDir(f.Path) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(f.Path, err)
	}
	if info, failed := os.Stat(f.Path); failed == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: is a file, expected a folder of images: set data.name=idx or npy_images for a file of many", f.Path)
	}
	if err != nil {
		return nil, err
	}
	list := &listing{}
	var others []string
	if !f.Labels {
		if others, err = list.walk(ctx, f.Path, 0); err != nil {
			return nil, err
		}
		return list.finish(f.Path, others)
	}
	for _, entry := range entries {
		name, path := entry.Name(), filepath.Join(f.Path, entry.Name())
		switch {
		case strings.HasPrefix(name, "."):
			continue
		case !isFolder(path, entry):
			if isImage(name) {
				return nil, fmt.Errorf("%s is in no folder that names its class: put it into one, or set data.labels=false", path)
			}
			others = append(others, path)
			continue
		}
		before := len(list.files)
		more, err := list.walk(ctx, path, int32(len(list.classes)))
		if err != nil {
			return nil, err
		}
		if len(list.files) == before {
			return nil, fmt.Errorf("%s would be a class, but has no images: remove it, or set data.labels=false", path)
		}
		others = append(others, more...)
		list.classes = append(list.classes, name)
	}
	return list.finish(f.Path, others)
}

// isFolder follows links.
func isFolder(path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		return err == nil && info.IsDir()
	}
	return entry.IsDir()
}

func isImage(name string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif"}, strings.ToLower(filepath.Ext(name)))
}

// walk adds the images in and below a folder. It returns the other files there.
func (l *listing) walk(ctx context.Context, folder string, label int32) (others []string, err error) {
	if resolved, err := filepath.EvalSymlinks(folder); err == nil {
		folder = resolved // WalkDir does not follow a link
	}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch hidden := strings.HasPrefix(entry.Name(), ".") && path != folder; {
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || entry.IsDir():
			return ctx.Err()
		case isImage(path):
			l.files = append(l.files, imageFile{path, label})
		default:
			others = append(others, path)
		}
		return ctx.Err()
	})
	return others, err
}

func (l *listing) finish(folder string, others []string) (*listing, error) {
	if len(l.files) == 0 {
		return nil, fmt.Errorf("%s: %w: no file whose name ends in .png, .jpg, .jpeg or .gif", folder, errNoImages)
	}
	if n := len(others); n > 0 {
		l.remarks = append(l.remarks, fmt.Sprintf("files that are no images by their names were left out: %d, such as %s", n, others[0]))
	}
	return l, nil
}

// eachFile does something for every file, several at a time. The error is that of the first file that has one.
func eachFile(ctx context.Context, files []imageFile, do func(i int, path string) error) error {
	var (
		group   sync.WaitGroup
		lock    sync.Mutex
		next    int
		failed  error
		failing = len(files) // the first that fails, so far
	)
	take := func() (i int, ok bool) {
		lock.Lock()
		defer lock.Unlock()
		i = next
		next++
		return i, i < failing
	}
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		group.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				err := ctx.Err()
				if err == nil {
					err = do(i, files[i].path)
				}
				if err != nil {
					lock.Lock()
					if i < failing {
						failing, failed = i, err
					}
					lock.Unlock()
				}
			}
		})
	}
	group.Wait()
	return failed
}
