// Package tensorboard writes event files, which TensorBoard shows: curves, pictures and texts by step.
//
// An event file is a sequence of records (record.go), each an Event in protocol buffers (event.go).
//
//   - Writer (this file) makes the file of one session of a run.
//   - Hooks (hook.go) write what a run logs while it trains, and AddPicture what is drawn after it.
//
// A run that resumes starts a new file. It begins with a SessionLog START at the first step that is yet to be done: TensorBoard
// drops points from that step on which an earlier session left, as metrics.jsonl does.
//
// Start reading at Writer.
package tensorboard

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"euryale/run"
)

// Writer appends events to a file. Its methods are for one goroutine.
type Writer struct {
	file   *os.File
	now    func() time.Time
	buffer []byte
}

// NewWriter makes a folder, if it is missing, and in it the file of a session that goes on after step `done`; 0: a new run. No
// file is replaced: the new name comes after those that are there, which is the order in which TensorBoard reads them.
func NewWriter(folder string, done int64) (*Writer, error) {
	return newWriter(folder, done, time.Now)
}

func newWriter(folder string, done int64, now func() time.Time) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	path, err := nextPath(folder, now())
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	w := &Writer{file: file, now: now}
	first := appendSource(appendEvent(nil, now(), 0, eventFileVersion, []byte(fileVersion)))
	w.buffer = appendRecord(w.buffer, first)
	w.add(done+1, eventSessionLog, sessionLog())
	if err := w.Flush(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

// nextPath names a file that sorts after the others in a folder.
func nextPath(folder string, now time.Time) (string, error) {
	last, err := newest(folder)
	if err != nil {
		return "", err
	}
	seconds := now.Unix()
	if last != "" {
		text, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(last), run.EventsPrefix), ".")
		if old, err := strconv.ParseInt(text, 10, 64); err == nil && old >= seconds {
			seconds = old + 1
		}
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	host = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\`, r) {
			return '-'
		}
		return r
	}, host)
	return filepath.Join(folder, fmt.Sprintf("%s%010d.%s.%d.0", run.EventsPrefix, seconds, host, os.Getpid())), nil
}

// newest is the path of the last event file of a folder; "" without any.
func newest(folder string) (string, error) {
	entries, err := os.ReadDir(folder) // sorted
	if err != nil {
		return "", err
	}
	last := ""
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), run.EventsPrefix) && e.Type().IsRegular() {
			last = filepath.Join(folder, e.Name())
		}
	}
	return last, nil
}

// Scalar is one point of a curve.
type Scalar struct {
	Tag   string // as "train/loss": what stands before the slash groups curves
	Value float64
}

// Scalars adds the points of a step.
func (w *Writer) Scalars(step int64, scalars ...Scalar) {
	var summary []byte
	for _, s := range scalars {
		summary = appendScalar(summary, s.Tag, float32(s.Value))
	}
	if len(scalars) > 0 {
		w.add(step, eventSummary, summary)
	}
}

// Text adds a text in Markdown.
func (w *Writer) Text(step int64, tag, markdown string) {
	w.add(step, eventSummary, textSummary(tag, markdown))
}

// PNG adds a picture.
func (w *Writer) PNG(step int64, tag string, encoded []byte) error {
	config, err := png.DecodeConfig(bytes.NewReader(encoded))
	if err != nil {
		return fmt.Errorf("tensorboard: the picture %s of step %d: %w", tag, step, err)
	}
	channels := 4
	switch config.ColorModel {
	case color.GrayModel, color.Gray16Model:
		channels = 1
	case color.RGBAModel, color.RGBA64Model: // a PNG without an alpha channel
		channels = 3
	}
	w.add(step, eventSummary, imageSummary(tag, picture{config.Height, config.Width, channels, encoded}))
	return nil
}

// add puts an event into the buffer.
func (w *Writer) add(step int64, field protowire.Number, content []byte) {
	w.buffer = appendRecord(w.buffer, appendEvent(nil, w.now(), step, field, content))
}

// Flush writes what was added since the last call.
func (w *Writer) Flush() error {
	if len(w.buffer) == 0 {
		return nil
	}
	_, err := w.file.Write(w.buffer)
	if cap(w.buffer) > keepBuffer {
		w.buffer = nil
	}
	w.buffer = w.buffer[:0]
	if err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return nil
}

// keepBuffer is the most memory, in bytes, that is kept between two calls of Flush: pictures take more.
const keepBuffer = 64 << 10

// Close writes what is left and closes the file.
func (w *Writer) Close() error {
	err := w.Flush()
	if closing := w.file.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("tensorboard: %w", closing))
	}
	return err
}

// appendTo opens the newest file of a folder to add to it; nil without any.
func appendTo(folder string) (*Writer, error) {
	path, err := newest(folder)
	if err != nil || path == "" {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &Writer{file: file, now: time.Now}, nil
}
