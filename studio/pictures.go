package studio

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"

	"euryale/figures"
	"euryale/model"
	"euryale/report/html"
)

// figureLine is a figure that a run may have.
type figureLine struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	Format  string `json:"format"`
	URL     string `json:"url"`
}

// getFigures lists the figures. Whether one applies to the run is known when it is drawn.
func (s *Studio) getFigures(r *http.Request) (any, error) {
	id, folder, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	list := []figureLine{}
	for _, f := range figures.All() {
		at := url.Values{"id": {id}, "name": {f.Name}}
		list = append(list, figureLine{f.Name, f.Summary, string(f.Format), "/api/figure?" + at.Encode()})
	}
	return map[string]any{"figures": list, "command": html.Quote([]string{"euryale", "figures", "-run", string(folder)})}, nil
}

// getFigure draws a figure.
func (s *Studio) getFigure(r *http.Request) (any, error) {
	query := r.URL.Query()
	chosenFigures, err := figures.Choose(query.Get("name"))
	if err != nil {
		return nil, wrong("%s", plain(err))
	}
	f := chosenFigures[0]
	c := chosen{ID: query.Get("id"), Checkpoint: query.Get("checkpoint"), Weights: query.Get("weights")}
	m, _, err := s.model(c)
	if err != nil {
		return nil, err
	}
	if picture, ok := s.models.figure(m, f.Name); ok {
		return picture, nil
	}
	drawn, err := s.alone(r.Context(), "figure", c.ID, func(ctx context.Context, _ string, _ func(int, int)) (any, map[string]content, error) {
		picture, err := drawFigure(ctx, m, f, s.o.Workers)
		return picture, nil, err
	})
	if err != nil {
		return nil, err
	}
	picture := drawn.(content)
	s.models.keepFigure(m, f.Name, picture)
	return picture, nil
}

// drawFigure draws a figure for a screen.
func drawFigure(ctx context.Context, m *model.Model, f figures.Figure, workers int) (any, error) {
	const rows, images = 4000, 32
	picture, err := f.Draw(ctx, m, figures.Options{Rows: rows, Images: images, Workers: workers})
	if none, ok := errors.AsType[*figures.NotApplicableError](err); ok {
		return nil, failf(http.StatusConflict, "there is no figure %s of this run: %s", f.Name, none.Reason)
	}
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := picture.Encode(&out, f.Format); err != nil {
		return nil, err
	}
	return content{kind: kinds["."+string(f.Format)], bytes: out.Bytes()}, nil
}
