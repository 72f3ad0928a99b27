package studio

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"

	"euryale/data"
	"euryale/data/npy"
	"euryale/run"
)

// fileLine is a file of a run.
type fileLine struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	URL   string `json:"url"` // "" of files that a browser does not show
}

const (
	// mostFiles of a run are listed, and mostFileBytes sent.
	mostFiles     = 200
	mostFileBytes = 64 << 20
)

// shownIn are the folders of a run whose files are listed; "." is the run's.
var shownIn = []string{".", "samples", "figures", "checkpoints"}

// filesOf lists the files of a run but previews and hidden ones.
func filesOf(id string, folder run.Folder) []fileLine {
	list := []fileLine{}
	for _, dir := range shownIn {
		entries, err := os.ReadDir(folder.Path(dir))
		if err != nil {
			continue
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") || len(list) == mostFiles {
				continue
			}
			line := fileLine{Path: path.Join(dir, e.Name()), Bytes: info.Size()}
			if shows(line.Path) != "" {
				line.URL = "/api/file?" + url.Values{"id": {id}, "path": {line.Path}}.Encode()
			}
			list = append(list, line)
		}
	}
	return list
}

// shows is the content type that a file of a run is sent as; "": it is not sent. Of HTML, only the reports of Euryale are sent.
func shows(name string) string {
	switch extension := path.Ext(name); {
	case name == "report.html", extension == ".png", extension == ".gif", extension == ".csv":
		return kinds[extension]
	case extension == ".json", extension == ".jsonl", extension == ".yaml":
		return "text/plain; charset=utf-8"
	}
	return ""
}

// reportPolicy lets a report run its scripts, which are in its page, and nothing else: it shows names from data.
const reportPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; " +
	"sandbox allow-scripts"

// getFile sends a file of a run.
func (s *Studio) getFile(r *http.Request) (any, error) {
	_, folder, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	name := r.URL.Query().Get("path")
	kind := shows(name)
	if kind == "" || !fs.ValidPath(name) || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return nil, wrong("%.80q is no file of a run that a browser shows", name)
	}
	text, err := readBelow(folder, name)
	if err != nil {
		return nil, err
	}
	c := content{kind: kind, bytes: text}
	if path.Ext(name) == ".html" {
		if !bytes.Contains(text[:min(len(text), 1024)], []byte(run.ReportMark)) {
			return nil, failf(http.StatusForbidden, "%s is no report of Euryale", name)
		}
		c.head = map[string]string{"Content-Security-Policy": reportPolicy}
	}
	return c, nil
}

// openBelow opens a file below a folder, whatever links lead where.
func openBelow(folder run.Folder, name string) (*os.File, error) {
	root, err := os.OpenRoot(string(folder))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	switch info, err := root.Stat(name); { // before it is opened: a pipe waits for a writer
	case err != nil:
		return nil, failf(http.StatusNotFound, "there is no file %s in the run", name)
	case !info.Mode().IsRegular():
		return nil, failf(http.StatusNotFound, "%s is no file", name)
	case info.Size() > mostFileBytes:
		return nil, failf(http.StatusRequestEntityTooLarge, "%s is too large for a browser: %d bytes", name, info.Size())
	}
	return root.Open(name)
}

// readBelow reads a file below a folder.
func readBelow(folder run.Folder, name string) ([]byte, error) {
	file, err := openBelow(folder, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, mostFileBytes))
}

// getPreview sends a preview of a run: its picture, or its samples as numbers.
func (s *Studio) getPreview(r *http.Request) (any, error) {
	id, folder, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	query := r.URL.Query()
	step, err := strconv.ParseInt(query.Get("step"), 10, 64)
	if err != nil {
		return nil, wrong("step must be a number, got %.40q", query.Get("step"))
	}
	list, err := folder.Previews()
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.Step != step {
			continue
		}
		parts := map[string]string{"picture": p.Picture, "samples": p.Samples, "raw": p.Raw, "labels": labelsOf(p)}
		file, ok := parts[query.Get("part")]
		switch {
		case !ok:
			return nil, wrong("part must be picture, samples, raw or labels, got %.40q", query.Get("part"))
		case file == "":
			return nil, failf(http.StatusNotFound, "the preview of step %d has no %s", step, query.Get("part"))
		}
		return previewContent(r, folder, path.Join("previews", path.Base(file)), s.row(id).Kind == "images")
	}
	return nil, failf(http.StatusNotFound, "there is no preview of step %d", step)
}

// labelsOf is the file of the labels of a preview; "" where there is none.
func labelsOf(p run.Preview) string {
	name, isNPY := strings.CutSuffix(p.Samples, ".npy")
	if path := name + "_labels.npy"; isNPY && exists(path) {
		return path
	}
	return ""
}

// previewContent is a file of a preview.
func previewContent(r *http.Request, folder run.Folder, name string, isImages bool) (any, error) {
	if kind := shows(name); kind != "" {
		text, err := readBelow(folder, name)
		return content{kind: kind, bytes: text}, err
	}
	file, err := openBelow(folder, name) // it is a file of the run, and not too large
	if err != nil {
		return nil, err
	}
	file.Close()
	if strings.HasSuffix(name, "_labels.npy") {
		array, err := (&npy.Files{File: folder.Path(name)}).Open(r.Context(), 0)
		if err != nil {
			return nil, err
		}
		labels, err := npy.ReadLabels(r.Context(), folder.Path(name), array.Rows(), name)
		return rawRows(len(labels), []int{1}, labelBytes(labels)), err
	}
	if isImages {
		shape, pixels, err := npy.ReadBytes(r.Context(), folder.Path(name), func([]int) error { return nil })
		if err != nil {
			return nil, err
		}
		for len(shape) < 4 { // gray images
			shape = append(shape, 1)
		}
		return rawRows(shape[0], shape[1:], pixels), nil
	}
	source, err := (&npy.Files{File: folder.Path(name)}).Open(r.Context(), 0)
	if err != nil {
		return nil, err
	}
	var rows data.Batch
	if err := source.Read(r.Context(), &rows, 0, source.Rows()); err != nil {
		return nil, err
	}
	return rawRows(rows.Rows, []int{source.Schema().Dim()}, float32Bytes(rows.Real)), nil
}

// rawRows are rows of numbers as they are, with their shape beside them.
func rawRows(rows int, shape []int, bytes []byte) content {
	dim := 1
	for _, n := range shape {
		dim *= n
	}
	head := map[string]string{"X-Rows": strconv.Itoa(rows), "X-Dim": strconv.Itoa(dim), "X-Shape": ""}
	if len(shape) > 1 {
		head["X-Shape"] = shapeText(shape)
	}
	return content{"application/octet-stream", bytes, head}
}
