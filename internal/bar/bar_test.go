package bar

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// left is a text for a bar of 1000.
func left(done int64) func() []string {
	return func() []string { return []string{fmt.Sprintf("%d left", 1000-done)} }
}

// What a terminal is told besides text: to remove the rest of the line, and all of it.
const rest, whole = "\x1b[0K", "\x1b[2K\r"

// A bar always draws its end, the rest only now and then, and it ends its line once.
func TestBar(t *testing.T) {
	var out bytes.Buffer
	b := New(&out, 1000)
	for i := range int64(1000) {
		if err := b.Show(i+1, left(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	shown := out.String()
	if !strings.Contains(shown, "\r1000/1000 0 left 100% |███") || !strings.HasSuffix(shown, "\n") ||
		strings.Count(shown, "\n") != 1 {
		t.Errorf("it shows %q", shown)
	}
	if n := strings.Count(shown, "/1000"); n > 100 {
		t.Errorf("it was drawn %d times", n)
	}
	out.Reset()
	b = New(&out, 10)
	if err := b.Show(3, left(993)); err != nil {
		t.Fatal(err)
	}
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	if shown := out.String(); !strings.Contains(shown, "3/10 7 left  30% |█") || !strings.HasSuffix(shown, "|  "+rest+"\n") {
		t.Errorf("interrupted, it shows %q", shown)
	}
}

// The most complete text that there is room for is shown; no line is wider than the terminal.
func TestTextsFit(t *testing.T) {
	texts := []string{
		"loss 0.3973 avg 0.4010 grad 0.697 9400 steps/s 31s left", "loss 0.3973 9400 steps/s 31s left", "31s left", "",
	}
	const count, others = "158000/316000 ", len(" 100% |    |  ")
	for width, want := range map[int]string{
		len(count+texts[0]) + others: count + texts[0], len(count+texts[0]) + others - 1: texts[0],
		len(texts[0]) + others: texts[0], len(texts[0]) + others - 1: texts[1],
		len(texts[1]) + others: texts[1], len(texts[1]) + others - 1: texts[2],
		len(texts[2]) + others: texts[2], len(texts[2]) + others - 1: "", 5: "",
	} {
		if got := fitting(width, count, texts); got != want {
			t.Errorf("on %d columns %q, want the text %q", width, got, want)
		}
	}
	var out bytes.Buffer
	b := New(&out, 316_000)
	for _, done := range []int64{1, 158_000, 316_000} {
		b.shown = time.Time{}
		if err := b.Show(done, func() []string { return texts }); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.TrimSuffix(out.String(), "\n"), rest, ""), "\r") {
		if n := utf8.RuneCountInString(line); n > usualWidth-1 {
			t.Errorf("a line of %d columns: %q", n, line)
		}
	}
}

// Clear leaves an empty line, and the bar comes back with the next Show. A shorter line leaves nothing of a longer one, and no line
// is blank in between: it would flicker.
func TestClear(t *testing.T) {
	var out bytes.Buffer
	b := New(&out, 1000)
	for _, step := range []int64{1, 2} {
		out.Reset()
		if err := b.Show(step, left(step)); err != nil {
			t.Fatal(err)
		}
		if shown := out.String(); !strings.HasPrefix(shown, fmt.Sprintf("\r%d/1000 ", step)) || !strings.HasSuffix(shown, rest) {
			t.Errorf("step %d is not drawn at once: %q", step, shown)
		}
		b.shown = time.Time{}
		if err := b.Show(step+500, left(1000)); err != nil {
			t.Fatal(err)
		}
		if shown := out.String(); strings.Contains(shown, strings.Repeat(" ", usualWidth-1)) {
			t.Errorf("a line is blank: %q", shown)
		}
		if err := b.Clear(); err != nil {
			t.Fatal(err)
		}
		if shown := out.String(); !strings.HasSuffix(shown, rest+whole) {
			t.Errorf("not cleared: %q", shown)
		}
	}
}

// closed is a terminal that is gone.
type closed struct{}

var errClosed = errors.New("closed")

func (closed) Write([]byte) (int, error) { return 0, errClosed }

func TestWriteErrors(t *testing.T) {
	b := New(closed{}, 10)
	if err := b.Show(10, left(990)); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}
