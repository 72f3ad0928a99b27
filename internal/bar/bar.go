// Package bar draws the progress bar of all commands on a terminal: a text, such as the time left, and how much is done of the
// total.
//
//		loss 0.3973 avg 0.4010 grad 0.697 9400 steps/s 31s left |██    | 7900/316000
//
//	  - New starts a bar, Show moves it, at most ten times per second, and End leaves it as it is.
//
// Where there is no terminal, the commands write lines into their log instead. Start reading at New.
package bar

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

const (
	interval   = 100 * time.Millisecond // the shortest time between two drawings
	usualWidth = 80                     // columns of a terminal that does not tell
	shortest   = 4                      // columns of the bar itself, next to the longest text
)

// Bar is a progress bar, for one goroutine at a time.
type Bar struct {
	to    io.Writer
	total int64
	shown time.Time
	drawn int // columns of what stands there
	ended bool
}

// New starts a bar on w for a total in any unit. It is drawn by the first Show.
func New(w io.Writer, total int64) *Bar { return &Bar{to: w, total: total} }

// Show draws how much is done, at most every interval; the end is always drawn, and ends the line. Of the texts, which are in
// order from the most complete to the shortest, it takes the first that the terminal has room for, and else none.
func (b *Bar) Show(done int64, texts func() []string) error {
	if b.ended || time.Since(b.shown) < interval && done < b.total {
		return nil
	}
	b.shown = time.Now()
	line := b.line(b.width(), done, texts())
	columns := utf8.RuneCountInString(line)
	_, err := io.WriteString(b.to, "\r"+line+strings.Repeat(" ", max(0, b.drawn-columns)))
	b.drawn = columns
	if done >= b.total && err == nil {
		err = b.End()
	}
	return err
}

// width is the number of columns to draw on: in the last one of a terminal, a character may begin a new line.
func (b *Bar) width() int {
	if file, ok := b.to.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return columns - 1
		}
	}
	return usualWidth - 1
}

// line is a bar with its text on so many columns, or as few as it takes.
func (b *Bar) line(width int, done int64, texts []string) string {
	count := fmt.Sprintf("%d/%d", done, b.total)
	room := width - len(fmt.Sprintf("|| %d/%d", b.total, b.total))
	text := ""
	for _, t := range texts {
		if utf8.RuneCountInString(t)+1+shortest <= room {
			text = t + " "
			break
		}
	}
	room = max(0, room-utf8.RuneCountInString(text))
	full := 0
	if b.total > 0 {
		full = int(float64(room) * min(1, float64(done)/float64(b.total)))
	}
	return text + "|" + strings.Repeat("█", full) + strings.Repeat(" ", room-full) + "| " + count
}

// Clear removes what is drawn, so that a line of a log can stand there; the next Show draws it again, at once.
func (b *Bar) Clear() error {
	if b.drawn == 0 || b.ended {
		return nil
	}
	_, err := io.WriteString(b.to, "\r"+strings.Repeat(" ", b.drawn)+"\r")
	b.drawn, b.shown = 0, time.Time{}
	return err
}

// End leaves the bar as it is, and begins a new line.
func (b *Bar) End() error {
	if b.ended || b.drawn == 0 {
		return nil
	}
	b.ended = true
	_, err := io.WriteString(b.to, "\n")
	return err
}
