// Package bar draws the progress bar of all commands on a terminal: how much is done of the total, and a text, such as the
// time left.
//
//   - New starts a bar, Show moves it, at most ten times per second, and End leaves it as it is.
//
// Where there is no terminal, the commands write lines into their log instead. Start reading at New.
package bar

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// interval is the shortest time between two drawings.
const interval = 100 * time.Millisecond

// Bar is a progress bar, for one goroutine at a time.
type Bar struct {
	bar   *progressbar.ProgressBar
	total int64
	shown time.Time
}

// New starts a bar on w for a total in any unit, with a text until the first Show.
func New(w io.Writer, total int64, text string) *Bar {
	return &Bar{total: total, bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(text),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false), // its rate would count what was done before a resume
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionFullWidth(),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }),
	)}
}

// Show draws how much is done, at most every interval; the end is always drawn.
func (b *Bar) Show(done int64, text func() string) error {
	if time.Since(b.shown) < interval && done < b.total {
		return nil
	}
	b.shown = time.Now()
	b.bar.Describe(text())
	return b.bar.Set64(done)
}

// End leaves the bar as it is, and begins a new line.
func (b *Bar) End() error { return b.bar.Exit() }
