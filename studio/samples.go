package studio

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/metrics"
	"euryale/model"
	"euryale/model/picture"
)

// drawn is the result of a job that drew samples.
type drawn struct {
	Kind       string      `json:"kind"`
	N          int         `json:"n"`
	Dim        int         `json:"dim"`
	Shape      []int       `json:"shape"`
	Step       int64       `json:"step"`
	Averaged   bool        `json:"averaged"`
	Seconds    float64     `json:"seconds"`
	NFE        *float64    `json:"nfe"` // evaluations of the net per sample; null of tables
	Command    string      `json:"command"`
	Settings   settings    `json:"settings"`
	Points     string      `json:"points"`
	Labels     string      `json:"labels"`
	Reference  *reference  `json:"reference"`
	Frames     []frame     `json:"frames"`
	Distance   *distance   `json:"distance"`
	Columns    []string    `json:"columns"`
	Rows       [][]string  `json:"rows"`
	Histograms []histogram `json:"histograms"`
	Notes      []string    `json:"notes"`
}

// settings are how samples were drawn.
type settings struct {
	Solver   string  `json:"solver"`
	Steps    int     `json:"steps"`
	Spacing  string  `json:"spacing"`
	Start    string  `json:"start"`
	Guidance float64 `json:"guidance"`
	Label    int     `json:"label"`
	Seed     uint64  `json:"seed,string"`
}

func settingsOf(o configs.Sample, p diffusion.Process, seed uint64) settings {
	steps := o.Steps
	if _, _, times, err := o.Prepare(p); err == nil { // 0 is as many as suit the process
		steps = len(times) - 1
	}
	return settings{o.Solver.Name(), steps, o.Spacing.Name(), string(o.Start), o.Guidance.Weight, o.Guidance.Label, seed}
}

// frame is the samples at a time of the reverse process.
type frame struct {
	Title    string  `json:"title"`
	Time     float64 `json:"time"`
	Points   string  `json:"points"`
	Denoised string  `json:"denoised"`
}

// reference is training rows to show samples on.
type reference struct {
	N      int    `json:"n"`
	Points string `json:"points"`
	Labels string `json:"labels"`
}

// distance is how far samples are from fresh rows.
type distance struct {
	SlicedW1 float64 `json:"sliced_w1"`
	Floor    float64 `json:"floor"`
	Rows     int     `json:"rows"`
}

// sampling is the work of drawing samples.
func (s *Studio) sampling(a *asked, m *model.Model) work {
	return func(ctx context.Context, j string, progress func(done, total int)) (any, map[string]content, error) {
		r := a.request
		r.Progress = progress
		d := &drawn{
			Kind: "points", N: r.N, Dim: m.Schema.Dim(), Shape: m.Image(), Step: m.Step, Averaged: m.Averaged,
			Command: a.command(m), Settings: settingsOf(r.Sampling, m.Process(), r.Seed),
			Frames: []frame{}, Columns: []string{}, Rows: [][]string{}, Histograms: []histogram{}, Notes: []string{},
		}
		parts := &parts{job: j, by: map[string]content{}}
		started := time.Now()
		if m.Table() != nil {
			err := s.drawTable(ctx, m, r, d)
			return d, parts.by, err
		}
		if m.Image() != nil {
			d.Kind = "images"
		}
		points, nfe, err := m.Points(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		d.Seconds, d.NFE = time.Since(started).Seconds(), &nfe
		d.Points = parts.add("points", numbers(m, points))
		if s := m.SampleSchema(r); len(s.Classes) > 0 {
			d.Labels = parts.add("labels", labelBytes(m.LabelsOf(r, r.N)))
		}
		d.Reference = s.reference(ctx, m, a.chosen, d)
		if a.Distance && m.Image() == nil {
			d.Distance, err = distanceOf(ctx, m, r, points)
			if err != nil && !errors.Is(err, model.ErrNoFreshRows) {
				return nil, nil, err
			}
		}
		if a.Frames > 0 {
			err = d.trajectory(ctx, m, r, a, parts)
		}
		return d, parts.by, err
	}
}

// parts are numbers beside the result of a job.
type parts struct {
	job string
	by  map[string]content
}

// add keeps numbers, and returns their URL.
func (p *parts) add(name string, bytes []byte) string {
	p.by[name] = content{kind: "application/octet-stream", bytes: bytes}
	return "/api/job/data?id=" + p.job + "&part=" + name
}

// trajectory records the way from noise.
func (d *drawn) trajectory(ctx context.Context, m *model.Model, r model.Request, a *asked, parts *parts) error {
	r.Denoised = a.Denoised
	frames, err := m.Trajectory(ctx, r, a.Frames)
	if err != nil {
		return err
	}
	for i, f := range frames {
		at := strconv.Itoa(i)
		shown := frame{Title: f.Title, Time: f.Time, Points: parts.add("frame"+at, numbers(m, f.X))}
		if f.Denoised != nil {
			shown.Denoised = parts.add("denoised"+at, numbers(m, f.Denoised))
		}
		d.Frames = append(d.Frames, shown)
	}
	return nil
}

// numbers are points as float32, little-endian, or images as bytes.
func numbers(m *model.Model, points []float32) []byte {
	if m.Image() != nil {
		return picture.Bytes(points)
	}
	return float32Bytes(points)
}

// float32Bytes are numbers as float32, little-endian.
func float32Bytes[T float32 | float64](x []T) []byte {
	out := make([]byte, 4*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(float32(v)))
	}
	return out
}

