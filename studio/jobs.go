package studio

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"euryale/model"
)

// The states of a job, besides running and failed.
const (
	waiting  = "waiting"
	done     = "done"
	canceled = "canceled"
)

// job is work that takes a while: drawing samples, comparing solvers, making a report.
type job struct {
	ID      string  `json:"job"`
	Kind    string  `json:"kind"` // sample, quality or report
	Run     string  `json:"run"`
	State   string  `json:"state"`
	Done    int     `json:"done"`
	Total   int     `json:"total"`
	Error   string  `json:"error"`
	Seconds float64 `json:"seconds"`
	Result  any     `json:"result"`

	parts  map[string]content // numbers of the result, by their names
	err    error              // of a job that failed
	work   work
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{}
	sent   time.Time // when the browsers were last sent how far it is
}

// work does the job of an id. What it returns is written as JSON; parts are sent as they are.
type work func(ctx context.Context, id string, progress func(done, total int)) (result any, parts map[string]content, err error)

const (
	mostWaiting   = 16        // jobs that wait for their turn
	mostKept      = 16        // jobs that ended
	mostKeptBytes = 256 << 20 // of their numbers; the last is always kept
	sendEvery     = 100 * time.Millisecond
)

// jobs does one job after the other, since each takes all processors.
type jobs struct {
	ctx  context.Context
	hub  *hub
	mu   sync.Mutex
	next int
	list []*job // by age
	wake chan struct{}
}

func newJobs(ctx context.Context, group *sync.WaitGroup, h *hub) *jobs {
	q := &jobs{ctx: ctx, hub: h, wake: make(chan struct{}, 1)}
	group.Go(q.loop)
	return q
}

// replace queues a job, and cancels those of the same kind and run: their browser has a newer wish.
func (q *jobs) replace(kind, id string, w work) (*job, error) {
	q.mu.Lock()
	for _, j := range q.list {
		if j.Kind == kind && j.Run == id {
			q.end(j, canceled, "a newer request took its place")
		}
	}
	q.mu.Unlock()
	return q.add(kind, id, w)
}

// add queues a job.
func (q *jobs) add(kind, id string, w work) (*job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	waits := 0
	for _, j := range q.list {
		if j.State == waiting {
			waits++
		}
	}
	if q.ctx.Err() != nil {
		return nil, failf(http.StatusServiceUnavailable, "the studio is closing")
	}
	if waits >= mostWaiting {
		return nil, failf(http.StatusServiceUnavailable, "%d jobs are waiting: try again when some have ended", waits)
	}
	q.next++
	j := &job{ID: strconv.Itoa(q.next), Kind: kind, Run: id, State: waiting, work: w, ended: make(chan struct{})}
	j.ctx, j.cancel = context.WithCancel(q.ctx)
	q.list = append(q.list, j)
	q.forget()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return j, nil
}

// forget drops the oldest jobs that ended.
func (q *jobs) forget() {
	ended, bytes := 0, 0
	for i, j := range slices.Backward(q.list) {
		if !j.isEnded() {
			continue
		}
		ended++
		for _, part := range j.parts {
			bytes += len(part.bytes)
		}
		if ended > mostKept || ended > 1 && bytes > mostKeptBytes {
			q.list = slices.Delete(q.list, i, i+1)
		}
	}
}

func (j *job) isEnded() bool { return j.State != waiting && j.State != running }

// end ends a job that has not ended.
func (q *jobs) end(j *job, state, problem string) {
	if j.isEnded() {
		return
	}
	j.State, j.Error = state, problem
	j.cancel()
	close(j.ended)
	q.send(j)
}

// send sends the browsers how far a job is.
func (q *jobs) send(j *job) {
	q.hub.send("job", "", map[string]any{"job": j.ID, "state": j.State, "done": j.Done, "total": j.Total})
}

// loop does the jobs.
func (q *jobs) loop() {
	for {
		select {
		case <-q.ctx.Done():
			q.mu.Lock()
			for _, j := range q.list {
				q.end(j, canceled, "the studio was closed")
			}
			q.mu.Unlock()
			return
		case <-q.wake:
		}
		for {
			q.mu.Lock()
			i := slices.IndexFunc(q.list, func(j *job) bool { return j.State == waiting })
			if i < 0 {
				q.mu.Unlock()
				break
			}
			j := q.list[i]
			j.State = running
			q.mu.Unlock()
			q.do(j)
		}
	}
}

// do does a job.
func (q *jobs) do(j *job) {
	started := time.Now()
	progress := func(done, total int) {
		q.mu.Lock()
		defer q.mu.Unlock()
		j.Done, j.Total = done, total
		if now := time.Now(); now.Sub(j.sent) >= sendEvery && !j.isEnded() {
			j.sent = now
			q.send(j)
		}
	}
	var result any
	var parts map[string]content
	err := safely(func() (err error) {
		result, parts, err = j.work(j.ctx, j.ID, progress)
		return err
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	j.Seconds, j.work = time.Since(started).Seconds(), nil
	ended := (*model.InterruptedError)(nil)
	switch {
	case j.isEnded():
	case err != nil && (errors.Is(err, context.Canceled) || errors.As(err, &ended)):
		q.end(j, canceled, "canceled")
	case err != nil:
		j.err = err
		q.end(j, failed, failureOf(err).Text)
	default:
		j.Result, j.parts = result, parts
		q.end(j, done, "")
	}
}

// find finds a job.
func (q *jobs) find(r *http.Request) (*job, error) {
	id := r.URL.Query().Get("id")
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.list {
		if j.ID == id {
			return j, nil
		}
	}
	return nil, failf(http.StatusNotFound, "there is no job %.40q: the last %d are kept", id, mostKept)
}

// seen is a job as it is now.
func (q *jobs) seen(j *job) job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return job{ID: j.ID, Kind: j.Kind, Run: j.Run, State: j.State, Done: j.Done, Total: j.Total, Error: j.Error, Seconds: j.Seconds,
		Result: j.Result, parts: j.parts, err: j.err}
}

// getJob sends a job, with wait=1 when it has ended, or after a while.
func (s *Studio) getJob(r *http.Request) (any, error) {
	j, err := s.jobs.find(r)
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("wait") != "" {
		const longest = 20 * time.Second
		timer := time.NewTimer(longest)
		defer timer.Stop()
		select {
		case <-j.ended:
		case <-timer.C:
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	}
	return s.jobs.seen(j), nil
}

// cancelJob ends a job.
func (s *Studio) cancelJob(r *http.Request) (any, error) {
	j, err := s.jobs.find(r)
	if err != nil {
		return nil, err
	}
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	s.jobs.end(j, canceled, "canceled")
	return map[string]string{"state": j.State}, nil
}

// getJobData sends numbers of a result.
func (s *Studio) getJobData(r *http.Request) (any, error) {
	j, err := s.jobs.find(r)
	if err != nil {
		return nil, err
	}
	name := r.URL.Query().Get("part")
	part, ok := s.jobs.seen(j).parts[name]
	if !ok {
		return nil, failf(http.StatusNotFound, "job %s has no %.40q", j.ID, name)
	}
	return part, nil
}
