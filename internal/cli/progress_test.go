package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// progressOf shows some work on a console, of which half is done after twenty seconds.
func progressOf(c *console, done ...int) {
	clock := time.Now()
	p := c.progress("samples")
	p.now, p.started, p.last = func() time.Time { return clock }, clock.Add(-20*time.Second), clock.Add(-20*time.Second)
	for _, n := range done {
		p.show(n, 1_000_000)
	}
	p.end()
}

// On a terminal progress is a bar; elsewhere it is a line now and then, and none where the work is short. Asked to be quiet,
// a command shows nothing of it.
func TestProgress(t *testing.T) {
	t.Setenv("TERM", "xterm")
	var out bytes.Buffer
	terminal := func() *console { out.Reset(); return &console{to: &out, terminal: true, format: textLog} }
	progressOf(terminal(), 500_000, 1_000_000)
	if shown := out.String(); !strings.Contains(shown, "25000 samples/s 20s left  50% |") || !strings.Contains(shown, "1000000/1000000 ") ||
		strings.Contains(shown, "level=info") || !strings.HasSuffix(shown, "\n") {
		t.Errorf("on a terminal %q", shown)
	}
	t.Setenv("TERM", "dumb")
	if terminal().draws() {
		t.Error("a terminal that cannot draw over a line has a bar")
	}
	t.Setenv("TERM", "xterm")
	out.Reset()
	progressOf(newConsole(&out), 500_000, 700_000, 1_000_000)
	if shown := out.String(); strings.Count(shown, "\n") != 1 ||
		!strings.Contains(shown, "500,000 of 1,000,000 samples, 25000 samples/s, 20s left") {
		t.Errorf("elsewhere %q", shown)
	}
	for _, quiet := range []*console{terminal(), newConsole(&out)} {
		quiet.quiet = true
		progressOf(quiet, 500_000, 1_000_000)
		quiet.note("remark")
		quiet.warn("doubt")
		if out.Len() > 0 {
			t.Errorf("quiet, but %q", out.String())
		}
		if quiet.log().Error("failed"); !strings.Contains(out.String(), "failed") {
			t.Error("quiet about errors, too")
		}
		out.Reset()
	}
	p := newConsole(&out).progress("samples")
	p.show(1, 2)
	p.show(2, 2)
	p.end()
	if out.Len() > 0 {
		t.Errorf("of short work %q", out.String())
	}
}

// A log of JSON has one object per line, also on a terminal, and numbers as fields.
func TestJSONLog(t *testing.T) {
	var out bytes.Buffer
	c := &console{to: &out, terminal: true, format: jsonLog}
	progressOf(c, 500_000, 1_000_000)
	c.note("remark %d", 1)
	c.warn("doubt %d", 2)
	var objects []map[string]any
	for line := range strings.Lines(out.String()) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		objects = append(objects, o)
	}
	if len(objects) != 3 {
		t.Fatalf("%d objects: %s", len(objects), out.String())
	}
	for key, want := range map[string]any{"what": "samples", "done": 5e5, "total": 1e6, "per_s": 25e3, "left_s": 20.0, "level": "info"} {
		if objects[0][key] != want {
			t.Errorf("%s is %v, want %v", key, objects[0][key], want)
		}
	}
	if objects[1]["msg"] != "remark 1" || objects[2]["msg"] != "doubt 2" || objects[2]["level"] != "warning" {
		t.Errorf("%v", objects[1:])
	}
}

// The error of a command whose log is JSON is an object, too.
func TestJSONError(t *testing.T) {
	c := &console{format: jsonLog}
	err := c.ended(usagef("-n must be at least 1, got %d", 0))
	logged, ok := err.(loggedError)
	if !ok || status(err) != 2 || c.ended(nil) != nil {
		t.Fatalf("%v, status %d", err, status(err))
	}
	var o map[string]any
	if err := json.Unmarshal([]byte(logged.line("sample")), &o); err != nil {
		t.Fatal(err)
	}
	if o["level"] != "error" || o["msg"] != "-n must be at least 1, got 0" || o["command"] != "sample" || o["status"] != 2.0 {
		t.Errorf("%v", o)
	}
	if c := (&console{format: textLog}); c.ended(err) != err {
		t.Error("an error of text is not itself")
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
