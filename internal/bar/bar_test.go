package bar

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// left is a text for a bar of 1000.
func left(done int64) func() []string {
	return func() []string { return []string{fmt.Sprintf("%d left", 1000-done)} }
}

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
	if !strings.Contains(shown, "| 1000/1000") || !strings.Contains(shown, "\r0 left |███") || !strings.HasSuffix(shown, "\n") ||
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
	if shown := out.String(); !strings.Contains(shown, "7 left |█") || !strings.HasSuffix(shown, "| 3/10\n") {
		t.Errorf("interrupted, it shows %q", shown)
	}
}

// The most complete text that there is room for is shown; no line is wider than the terminal.
func TestTextsFit(t *testing.T) {
	b := New(nil, 316_000)
	texts := []string{
		"loss 0.3973 avg 0.4010 grad 0.697 9400 steps/s 31s left", "loss 0.3973 9400 steps/s 31s left", "31s left", "",
	}
	for width, want := range map[int]int{79: 0, 76: 0, 75: 1, 55: 1, 53: 2, 29: 2, 28: 3, 5: 3} {
		line := b.line(width, 158_000, texts)
		if !strings.HasPrefix(line, texts[want]) || want > 0 && strings.HasPrefix(line, texts[want-1]) {
			t.Errorf("on %d columns %q, want the text %q", width, line, texts[want])
		}
		if n := utf8.RuneCountInString(line); n != max(width, len("|| 158000/316000")) {
			t.Errorf("on %d columns a line of %d", width, n)
		}
	}
	if half := b.line(78, 158_000, nil); strings.Count(half, "█") != 31 || !strings.Contains(half, "█"+strings.Repeat(" ", 31)+"|") {
		t.Errorf("half of it is %q", half)
	}
}

// Clear leaves an empty line, and the bar comes back with the next Show. A shorter line covers a longer one.
func TestClear(t *testing.T) {
	var out bytes.Buffer
	b := New(&out, 1000)
	for i, step := range []int64{1, 2} {
		if err := b.Show(step, left(step)); err != nil {
			t.Fatal(err)
		}
		if err := b.Clear(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "/1000"); n != i+1 {
			t.Errorf("drawn %d times: %q", n, out.String())
		}
	}
	parts := strings.Split(out.String(), "\r")
	line, blank, rest := parts[len(parts)-3], parts[len(parts)-2], parts[len(parts)-1]
	if strings.Trim(blank, " ") != "" || len(blank) != utf8.RuneCountInString(line) || rest != "" {
		t.Errorf("%q", parts)
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
