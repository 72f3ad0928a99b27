package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/diffusers"
	"euryale/model"
	"euryale/torchfile"
)

// exportFormat is a format of another program. A new one is a line in exportFormats.
type exportFormat struct {
	name      string
	summary   string // what reads it, and of which nets it can be
	extension string // of the file that -o names; "" for a folder
	// declare declares the flags that only this format has, and returns what writes a model with their values.
	declare func(f *flags) exporter
}

// exporter writes a model in a format.
type exporter struct {
	// check checks the flags of the format before anything is opened; nil if there is nothing to check.
	check func() error
	// write writes a file or folder that is not there yet, and returns what can be done with it, for the line that export
	// prints.
	write func(ctx context.Context, m *model.Model, to string) (use string, err error)
}

// exportFormats lists the formats.
func exportFormats() []exportFormat {
	return []exportFormat{
		{
			name: "diffusers", declare: exportDiffusers,
			summary: "the folder that UNet2DModel.from_pretrained of Hugging Face's diffusers opens, for the net unet: config.json and " +
				diffusers.WeightsName,
		},
		{
			name: "torch", extension: ".safetensors", declare: exportTorch,
			summary: "the weights of any net as a state dict for load_state_dict of PyTorch",
		},
		{
			name: "onnx", extension: ".onnx", declare: exportONNX,
			summary: "a graph that onnxruntime and others run, of any net, or of all of sampling where its solver draws no noise (-graph sampler)",
		},
	}
}

// runExport writes the net of a run, with its averaged weights if it has them, in the format of another program.
func runExport(ctx context.Context, args []string) (err error) {
	formats := exportFormats()
	var names, about, outputs []string
	for _, f := range formats {
		names = append(names, f.name)
		about = append(about, f.name+" is "+f.summary)
		outputs = append(outputs, "of "+f.name+" "+f.output())
	}
	flags := newFlags("export", "export -run FOLDER -format "+strings.Join(names, "|")+" -o FILE|FOLDER")
	flags.about = "write a trained net as another program reads it: " + strings.Join(about, "; ") + ". Averaged weights are written " +
		"where the run has them."
	chosen := newModelFlags(flags)
	name := flags.String("format", "", "the `format`: "+strings.Join(names, ", "))
	to := flags.String("o", "", "the `path` to write: "+strings.Join(outputs, ", "))
	exporters, owners := declareFormats(flags, formats)
	if err := flags.parse(args); err != nil {
		return err
	}
	defer func() { err = flags.console.ended(err) }()
	if err := chosen.check(); err != nil {
		return err
	}
	i := slices.Index(names, *name)
	switch {
	case *name == "":
		return usage("-format is missing; it can be " + strings.Join(names, ", "))
	case i < 0:
		return usagef("-format %v", choice.OneOf(*name, names...))
	case *to == "":
		return usagef("-o is missing; give it %s, to write", formats[i].output())
	}
	if err := checkOwners(flags, owners, *name); err != nil {
		return err
	}
	if check := exporters[i].check; check != nil {
		if err := check(); err != nil {
			return err
		}
	}
	if err := formats[i].checkOutput(*to); err != nil {
		return err
	}
	m, err := chosen.open()
	if err != nil {
		return err
	}
	announceBest(flags.console, m)
	use, err := exporters[i].write(ctx, m, *to)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("wrote %s; %s\n", *to, use)
	return err
}

// declareFormats declares the flags of all formats, and returns which format each belongs to.
func declareFormats(f *flags, formats []exportFormat) (exporters []exporter, owners map[string]string) {
	owners = map[string]string{}
	f.VisitAll(func(g *flag.Flag) { owners[g.Name] = "" })
	for _, format := range formats {
		exporters = append(exporters, format.declare(f))
		f.VisitAll(func(g *flag.Flag) {
			if _, known := owners[g.Name]; !known {
				owners[g.Name] = format.name
			}
		})
	}
	return exporters, owners
}

// checkOwners refuses flags of a format other than the one chosen.
func checkOwners(f *flags, owners map[string]string, chosen string) (err error) {
	f.Visit(func(g *flag.Flag) {
		if owner := owners[g.Name]; owner != "" && owner != chosen && err == nil {
			err = usagef("-%s is for -format %s, and would have no effect on %s", g.Name, owner, chosen)
		}
	})
	return err
}

// output is what -o names, in words.
func (f exportFormat) output() string {
	if f.extension == "" {
		return "a folder that is missing or empty"
	}
	return "a new file *" + f.extension
}

// checkOutput checks -o before the model is opened: nothing that is there is replaced.
func (f exportFormat) checkOutput(to string) error {
	info, err := os.Stat(to)
	switch {
	case f.extension == "" && err == nil && !info.IsDir():
		return usagef("-o: %s is a file, expected %s", to, f.output())
	case f.extension == "":
		return nil
	case !strings.EqualFold(filepath.Ext(to), f.extension):
		return usagef("-o: %s does not end in %s, expected %s", to, f.extension, f.output())
	case exists(to):
		return usagef("-o: %s is there already, and nothing is replaced; give it another name", to)
	}
	return checkPlace(to)
}

func exportDiffusers(*flags) exporter {
	return exporter{write: func(_ context.Context, m *model.Model, to string) (string, error) {
		net, weights := m.Net()
		return fmt.Sprintf("in Python: diffusers.UNet2DModel.from_pretrained(%q)", to), diffusers.Write(to, net, weights)
	}}
}

func exportTorch(*flags) exporter {
	return exporter{write: func(_ context.Context, m *model.Model, to string) (string, error) {
		net, weights := m.Net()
		return fmt.Sprintf("in Python: net.load_state_dict(safetensors.torch.load_file(%q))", to), torchfile.Write(to, net, weights)
	}}
}
