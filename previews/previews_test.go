package previews

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

const averaged = "optimizer.transforms=[clip, adam, {name: ema, decay: 0.9}]"

func configOf(t testing.TB, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Preset("scurve", append([]string{
		"data.points=200", "net.width=16", "process.steps=30", "train.steps=20", "train.checkpoint_every=8", "train.previews=50",
		"train.keep_checkpoints=1",
	}, overrides...))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func try(ctx context.Context, folder run.Folder, config *configs.Config, change func(*train.Options)) (failed []error, err error) {
	o := train.Options{Folder: folder, Workers: 2, Hooks: []train.Hook{
		Hook(int64(config.Train.CheckpointEvery), func(_ int64, err error) { failed = append(failed, err) }),
	}}
	if change != nil {
		change(&o)
	}
	err = train.Run(ctx, config, o)
	return failed, err
}

func trained(t testing.TB, config *configs.Config, change func(*train.Options)) run.Folder {
	t.Helper()
	folder := run.Folder(t.TempDir())
	if failed, err := try(context.Background(), folder, config, change); err != nil || len(failed) > 0 {
		t.Fatal(failed, err)
	}
	return folder
}

// files are the contents of a folder's files, by their names.
func files(t testing.TB, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

func names(t testing.TB, folder run.Folder) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(files(t, folder.PreviewsPath())))
}

// Every checkpoint and the last step have a preview, which stays when the checkpoint goes; its samples are those that the weights
// of that step draw of the same request.
func TestPreviews(t *testing.T) {
	config := configOf(t, averaged)
	folder := trained(t, config, nil)
	var want []string
	for _, step := range []string{"step-00000008", "step-00000016", "step-00000020"} {
		want = append(want, step+".npy", step+".png", step+"_raw.npy")
	}
	if got := names(t, folder); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	sameSamples(t, folder, 20, ".npy", 50, model.Parts{})
	sameSamples(t, folder, 20, "_raw.npy", 50, model.Parts{Raw: true})
	picture, err := os.Open(folder.PreviewPath(20, ".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	if p, err := png.DecodeConfig(picture); err != nil || p.Width < 2*p.Height*8/10 {
		t.Errorf("%+v, %v, want two panels side by side", p, err)
	}
}

// sameSamples checks that the preview of a step is what the model of that step draws.
func sameSamples(t *testing.T, folder run.Folder, step int64, end string, n int, parts model.Parts) {
	t.Helper()
	m, err := model.OpenAt(folder, fmt.Sprint(step), parts)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "samples.npy")
	if err := m.Save(context.Background(), Request(m, n), path); err != nil {
		t.Fatal(err)
	}
	drawn, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	preview, err := os.ReadFile(folder.PreviewPath(step, end))
	if err != nil || !bytes.Equal(drawn, preview) {
		t.Errorf("step %d%s: not the samples of the model of that step, %v", step, end, err)
	}
}

