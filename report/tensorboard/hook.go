package tensorboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// The tags of pictures and texts.
const (
	tagPreview       = "samples/preview"
	tagConfiguration = "configuration"
)

// Hooks are the hooks that write the event files of a run: nil unless train.tensorboard is set. They come after the hook that
// draws previews. An error, such as a full disk, ends the run, as one of metrics.jsonl does: its checkpoints are kept.
func Hooks(c configs.Train) []train.Hook {
	if !c.TensorBoard {
		return nil
	}
	var w *Writer
	points := train.Hook{
		Name: "tensorboard", Every: int64(c.LogEvery), Also: int64(c.EvaluateEvery),
		Start: func(_ context.Context, l *train.Loop) (err error) {
			if w, err = NewWriter(l.Folder.EventsPath(), l.StepsDone()); err != nil {
				return err
			}
			config := l.Config()
			text, err := config.YAML()
			if err != nil {
				return err
			}
			w.Text(l.StepsDone(), tagConfiguration, indented(string(text)))
			// The evaluation of the step that the run goes on from, if it was interrupted then and is made up for.
			scalars, err := evaluationScalars(l.StepsDone(), l.Evaluation())
			if err != nil {
				return err
			}
			w.Scalars(l.StepsDone(), scalars...)
			return w.Flush()
		},
		Do: func(_ context.Context, l *train.Loop, p train.Progress) error {
			scalars, err := scalarsOf(p, l.Evaluation())
			if err != nil {
				return err
			}
			w.Scalars(p.Step, scalars...)
			return w.Flush()
		},
		Stop: func(*train.Loop, error) error {
			if w == nil {
				return nil
			}
			return w.Close()
		},
	}
	pictures := train.Hook{
		Name: "tensorboard pictures", Every: int64(c.CheckpointEvery),
		Do: func(_ context.Context, l *train.Loop, p train.Progress) error {
			encoded, err := os.ReadFile(l.Folder.PreviewPath(p.Step, ".png"))
			if errors.Is(err, fs.ErrNotExist) { // none was asked for, or it could not be drawn
				return nil
			}
			if err == nil {
				err = w.PNG(p.Step, tagPreview, encoded)
			}
			if err != nil {
				return err
			}
			return w.Flush()
		},
	}
	return []train.Hook{points, pictures}
}

// scalarsOf are the curves of a step.
func scalarsOf(p train.Progress, e *run.Evaluation) ([]Scalar, error) {
	list := []Scalar{
		{"train/loss", p.Loss}, {"train/grad_norm", p.GradientNorm}, {"train/lr", p.LearningRate}, {"train/steps_per_s", p.StepsPerSecond},
	}
	if p.EMADecay != 0 {
		list = append(list, Scalar{"train/ema_decay", p.EMADecay})
	}
	evaluation, err := evaluationScalars(p.Step, e)
	return append(list, evaluation...), err
}

// evaluationScalars are the numbers of an evaluation, if there is one.
func evaluationScalars(step int64, e *run.Evaluation) ([]Scalar, error) {
	if e == nil {
		return nil, nil
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("tensorboard: the evaluation of step %d: %w", step, err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("tensorboard: the evaluation of step %d: %w", step, err)
	}
	return appendNumbers(nil, "evaluation", fields), nil
}

// appendNumbers adds the numbers of a JSON object, with the names of its fields, and those of objects in it.
func appendNumbers(list []Scalar, tag string, fields map[string]any) []Scalar {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch v := fields[name].(type) {
		case float64:
			list = append(list, Scalar{tag + "/" + name, v})
		case map[string]any:
			list = appendNumbers(list, tag, v)
		}
	}
	return list
}

// indented is a text as Markdown leaves it alone.
func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n"
}

// AddPicture adds a picture of the end of a run, a PNG file, to the last event file of its folder. It does nothing if the folder
// has none.
func AddPicture(folder run.Folder, step int64, tag, path string) error {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	w, err := appendTo(folder.EventsPath())
	if errors.Is(err, fs.ErrNotExist) || err == nil && w == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return errors.Join(w.PNG(step, tag, encoded), w.Close())
}
