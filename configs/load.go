package configs

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"euryale/choice"
	"euryale/internal/strictyaml"
)

//go:embed *.yaml
var presets embed.FS

// Presets lists the names of the embedded configurations, sorted.
func Presets() []string {
	files, _ := fs.Glob(presets, "*.yaml") // the pattern is well formed
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	return files
}

// Preset reads an embedded configuration, then applies overrides of the form "a.b=value". Every error is an *Error.
func Preset(name string, overrides []string) (*Config, error) {
	source, err := presets.ReadFile(name + ".yaml")
	if err != nil {
		return nil, &Error{Where: "preset " + name, Message: choice.OneOf(name, Presets()...).Error(), Err: err}
	}
	return Decode("preset "+name, source, overrides)
}

// PresetText is an embedded configuration as it is written. The error is fs.ErrNotExist.
func PresetText(name string) ([]byte, error) { return presets.ReadFile(name + ".yaml") }

// Load reads a configuration from a path or, where no such file exists, from the embedded preset of that
// name, then applies overrides of the form "a.b=value". Every error is an *Error.
func Load(nameOrPath string, overrides []string) (*Config, error) {
	info, err := os.Stat(nameOrPath)
	if err == nil && !info.IsDir() {
		source, err := read(nameOrPath)
		if err != nil {
			return nil, unreadable(nameOrPath, err)
		}
		return Decode(nameOrPath, source, overrides)
	}
	if source, err := presets.ReadFile(nameOrPath + ".yaml"); err == nil {
		return Decode("preset "+nameOrPath, source, overrides)
	}
	switch {
	case nameOrPath == "":
		return nil, &Error{Message: "no configuration named: expected a file or a preset; " + presetsNear("")}
	case err == nil:
		return nil, &Error{Where: nameOrPath, Message: "is a folder, expected a file or a preset; " + inFolder(nameOrPath)}
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Where: nameOrPath, Message: "no such file or preset; " + presetsNear(nameOrPath), Err: err}
	}
	return nil, unreadable(nameOrPath, err)
}

// presetsNear names the preset that a misspelled name, or the path of a preset's file, is likely to mean, or else all.
func presetsNear(name string) string {
	name = strings.ToLower(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)))
	best, least := "", max(1, len(name)/4)+1
	for _, preset := range Presets() {
		if distance := choice.EditDistance(name, preset); distance < least {
			best, least = preset, distance
		}
	}
	if best == "" {
		return "the presets are " + strings.Join(Presets(), ", ")
	}
	return fmt.Sprintf("did you mean the preset %q?", best)
}

// inFolder names the configuration of a run's folder, if the folder is one.
func inFolder(folder string) string {
	path := filepath.Join(folder, "config.yaml")
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return fmt.Sprintf("did you mean %q?", path)
	}
	return presetsNear("")
}

// read returns at most one byte more than Decode accepts, whatever the size of the file.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, strictyaml.DefaultMaxBytes+1))
}

func unreadable(path string, err error) error {
	message := err.Error()
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		message = cause.Err.Error() // Where names the path already
	}
	return &Error{Where: path, Message: "cannot be read: " + message, Err: err}
}
