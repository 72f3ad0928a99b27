package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"euryale/configs"
	"euryale/data"
	"euryale/previews"
	"euryale/report/tensorboard"
	"euryale/run"
	"euryale/selection"
	"euryale/train"
)

// runTrain trains a model in a run folder that it can go on with.
func runTrain(ctx context.Context, args []string) error { return trainWith(ctx, args) }

// trainWith is runTrain with further hooks.
func trainWith(ctx context.Context, args []string, hooks ...train.Hook) (err error) {
	flags := newFlags("train", "train -config FILE|PRESET [-set key=value]... [-out DIR] [-resume|-overwrite] [-workers N] "+
		"[-quiet] [-log-format text|json]")
	flags.declareLog()
	console := flags.console
	name := flags.String("config", "", "the configuration: a `file`, the name of a preset, or - for standard input")
	out := flags.String("out", "", "the run `folder` (default runs/NAME, by the configuration's name)")
	resume := flags.Bool("resume", false, "go on from the newest whole checkpoint; with -out, -config may be left out")
	overwrite := flags.Bool("overwrite", false, "replace a run that the folder holds; other files there are kept")
	workers := flags.Int("workers", 0, "the `number` of workers, which does not change the result "+
		"(default: the fastest, found during the run)")
	var overrides []string
	flags.Func("set", "override a key of the configuration with `key=value`, as in train.batch=64; repeatable", func(s string) error {
		overrides = append(overrides, s)
		return nil
	})
	if err := flags.parse(args); err != nil {
		return err
	}
	defer func() { err = console.ended(err) }()
	if err := flags.checkEmpty(); err != nil {
		return err
	}
	switch {
	case *resume && *overwrite:
		return usage("-resume and -overwrite exclude each other")
	case *name == "" && !(*resume && *out != ""):
		return usage("-config is missing; give it a file or a preset")
	}
	if err := flags.checkWorkers(*workers); err != nil {
		return err
	}
	read := func() (*configs.Config, error) { return readConfig(*name, overrides) }
	if *name == "" {
		read = func() (*configs.Config, error) { return configOf(run.Folder(*out), overrides) }
	}
	config, err := read()
	if err != nil {
		return err
	}
	if *out == "" {
		*out = filepath.Join("runs", config.Name)
	}
	memory := train.Hook{Name: "memory"}
	if _, ok := config.Data.Source.Kind.(data.Encoding); ok {
		collectOften(whileReading)
		memory = sparing()
	}
	log, every := console.log(), int64(config.Train.LogEvery)
	progress := train.Log(log, every)
	if console.draws() {
		progress = train.Bar(os.Stderr, log, every)
	}
	wait := console.waiting("reading the data")
	defer wait()
	spent := spent{began: time.Now()}
	opened := train.Hook{
		Name:  "opened",
		Start: func(context.Context, *train.Loop) error { wait(); return nil },
		Stop:  func(l *train.Loop, _ error) error { spent.hooks = l.Took(); return nil }, // the loop holds the data: let go of it
	}
	err = train.Run(ctx, config, train.Options{
		Folder: run.Folder(*out), Resume: *resume, Overwrite: *overwrite, Workers: *workers,
		Evaluate: selection.Hook(evaluationLog(log)), NewLearningRate: *resume && slices.ContainsFunc(overrides, setsLearningRate),
		Command: trainCommand(args, hooks),
		Hooks:   slices.Concat([]train.Hook{opened, progress, previewsOf(log, config), memory}, tensorboard.Hooks(config.Train), hooks),
	})
	spent.trained = time.Now()
	if err == nil {
		debug.FreeOSMemory() // that of training
		lossPicture(console, run.Folder(*out), config.Name)
		err = closingPicture(ctx, console, run.Folder(*out), *workers)
	}
	if err == nil && config.Train.Report {
		closingReport(log, run.Folder(*out))
	}
	if err == nil {
		spent.log(log)
	}
	return cured(err)
}

// spent is the time that a command takes, and the part of it that goes into what the run shows and leaves besides checkpoints.
type spent struct {
	began, trained time.Time
	hooks          map[string]time.Duration
}

func (s *spent) log(log *logrus.Logger) {
	all, shown := time.Since(s.began).Seconds(), time.Since(s.trained).Seconds()
	for hook, took := range s.hooks {
		if hook != "checkpoints" && hook != "evaluation" {
			shown += took.Seconds()
		}
	}
	log.WithFields(logrus.Fields{"took_s": all, "shown_s": shown}).Infof("took %.1f s, of which %.1f s went into log, previews, pictures and "+
		"report", all, shown)
}

// previewsOf is the hook that draws samples at each checkpoint.
func previewsOf(log *logrus.Logger, config *configs.Config) train.Hook {
	return previews.Hook(int64(config.Train.CheckpointEvery), func(step int64, err error) {
		log.WithField("step", step).Warnf("no preview of step %d: %s", step, plain(err))
	})
}

// trainCommand is the command line that trains a run: that of this process, or that of train where another command called it.
func trainCommand(args []string, hooks []train.Hook) []string {
	if len(hooks) == 0 {
		return os.Args
	}
	return append([]string{os.Args[0], "train"}, args...)
}

// configOf is the configuration of a run: that of config.yaml or, if the file is gone, of the checkpoint to go on from.
func configOf(folder run.Folder, overrides []string) (*configs.Config, error) {
	if err := folder.Check(true, false); err != nil {
		return nil, err
	}
	if exists(folder.ConfigPath()) {
		return configs.Load(folder.ConfigPath(), overrides)
	}
	switch file, err := folder.Latest(); {
	case err != nil:
		return nil, err
	case file == nil:
		return nil, usagef("%s has neither a config.yaml nor a checkpoint that has the configuration; give it by -config", folder)
	default:
		return configs.Decode(file.Name, []byte(file.Metadata["config"]), overrides)
	}
}

// setsLearningRate reports whether an override is of the learning rate, as a whole or a key of it.
func setsLearningRate(override string) bool {
	path, _, _ := strings.Cut(override, "=")
	return path == learningRate || strings.HasPrefix(path, learningRate+".")
}

const learningRate = "optimizer.learning_rate"

// cured adds to an error of training the flags that help.
func cured(err error) error {
	foreign, rate, broken := (*run.ForeignError)(nil), (*train.LearningRateError)(nil), (*train.NotFiniteError)(nil)
	switch {
	case errors.As(err, &foreign), errors.As(err, &broken): // they name it themselves
	case errors.Is(err, run.ErrExists):
		return fmt.Errorf("%w; go on with -resume, replace it with -overwrite, or choose another folder with -out", err)
	case errors.Is(err, train.ErrInterrupted) && !errors.Is(err, train.ErrNothingKept):
		return fmt.Errorf("%w; go on with -resume", err)
	case errors.As(err, &rate):
		return fmt.Errorf("%w; to continue with another learning rate, give it with -set %s=RATE", err, learningRate)
	}
	return err
}
