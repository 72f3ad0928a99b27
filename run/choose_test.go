package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/checkpoint"
	"euryale/configs"
)

// saved writes checkpoints of a run for the given steps; each holds its step as a tensor.
func saved(t *testing.T, folder Folder, steps ...int64) {
	t.Helper()
	for _, step := range steps {
		if err := checkpoint.Write(checkpoint.Path(folder.Checkpoints(), step), ofStep(t, configs.Default(), step)); err != nil {
			t.Fatal(err)
		}
	}
}

func ofStep(t *testing.T, config *configs.Config, step int64) *checkpoint.File {
	t.Helper()
	c := Checkpoint{File: &checkpoint.File{}, Config: config, Step: step}
	if err := c.Encode(); err != nil {
		t.Fatal(err)
	}
	c.Metadata[metaSchema], c.Metadata[DataChecksum] = "{}", "abc"
	c.Tensors = []checkpoint.Tensor{{Name: "model.a", Shape: []int{1}, Data: []float32{float32(step)}}}
	return c.File
}

func created(t *testing.T, steps ...int64) Folder {
	t.Helper()
	folder := Folder(t.TempDir())
	if err := folder.Create(configs.Default(), false); err != nil {
		t.Fatal(err)
	}
	saved(t, folder, steps...)
	return folder
}

// damage changes the last byte of a file, which is one of a tensor.
func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 1
	put(t, path, string(content))
}

func renamed(t *testing.T, folder Folder, from, to int64) {
	t.Helper()
	if err := os.Rename(checkpoint.Path(folder.Checkpoints(), from), checkpoint.Path(folder.Checkpoints(), to)); err != nil {
		t.Fatal(err)
	}
}

func checkpointNames(t *testing.T, folder Folder) (names []string) {
	t.Helper()
	files, err := os.ReadDir(folder.Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, file.Name())
	}
	return names
}

