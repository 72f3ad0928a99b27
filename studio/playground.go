package studio

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"euryale/model"
	"euryale/report/html"
	"euryale/run"
)

// wish is the samples that a browser asks for. Empty values are the run's.
type wish struct {
	chosen
	N        int               `json:"n"`
	Seed     json.Number       `json:"seed"` // a text in the page, whose numbers have 53 bits
	Solver   string            `json:"solver"`
	Steps    int               `json:"steps"`
	Spacing  string            `json:"spacing"`
	Start    string            `json:"start"`
	Variance string            `json:"variance"`
	Set      map[string]string `json:"set"` // keys of the section sample
	Guidance *float64          `json:"guidance"`
	Label    string            `json:"label"`
	Class    string            `json:"class"`
	Balance  bool              `json:"balance"`
	Frames   int               `json:"frames"`
	Denoised bool              `json:"denoised"`
	Distance bool              `json:"distance"`
}

// The most samples of a wish, and the most whose way from noise is kept.
const (
	mostPoints      = 100_000
	mostImages      = 1024
	mostTableRows   = 20_000
	mostFrames      = 101
	mostFramePoints = 4000
	mostFrameImages = 64
	fewestFrames    = 2
	mostNumbers     = 1 << 28 // of all samples and frames together, which are kept in memory
)

// elsewhere are keys of the section sample that a wish has fields for.
var elsewhere = map[string]string{
	"solver": "solver", "solver.name": "solver", "steps": "steps", "spacing": "spacing", "spacing.name": "spacing", "start": "start",
	"solver.variance": "variance", "guidance": "guidance", "guidance.weight": "guidance", "guidance.label": "label", "label": "label",
}

// asked is a wish that was checked: what to draw, and the command that draws the same.
type asked struct {
	wish
	request model.Request
	folder  run.Folder
	flags   []string // of the command sample besides the run and the output
}

// settings are the key=value of a wish, in an order that does not depend on maps.
func (w wish) settings() (list []string, err error) {
	for _, s := range []struct{ key, value string }{
		{"solver", w.Solver}, {"spacing", w.Spacing}, {"start", w.Start}, {"solver.variance", w.Variance},
	} {
		if s.value != "" {
			list = append(list, "sample."+s.key+"="+s.value)
		}
	}
	if w.Steps != 0 {
		list = append(list, "sample.steps="+strconv.Itoa(w.Steps))
	}
	for _, key := range slices.Sorted(maps.Keys(w.Set)) {
		if field, ok := elsewhere[key]; ok {
			return nil, wrong("set has the key %s: give it as %q", key, field)
		}
		if w.Set[key] == "" {
			return nil, wrong("set has no value for %s: leave it out for the run's", key)
		}
		list = append(list, "sample."+key+"="+w.Set[key])
	}
	return list, nil
}

// plan checks a wish against the model, and makes the request of it, as the command sample does of its flags.
func (w wish) plan(m *model.Model, folder run.Folder, workers int) (*asked, error) {
	a := &asked{wish: w, folder: folder, request: m.Request(w.N)}
	most, what := mostPoints, "points"
	switch {
	case m.Image() != nil:
		most, what = mostImages, "images"
	case m.Table() != nil:
		most, what = mostTableRows, "rows"
	}
	if w.N < 1 || w.N > most {
		return nil, wrong("n must be from 1 to %d %s, got %d; the command sample draws more", most, what, w.N)
	}
	if err := w.checkSize(m.Schema.Dim()); err != nil {
		return nil, err
	}
	settings, err := w.settings()
	if err != nil {
		return nil, err
	}
	if len(m.Config.Sample.Times) > 0 && (w.Steps != 0 || w.Spacing != "") { // the run lists its times
		settings = append(settings, "sample.times=[]")
	}
	config, err := m.Config.With(settings)
	if err != nil {
		return nil, err
	}
	r := &a.request
	r.Sampling, r.Workers, r.Seed = config.Sample, workers, m.Config.Seed
	if w.Seed != "" {
		if r.Seed, err = strconv.ParseUint(string(w.Seed), 10, 64); err != nil {
			return nil, wrong("seed must be a whole number from 0 to %d, got %.40q", uint64(math.MaxUint64), w.Seed)
		}
	}
	if err := a.label(m); err != nil {
		return nil, err
	}
	if w.Guidance != nil {
		r.Sampling.Guidance.Weight = *w.Guidance
		labeled := r.Sampling.Guidance.Label >= 0 || len(r.Labels) > 0 || m.Schema.HasClassColumn() || m.LabelsOf(*r, 1)[0] >= 0
		if *w.Guidance != 0 && !labeled {
			return nil, wrong("guidance has no effect without a label: it draws samples toward one")
		}
	}
	if err := m.Check(*r); err != nil {
		f := *failureOf(err)
		f.Status = http.StatusBadRequest
		return nil, &f
	}
	a.flags = a.commandFlags(m, settings)
	return a, a.checkFrames(m)
}

