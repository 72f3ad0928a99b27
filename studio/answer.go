package studio

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"euryale/choice"
	"euryale/configs"
	"euryale/report/html"
	"euryale/run"
)

// failure is an error with the status of its answer.
type failure struct {
	Status int    `json:"-"`
	Text   string `json:"error"`
	Key    string `json:"key,omitempty"`  // of a configuration
	Line   int    `json:"line,omitempty"` // of its text
}

func (f *failure) Error() string { return f.Text }

// failf makes a failure.
func failf(status int, format string, args ...any) error {
	return &failure{Status: status, Text: fmt.Sprintf(format, args...)}
}

// wrong is a mistake in a request.
func wrong(format string, args ...any) error { return failf(http.StatusBadRequest, format, args...) }

// failureOf finds the status of an error.
func failureOf(err error) *failure {
	var f *failure
	var config *configs.Error
	var field *choice.FieldError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &large):
		return &failure{Status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("the request has more than %d bytes", large.Limit)}
	case errors.As(err, &config):
		return ofConfig(config)
	case errors.As(err, &field):
		return &failure{Status: http.StatusBadRequest, Text: field.Error(), Key: field.Key}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, run.ErrNone):
		return &failure{Status: http.StatusNotFound, Text: plain(err)}
	case errors.Is(err, context.Canceled):
		return &failure{Status: http.StatusServiceUnavailable, Text: "canceled"}
	}
	return &failure{Status: http.StatusInternalServerError, Text: plain(err)}
}

// ofConfig finds key and line in a mistake of a configuration.
func ofConfig(e *configs.Error) *failure {
	f := &failure{Status: http.StatusBadRequest, Text: e.Error()}
	if key, _, ok := strings.Cut(strings.TrimPrefix(e.Where, "-set "), "="); ok && strings.HasPrefix(e.Where, "-set ") {
		f.Key = key
	}
	if field, ok := errors.AsType[*choice.FieldError](e); ok {
		f.Key = field.Key
	}
	if parts := strings.Split(e.Where, ":"); len(parts) == 3 {
		fmt.Sscan(parts[1], &f.Line) // 0 where it is no line
	}
	return f
}

// plain is an error without the name of the package that it begins with.
func plain(err error) string {
	text := err.Error()
	for {
		name, rest, ok := strings.Cut(text, ": ")
		if !ok || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
			return text
		}
		text = rest
	}
}

func writeError(w http.ResponseWriter, err error) {
	f := failureOf(err)
	text, failed := json.Marshal(f)
	if failed != nil {
		text = []byte(`{"error":"the error cannot be written"}`)
	}
	send(w, f.Status, "application/json", text)
}

// send writes an answer. The time for it begins here: the work before may have waited for other jobs.
func send(w http.ResponseWriter, status int, kind string, bytes []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder of tests has none
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(bytes) // a browser that is gone needs none
}

// content is an answer that is no JSON.
type content struct {
	kind  string // content type
	bytes []byte
	head  map[string]string // further headers
}

// answering makes a handler of a function whose result is written as JSON, or as content.
func answering(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var v any
		err := safely(func() (err error) {
			v, err = handle(r)
			return err
		})
		if err != nil {
			writeError(w, err)
			return
		}
		c, ok := v.(content)
		if !ok {
			text, err := json.Marshal(v)
			if err != nil {
				writeError(w, fmt.Errorf("writing the answer: %w", err))
				return
			}
			c = content{kind: "application/json", bytes: text}
		}
		for name, value := range c.head {
			w.Header().Set(name, value)
		}
		send(w, http.StatusOK, c.kind, c.bytes)
	}
}

// safely turns a panic of a function into an error: the studio, and what it trains, goes on.
func safely(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("an error of the program: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}

// read reads the JSON of a request, strictly.
func read(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return wrong("the request is not as expected: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wrong("the request has text after its JSON")
	}
	return nil
}

// number is null in JSON where it is not finite.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// page is what a browser loads.
//
//go:embed page
var page embed.FS

// fromReport are files of the pages of package html that the studio's page uses as well.
var fromReport = map[string]bool{"uPlot.iife.min.js": true, "uPlot.min.css": true}

var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif", ".json": "application/json", ".csv": "text/csv; charset=utf-8",
}

// pageFile sends a file of the page.
func pageFile(name string) func(*http.Request) (any, error) {
	return func(*http.Request) (any, error) {
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			return nil, failf(http.StatusNotFound, "there is no page %q", name)
		}
		text, err := page.ReadFile("page/" + name)
		if fromReport[name] {
			text, err = html.Assets.ReadFile("assets/" + name)
		}
		if err != nil {
			return nil, failf(http.StatusNotFound, "there is no page %q", name)
		}
		return content{kind: kind, bytes: text}, nil
	}
}

func anyPageFile(r *http.Request) (any, error) { return pageFile(r.PathValue("name"))(r) }

func noEndpoint(r *http.Request) (any, error) {
	return nil, failf(http.StatusNotFound, "there is nothing at %s %s", r.Method, r.URL.Path)
}