func labelBytes(labels []int32) []byte {
	out := make([]byte, 4*len(labels))
	for i, v := range labels {
		binary.LittleEndian.PutUint32(out[4*i:], uint32(v))
	}
	return out
}

// distanceOf compares samples with as many fresh rows, as the net sees them, and those with as many others.
func distanceOf(ctx context.Context, m *model.Model, r model.Request, points []float32) (*distance, error) {
	const most = 2000
	dim := m.Schema.Dim()
	n := min(most, len(points)/dim)
	class := data.AnyClass
	if len(r.Labels) == 0 && r.Sampling.Guidance.Label >= 0 {
		class = r.Sampling.Guidance.Label
	}
	const apart = 1 << 32 // from the seeds of samples
	source, err := m.Fresh(ctx, r.Seed+apart, 2*n, class)
	if err != nil {
		return nil, err
	}
	var rows data.Batch
	if n = min(n, source.Rows()/2); n < 1 {
		return nil, model.ErrNoFreshRows
	}
	if err := source.Read(ctx, &rows, 0, 2*n); err != nil {
		return nil, err
	}
	fresh := make([]float32, len(rows.Real))
	for i, v := range rows.Real {
		fresh[i] = float32(v)
	}
	between := func(a, b []float32) (float64, error) {
		return metrics.SlicedWasserstein(a, b, dim, metrics.DefaultDirections, r.Seed, r.Workers)
	}
	if fresh, err = m.Encode(fresh); err != nil {
		return nil, err
	}
	x, err := m.Encode(points[:n*dim])
	if err != nil {
		return nil, err
	}
	d := &distance{Rows: n}
	if d.SlicedW1, err = between(x, fresh[:n*dim]); err == nil {
		d.Floor, err = between(fresh[:n*dim], fresh[n*dim:])
	}
	return d, err
}

// The most training rows that samples are shown on.
const (
	referencePoints = 5000
	referenceImages = 64
)

// reference is training rows that are kept with the model. Data that cannot be read is a note.
func (s *Studio) reference(ctx context.Context, m *model.Model, c chosen, d *drawn) *reference {
	rows, err := s.models.training(ctx, m)
	if err != nil {
		d.Notes = append(d.Notes, "the data of the run cannot be read: "+plain(err))
		return nil
	}
	end := "/api/data?id=" + url.QueryEscape(c.ID) + "&part="
	ref := &reference{N: rows.Rows, Points: end + "points"}
	if rows.Labels != nil {
		ref.Labels = end + "labels"
	}
	return ref
}

// getData sends training rows of a run.
func (s *Studio) getData(r *http.Request) (any, error) {
	m, _, err := s.model(chosen{ID: r.URL.Query().Get("id")})
	if err != nil {
		return nil, err
	}
	if m.Table() != nil {
		return nil, failf(http.StatusConflict, "the run is of a table, whose rows are no points: /api/table compares them")
	}
	rows, err := s.models.training(r.Context(), m)
	if err != nil {
		return nil, err
	}
	switch part := r.URL.Query().Get("part"); part {
	case "points":
		if shape := m.Image(); shape != nil {
			return rawRows(rows.Rows, shape, picture.Bytes(rows.Real)), nil
		}
		return rawRows(rows.Rows, []int{m.Schema.Dim()}, float32Bytes(rows.Real)), nil
	case "labels":
		return rawRows(rows.Rows, []int{1}, labelBytes(rows.Labels)), nil
	default:
		return nil, wrong("part must be points or labels, got %.40q", part)
	}
}

// shapeText is the shape of an image, "" of points.
func shapeText(shape []int) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ",")
}
