package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// On a terminal progress is a bar; elsewhere it is a line now and then, and none where the work is short.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	clock := time.Now()
	now, started := func() time.Time { return clock }, clock.Add(-20*time.Second)
	p := &progress{what: "samples", to: &out, terminal: true, log: newLog(&out), now: now, started: started, last: started}
	p.show(500, 1000)
	p.show(1000, 1000)
	p.end()
	if shown := out.String(); !strings.Contains(shown, "(1000/1000)") || !strings.Contains(shown, "25 samples/s  20s left") ||
		strings.Contains(shown, "level=info") || !strings.HasSuffix(shown, "\n") {
		t.Errorf("on a terminal %q", shown)
	}
	out.Reset()
	p = &progress{what: "samples", to: &out, log: newLog(&out), now: now, started: started, last: started}
	p.show(500_000, 1_000_000)
	p.show(700_000, 1_000_000)
	p.show(1_000_000, 1_000_000)
	p.end()
	if shown := out.String(); strings.Count(shown, "\n") != 1 ||
		!strings.Contains(shown, "500,000 of 1,000,000 samples, 25000 samples/s  20s left") {
		t.Errorf("elsewhere %q", shown)
	}
	out.Reset()
	p = &progress{what: "samples", to: &out, log: newLog(&out), now: now, started: clock, last: clock}
	p.show(1, 2)
	p.show(2, 2)
	p.end()
	if out.Len() > 0 {
		t.Errorf("of short work %q", out.String())
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 999: "999", 1000: "1,000", 12800: "12,800", 2147483647: "2,147,483,647", -1000: "-1,000", -100: "-100",
	} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