// A run that is stopped at any time, also while it draws a preview, or killed after one, and resumed has the previews, byte for
// byte, and the weights of one that never stopped. So has a run without previews the weights.
func TestSameBytes(t *testing.T) {
	config := configOf(t, averaged, "train.keep_checkpoints=0")
	whole := trained(t, config, nil)
	want, weights := files(t, whole.PreviewsPath()), files(t, whole.Checkpoints())
	check := func(what string, folder run.Folder) {
		t.Helper()
		if got := files(t, folder.PreviewsPath()); !maps.Equal(got, want) {
			t.Errorf("%s: other previews: %v", what, slices.Sorted(maps.Keys(got)))
		}
		last := "step-00000020.safetensors"
		if files(t, folder.Checkpoints())[last] != weights[last] {
			t.Errorf("%s: other weights", what)
		}
	}
	for _, stop := range []struct {
		step   int64
		during bool
	}{{7, false}, {8, false}, {8, true}, {16, true}, {18, false}, {20, true}} {
		folder := run.Folder(t.TempDir())
		ctx, cancel := context.WithCancel(context.Background())
		_, err := try(ctx, folder, config, func(o *train.Options) {
			end := train.Hook{Name: "end", Every: 1, Do: func(_ context.Context, _ *train.Loop, p train.Progress) error {
				if p.Step == stop.step {
					cancel()
				}
				return nil
			}}
			o.Hooks = append(o.Hooks, end)
			if stop.during {
				slices.Reverse(o.Hooks)
			}
		})
		cancel()
		if (err == nil) != (stop.step == 20) && !errors.Is(err, train.ErrInterrupted) {
			t.Fatalf("stopped at %v: %v", stop, err)
		}
		failed, err := try(context.Background(), folder, config, func(o *train.Options) { o.Resume, o.Workers = true, 1 })
		if err != nil || len(failed) > 0 {
			t.Fatal(failed, err)
		}
		check("stopped", folder)
	}
	// Killed after the preview of step 16: its checkpoint is gone.
	killed := run.Folder(t.TempDir())
	if err := os.CopyFS(string(killed), os.DirFS(string(whole))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"step-00000016.safetensors", "step-00000020.safetensors"} {
		if err := os.Remove(filepath.Join(killed.Checkpoints(), name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"step-00000016.npy", "step-00000020.png", "step-00000099.npy"} {
		if err := os.WriteFile(filepath.Join(killed.PreviewsPath(), name), []byte("left"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := try(context.Background(), killed, config, func(o *train.Options) { o.Resume = true }); err != nil {
		t.Fatal(err)
	}
	check("killed", killed)
	config.Train.Previews = 0
	without := trained(t, config, nil)
	if list := names(t, without); len(list) > 0 {
		t.Errorf("without previews %v", list)
	}
	sameWeights(t, whole, without)
}

// sameWeights is a check of two runs whose configurations differ in their previews.
func sameWeights(t *testing.T, with, without run.Folder) {
	t.Helper()
	a, errA := with.Latest()
	b, errB := without.Latest()
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for i, tensor := range a.Tensors {
		u, errU := tensor.Values()
		v, errV := b.Tensors[i].Values()
		if errU != nil || errV != nil || !slices.Equal(u, v) {
			t.Errorf("previews change %s", tensor.Name)
		}
	}
}

// Images are drawn in the memory of the training's steps: with what the model of the checkpoint draws, and without a change to the
// steps that follow.
func TestImagesInTheMemoryOfSteps(t *testing.T) {
	config, err := configs.Preset("digits8", []string{
		"net.channels=8", "net.blocks=1", "net.groups=2", "train.batch=8", "train.steps=6", "train.checkpoint_every=2", "train.previews=12",
		"sample.guidance.weight=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := trained(t, config, nil)
	for _, step := range []int64{2, 4, 6} {
		sameSamples(t, folder, step, ".npy", 12, model.Parts{})
	}
	config.Train.Previews = 0
	sameWeights(t, folder, trained(t, config, nil))
}

// Each kind of rows has a file of its format; a picture, where it can be drawn; raw samples, where there is an average.
func TestKindsOfRows(t *testing.T) {
	table := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(table, []byte("x,k\n"+strings.Repeat("1,a\n2.5,b\n3,a\n", 30)), 0o644); err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		preset    string
		overrides []string
		want      string // ends of names
	}{
		"points":            {"scurve", nil, ".npy .png"},
		"points in space":   {"scurve", []string{"data.dimensions=3"}, ".npy"},
		"labeled points":    {"moons_cfg", nil, ".npy .png _labels.npy _raw.npy _raw_labels.npy"},
		"a start from data": {"scurve", []string{"sample.start=marginal"}, ".npy .png"},
		"a classifier":      {"moons_classifier", nil, ""},
		"images": {"digits8", []string{"net.channels=8", "net.blocks=1", "net.groups=2", "train.batch=8"},
			".npy .png _labels.npy _raw.npy _raw_labels.npy"},
		"images of any color": {"discs", []string{"data.rows=20", "data.size=8", "data.channels=3", "net.channels=8", "net.groups=2", "train.batch=8"},
			".npy .png _raw.npy"},
		"a table": {"table_small", []string{"data.file=" + table, "net.width=16", "train.batch=32"}, ".csv _raw.csv"},
	} {
		t.Run(what, func(t *testing.T) {
			config, err := configs.Preset(test.preset, append([]string{
				"train.steps=2", "train.checkpoint_every=0", "train.previews=6", "train.log_every=1",
			}, test.overrides...))
			if err != nil {
				t.Fatal(err)
			}
			folder := trained(t, config, nil)
			var got []string
			for _, name := range names(t, folder) {
				got = append(got, strings.TrimPrefix(name, "step-00000002"))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// A preview that cannot be drawn or written is reported, and the training goes on, with the next one.
func TestFailures(t *testing.T) {
	config := configOf(t, "sample.start=marginal")
	rows, err := config.Data.Source.Kind.Open(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	source := &failing{Source: rows}
	config.Data.Source = configs.Sources().With(&data.Program{Source: source})
	folder := run.Folder(t.TempDir())
	breaks := train.Hook{Name: "breaks", Every: 1, Do: func(_ context.Context, _ *train.Loop, p train.Progress) error {
		source.failed = p.Step == 8
		if p.Step == 16 { // a file in the place of the folder
			return errors.Join(os.RemoveAll(folder.PreviewsPath()), os.WriteFile(folder.PreviewsPath(), nil, 0o644))
		}
		if p.Step == 17 {
			return os.Remove(folder.PreviewsPath())
		}
		return nil
	}}
	failed, err := try(context.Background(), folder, config, func(o *train.Options) { o.Hooks = slices.Insert(o.Hooks, 0, breaks) })
	if err != nil || len(failed) != 2 || !errors.Is(failed[0], errFailed) || !strings.Contains(failed[1].Error(), folder.PreviewsPath()) {
		t.Errorf("%v, %v", failed, err)
	}
	if list, err := folder.Previews(); err != nil || len(list) != 1 || list[0].Step != 20 {
		t.Errorf("%v, %v", list, err)
	}
	if left, _ := filepath.Glob(folder.PreviewsPath() + "/.*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// failing is a source that cannot be read while it fails.
type failing struct {
	data.Source
	failed bool
}

var errFailed = errors.New("failed")

func (f *failing) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if f.failed {
		return errFailed
	}
	return f.Source.Read(ctx, dst, first, n)
}

// The solver of the run takes few steps, and all that it has where it cannot do with fewer.
func TestRequest(t *testing.T) {
	for overrides, want := range map[string]int{
		"": 20, "sample.steps=12": 12, "process.steps=15": 15, "sample.times=[20,10,0]": 0, "sample.steps=29": 20,
	} {
		folder := trained(t, configOf(t, append(strings.Fields(overrides), "train.steps=1", "train.previews=0")...), nil)
		m, err := model.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		r := Request(m, -1)
		if r.Sampling.Steps != want && !(want == 0 && len(r.Sampling.Times) == 3) || r.N != usualRows || r.Seed != m.Config.Seed {
			t.Errorf("%s: %d steps, %v, %d samples; want %d steps", overrides, r.Sampling.Steps, r.Sampling.Times, r.N, want)
		}
		if err := m.Check(r); err != nil {
			t.Errorf("%s: %v", overrides, err)
		}
	}
}
