package cli

import (
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"euryale/internal/bar"
)

// progressInterval is the shortest time between two lines of progress where there is no terminal.
const progressInterval = 10 * time.Second

// progress shows how far a command has come: as a bar on a terminal, and otherwise as a line in the log now and then. It is for
// one goroutine at a time.
type progress struct {
	console       *console
	what          string // what is counted, such as "samples"
	bar           *bar.Bar
	now           func() time.Time
	started, last time.Time
}

// progress returns the progress of work that counts such things as "samples".
func (c *console) progress(what string) *progress {
	started := time.Now()
	return &progress{console: c, what: what, now: time.Now, started: started, last: started}
}

// show shows how much of the total is done.
func (p *progress) show(done, total int) {
	switch c := p.console; {
	case c.draws():
		if p.bar == nil {
			p.bar = bar.New(c.to, int64(total))
		}
		_ = p.bar.Show(int64(done), func() []string {
			rate, left := p.speed(done, total)
			return []string{rate + " " + left, left}
		})
	case p.now().Sub(p.last) >= progressInterval && done < total:
		p.last = p.now()
		rate, left := p.speed(done, total)
		passed := p.now().Sub(p.started).Seconds()
		c.log().WithFields(logrus.Fields{
			"what": p.what, "done": done, "total": total, "per_s": float64(done) / passed, "left_s": passed / float64(max(done, 1)) * float64(total-done),
		}).Infof("%s of %s %s, %s, %s", grouped(done), grouped(total), p.what, rate, left)
	}
}

// speed is how fast it goes and how long it will take, in words.
func (p *progress) speed(done, total int) (rate, left string) {
	passed := p.now().Sub(p.started)
	perSecond, digits := float64(done)/passed.Seconds(), 0
	if perSecond < 10 { // of images
		digits = 1
	}
	time := time.Duration(float64(passed) / float64(max(done, 1)) * float64(total-done)).Round(time.Second)
	return fmt.Sprintf("%.*f %s/s", digits, perSecond, p.what), fmt.Sprintf("%v left", time)
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
