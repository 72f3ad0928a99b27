// Package bar draws the progress bar of all commands on a terminal: a text, such as the time left, and how much is done of the
// total.
//
//		7900/316000 loss 0.3973 avg 0.4010 grad 0.697 9400 steps/s 31s left   2% |█           |
//
//	  - New starts a bar, Show moves it, at most ten times per second, and End leaves it as it is.
//
// Where there is no terminal, the commands write lines into their log instead. Start reading at New.
package bar

import (
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const (
	interval   = 100 * time.Millisecond // the shortest time between two drawings
	usualWidth = 80                     // columns of a terminal that does not tell
	shortest   = 4                      // columns of the bar itself, next to the longest text
)

// Bar is a progress bar, for one goroutine at a time.
type Bar struct {
	to           io.Writer
	bar          *progressbar.ProgressBar
	total        int64
	shown        time.Time
	drawn, ended bool
}

// New starts a bar on w for a total in any unit. It is drawn by the first Show.
func New(w io.Writer, total int64) *Bar {
	return &Bar{to: w, total: total, bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetPredictTime(false), // its rate would count what was done before a resume
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionFullWidth(),
		progressbar.OptionUseANSICodes(true), // blanks would flicker, and fill lines of a terminal that is narrower by now
	)}
}

// Show draws how much is done, at most every interval; the end is always drawn, and ends the line. Of the texts, which are in
// order from the most complete to the shortest, it takes the first that the terminal has room for, and else none. The count stands
// before the first one, where there is room for both.
func (b *Bar) Show(done int64, texts func() []string) error {
	if b.ended || time.Since(b.shown) < interval && done < b.total {
		return nil
	}
	b.shown, b.drawn = time.Now(), true
	b.bar.Describe(fitting(columns(b.to), fmt.Sprintf("%d/%d ", done, b.total), texts()))
	if err := b.bar.Set64(done); err != nil {
		return err
	}
	if done >= b.total {
		return b.End()
	}
	return nil
}

// columns is the width of a terminal.
func columns(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return usualWidth
}

// fitting is the first text that there is room for, with the count before it if that is the first of all and both have room.
func fitting(columns int, count string, texts []string) string {
	room := columns - len(" 100% ||  ") - shortest
	for i, t := range texts {
		if whole := count + t; i == 0 && utf8.RuneCountInString(whole) <= room {
			return whole
		}
		if utf8.RuneCountInString(t) <= room {
			return t
		}
	}
	return ""
}

// Clear removes what is drawn, so that a line of a log can stand there; the next Show draws it again, at once.
func (b *Bar) Clear() error {
	if !b.drawn || b.ended {
		return nil
	}
	b.drawn, b.shown = false, time.Time{}
	return b.bar.Clear()
}

// End leaves the bar as it is, and begins a new line.
func (b *Bar) End() error {
	if b.ended || !b.drawn {
		return nil
	}
	b.ended = true
	_, err := io.WriteString(b.to, "\n")
	return err
}
