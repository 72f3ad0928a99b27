package cli

import (
	"context"
	"fmt"
	"os"

	"euryale/data"
	"euryale/data/images"
)

// describedImages is what `data describe -config` finds.
type describedImages struct {
	Train   *images.Description `json:"train"`
	HeldOut *images.Description `json:"held_out,omitempty"`
	Notes   []string            `json:"notes,omitempty"`
}

// describeImages prints what the images of a configuration hold, and those that it holds out from training.
func describeImages(ctx context.Context, name string, overrides []string, asJSON bool) error {
	config, err := readConfig(name, overrides)
	if err != nil {
		return err
	}
	if _, ok := config.Data.Source.Kind.(data.Imaging); !ok {
		return usagef("-config: the data of %s, %s, has no images; for a table, give its file", config.Name, config.Data.Source.Name())
	}
	train, held, err := config.Data.Open(ctx, config.Seed)
	if err != nil {
		return err
	}
	d := describedImages{Notes: data.Remarks(train, nil)}
	if d.Train, err = images.Describe(ctx, train); err != nil {
		return err
	}
	if held != nil {
		if d.HeldOut, err = images.Describe(ctx, held); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(d)
	}
	p := &printer{to: os.Stdout}
	p.images("to train on", d.Train)
	if d.HeldOut != nil {
		p.images("held out", d.HeldOut)
	}
	p.list("Notes:", d.Notes)
	return p.err
}

// images prints a description of images.
func (p *printer) images(what string, d *images.Description) {
	p.f("%s images %s: %dx%d pixels (height x width), %s\n", grouped(d.Images), what, d.Height, d.Width, amount(len(d.Channels), "channel"))
	for i, c := range d.Channels {
		name := ""
		if len(d.Channels) > 1 {
			name = fmt.Sprintf("channel %d: ", i)
		}
		p.f("  %smean %.2f, deviation %.2f, %s are 0, %s are 255\n", name, c.Mean, c.Deviation, percent(c.Lowest), percent(c.Highest))
	}
	p.f("  a number costs %.3f bits by how frequent it is (bits per dimension of a histogram)\n", d.HistogramBits)
	for _, c := range d.Classes {
		p.f("  class %-20s %s\n", shownCell(c.Name, 20), grouped(c.Images))
	}
}