// checkSize bounds the memory of a wish for rows of so many numbers.
func (w wish) checkSize(dim int) error {
	times := max(1, min(w.Frames, mostFrames))
	if w.Denoised {
		times *= 2
	}
	if fits := mostNumbers / (times * max(dim, 1)); w.N > fits {
		return wrong("n must be at most %d where each sample has %d numbers, %d times, got %d", fits, dim, times, w.N)
	}
	return nil
}

// label chooses the classes of samples.
func (a *asked) label(m *model.Model) (err error) {
	given := 0
	for _, is := range []bool{a.Label != "", a.Class != "", a.Balance} {
		if is {
			given++
		}
	}
	r := &a.request
	switch {
	case given == 0:
		return nil
	case given > 1:
		return wrong("label, class and balance each choose the classes of the samples; give one of them")
	case len(m.Schema.Classes) == 0:
		return wrong("the data of the run %s has no classes", a.ID)
	}
	r.Sampling.Guidance.Label = -1
	switch {
	case a.Class != "":
		r.Sampling.Guidance.Label, err = m.ClassNamed(a.Class)
	case a.Balance:
		r.Labels = m.BalancedLabels()
	case a.Label == "all":
		r.Labels = m.AllLabels()
	default:
		label, notNumber := strconv.Atoi(a.Label)
		if notNumber != nil || label < -1 || label >= len(m.Schema.Classes) {
			return wrong("label must be from 0 to %d, -1 for none, or all; got %.40q", len(m.Schema.Classes)-1, a.Label)
		}
		r.Sampling.Guidance.Label = label
		if label == -1 && m.Schema.ClassCounts != nil {
			r.Labels = []int32{-1}
		}
	}
	if err != nil {
		return wrong("%s", plain(err))
	}
	return nil
}

// checkFrames checks whether the way from noise can be shown.
func (a *asked) checkFrames(m *model.Model) error {
	most := mostFramePoints
	if m.Image() != nil {
		most = mostFrameImages
	}
	switch {
	case a.Frames == 0 && a.Denoised:
		return wrong("denoised is for frames: give their number")
	case a.Frames == 0:
		return nil
	case m.Table() != nil:
		return wrong("frames are for points and images: the rows of a table on their way from noise are no rows")
	case a.Frames < fewestFrames || a.Frames > mostFrames:
		return wrong("frames must be from %d to %d, got %d", fewestFrames, mostFrames, a.Frames)
	case a.N > most:
		return wrong("n must be at most %d with frames, got %d", most, a.N)
	}
	if a.Denoised {
		if err := m.CheckDenoise(); err != nil {
			return wrong("%s", plain(err))
		}
	}
	return nil
}

// commandFlags are those that make the command sample draw the same samples, bit for bit.
func (a *asked) commandFlags(m *model.Model, settings []string) []string {
	flags := []string{"-checkpoint", checkpointName(m)}
	if a.Weights != "" {
		flags = append(flags, "-weights", a.Weights)
	}
	flags = append(flags, "-n", strconv.Itoa(a.N), "-seed", strconv.FormatUint(a.request.Seed, 10))
	named := map[string]string{
		"solver": "-sampler", "steps": "-steps", "spacing": "-spacing", "start": "-start", "solver.variance": "-variance",
	}
	for _, s := range settings {
		key, value, _ := strings.Cut(strings.TrimPrefix(s, "sample."), "=")
		if flag := named[key]; flag != "" {
			flags = append(flags, flag, value)
		} else {
			flags = append(flags, "-set", key+"="+value)
		}
	}
	if a.Guidance != nil {
		flags = append(flags, "-guidance", strconv.FormatFloat(*a.Guidance, 'g', -1, 64))
	}
	switch {
	case a.Label != "":
		flags = append(flags, "-label", a.Label)
	case a.Class != "":
		flags = append(flags, "-class", a.Class)
	case a.Balance:
		flags = append(flags, "-balance")
	}
	return flags
}

// checkpointName is the checkpoint of a model as -checkpoint takes it: the newest may soon be another.
func checkpointName(m *model.Model) string {
	if m.Best {
		return run.Best
	}
	return strconv.FormatInt(m.Step, 10)
}

// output is a file for the command's samples, in the working directory: the studio writes none.
func output(m *model.Model) string {
	if m.Table() != nil {
		return "samples.csv"
	}
	return "samples.npy"
}

// command is the line that draws the same samples.
func (a *asked) command(m *model.Model) string {
	args := append([]string{"euryale", "sample", "-run", string(a.folder)}, a.flags...)
	return html.Quote(append(args, "-o", output(m)))
}

// postSample queues samples.
func (s *Studio) postSample(r *http.Request) (any, error) {
	var w wish
	if err := read(r, &w); err != nil {
		return nil, err
	}
	m, folder, err := s.denoiser(w.chosen)
	if err != nil {
		return nil, err
	}
	a, err := w.plan(m, folder, s.o.Workers)
	if err != nil {
		return nil, err
	}
	j, err := s.jobs.replace("sample", w.ID, s.sampling(a, m))
	if err != nil {
		return nil, err
	}
	return map[string]string{"job": j.ID}, nil
}
