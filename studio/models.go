package studio

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"euryale/data"
	"euryale/figures"
	"euryale/model"
	"euryale/run"
)

// models keeps the last models open. Training changes no file in place: another checkpoint is another model.
type models struct {
	mu   sync.Mutex
	list []opened // the one used last comes last
}

type opened struct {
	key   modelKey
	model *model.Model
	rows  *data.Batch // of its training, once they were read

	figures map[string]content // by their names, once they were drawn
}

// modelKey is what models differ in.
type modelKey struct {
	id, checkpoint string
	raw            bool
	config, files  fileStamp // of the configuration and of the folder of checkpoints, which changes with each of them
}

const mostOpen = 3

// chosen is the checkpoint and the weights that a request asks for.
type chosen struct {
	ID         string `json:"id"`
	Checkpoint string `json:"checkpoint"`
	Weights    string `json:"weights"`
}

// The values of weights.
const (
	rawWeights      = "raw"
	averagedWeights = "averaged"
)

// check checks a choice before anything is opened.
func (c chosen) check() error {
	switch {
	case c.Checkpoint != "" && c.Checkpoint != run.Best && (len(c.Checkpoint) > 18 || strings.Trim(c.Checkpoint, "0123456789") != ""):
		return wrong("checkpoint must be a step, best, or empty for the newest, got %.40q", c.Checkpoint) // never a path
	case c.Weights != "" && c.Weights != rawWeights && c.Weights != averagedWeights:
		return wrong("weights must be raw, averaged or empty, got %.40q", c.Weights)
	}
	return nil
}

// model opens the model that a request chooses.
func (s *Studio) model(c chosen) (*model.Model, run.Folder, error) {
	if err := c.check(); err != nil {
		return nil, "", err
	}
	folder, err := s.folder(c.ID)
	if err != nil {
		return nil, "", err
	}
	key := modelKey{c.ID, c.Checkpoint, c.Weights == rawWeights, stampOf(folder.ConfigPath()), stampOf(folder.Checkpoints())}
	m := s.models.get(key)
	if m == nil {
		if m, err = model.OpenAt(folder, c.Checkpoint, model.Parts{Raw: key.raw}); err != nil {
			return nil, "", failf(http.StatusConflict, "%s", plain(err)) // there is none yet, or it is damaged
		}
		s.models.put(key, m)
	}
	if c.Weights == averagedWeights && !m.Averaged {
		return nil, "", wrong("the run %s has no average of its weights: choose the raw ones", c.ID)
	}
	return m, folder, nil
}

func (l *models) get(key modelKey) *model.Model {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.list, func(o opened) bool { return o.key == key })
	if i < 0 {
		return nil
	}
	o := l.list[i]
	l.list = append(slices.Delete(l.list, i, i+1), o)
	return o.model
}

func (l *models) put(key modelKey, m *model.Model) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, opened{key: key, model: m, figures: map[string]content{}})
	l.list = slices.Delete(l.list, 0, max(0, len(l.list)-mostOpen))
}

// of is what is kept of a model, under the lock; nil of one that is not kept any more.
func (l *models) of(m *model.Model) *opened {
	for i := range l.list {
		if l.list[i].model == m {
			return &l.list[i]
		}
	}
	return nil
}

// figure is a figure of a model that was drawn before.
func (l *models) figure(m *model.Model, name string) (picture content, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o := l.of(m); o != nil {
		picture, ok = o.figures[name]
	}
	return picture, ok
}

// keepFigure keeps a figure as long as its model.
func (l *models) keepFigure(m *model.Model, name string, picture content) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o := l.of(m); o != nil {
		o.figures[name] = picture
	}
}

// training are training rows of a model, as many as are shown.
func (l *models) training(ctx context.Context, m *model.Model) (*data.Batch, error) {
	l.mu.Lock()
	if o := l.of(m); o != nil && o.rows != nil {
		defer l.mu.Unlock()
		return o.rows, nil
	}
	l.mu.Unlock()
	n := referencePoints
	if m.Image() != nil {
		n = referenceImages
	}
	rows, err := figures.TrainingRows(ctx, m, n)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if o := l.of(m); o != nil {
		o.rows = rows
	}
	return rows, nil
}

// denoiser is the model of a request if it draws samples.
func (s *Studio) denoiser(c chosen) (*model.Model, run.Folder, error) {
	m, folder, err := s.model(c)
	if err == nil && !m.Denoises() {
		return nil, "", failf(http.StatusConflict, "the run %s holds a classifier, which draws no samples", c.ID)
	}
	return m, folder, err
}

// alone does work that takes all processors between jobs, as figures do: as a job that is waited for.
func (s *Studio) alone(ctx context.Context, kind, id string, w work) (any, error) {
	j, err := s.jobs.add(kind, id, w)
	if err != nil {
		return nil, err
	}
	select {
	case <-j.ended:
	case <-ctx.Done():
		s.jobs.mu.Lock()
		s.jobs.end(j, canceled, "canceled")
		s.jobs.mu.Unlock()
		return nil, ctx.Err()
	}
	switch seen := s.jobs.seen(j); seen.State {
	case done:
		return seen.Result, nil
	case canceled:
		return nil, failf(http.StatusServiceUnavailable, "%s", seen.Error)
	default:
		return nil, seen.err
	}
}
