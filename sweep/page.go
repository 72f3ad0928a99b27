package sweep

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"

	"euryale/report/html"
	"euryale/run"
)

//go:embed page.gohtml page.css
var pages embed.FS

// comparisonFile is the page of the trials side by side, with their curves.
const comparisonFile = "comparison.html"

// page is results.html: the tables and a plot. It asks for nothing from a network.
func (r *Results) page(compared bool) (string, error) {
	t, err := template.ParseFS(pages, "page.gohtml")
	if err != nil {
		return "", fmt.Errorf("sweep: the page: %w", err)
	}
	style := ""
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return html.Assets.ReadFile("assets/page.css") }, func() ([]byte, error) { return pages.ReadFile("page.css") },
	} {
		text, err := read()
		if err != nil {
			return "", fmt.Errorf("sweep: the page: %w", err)
		}
		style += string(text)
	}
	sum := sha256.Sum256([]byte(style))
	contents := map[string]any{
		"Name": r.Spec.Name, "Summary": r.summary(), "Tables": r.tables(), "Plot": r.plot(), "Style": template.CSS(style),
		"Mark":   template.HTML(run.ReportMark + `">`),
		"Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'",
	}
	if compared {
		contents["Comparison"] = comparisonFile
	}
	var b bytes.Buffer
	if err := t.Execute(&b, contents); err != nil {
		return "", fmt.Errorf("sweep: the page: %w", err)
	}
	return b.String(), nil
}

// comparison writes the page of the trials side by side: of many those of the best combinations. It reports whether there are
// enough to compare.
func (r *Results) comparison() (bool, error) {
	members := map[string][]TrialResult{}
	for _, t := range r.Trials {
		members[t.Combination] = append(members[t.Combination], t)
	}
	var folders []run.Folder
	var contents []html.Contents
	for _, c := range r.Combinations {
		for _, t := range members[c.Name] {
			if t.Rung < 0 || len(folders) == html.MostCompared {
				continue
			}
			folder := r.Folder.Trial(t.Name)
			if held, err := folder.Held(); err != nil || !held {
				continue // its folder was not copied, or was removed
			}
			var of html.Contents
			for _, f := range t.Figures {
				if f.Name != "loss" { // it is there anyway
					of.Metrics = append(of.Metrics, html.Metric{Group: "Sweep", Name: f.Name, Value: f.Value, Floor: f.Floor})
				}
			}
			folders, contents = append(folders, folder), append(contents, of)
		}
	}
	if len(folders) < 2 {
		return false, nil
	}
	return true, html.SaveComparison(r.Folder.Path(comparisonFile), folders, contents)
}
