package html_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"euryale/configs"
	"euryale/report/html"
	"euryale/run"
)

// A page of a run that has only begun: it names what is missing.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	folder := run.Folder(filepath.Join(dir, "run"))
	if err := folder.Create(configs.Default(), false); err != nil {
		log.Fatal(err)
	}
	if err := html.Save(folder.ReportPath(), folder, html.Contents{}); err != nil {
		log.Fatal(err)
	}
	ours, err := run.IsReport(folder.ReportPath())
	fmt.Println(ours, err)
	// Output: true <nil>
}

// The command that trains a run again is a preset and what differs from it.
func ExampleCommand() {
	config, err := configs.Preset("scurve", []string{"seed=3", "process.schedule=cosine"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(html.Quote(html.Command(config, "runs/my/config.yaml", "runs/my copy")))
	// Output: euryale train -config scurve -set seed=3 -set process.schedule=cosine -out 'runs/my copy'
}
