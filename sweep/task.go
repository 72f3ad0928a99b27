package sweep

import (
	"context"
	"errors"
	"fmt"

	"euryale/configs"
	"euryale/run"
	"euryale/selection"
	"euryale/train"
)

// Task is a trial to be trained, from the start or from where it stopped, and measured.
type Task struct {
	Trial
	Folder  run.Folder
	Config  *configs.Config
	Workers int // 0: as many as there are processors
	// Rung is the number of the budget up to which it is trained, from 0; that of a sweep without budgets is 0.
	Rung     int
	Metric   string
	Evaluate Evaluate
	// Base is the file of the configuration that trials start from, and Changes the overrides that make it Config.
	Base    string
	Changes []string

	epochs, steps int64 // the budget; 0: none
}

// Outcome is what a trial came to.
type Outcome struct {
	Step    int64   `json:"step"` // of the model that was measured; with train.keep best it may be earlier than the last
	Figures Figures `json:"figures"`
}

// check returns an error unless the outcome can be recorded.
func (o *Outcome) check() error {
	if o == nil {
		return errors.New("sweep: the trial came to nothing")
	}
	for _, f := range o.Figures {
		if !finite(f.Value) || f.Floor != nil && !finite(*f.Floor) {
			return fmt.Errorf("sweep: the figure %s, or its floor, is not finite", f.Name)
		}
	}
	return nil
}

// Task is a trial of a sweep in a folder, up to a budget.
func (s *Sweep) Task(folder Folder, t Trial, rung, workers int) (Task, error) {
	task := Task{
		Trial: t, Folder: folder.Trial(t.Name), Rung: rung, Workers: workers, Metric: s.Metric, Evaluate: s.Evaluate,
		Base: folder.Path(baseFile), Changes: s.overrides(t),
	}
	budgets := s.Method.Kind.budgets()
	switch {
	case rung < 0 || rung >= max(len(budgets), 1):
		return task, fmt.Errorf("sweep: there is no budget %d", rung)
	case len(budgets) == 0:
	case s.Method.Kind.lengthKey() == "train.steps":
		task.steps = budgets[rung]
	default:
		task.epochs = budgets[rung]
	}
	var err error
	task.Config, err = s.configOf(t)
	return task, err
}

// Trial finds a trial by its name.
func (s *Sweep) Trial(name string) (Trial, error) {
	for _, t := range s.Trials {
		if t.Name == name {
			return t, nil
		}
	}
	return Trial{}, fmt.Errorf("sweep: there is no trial %s", name)
}

// Run trains and measures the task in this process.
func (t Task) Run(ctx context.Context) (o *Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			o, err = nil, fmt.Errorf("sweep: panic: %v", p)
		}
	}()
	err = t.Train(ctx, func(ctx context.Context, resume bool, pause train.Hook) error {
		return train.Run(ctx, t.Config, train.Options{
			Folder: t.Folder, Resume: resume, Workers: t.Workers, Evaluate: selection.Hook(nil), Hooks: []train.Hook{pause},
		})
	})
	if err != nil {
		return nil, err
	}
	return t.Measure(ctx)
}

// Train trains the task by a function that trains a whole run with one more hook, which interrupts it at the budget. So what
// the budget cuts off can be trained later, bit for bit as if nothing had been cut off.
func (t Task) Train(ctx context.Context, whole func(ctx context.Context, resume bool, pause train.Hook) error) error {
	resume, err := t.Folder.Held()
	if err != nil {
		return err
	}
	cut, stop := context.WithCancel(ctx)
	defer stop()
	err = whole(cut, resume, t.pause(stop))
	if errors.Is(err, train.ErrInterrupted) && cut.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

// pause is the hook that stops the training at the budget.
func (t Task) pause(stop func()) train.Hook {
	h := train.Hook{Name: "budget"}
	if t.epochs == 0 && t.steps == 0 {
		return h
	}
	h.Every = 1
	check := func(l *train.Loop) {
		budget := t.steps
		if t.epochs > 0 {
			budget = t.epochs * int64(l.StepsPerEpoch())
		}
		if l.StepsDone() >= budget && budget < l.Total {
			stop()
		}
	}
	h.Start = func(_ context.Context, l *train.Loop) error {
		check(l)
		return nil
	}
	h.Do = func(_ context.Context, l *train.Loop, _ train.Progress) error {
		check(l)
		return nil
	}
	return h
}
