// Train trains a diffusion model as a configuration says, in a run folder that it can go on with.
//
//	go run ./cmd/train -config configs/scurve.yaml [-set key=value]... [-out DIR] [-resume] [-workers N]
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"euryale/cmd/internal/command"
	"euryale/configs"
	"euryale/train"
)

func main() { command.Main("train", run) }

func run(ctx context.Context, args []string) error {
	flags := command.NewFlags("train", "train -config FILE|PRESET [-set key=value]... [-out DIR] [-resume|-overwrite] [-workers N]")
	name := flags.String("config", "", "configuration: a `file`, or the name of a preset")
	out := flags.String("out", "", "run `folder` (default runs/<the configuration's name>)")
	resume := flags.Bool("resume", false, "go on from the newest checkpoint; with -out, -config may be left out")
	overwrite := flags.Bool("overwrite", false, "replace a run that the folder holds")
	workers := flags.Int("workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	var overrides []string
	flags.Func("set", "override a configuration key, as in train.batch=64; repeatable (`key=value`)", func(s string) error {
		overrides = append(overrides, s)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *resume && *overwrite:
		return command.Usage("-resume and -overwrite exclude each other")
	case flags.Given("workers") && (*workers < 1 || *workers > train.MaxWorkers):
		return command.Usage(fmt.Sprintf("-workers must be from 1 to %d, got %d", train.MaxWorkers, *workers))
	case *name == "" && !(*resume && *out != ""):
		return command.Usage("-config is missing; it takes a file or a preset")
	}
	if *name == "" {
		*name = filepath.Join(*out, "config.yaml")
	}
	config, err := configs.Load(*name, overrides)
	if err != nil {
		return err
	}
	if *out == "" {
		*out = filepath.Join("runs", config.Name)
	}
	options := train.Options{
		Folder: train.Folder(*out), Resume: *resume, Overwrite: *overwrite, Workers: *workers, Log: logrus.New(),
	}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		options.Bar = os.Stderr
	}
	options.Log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05"})
	return train.Run(ctx, config, options)
}
