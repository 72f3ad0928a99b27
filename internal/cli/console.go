package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"euryale/choice"
)

// The values of -log-format.
const (
	textLog = "text"
	jsonLog = "json"
)

// console is what a command shows besides its results, on standard error: its log, its progress, and remarks. What cannot be shown
// does not end a command.
type console struct {
	to       io.Writer
	patient  *unhurried // to, where a reader could hold it up
	terminal bool       // whether bars can be drawn
	quiet    bool       // errors alone
	format   string     // textLog or jsonLog
	logger   *logrus.Logger
}

// newConsole is that of a command without flags for it.
func newConsole(to io.Writer) *console {
	file, ok := to.(*os.File)
	return &console{to: to, terminal: ok && term.IsTerminal(int(file.Fd())), format: textLog}
}

// declareLog declares -quiet and -log-format.
func (f *flags) declareLog() {
	f.console.neverWait()
	f.BoolVar(&f.console.quiet, "quiet", false, "show errors alone: no log, no progress, no remarks")
	f.StringVar(&f.console.format, "log-format", textLog, "the `format` of the log on standard error: text, or json, one object per line "+
		"with the numbers as fields")
}

// neverWait makes the console one that a slow reader cannot hold up; ended waits for the reader.
func (c *console) neverWait() {
	if canStall(c.to) {
		c.patient = newUnhurried(c.to, c.leftOut)
		c.to = c.patient
	}
}

// leftOut is a line in place of others.
func (c *console) leftOut(lines int) []byte {
	line, err := c.formatter().Format(&logrus.Entry{
		Time: time.Now(), Level: logrus.WarnLevel, Data: logrus.Fields{"left_out": lines},
		Message: fmt.Sprintf("%d lines are left out here: nobody read them in time, and the work does not wait", lines),
	})
	if err != nil {
		return nil
	}
	return line
}

// formatter writes the lines of the log.
func (c *console) formatter() logrus.Formatter {
	if c.format == jsonLog {
		return &logrus.JSONFormatter{DisableHTMLEscape: true}
	}
	return textFormatter{}
}

// check checks the flags.
func (c *console) check() error {
	if err := choice.OneOf(c.format, textLog, jsonLog); err != nil {
		return usagef("-log-format %v", err)
	}
	return nil
}

// log is the log of the command.
func (c *console) log() *logrus.Logger {
	if c.logger == nil {
		c.logger = logrus.New()
		c.logger.SetOutput(c.to)
		c.logger.SetFormatter(c.formatter())
		if c.quiet {
			c.logger.SetLevel(logrus.ErrorLevel)
		}
	}
	return c.logger
}

// draws reports whether progress is drawn as a bar. A dumb terminal, such as the shell of an editor, cannot draw over a line.
func (c *console) draws() bool {
	return c.terminal && !c.quiet && c.format == textLog && os.Getenv("TERM") != "dumb"
}

// note shows a remark about the results.
func (c *console) note(format string, args ...any) {
	switch {
	case c.format == jsonLog:
		c.log().Infof(format, args...)
	case !c.quiet:
		fmt.Fprintf(c.to, format+"\n", args...)
	}
}

// warn shows what may be wrong with the results.
func (c *console) warn(format string, args ...any) {
	switch {
	case c.format == jsonLog:
		c.log().Warnf(format, args...)
	case !c.quiet:
		fmt.Fprintf(c.to, "warning: "+format+"\n", args...)
	}
}

// waiting logs what is being done, if it takes long, until done is called.
func (c *console) waiting(what string) (done func()) {
	timer := time.AfterFunc(progressInterval/5, func() { c.log().Info(what) })
	return func() { timer.Stop() }
}

// textFormatter writes lines of text, which have all that is in fields.
type textFormatter struct{}

// Format implements logrus.Formatter.
func (textFormatter) Format(e *logrus.Entry) ([]byte, error) {
	plain := &logrus.Entry{Logger: e.Logger, Time: e.Time, Level: e.Level, Message: e.Message, Buffer: e.Buffer}
	return (&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05"}).Format(plain)
}

// loggedError is the error of a command whose log is JSON.
type loggedError struct{ error }

// Unwrap returns the error.
func (e loggedError) Unwrap() error { return e.error }

// ended is the error that a command ends with, to be shown in the format of its log after all else was read.
func (c *console) ended(err error) error {
	if c.patient != nil {
		c.patient.flush()
	}
	if err == nil || c.format != jsonLog {
		return err
	}
	return loggedError{err}
}

// line is the error as a line of the log.
func (e loggedError) line(command string) string {
	text, err := json.Marshal(map[string]any{
		"level": "error", "time": time.Now().Format(time.RFC3339), "command": command, "msg": plain(e.error), "status": status(e.error),
	})
	if err != nil {
		return plain(e.error)
	}
	return string(text)
}
