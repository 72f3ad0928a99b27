package train

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"euryale/configs"
	"euryale/optim"
	"euryale/run"
)

// LearningRateError means that a resumed run has another learning rate, and Options.NewLearningRate is not set.
type LearningRateError struct{ Err error }

func (e *LearningRateError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *LearningRateError) Unwrap() error { return e.Err }

// open makes the folder of a new run, or restores an old one.
func (l *Loop) open(o Options) error {
	if !o.Resume {
		return l.Folder.Create(&l.config, o.Overwrite)
	}
	file, err := l.Folder.Latest()
	if err != nil {
		return err
	}
	if err := l.checkChanges(file, o.NewLearningRate); err != nil {
		return err
	}
	if _, err := run.ReadMetrics(l.Folder.MetricsPath()); err != nil && !errors.Is(err, fs.ErrNotExist) { // before anything is changed
		return err
	}
	if file == nil {
		if err := l.startFrom(l.config.Train.Init); err != nil {
			return err
		}
		return l.Folder.WriteConfig(&l.config)
	}
	if err := l.Restore(file); err != nil {
		return err
	}
	l.Resumed, l.restored = file.Name, readWindow(file.File)
	for _, damage := range file.Skipped {
		l.notes = append(l.notes, damage.Error())
	}
	if err := l.adopt(file.Config); err != nil {
		return err
	}
	return l.Folder.WriteConfig(&l.config)
}

// checkChanges refuses changes of the configuration that a resume does not allow. It compares with the checkpoint, if there
// is one: config.yaml can be edited.
func (l *Loop) checkChanges(file *run.Checkpoint, newLearningRate bool) error {
	old, err := l.Folder.Config()
	if file != nil {
		conflicts := run.Conflicts(file.Config, &l.config, newLearningRate)
		if len(conflicts) > 0 && err == nil && len(run.Conflicts(old, &l.config, newLearningRate)) == 0 {
			return refused(conflicts, fmt.Errorf("train: checkpoint %s: its configuration differs from the run's %s: %s; "+
				"the file was edited, or the checkpoint is of another run: set these keys back in the file, or remove it, as the checkpoint "+
				"has the configuration too", file.Name, l.Folder.ConfigPath(), listed(conflicts)))
		}
		old, err = file.Config, nil
	}
	if err != nil {
		return err
	}
	conflicts := run.Conflicts(old, &l.config, newLearningRate)
	if len(conflicts) == 0 {
		return nil
	}
	message := "a resumed run cannot change " + listed(conflicts)
	again := func(part, option, old, new string) {
		if old != new && old == "program" {
			message += fmt.Sprintf("; its %s was given by a Go program, which must give it again (%s)", part, option)
		}
	}
	again("net", "euryale.WithNet", old.Net.Name(), l.config.Net.Name())
	again("data", "euryale.WithData", old.Data.Source.Name(), l.config.Data.Source.Name())
	return refused(conflicts, &configs.Error{Where: string(l.Folder), Message: message})
}

// listed joins conflicts, whose values may have commas and blanks.
func listed(conflicts []string) string { return "[" + strings.Join(conflicts, "; ") + "]" }

// refused makes err a LearningRateError if nothing but the learning rate differs.
func refused(conflicts []string, err error) error {
	for _, c := range conflicts {
		if !strings.HasPrefix(c, "optimizer.learning_rate") {
			return err
		}
	}
	return &LearningRateError{err}
}

// adopt rewrites the newest checkpoint if the configuration has changed, so that whoever opens the run gets the new one. The
// tensors stay. Changes in section train wait for the next checkpoint, if there will be one.
func (l *Loop) adopt(old *configs.Config) error {
	adjusted := *old
	if l.StepsDone() < l.Total {
		adjusted.Train = l.config.Train
	}
	before, err := adjusted.YAML()
	if err != nil {
		return err
	}
	now, err := l.config.YAML()
	if err != nil || string(before) == string(now) {
		return err
	}
	if from, to := rateText(old.Optimizer), rateText(l.config.Optimizer); from != to {
		l.rate = fmt.Sprintf("learning rate %s → %s from step %d", from, to, l.StepsDone())
	}
	file, err := l.Checkpoint()
	if err != nil {
		return err
	}
	l.restored.put(file)
	if _, err := l.Folder.Save(file, l.StepsDone()); err != nil {
		return err
	}
	return l.Folder.AdoptBest(file, &l.config)
}

// rateText is the name of a learning-rate schedule and its numbers.
func rateText(o optim.Options) string {
	return o.LearningRate.Name() + " " + strings.Trim(fmt.Sprint(o.LearningRate.Kind), "&{}")
}
