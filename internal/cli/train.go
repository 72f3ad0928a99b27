package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// runTrain trains a model in a run folder that it can go on with.
func runTrain(ctx context.Context, args []string) error {
	flags := newFlags("train", "train -config FILE|PRESET [-set key=value]... [-out DIR] [-resume|-overwrite] [-workers N]")
	name := flags.String("config", "", "configuration: a `file`, or the name of a preset")
	out := flags.String("out", "", "run `folder` (default runs/<the configuration's name>)")
	resume := flags.Bool("resume", false, "go on from the newest checkpoint; with -out, -config may be left out")
	overwrite := flags.Bool("overwrite", false, "replace a run that the folder holds")
	workers := flags.Int("workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	var overrides []string
	flags.Func("set", "override a configuration key with `key=value`, as in train.batch=64; repeatable", func(s string) error {
		overrides = append(overrides, s)
		return nil
	})
	if err := flags.parse(args); err != nil {
		return err
	}
	switch {
	case *resume && *overwrite:
		return usage("-resume and -overwrite exclude each other")
	case *name == "" && !(*resume && *out != ""):
		return usage("-config is missing; it takes a file or a preset")
	}
	if err := flags.checkWorkers(*workers); err != nil {
		return err
	}
	if *name == "" {
		if err := run.Folder(*out).Check(true, false); err != nil { // before the configuration is missed
			return err
		}
		*name = filepath.Join(*out, "config.yaml")
	}
	config, err := configs.Load(*name, overrides)
	if err != nil {
		return err
	}
	if *out == "" {
		*out = filepath.Join("runs", config.Name)
	}
	log, every := logrus.New(), int64(config.Train.LogEvery)
	log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05"})
	progress := train.Log(log, every)
	if term.IsTerminal(int(os.Stderr.Fd())) {
		progress = train.Bar(os.Stderr, log, every)
	}
	return train.Run(ctx, config, train.Options{
		Folder: run.Folder(*out), Resume: *resume, Overwrite: *overwrite, Workers: *workers,
		Hooks: []train.Hook{progress, closingPicture(log, *workers)},
	})
}
