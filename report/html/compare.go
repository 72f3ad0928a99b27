package html

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"euryale/internal/strictyaml"
	"euryale/run"
)

// MostCompared is the number of runs that one page compares.
const MostCompared = 100

// compared is one run of a comparison.
type compared struct {
	*facts
	number  int
	label   string
	metrics []Metric
}

// hues is the number of colors of page.css.
const hues = 6

func (r *compared) hue() int { return r.number % hues }

func (r *compared) seed() string {
	if r.config == nil {
		return "–"
	}
	return strconv.FormatUint(r.config.Seed, 10)
}

// comparisonPage is what the page of several runs shows.
type comparisonPage struct {
	head
	Runs     []runLine
	Keys     []keyLine
	Across   bool // the table of keys has a line per run in place of a column
	Same     int  // keys that all runs have in common
	Columns  []string
	Rows     []row
	Pictures []shown

	LossEpochs int
}

// runLine is a run in the list at the top.
type runLine struct {
	Name, Folder, State string
	Hue                 int
}

// keyLine is a key with the values of all runs.
type keyLine struct {
	Path   string
	Values []string
}

// Comparison is the page of several runs. Its errors are those of SaveComparison.
func Comparison(folders []run.Folder, contents []Contents) ([]byte, error) {
	if len(folders) < 2 || len(folders) > MostCompared {
		return nil, fmt.Errorf("html: a comparison is of 2 to %d runs, got %d", MostCompared, len(folders))
	}
	if contents != nil && len(contents) != len(folders) {
		return nil, fmt.Errorf("html: there are contents of %d runs, and %d runs", len(contents), len(folders))
	}
	labels := labelsOf(folders)
	runs := make([]*compared, len(folders))
	for i, folder := range folders {
		var c Contents
		if contents != nil {
			c = contents[i]
		}
		f, err := gather(folder, c)
		if err != nil {
			return nil, err
		}
		runs[i] = &compared{facts: f, number: i, label: labels[i], metrics: append(slices.Clone(c.Metrics), f.logged()...)}
	}
	return fillComparison(runs, contents)
}

// fillComparison makes the page.
func fillComparison(runs []*compared, contents []Contents) ([]byte, error) {
	page := &comparisonPage{LossEpochs: run.LossEpochs}
	var err error
	if page.head, err = newHead(fmt.Sprintf("Comparison of %d runs", len(runs)), overlaid(runs)); err != nil {
		return nil, err
	}
	for _, r := range runs {
		page.Runs = append(page.Runs, runLine{r.label, string(r.folder), r.state(), r.hue()})
		for _, note := range r.notes {
			page.Notes = append(page.Notes, r.label+": "+note)
		}
	}
	page.Keys, page.Same = differing(runs)
	page.Across = len(runs) > 4 && len(page.Keys) < len(runs)
	list := columns(runs)
	for _, c := range list {
		page.Columns = append(page.Columns, c.name)
	}
	page.Rows = rows(runs, list)
	bare, err := fill("compare.gohtml", page)
	if err != nil {
		return nil, err
	}
	const slack = 60_000 // for notes about pictures, and captions
	page.Pictures, page.Notes = beside(runs, contents, MaxBytes-len(bare)-slack, page.Notes)
	page.Notes = firstNotes(page.Notes)
	return fill("compare.gohtml", page)
}

// labelsOf names runs by their folders: by the last part of the path where that tells them apart.
func labelsOf(folders []run.Folder) []string {
	counts := map[string]int{}
	base := func(f run.Folder) string { return filepath.Base(filepath.Clean(string(f))) }
	for _, f := range folders {
		counts[base(f)]++
	}
	labels := make([]string, len(folders))
	for i, f := range folders {
		if labels[i] = base(f); counts[labels[i]] > 1 {
			labels[i] = filepath.ToSlash(filepath.Clean(string(f)))
		}
	}
	return labels
}

// differing lists the keys in which runs differ, in the order of config.yaml, and counts the others. Runs without a
// configuration, and kinds without a key, have no value.
func differing(runs []*compared) (keys []keyLine, same int) {
	var order []string
	values := map[string][]string{}
	for i, r := range runs {
		if r.config == nil {
			continue
		}
		at := 0 // where a key that no run before has comes in the order
		for _, v := range strictyaml.Values(r.config) {
			if values[v.Path] == nil {
				values[v.Path] = make([]string, len(runs))
				order = slices.Insert(order, at, v.Path)
			}
			values[v.Path][i] = v.Text
			at = slices.Index(order, v.Path) + 1
		}
	}
	for _, path := range order {
		list := values[path]
		differ := false
		for i, r := range runs {
			if r.config == nil {
				list[i] = "–"
				continue
			}
			if list[i] == "" {
				list[i] = "–"
			}
			differ = differ || list[i] != list[firstConfigured(runs)]
		}
		if !differ {
			same++
			continue
		}
		keys = append(keys, keyLine{path, list})
	}
	return keys, same
}

func firstConfigured(runs []*compared) int {
	return slices.IndexFunc(runs, func(r *compared) bool { return r.config != nil })
}

// overlaid are the charts of a comparison: a line per run, of the loss its moving average.
func overlaid(runs []*compared) []chart {
	all := slices.Clone(quantities)
	all = slices.Insert(all, 1, heldOutLoss)
	for _, parts := range evaluated {
		all = append(all, parts[0])
	}
	most := max(30, min(800, 90_000/(len(runs)*len(all))))
	var list []chart
	for i, q := range all {
		c := chart{Title: q.title}
		for _, r := range runs {
			x, y := curve(r.points, q)
			if len(x) == 0 {
				continue
			}
			if i == 0 {
				y, _ = average(y)
				c.Note = "Moving averages."
			}
			s := series{Name: r.label, Color: r.number, Dash: r.number >= hues}
			s.X, s.Y = thin(x, y, most)
			c.Series = append(c.Series, s)
		}
		if len(c.Series) > 0 {
			list = append(list, c.scaled(q.log))
		}
	}
	return list
}

// beside are pictures of all runs: the newest preview and the closing picture of each, and those that were drawn for the page;
// those of a kind stand together.
func beside(runs []*compared, contents []Contents, room int, notes []string) ([]shown, []string) {
	var kinds []string
	byKind := map[string][]shown{}
	add := func(r *compared, kind string, p shown) {
		if byKind[kind] == nil {
			kinds = append(kinds, kind)
		}
		p.Title = r.label + ": " + p.Title
		p.Alt = p.Title
		byKind[kind] = append(byKind[kind], p)
	}
	for i, r := range runs {
		a := &album{room: room / (len(runs) - i)}
		had := a.room
		for _, p := range a.slides(r.previews[max(0, len(r.previews)-1):], a.room) {
			p.Title = "samples at " + p.Title
			add(r, "samples", p)
		}
		var drawn []Picture
		if contents != nil {
			drawn = contents[i].Pictures
		}
		for _, p := range a.gallery(r.folder, drawn) {
			add(r, p.Title, p)
		}
		room -= had - a.room
		for _, note := range a.notes {
			notes = append(notes, r.label+": "+note)
		}
	}
	var list []shown
	for _, kind := range kinds {
		list = append(list, byKind[kind]...)
	}
	return list, notes
}
