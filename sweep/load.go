package sweep

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/configs/sweeps"
	"euryale/internal/strictyaml"
)

// Sweep is a sweep file that was read and found right.
type Sweep struct {
	Spec
	Trials []Trial

	file, baseFile string // for messages
	base           []byte // the configuration that trials start from, as it is written
}

// Presets lists the names of the embedded sweep files, sorted.
func Presets() []string {
	files, _ := fs.Glob(sweeps.Files, "*.yaml") // the pattern is well formed
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	return files
}

// Load reads a sweep file from a path or, where there is no such file, the embedded one of that name. Overrides "a.b=value"
// change the configuration of all trials, after those of the file. The configuration of every trial is checked. An error is a
// *configs.Error that names the line of the sweep file.
func Load(nameOrPath string, overrides []string) (*Sweep, error) {
	text, folder, err := find(nameOrPath)
	if err != nil {
		return nil, err
	}
	file := nameOrPath
	if folder == "" {
		file = "sweep " + nameOrPath
	}
	return decode(file, folder, text, overrides, true)
}

// find reads a sweep file. The folder is that of the file; "" for an embedded one, which a folder of its name does not hide: a
// sweep of scurve may be in the folder scurve.
func find(nameOrPath string) (text []byte, folder string, err error) {
	info, err := os.Stat(nameOrPath)
	if err == nil && !info.IsDir() {
		text, err := read(nameOrPath)
		return text, filepath.Dir(nameOrPath), err
	}
	if text, err := sweeps.Files.ReadFile(nameOrPath + ".yaml"); err == nil {
		return text, "", nil
	}
	switch {
	case err == nil:
		return nil, "", &configs.Error{Where: nameOrPath, Message: "is a folder, expected a sweep file or the name of one"}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, "", unreadable(nameOrPath, err)
	}
	return nil, "", &configs.Error{
		Where: nameOrPath, Message: "no such sweep file; the embedded ones are " + strings.Join(Presets(), ", "), Err: fs.ErrNotExist,
	}
}

// read returns at most one byte more than is accepted, whatever the size of the file.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, strictyaml.DefaultMaxBytes+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	return text, nil
}

func unreadable(path string, err error) error {
	message := err.Error()
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		message = cause.Err.Error() // Where names the path already
	}
	return &configs.Error{Where: path, Message: "cannot be read: " + message, Err: err}
}

// decode reads a sweep file whose configuration is a file of the folder, or a preset. Without a check of all trials, only the
// configuration of the first is read.
func decode(file, folder string, text []byte, overrides []string, all bool) (*Sweep, error) {
	s := &Sweep{Spec: *Default(), file: file}
	var ofBase error // an error with a place of its own
	err := strictyaml.Decode(&s.Spec, file, text, nil, strictyaml.Options{Check: func() error {
		if err := s.check(); err != nil {
			return err
		}
		var err error
		if s.base, s.baseFile, err = base(folder, s.Config); err == nil {
			own := len(s.Set)
			s.Set = append(slices.Clone(s.Set), overrides...)
			err = s.checkTrials(own, all)
		}
		if _, ok := err.(*choice.FieldError); !ok {
			ofBase = err
		}
		return err
	}})
	switch {
	case ofBase != nil:
		return nil, ofBase
	case err != nil:
		return nil, err
	}
	return s, nil
}

// base reads the configuration that trials start from.
func base(folder, config string) (text []byte, name string, err error) {
	path := config
	if folder != "" && !filepath.IsAbs(config) {
		path = filepath.Join(folder, config)
	}
	if info, err := os.Stat(path); folder != "" && err == nil && !info.IsDir() {
		text, err := read(path)
		return text, path, err
	}
	if text, err := configs.PresetText(config); err == nil {
		return text, "preset " + config, nil
	}
	return nil, "", choice.Wrong("config", "must be a file or a preset; there is no file %s, and a preset %w", path,
		choice.OneOf(config, configs.Presets()...))
}

// configOf is the configuration of a trial.
func (s *Sweep) configOf(t Trial) (*configs.Config, error) {
	return configs.Decode(s.baseFile, s.base, s.overrides(t))
}

// overrides are all that a trial changes in the base.
func (s *Sweep) overrides(t Trial) []string {
	return slices.Concat(s.Set, s.length(), t.Overrides())
}

// length is the override by which the method sets how long a trial is trained.
func (s *Sweep) length() []string {
	key, budgets := s.Method.Kind.lengthKey(), s.Method.Kind.budgets()
	if key == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s=%d", key, budgets[len(budgets)-1])}
}
