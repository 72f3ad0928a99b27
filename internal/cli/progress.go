package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"euryale/internal/bar"
)

// progressInterval is the shortest time between two lines of progress where there is no terminal.
const progressInterval = 10 * time.Second

// progress shows how far a command has come, on standard error: as a bar on a terminal, and otherwise as a line in the log
// now and then. It is for one goroutine at a time.
type progress struct {
	what          string // what is counted, such as "samples"
	to            io.Writer
	terminal      bool
	log           *logrus.Logger
	bar           *bar.Bar
	now           func() time.Time
	started, last time.Time
}

// newProgress returns the progress of a command that counts such things as "samples".
func newProgress(what string) *progress {
	started := time.Now()
	return &progress{
		what: what, to: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd())), log: newLog(os.Stderr),
		now: time.Now, started: started, last: started,
	}
}

// newLog returns the log of all commands.
func newLog(w io.Writer) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(w)
	log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05"})
	return log
}

// show shows how much of the total is done. What cannot be shown does not end a command.
func (p *progress) show(done, total int) {
	text := func() string {
		passed := p.now().Sub(p.started)
		left := time.Duration(float64(passed) / float64(max(done, 1)) * float64(total-done)).Round(time.Second)
		rate := float64(done) / passed.Seconds()
		digits := 0
		if rate < 10 { // of images
			digits = 1
		}
		return fmt.Sprintf("%.*f %s/s  %v left", digits, rate, p.what, left)
	}
	switch {
	case p.terminal:
		if p.bar == nil {
			p.bar = bar.New(p.to, int64(total), p.what)
		}
		_ = p.bar.Show(int64(done), text)
	case p.now().Sub(p.last) >= progressInterval && done < total:
		p.last = p.now()
		p.log.Infof("%s of %s %s, %s", grouped(done), grouped(total), p.what, text())
	}
}

// end leaves what is shown, so that other lines can follow.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.End()
		p.bar = nil
	}
}

// grouped is a number with commas between its thousands.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