// A renamed file counts by the step in its metadata.
func TestStepIsInTheMetadata(t *testing.T) {
	folder := created(t, 10, 20, 30)
	renamed(t, folder, 10, 99999999)
	if c, err := folder.Latest(); err != nil || c.Step != 30 || c.Skipped != nil {
		t.Errorf("the newest: %+v, %v; want step 30", c, err)
	}
	if c, err := folder.Open("10"); err != nil || c.Step != 10 || !strings.Contains(c.Name, "99999999") {
		t.Errorf("step 10: %+v, %v", c, err)
	}
	// Two of one step: the one with the right name.
	saved(t, folder, 10)
	if c, err := folder.Open("10"); err != nil || c.Name != checkpoint.Path(folder.Checkpoints(), 10) {
		t.Errorf("step 10, twice: %+v, %v", c, err)
	}
	for _, step := range []int64{10, 20, 30} {
		if err := os.Remove(checkpoint.Path(folder.Checkpoints(), step)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := folder.Latest(); err != nil || c.Step != 10 {
		t.Errorf("the renamed one alone: %+v, %v; want step 10", c, err)
	}
}

// The newest whole checkpoint is used. Damaged ones are named and kept.
func TestDamagedIsPassedOver(t *testing.T) {
	folder := created(t, 10, 20, 30, 40)
	path := func(step int64) string { return checkpoint.Path(folder.Checkpoints(), step) }
	damage(t, path(30))
	put(t, path(40), "")
	for what, open := range map[string]func() (*Checkpoint, error){
		"Latest": folder.Latest, "Open": func() (*Checkpoint, error) { return folder.Open("") },
	} {
		c, err := open()
		if err != nil || c.Step != 20 || len(c.Skipped) != 2 {
			t.Fatalf("%s: %+v, %v; want step 20", what, c, err)
		}
		for i, want := range []string{path(40) + ": file is empty", path(30) + ": damaged: the file's checksum is"} {
			if got := c.Skipped[i].Error(); !strings.Contains(got, want) || !strings.HasSuffix(got, "the one of step 20 is used instead") {
				t.Errorf("%s: skipped %s, want %s", what, got, want)
			}
		}
	}
	// A checkpoint chosen by its step is not replaced by another.
	if _, err := folder.Open("30"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("step 30: %v", err)
	}
	damage(t, path(10))
	damage(t, path(20))
	_, err := folder.Latest()
	for _, step := range []int64{10, 20, 30, 40} {
		if err == nil || !strings.Contains(err.Error(), path(step)) || strings.Contains(err.Error(), "instead") {
			t.Errorf("none is whole: %v", err)
		}
	}
	if !strings.HasPrefix(err.Error(), "run: no checkpoint of "+string(folder)+" is whole: ") {
		t.Errorf("none is whole: %v", err)
	}
	if names := checkpointNames(t, folder); len(names) != 4 {
		t.Errorf("%v are left of 4", names)
	}
}

// A newer format may be whole: it is not passed over for an older step.
func TestNewerFormatIsNotPassedOver(t *testing.T) {
	folder := created(t, 10, 20)
	path := checkpoint.Path(folder.Checkpoints(), 20)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, strings.Replace(string(content), `"euryale.format":"1"`, `"euryale.format":"2"`, 1))
	if c, err := folder.Latest(); !errors.Is(err, checkpoint.ErrNewer) {
		t.Errorf("%v, %v", c, err)
	}
}

func TestOpen(t *testing.T) {
	folder := created(t, 10, 20, 30, 40)
	log := ""
	for i, loss := range []float64{8, 7, 3, 4, 9, 1, 5, 5} { // a point every 5 steps, 21 epochs apart: the mean is of one point
		log += fmt.Sprintf(`{"step":%d,"epoch":%d,"loss":%v}`+"\n", 5*(i+1), 21*(i+1), loss)
	}
	put(t, folder.MetricsPath(), log)
	file := checkpoint.Path(folder.Checkpoints(), 20)
	outside := filepath.Join(t.TempDir(), "mine.safetensors")
	content, _ := os.ReadFile(file)
	put(t, outside, string(content))
	for _, test := range []struct {
		folder Folder
		which  string
		step   int64
		want   string // of the error
	}{
		{folder, "", 40, ""},
		{folder, "best", 30, ""}, // the point of step 30 has the loss 1
		{folder, "10", 10, ""},
		{folder, "0010", 10, ""},
		{folder, "12", 0, "has no checkpoint of step 12; it has those of steps 10, 20, 30, 40"},
		{folder, file, 20, ""},
		{folder, outside, 20, ""},
		{"", outside, 20, ""},
		{Folder(outside), "", 20, ""},
		{"", "", 0, "no run folder is given"},
		{"", "best", 0, "no run folder is given"},
		{"", "10", 0, "no run folder is given"},
		{folder, "newest", 0, `there is no checkpoint file newest; a checkpoint is chosen by its step, by "best" or by the path`},
		{folder, string(folder), 0, "is not a regular file"},
		{Folder(t.TempDir()), "", 0, "holds no run with a checkpoint"},
		{Folder(t.TempDir()), "best", 0, "holds no run with a checkpoint"},
		{Folder(outside), "best", 0, "is a file, want a run folder"},
	} {
		c, err := test.folder.Open(test.which)
		if test.want == "" && (err != nil || c.Step != test.step) ||
			test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s, %q: %v, %v; want step %d, error %q", test.folder, test.which, c, err, test.step, test.want)
		}
		if none := strings.Contains(test.want, "holds no run"); none != errors.Is(err, ErrNone) {
			t.Errorf("%s, %q: %v is ErrNone: %v", test.folder, test.which, err, !none)
		}
	}
}

