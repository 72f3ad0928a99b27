package cli

import (
	"context"
	"fmt"
	"os"

	"euryale/choice"
	"euryale/diffusers"
)

const formatDiffusers = "diffusers"

// runExport writes the net of a run, with its averaged weights if it has them, in the format of another program.
func runExport(_ context.Context, args []string) error {
	flags := newFlags("export", "export -run FOLDER -format diffusers -o FOLDER")
	flags.about = "write a trained net as another program reads it. The format diffusers is the folder that UNet2DModel.from_pretrained " +
		"of Hugging Face's diffusers opens, for the net unet: config.json and " + diffusers.WeightsName + ". Averaged weights are " +
		"written where the run has them."
	chosen := newModelFlags(flags)
	format := flags.String("format", "", "the `format`: "+formatDiffusers)
	to := flags.String("o", "", "the `folder` to write, which must be missing or empty")
	if err := flags.parse(args); err != nil {
		return err
	}
	if err := chosen.check(); err != nil {
		return err
	}
	switch {
	case *format == "":
		return usage("-format is missing; it can be " + formatDiffusers)
	case *format != formatDiffusers:
		return usagef("-format %v", choice.OneOf(*format, formatDiffusers))
	case *to == "":
		return usage("-o is missing; give it the folder to write")
	}
	if info, err := os.Stat(*to); err == nil && !info.IsDir() {
		return usagef("-o: %s is a file, expected a folder that is missing or empty", *to)
	}
	m, err := chosen.open()
	if err != nil {
		return err
	}
	announceBest(m)
	net, weights := m.Net()
	if err := diffusers.Write(*to, net, weights); err != nil {
		return err
	}
	_, err = fmt.Printf("wrote %s; in Python: diffusers.UNet2DModel.from_pretrained(%q)\n", *to, *to)
	return err
}
