package tensorboard

import (
	"context"
	"errors"
	"image"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// small is a run of ten steps.
const small = `
version: 2
name: small
data: {name: s_curve, points: 40}
process: {name: ddpm, steps: 10}
net: {name: mlp, width: 8}
optimizer: {transforms: [clip, adam, {name: ema, decay: 0.9}]}
train: {batch: 8, epochs: 2, log_every: 2, checkpoint_every: 4, tensorboard: true}
`

func smallConfig(t *testing.T, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Decode("small", []byte(small), overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// previews is a hook that puts a picture where the previews of a run are.
func previews(t *testing.T, every int64) train.Hook {
	picture := encoded(t, image.NewGray(image.Rect(0, 0, 3, 2)))
	return train.Hook{Name: "previews", Every: every, Do: func(_ context.Context, l *train.Loop, p train.Progress) error {
		path := l.Folder.PreviewPath(p.Step, ".png")
		return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, picture, 0o600))
	}}
}

// A run that is interrupted after its checkpoint and resumed has, for TensorBoard, the points of its metrics.jsonl, each once,
// and the weights of a run without event files.
func TestRun(t *testing.T) {
	config, folder := smallConfig(t), run.Folder(t.TempDir())
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	options := train.Options{Folder: folder, Hooks: append([]train.Hook{previews(t, 4)}, Hooks(config.Train)...)}
	stopping := options
	stopping.Hooks = append(slices.Clone(options.Hooks), train.Hook{Name: "stop", Every: 7, Do: func(context.Context, *train.Loop, train.Progress) error {
		stop()
		return nil
	}})
	if err := train.Run(ctx, config, stopping); !errors.Is(err, train.ErrInterrupted) {
		t.Fatal(err)
	}
	// As if the process had been killed: the newest checkpoint is that of step 4, and the log goes on to step 6.
	if err := os.Remove(checkpoint.Path(folder.Checkpoints(), 7)); err != nil {
		t.Fatal(err)
	}
	options.Resume = true
	if err := train.Run(context.Background(), config, options); err != nil {
		t.Fatal(err)
	}
	if err := AddPicture(folder, 10, "samples/closing", folder.PreviewPath(8, ".png")); err != nil {
		t.Fatal(err)
	}

	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64][]float64{}
	for _, p := range points {
		want[p.Step] = []float64{p.Loss, p.GradientNorm, p.LearningRate, p.StepsPerSecond, p.EMADecay}
	}
	var pictures, texts []int64
	for _, e := range readFolder(t, string(folder.EventsPath())) {
		for _, v := range e.values {
			switch {
			case v.image.encoded != nil:
				pictures = append(pictures, e.step)
			case v.plugin == "text":
				texts = append(texts, e.step)
				if !strings.HasPrefix(v.strings[0], "    version: 2\n    name: small\n") {
					t.Errorf("the configuration is %q", v.strings[0])
				}
			}
		}
		if len(e.values) < 2 {
			continue
		}
		var tags []string
		for i, v := range e.values {
			tags = append(tags, v.tag)
			// The speed is that of another moment.
			if w := want[e.step][i]; v.tag != "train/steps_per_s" && math.Abs(float64(v.scalar)-w) > 1e-6*math.Abs(w) {
				t.Errorf("%s of step %d is %v, want %v", v.tag, e.step, v.scalar, w)
			}
		}
		if got := strings.Join(tags, " "); got != "train/loss train/grad_norm train/lr train/steps_per_s train/ema_decay" {
			t.Errorf("step %d has %s", e.step, got)
		}
		delete(want, e.step)
	}
	if len(want) > 0 || !slices.Equal(pictures, []int64{4, 8, 10, 10}) || !slices.Equal(texts, []int64{0, 4}) {
		t.Errorf("missing are the points %v; there are pictures of the steps %d, texts of %d", want, pictures, texts)
	}

	plain := run.Folder(t.TempDir())
	if err := train.Run(context.Background(), smallConfig(t, "train.tensorboard=false"), train.Options{Folder: plain}); err != nil {
		t.Fatal(err)
	}
	a, errA := folder.Latest()
	b, errB := plain.Latest()
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	for i, tensor := range a.Tensors {
		if !slices.Equal(tensor.Data, b.Tensors[i].Data) {
			t.Errorf("%s depends on the event files", tensor.Name)
		}
	}
	if Hooks(smallConfig(t, "train.tensorboard=false").Train) != nil {
		t.Error("there are hooks without the key")
	}
}

