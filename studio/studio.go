// Package studio serves a page on a folder of runs to a browser: curves while runs train, their samples, a playground for
// sampling, and buttons that start, stop and clone runs. It is a reader of run folders: separate processes train, which
// never wait for a browser, and no bit of their weights depends on one that watches.
//
//   - Studio (this file) is the server with its routes; guard.go turns away what does not come from its page, answer.go writes
//     answers and errors.
//   - id.go finds runs and checks their names; row.go describes a run in a line, list.go all of them; tail.go reads the end of
//     a log, columns.go makes rows of log points.
//   - hub.go sends what changes to all browsers, follow.go looks for it, events.go is the stream of one browser.
//   - jobs.go is the queue of work that takes a while; models.go keeps models open.
//   - playground.go reads what samples are asked for, samples.go draws them, histograms.go compares columns of tables.
//   - quality.go compares solvers, pictures.go draws figures, detail.go describes one run, files.go sends files of runs.
//   - process.go is a process that trains, start.go starts, resumes, clones and stops them.
//   - options.go lists what can be chosen; keys.tsv has the meaning of each key, and is generated.
//   - page/ is what the browser runs, without a build step: start reading it at page/main.js.
//
// Start reading at New, then guard.go.
package studio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options are the settings of a server.
type Options struct {
	Runs    string // the folder of runs; it need not be there yet
	Listen  string // the address that the server listens on, host:port
	Token   string // what a browser needs; "": none, which is for loopback addresses
	Version string // of the program, for the page
	Workers int    // of sampling; 0: GOMAXPROCS. No effect on samples
	// Program is the command that trains a run when "train" and its flags are added; nil: this program. It must be euryale.
	Program []string
	// Failed, if not nil, is called with what went wrong and no browser has asked for, such as a process that cannot be stopped.
	Failed func(error)
}

// MinToken is the least length of a token.
const MinToken = 16

// Studio is a server of the page. Close ends its processes and what else it does.
type Studio struct {
	o         Options
	root      string // the folder of runs, as paths of its runs begin
	names     []string
	rows      *rows
	hub       *hub
	followers followers
	listed    listed
	jobs      *jobs
	models    *models
	processes *processes
	ctx       context.Context // ends with Close
	stop      context.CancelFunc
	group     sync.WaitGroup // goroutines that end with ctx
}

// New makes a server. The caller closes it.
func New(o Options) (*Studio, error) {
	if o.Runs == "" {
		return nil, errors.New("studio: the folder of runs is not given")
	}
	info, err := os.Stat(o.Runs)
	switch {
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("studio: %s is a file, want a folder of runs", o.Runs)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("studio: the folder of runs: %w", err)
	}
	if o.Token != "" && len(o.Token) < MinToken {
		return nil, fmt.Errorf("studio: the token must have at least %d characters, got %d", MinToken, len(o.Token))
	}
	if o.Token == "" && !IsLoopback(o.Listen) {
		return nil, fmt.Errorf("studio: %s can be reached from other machines, and needs a token", o.Listen)
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	s := &Studio{o: o, root: filepath.Clean(o.Runs), names: hostNames(o.Listen)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.processes = newProcesses(o)
	s.rows = newRows(s.root, s.processes)
	s.hub = newHub()
	s.followers.by = map[string]*follower{}
	s.models = &models{}
	s.jobs = newJobs(s.ctx, &s.group, s.hub)
	s.group.Go(s.follow)
	return s, nil
}

// Close ends jobs and streams, and stops the processes that the studio started: each leaves a checkpoint. It returns the runs
// that were stopped, which can be resumed.
func (s *Studio) Close() (stopped []string) {
	s.stop()
	s.hub.close()
	stopped = s.processes.close()
	s.group.Wait()
	return stopped
}

// Handler is the page and what it asks for.
func (s *Studio) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"GET /api/runs":     s.getRuns,
		"GET /api/run":      s.getRun,
		"GET /api/metrics":  s.getMetrics,
		"GET /api/options":  s.getOptions,
		"GET /api/table":    s.getTable,
		"GET /api/figures":  s.getFigures,
		"GET /api/figure":   s.getFigure,
		"GET /api/job":      s.getJob,
		"GET /api/job/data": s.getJobData,
		"GET /api/data":     s.getData,
		"GET /api/preview":  s.getPreview,
		"GET /api/file":     s.getFile,
		"GET /api/log":      s.getLog,
		"DELETE /api/job":   s.cancelJob,
		"POST /api/sample":  s.postSample,
		"POST /api/quality": s.postQuality,
		"POST /api/report":  s.postReport,
		"POST /api/start":   s.postStart,
		"POST /api/clone":   s.postClone,
		"POST /api/resume":  s.postResume,
		"POST /api/stop":    s.postStop,
		"/api/":             noEndpoint,
		"GET /{$}":          pageFile("index.html"),
		"GET /{name}":       anyPageFile,
	} {
		mux.HandleFunc(pattern, answering(handle))
	}
	mux.HandleFunc("GET /api/events", s.events)
	return s.guard(mux)
}

// failedLog hands on what a server has to log.
type failedLog func(error)

func (failed failedLog) Write(text []byte) (int, error) {
	failed(fmt.Errorf("studio: %s", bytes.TrimSpace(text)))
	return len(text), nil
}

// Serve answers on a listener until ctx ends, and closes the listener and the studio. stopped are the runs that were stopped.
func (s *Studio) Serve(ctx context.Context, l net.Listener) (stopped []string, err error) {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(failedLog(s.o.Failed), "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	stopped = s.Close()
	const patience = 5 * time.Second
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close() // a browser that does not read
	}
	if err == nil {
		<-ended
		return stopped, nil
	}
	return stopped, fmt.Errorf("studio: %w", err)
}
