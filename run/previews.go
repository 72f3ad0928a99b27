package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// Preview is what the samples of one checkpoint left in the folder previews.
type Preview struct {
	Step    int64
	Samples string // the path of the samples with the weights that the run samples with: .npy, or of a table .csv
	Raw     string // of those from the same noise with the raw weights; "" where there is no average
	Picture string // of both side by side, .png; "" where there is none
}

// PreviewsPath is the path of the folder of previews.
func (f Folder) PreviewsPath() string { return f.Path("previews") }

// PreviewPath is the path of a file of a preview, by the end of its name, such as ".npy", "_raw.npy" or ".png".
func (f Folder) PreviewPath(step int64, end string) string {
	return filepath.Join(f.PreviewsPath(), fmt.Sprintf("step-%08d%s", step, end))
}

// previewName is the name of a file of a preview: of samples, of their labels, or a picture. Temporary ones end in other ways.
var previewName = regexp.MustCompile(`^step-(\d{8,})((?:_raw)?(?:_labels)?\.(?:npy|csv|png))$`)

// Previews lists the previews of a run by their steps. One without samples is left out.
func (f Folder) Previews() ([]Preview, error) {
	entries, err := os.ReadDir(f.PreviewsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: the previews: %w", err)
	}
	all := map[int64]*Preview{}
	for _, entry := range entries {
		parts := previewName.FindStringSubmatch(entry.Name())
		if parts == nil || !entry.Type().IsRegular() {
			continue
		}
		step, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			continue
		}
		if all[step] == nil {
			all[step] = &Preview{Step: step}
		}
		path := filepath.Join(f.PreviewsPath(), entry.Name())
		switch parts[2] {
		case ".npy", ".csv":
			all[step].Samples = path
		case "_raw.npy", "_raw.csv":
			all[step].Raw = path
		case ".png":
			all[step].Picture = path
		}
	}
	var list []Preview
	for _, p := range all {
		if p.Samples != "" {
			list = append(list, *p)
		}
	}
	slices.SortFunc(list, func(a, b Preview) int { return int(min(max(a.Step-b.Step, -1), 1)) })
	return list, nil
}

// RemovePreviews removes the previews of steps after the given one, which a run left that died and goes on from an earlier
// checkpoint. Other files stay.
func (f Folder) RemovePreviews(after int64) error {
	entries, err := os.ReadDir(f.PreviewsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run: the previews: %w", err)
	}
	for _, entry := range entries {
		parts := previewName.FindStringSubmatch(entry.Name())
		if parts == nil || !entry.Type().IsRegular() {
			continue
		}
		if step, err := strconv.ParseInt(parts[1], 10, 64); err != nil || step <= after {
			continue
		}
		if err := os.Remove(filepath.Join(f.PreviewsPath(), entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("run: removing a later preview: %w", err)
		}
	}
	return nil
}