// An evaluation becomes curves, one per number.
func TestEvaluation(t *testing.T) {
	half := 0.5
	list, err := scalarsOf(train.Progress{Step: 5, Loss: 1}, &run.Evaluation{
		HeldOutLoss: 2, Score: 0.25, Best: true, Points: &run.PointsEvaluation{Samples: 10, SlicedW1: 3, NearerToTraining: &half},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Scalar{
		{"train/loss", 1}, {"train/grad_norm", 0}, {"train/lr", 0}, {"train/steps_per_s", 0},
		{"evaluation/held_out_loss", 2}, {"evaluation/floor", 0}, {"evaluation/nearer_to_training", 0.5},
		{"evaluation/samples", 10}, {"evaluation/sliced_w1", 3}, {"evaluation/score", 0.25},
	}
	if !slices.Equal(list, want) {
		t.Errorf("got  %v\nwant %v", list, want)
	}
	if _, err := scalarsOf(train.Progress{Step: 5}, &run.Evaluation{Score: math.NaN()}); err == nil || !strings.Contains(err.Error(), "step 5") {
		t.Errorf("no number: %v", err)
	}
}

// An evaluation that a resume makes up for, of the step that it goes on from, is in its curve.
func TestEvaluationOfAResume(t *testing.T) {
	config, folder := smallConfig(t, "train.evaluate_every=4", "train.log_every=100"), run.Folder(t.TempDir())
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	report := func(_ context.Context, l *train.Loop, _ train.Progress) error {
		l.Report(run.Evaluation{HeldOutLoss: float64(l.StepsDone())})
		return nil
	}
	interrupted := train.Hook{Name: "evaluation", Do: func(ctx context.Context, l *train.Loop, p train.Progress) error {
		if p.Step == 8 {
			stop()
			return nil
		}
		return report(ctx, l, p)
	}}
	options := train.Options{Folder: folder, Hooks: Hooks(config.Train), Evaluate: &interrupted}
	if err := train.Run(ctx, config, options); !errors.Is(err, train.ErrInterrupted) {
		t.Fatal(err)
	}
	options.Resume, options.Hooks = true, Hooks(config.Train)
	options.Evaluate = &train.Hook{Name: "evaluation", Do: report, Start: func(ctx context.Context, l *train.Loop) error {
		return report(ctx, l, train.Progress{})
	}}
	if err := train.Run(context.Background(), config, options); err != nil {
		t.Fatal(err)
	}
	losses := map[int64][]float32{}
	for _, e := range readFolder(t, string(folder.EventsPath())) {
		for _, v := range e.values {
			if v.tag == "evaluation/held_out_loss" {
				losses[e.step] = append(losses[e.step], v.scalar)
			}
		}
	}
	if want := map[int64][]float32{4: {4}, 8: {8}, 10: {10}}; !maps.EqualFunc(losses, want, slices.Equal) {
		t.Errorf("losses %v, want %v", losses, want)
	}
}

// A folder that cannot be written ends the run before its first step. One without event files takes no pictures.
func TestHookErrors(t *testing.T) {
	config, folder := smallConfig(t), run.Folder(t.TempDir())
	broken := train.Hook{Name: "break", Start: func(context.Context, *train.Loop) error { return os.WriteFile(folder.EventsPath(), nil, 0o600) }}
	err := train.Run(context.Background(), config, train.Options{Folder: folder, Hooks: append([]train.Hook{broken}, Hooks(config.Train)...)})
	if err == nil || !strings.Contains(err.Error(), "train: hook tensorboard: tensorboard: mkdir "+folder.EventsPath()) {
		t.Errorf("error %v", err)
	}
	picture := filepath.Join(t.TempDir(), "a.png")
	if err := AddPicture(run.Folder(t.TempDir()), 1, "a", picture); err == nil {
		t.Error("a picture that is missing was added")
	}
	if err := os.WriteFile(picture, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := AddPicture(run.Folder(t.TempDir()), 1, "a", picture); err != nil {
		t.Errorf("a run without event files: %v", err)
	}
}
