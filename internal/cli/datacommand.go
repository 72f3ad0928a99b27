package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"euryale/choice"
	"euryale/configs"
	tables "euryale/data/table"
)

// runData runs the subcommand of data that the arguments begin with: there is one, describe.
func runData(ctx context.Context, args []string) error {
	const synopsis = "data describe FILE|-config NAME [-set data.KEY=VALUE]... [-json|-yaml]"
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		flags := newFlags("data", synopsis)
		if err := flags.parse(args); err != nil {
			return err
		}
		return usagef("data needs a command: %s", synopsis)
	}
	if args[0] != "describe" {
		return usagef("the only command of data is describe, got %q", args[0])
	}
	return describeData(ctx, newFlags("data describe", synopsis), args[1:])
}

// describeData prints what a table holds and what training would make of it, or what the images of a configuration hold.
func describeData(ctx context.Context, flags *flags, args []string) error {
	flags.about = "print what a table holds, column by column, and what training would make of it. FILE is delimited text (.csv, " +
		".tsv, also .gz), Parquet or NumPy (.npy, .npz), or - for text on standard input. Every row is looked at. " +
		"With -config: the images of a configuration."
	name := flags.String("config", "", "describe the images of a configuration: a `file` or a preset, such as mnist")
	var overrides []string
	flags.Func("set", "read the table with `data.KEY=VALUE`, keys as in a configuration: data.csv.delimiter=\";\", data.target=price, "+
		"data.columns.zip.kind=category; repeatable", func(s string) error {
		overrides = append(overrides, s)
		return nil
	})
	asJSON := flags.Bool("json", false, "print one JSON object")
	asYAML := flags.Bool("yaml", false, "print the section data of a configuration to start from, with what was found written out")
	files, err := flags.parseAround(args)
	switch {
	case err != nil:
		return err
	case *name != "" && (len(files) > 0 || *asYAML):
		return usage("-config takes neither a FILE nor -yaml: it describes the images that the configuration has")
	case *name != "":
		return describeImages(ctx, *name, overrides, *asJSON)
	case len(files) != 1:
		return usagef("want one FILE, or - for standard input, got %d", len(files))
	case *asJSON && *asYAML:
		return usage("-json and -yaml exclude each other")
	}
	options, err := tableOptions(files[0], overrides)
	if err != nil {
		return err
	}
	collectOften(whileReading)
	t, err := tables.Read(ctx, files[0], options.ReadOptions)
	if err != nil {
		return describeAsImages(files[0], choice.Within("data", err))
	}
	d, err := tables.Describe(ctx, t, options)
	switch {
	case err != nil:
		return err
	case *asJSON:
		return printJSON(d)
	case *asYAML:
		_, err := fmt.Print(d.YAML())
		return err
	}
	return printDescription(d)
}

// describeAsImages adds to the error about a table how images at its path are described, if they may be some.
func describeAsImages(path string, err error) error {
	info, failed := os.Stat(path)
	section := ""
	switch {
	case failed != nil:
		return err
	case info.IsDir():
		section = "{name: folder, path: " + path + "}"
	case strings.EqualFold(filepath.Ext(path), ".npy"):
		section = "{name: npy_images, file: " + path + "}"
	case strings.Contains(filepath.Base(path), "ubyte"):
		section = "{name: idx, images: " + path + "}"
	default:
		return err
	}
	return fmt.Errorf("%w; if these are images: data describe -config discs -set 'data=%s'", err, section)
}

func printJSON(v any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// tableOptions are those of the preset for tables with overrides of its section data.
func tableOptions(file string, overrides []string) (*tables.Options, error) {
	for _, o := range overrides {
		if !strings.HasPrefix(o, "data.") {
			return nil, usagef("-set: only keys of the section data can be set here, as in data.csv.delimiter=\";\", got %q", o)
		}
	}
	config, err := configs.Preset("table", overrides)
	if err != nil {
		return nil, err
	}
	options, ok := config.Data.Source.Kind.(*tables.Options)
	if !ok {
		return nil, usagef("-set: data.name must stay table, got %q", config.Data.Source.Name())
	}
	options.File = file
	return options, nil
}
