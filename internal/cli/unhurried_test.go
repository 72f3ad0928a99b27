package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// Nobody reads the log until all of it was written: nothing waits, the first and the last lines come, and a line stands in place of
// those between.
func TestLogThatNobodyReads(t *testing.T) {
	for _, format := range []string{textLog, jsonLog} {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c := newConsole(out)
		c.format = format
		if c.neverWait(); c.patient == nil {
			t.Fatal("a pipe is not taken for one")
		}
		const lines = 5 * mostWaiting
		for i := range lines {
			c.log().Infof("line %d", i)
		}
		read := make(chan []string)
		go func() {
			var list []string
			for s := bufio.NewScanner(in); s.Scan(); {
				list = append(list, s.Text())
			}
			read <- list
		}()
		if err := c.ended(nil); err != nil {
			t.Fatal(err)
		}
		out.Close()
		list := <-read
		in.Close()
		shown, left := 0, 0
		for i, line := range list {
			if format == jsonLog && json.Unmarshal([]byte(line), new(map[string]any)) != nil {
				t.Fatalf("%q is no object", line)
			}
			if !strings.Contains(line, "left out") {
				if !strings.Contains(line, fmt.Sprintf("line %d", shown+left)) {
					t.Fatalf("%s: line %d is %q after %d and %d left out", format, i, line, shown, left)
				}
				shown++
				continue
			}
			_, number, ok := strings.Cut(line, `msg="`)
			if format == jsonLog {
				_, number, ok = strings.Cut(line, `"msg":"`)
			}
			n := 0
			if _, err := fmt.Sscanf(number, "%d lines are left out", &n); err != nil || !ok {
				t.Fatalf("%q: %v", line, err)
			}
			left += n
		}
		if left == 0 || shown+left != lines || shown < mostWaiting {
			t.Errorf("%s: %d lines shown and %d left out of %d", format, shown, left, lines)
		}
	}
}

// A reader that goes away holds nothing up, and neither does the end.
func TestLogWhoseReaderGoesAway(t *testing.T) {
	u := newUnhurried(brokenPipe{}, func(int) []byte { return nil })
	for range 2 * mostWaiting {
		if _, err := u.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	u.flush()
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// What no reader holds up is written at once.
func TestLogOfFiles(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, w := range []io.Writer{file, io.Discard} {
		if canStall(w) {
			t.Errorf("%T is taken for a pipe", w)
		}
	}
}
