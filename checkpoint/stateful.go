package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Stateful has a state to keep in a checkpoint: the numbers of an encoder, the moments of an optimizer. It keeps tensors,
// metadata or both, under names that it chooses.
type Stateful interface {
	// SaveState adds the state to f. It leaves what others put there alone.
	SaveState(f *File) error
	// LoadState restores what SaveState put into f. Nothing in f is trusted: what is missing or does not fit is an error
	// that names the file.
	LoadState(f *File) error
}

// SaveJSON puts value under a key of the metadata, as JSON. Finite float64 numbers keep all their bits; others are an error.
func (f *File) SaveJSON(key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("checkpoint: metadata %q: %w", key, err)
	}
	if f.Metadata == nil {
		f.Metadata = map[string]string{}
	}
	f.Metadata[key] = string(text)
	return nil
}

// LoadJSON reads what SaveJSON put under a key. A missing key, unknown fields and text after the value are errors.
func (f *File) LoadJSON(key string, into any) error {
	text, ok := f.Metadata[key]
	if !ok {
		return fmt.Errorf("checkpoint %s: no metadata %q", f.Name, key)
	}
	if err := StrictJSON([]byte(text), into); err != nil {
		return fmt.Errorf("checkpoint %s: metadata %q: %w", f.Name, key, err)
	}
	return nil
}

// StrictJSON is json.Unmarshal, but refuses unknown fields and text after the value. The method UnmarshalJSON of a state
// calls it: a strict decoder is not strict inside such a method.
func StrictJSON(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the value")
	}
	return nil
}
