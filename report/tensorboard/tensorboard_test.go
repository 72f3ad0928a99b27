package tensorboard

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"euryale/internal/python"
)

// The bytes of one event, as testdata/event.py computes them without any library: 0.5 under train/loss at step 300, at
// 1700000000.25 s.
func TestGoldenRecord(t *testing.T) {
	const want = "2100000000000000017becf60900001040fc54d94110ac022a130a110a0a747261696e2f6c6f7373150000003f8c4ba26f"
	at := time.Unix(1_700_000_000, 250_000_000)
	record := appendRecord(nil, appendEvent(nil, at, 300, eventSummary, appendScalar(nil, "train/loss", 0.5)))
	if got := hex.EncodeToString(record); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// encoded is a picture of 3 × 2 pixels.
func encoded(t *testing.T, picture interface {
	image.Image
	Set(x, y int, c color.Color)
}) []byte {
	t.Helper()
	for x := range 3 {
		for y := range 2 {
			picture.Set(x, y, color.Gray{Y: uint8(40*x + y)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Everything that is written is read back, in order.
func TestAllIsReadBack(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	folder := filepath.Join(t.TempDir(), "new", "events")
	w, err := newWriter(folder, 0, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	size := image.Rect(0, 0, 3, 2)
	opaque := image.NewNRGBA(size)
	pictures := [][]byte{encoded(t, image.NewGray(size)), encoded(t, opaque), nil}
	opaque.Set(0, 0, color.NRGBA{A: 7})
	var b bytes.Buffer
	if err := png.Encode(&b, opaque); err != nil {
		t.Fatal(err)
	}
	pictures[2] = b.Bytes()
	w.Text(0, "configuration", "    name: ü\n")
	w.Scalars(100, Scalar{"train/loss", 0.25}, Scalar{"train/lr", 1e-3})
	w.Scalars(101)
	for i, p := range pictures {
		if err := w.PNG(int64(200+i), "samples/preview", p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.PNG(300, "broken", []byte("GIF89a")); err == nil || !strings.Contains(err.Error(), "the picture broken of step 300") {
		t.Errorf("no PNG: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	path, err := newest(folder)
	if err != nil || !strings.HasPrefix(filepath.Base(path), "events.out.tfevents.1700000000.") {
		t.Fatalf("the file is %s, %v", path, err)
	}
	events := readFile(t, path)
	if len(events) != 7 {
		t.Fatalf("%d events", len(events))
	}
	if e := events[0]; e.version != "brain.Event:2" || e.writer != "euryale/report/tensorboard" || e.step != 0 || e.time != 1.7e9 {
		t.Errorf("the first event is %+v", e)
	}
	if e := events[1]; !e.start || e.step != 1 {
		t.Errorf("the second event is %+v, want the start of step 1", e)
	}
	text := events[2].values[0]
	if text.tag != "configuration" || text.plugin != "text" || text.dtype != 7 || !slices.Equal(text.dims, []int64{1}) ||
		!slices.Equal(text.strings, []string{"    name: ü\n"}) {
		t.Errorf("the text is %+v", text)
	}
	if e := events[3]; e.step != 100 || len(e.values) != 2 || e.values[0].tag != "train/loss" || e.values[0].scalar != 0.25 ||
		e.values[1].tag != "train/lr" || e.values[1].scalar != 1e-3 {
		t.Errorf("the scalars are %+v", e)
	}
	for i, channels := range []int{1, 3, 4} {
		e := events[4+i]
		got := e.values[0].image
		if e.step != int64(200+i) || got.height != 2 || got.width != 3 || got.channels != channels || !bytes.Equal(got.encoded, pictures[i]) {
			t.Errorf("picture %d is of %d × %d pixels, %d channels at step %d", i, got.height, got.width, got.channels, e.step)
		}
	}
}

// A new session gets a new file, which sorts after the old ones, whatever the clock does.
func TestFilesSortBySession(t *testing.T) {
	folder := t.TempDir()
	var paths []string
	for i, seconds := range []int64{1_700_000_000, 1_700_000_000, 1_500_000_000, 1_800_000_000} {
		w, err := newWriter(folder, int64(i), func() time.Time { return time.Unix(seconds, 0) })
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, w.file.Name())
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.IsSorted(paths) || len(slices.Compact(slices.Clone(paths))) != 4 {
		t.Errorf("in the order of time, the files are %q", paths)
	}
}

// A picture of 1 MB does not stay in memory, and one event after the other takes no more.
func TestMemoryIsFlat(t *testing.T) {
	w, err := NewWriter(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for step := range int64(100) {
		w.add(step, eventSummary, make([]byte, 1<<20*(step%2)))
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if cap(w.buffer) > keepBuffer {
			t.Fatalf("%d bytes are kept after step %d", cap(w.buffer), step)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// What cannot be written is an error that names the file.
func TestErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewWriter(file, 0); !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), "tensorboard: mkdir "+file) {
		t.Errorf("a file in the place of the folder: %v", err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no /dev/full")
	}
	if err != nil {
		t.Fatal(err)
	}
	w := &Writer{file: full, now: time.Now}
	w.Scalars(1, Scalar{"a", 1})
	if err := w.Flush(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "tensorboard: write /dev/full") {
		t.Errorf("a full disk: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("nothing was left to write: %v", err)
	}
}

// TensorBoard reads the files of two sessions, of which the first was killed.
func TestTensorBoardReads(t *testing.T) {
	folder := t.TempDir()
	preview := encoded(t, image.NewGray(image.Rect(0, 0, 3, 2)))
	for _, session := range []struct {
		done  int64
		steps []int64
	}{{0, []int64{10, 20, 30}}, {20, []int64{30, 40}}} {
		w, err := NewWriter(folder, session.done)
		if err != nil {
			t.Fatal(err)
		}
		w.Text(session.done, "configuration", "    seed: 1\n")
		for _, step := range session.steps {
			w.Scalars(step, Scalar{"train/loss", float64(step) + float64(session.done)/4})
		}
		if err := errors.Join(w.PNG(40, "samples/preview", preview), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Scalars [][2]float64
		Image   struct{ Step, Width, Height int }
		Text    string
	}
	python.Run(t, "tensorboard", nil, &got, "testdata/read.py", folder)
	if want := [][2]float64{{10, 10}, {20, 20}, {30, 35}, {40, 45}}; !slices.Equal(got.Scalars, want) {
		t.Errorf("the curve is %v, want %v", got.Scalars, want)
	}
	if got.Image.Step != 40 || got.Image.Width != 3 || got.Image.Height != 2 || got.Text != "    seed: 1\n" {
		t.Errorf("got the image %+v and the text %q", got.Image, got.Text)
	}
}