// The best checkpoint has the lowest mean loss over the epochs before it, not the lowest log point; damaged ones are passed
// over.
func TestBest(t *testing.T) {
	folder := created(t, 10, 20, 30)
	if _, err := folder.Open(Best); err == nil || !strings.Contains(err.Error(), "metrics.jsonl") {
		t.Errorf("without a log: %v", err)
	}
	put(t, folder.MetricsPath(), `{"step":35,"epoch":1,"loss":1}`+"\n")
	if _, err := folder.Open(Best); err == nil || !strings.Contains(err.Error(), "no log point up to any of the checkpoints") {
		t.Errorf("a log that begins later: %v", err)
	}
	log := ""
	for i, loss := range []float64{9, 5, 5, 5, 9, 1} { // means over 20 epochs, which are 2 points: 7, 5, 5
		log += fmt.Sprintf(`{"step":%d,"epoch":%d,"loss":%v}`+"\n", 5*(i+1), 10*(i+1), loss)
	}
	put(t, folder.MetricsPath(), log)
	if c, err := folder.Open(Best); err != nil || c.Step != 30 { // of two equal ones, the newer
		t.Errorf("%v, %v; want step 30", c, err)
	}
	damage(t, checkpoint.Path(folder.Checkpoints(), 30))
	if c, err := folder.Open(Best); err != nil || c.Step != 20 || len(c.Skipped) != 1 {
		t.Errorf("%v, %v; want step 20", c, err)
	}
	for step, want := range map[int64]float64{3: 0, 5: 9, 12: 7, 20: 5, 25: 7, 1000: 5} {
		if loss, err := folder.LossAt(step, LossEpochs); loss != want || err != nil {
			t.Errorf("the loss at step %d: %v, %v; want %v", step, loss, err, want)
		}
	}
}

// Saving replaces nothing but a whole checkpoint of the same run and step.
func TestSaveSetsAside(t *testing.T) {
	folder := created(t, 10, 20, 30)
	renamed(t, folder, 10, 40)                           // a renamed one in the place of a later step
	damage(t, checkpoint.Path(folder.Checkpoints(), 20)) // a damaged one
	put(t, checkpoint.Path(folder.Checkpoints(), 20)+".aside", "mine")
	for _, step := range []int64{20, 30, 40} {
		path, err := folder.Save(ofStep(t, configs.Default(), step), step)
		if err != nil || path != checkpoint.Path(folder.Checkpoints(), step) {
			t.Fatal(path, err)
		}
		if c, err := Read(path); err != nil || c.Step != step {
			t.Errorf("%s: %v, %v", path, c, err)
		}
	}
	want := []string{"step-00000020.safetensors", "step-00000020.safetensors.aside", "step-00000020.safetensors.aside2",
		"step-00000030.safetensors", "step-00000040.safetensors", "step-00000040.safetensors.aside"}
	if diff := cmp.Diff(want, checkpointNames(t, folder)); diff != "" {
		t.Error(diff)
	}
	if c, err := Read(checkpoint.Path(folder.Checkpoints(), 40) + ".aside"); err != nil || c.Step != 10 {
		t.Errorf("the renamed one: %v, %v", c, err)
	}
	if c, err := folder.Latest(); err != nil || c.Step != 40 {
		t.Errorf("the newest: %v, %v", c, err)
	}
}

// Only whole checkpoints of this run that were not renamed are removed.
func TestPruneKeepsWhatIsNotTheRuns(t *testing.T) {
	folder := created(t, 10, 15, 20, 30, 40)
	renamed(t, folder, 10, 11)
	damage(t, checkpoint.Path(folder.Checkpoints(), 15))
	other := configs.Default()
	other.Seed = 5
	if err := checkpoint.Write(checkpoint.Path(folder.Checkpoints(), 25), ofStep(t, other, 25)); err != nil {
		t.Fatal(err)
	}
	// A step of this run at another learning rate and with more epochs.
	slower, err := configs.Default().With([]string{"optimizer.learning_rate=0.01", "train.epochs=9"})
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Write(checkpoint.Path(folder.Checkpoints(), 26), ofStep(t, slower, 26)); err != nil {
		t.Fatal(err)
	}
	if err := folder.Prune(ofStep(t, configs.Default(), 40), 1); err != nil {
		t.Fatal(err)
	}
	names := checkpointNames(t, folder)
	slices.Sort(names)
	want := []string{"step-00000011.safetensors", "step-00000015.safetensors", "step-00000025.safetensors", "step-00000040.safetensors"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}
