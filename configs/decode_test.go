package configs

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/optim"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected messages in testdata")

// Each testdata/*.bad.yaml must fail with the message in the .txt file beside it; those in version1 are of that version,
// or of none, and among them is every one that version 1 was held to. What is wrong with YAML as such is in
// internal/strictyaml.
func TestDecodeBad(t *testing.T) {
	for pattern, least := range map[string]int{"testdata/*.bad.yaml": 50, "testdata/version1/*.bad.yaml": 70} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < least {
			t.Fatalf("found %d files: %v", len(files), err)
		}
		for _, file := range files {
			t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".bad.yaml"), func(t *testing.T) { decodeBad(t, file) })
		}
	}
}

func decodeBad(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Decode(filepath.Base(file), text, nil)
	if err == nil {
		t.Fatalf("accepted as\n%s", strictyaml.Encode(c))
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Errorf("error of type %T, expected *Error", err)
	}
	golden := strings.TrimSuffix(file, ".yaml") + ".txt"
	if *update {
		if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, readErr := os.ReadFile(golden)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestDecodeGood(t *testing.T) {
	minimal := Default()
	minimal.Name = "mine"
	all := Default()
	all.Name, all.Seed = "2024-01-01", 18446744073709551615
	all.Sample.Start = "marginal"
	set(t, all.Sample.Solver.Kind, "variance", solver.VarianceBetaTilde)
	all.Optimizer.LearningRate.Kind.(*optim.Constant).Rate = 0.002
	all.Optimizer.Transforms[0].Kind.(*optim.Clip).Norm = 5
	adam := all.Optimizer.Transforms[1].Kind.(*optim.Adam)
	adam.Beta1, adam.Beta2 = 0.5, 0.5
	all.Optimizer.Transforms = append(all.Optimizer.Transforms, optim.Transforms().With(&optim.EMA{Decay: 0.999}))
	all.Timesteps = diffusion.TimestepSamplers().Choose("uniform")
	chain := all.Process.Kind.(*diffusion.DDPM)
	chain.Schedule = diffusion.Schedules().Choose("linear")
	set(t, chain.Schedule.Kind, "beta_start", 1e-4)
	set(t, chain.Schedule.Kind, "beta_end", 0.02)
	for file, want := range map[string]*Config{
		"minimal": minimal, "every_form": all, "version1/minimal": minimal, "version1/every_form": all,
	} {
		text, err := os.ReadFile("testdata/" + file + ".good.yaml")
		if err != nil {
			t.Fatal(err)
		}
		variants := map[string][]byte{
			"as is":                 text,
			"Windows line ends":     bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
			"byte order mark":       append([]byte("\ufeff"), text...),
			"no newline at the end": bytes.TrimSuffix(text, []byte("\n")),
		}
		for variant, text := range variants {
			got, err := Decode(file, text, nil)
			if err != nil {
				t.Errorf("%s, %s: %v", file, variant, err)
			} else if d := strictyaml.Differences(want, got); len(d) > 0 {
				t.Errorf("%s, %s: %v", file, variant, d)
			}
		}
	}
}

// What YAML writes may not drift.
func TestYAML(t *testing.T) {
	c := Default()
	c.Name, c.Seed = "1e3", 1<<64-1
	got, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/resolved.yaml") // written by hand
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The resolved configuration of version 1, as its runs and checkpoints hold it.
	old, err := os.ReadFile("testdata/version1/resolved.yaml")
	if err != nil {
		t.Fatal(err)
	}
	migrated, err := Decode("old.yaml", old, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := strictyaml.Differences(c, migrated); len(d) > 0 {
		t.Error(d)
	}
}

func TestYAMLOfInvalid(t *testing.T) {
	c := Default()
	c.Train.Batch = 0
	_, err := c.YAML()
	if want := "configuration cannot be written: train.batch must be at least 1, got 0"; err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
}

func TestVersions(t *testing.T) {
	for _, test := range []struct {
		text string
		old  bool // it was read as version 1
		want string
	}{
		{"name: a", true, ""},
		{"version: 1\nname: a", true, ""},
		{"version: 2\nname: a", false, ""},
		{"\"version\": 2\nname: a", false, ""},
		{"name: a\nversion: 2", false, ""},
		{"{name: a, version: 2}", false, ""},
		{"process: vp\nnet: {time: fourier}\nsample: {steps: 5}\nname: a", false, ""},
		{"name: a\ndata: {name: swiss_roll}", false, ""},
		{"version: 3\nname: a", false, "version must be 2, or 1 in a file that was written for it, got 3; a newer file needs a newer program"},
		{"{name: a, version: 3}", false, "version must be 2, or 1"},
		{"version: 3\nnews: {a: b}", false, "version must be 2, or 1"},
		{"version: -1\nname: a", false, "version must be 2, or 1"},
		{"version: \"2\"\nname: a", false, "version: expected a whole number, got the text \"2\""},
		{"version: \"1\"\nname: a", false, "version: expected a whole number, got the text \"1\""},
		{"version: \"3\"\nname: a", false, "version: expected a whole number, got the text \"3\""},
		{"version: v2\nname: a", false, "version: expected a whole number, got \"v2\""},
		{"version: 2.0\nname: a", false, "version: expected a whole number, got \"2.0\""},
		{"version: [2]\nname: a", false, "version: expected a whole number, got a list"},
		{"version:\nname: a", false, "version: expected a whole number, got nothing"},
		{"version: ~\nname: a", false, "version: expected a whole number, got \"~\""},
		{"version: 1\nprocess: ddpm", false, "unknown key \"process\""},
		{"version: 2\ndiffusion: {steps: 5}", false,
			"unknown key \"diffusion\"; since version 2 its keys are in process, objective and timesteps"},
		{"version 2", false, "expected a mapping of keys"},
		{"version: 2\n{", false, "expected YAML"},
	} {
		c, err := Decode("x.yaml", []byte(test.text), nil)
		switch {
		case test.want == "" && (err != nil || c.Name != "a" || c.Version != 2):
			t.Errorf("%q: %v", test.text, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%q: got %v, expected %s", test.text, err, test.want)
		}
		if old, _ := read1("x.yaml", []byte(test.text)); test.want == "" && (old != nil && readable1(test.text)) != test.old {
			t.Errorf("%q: of version 1: %v", test.text, !test.old)
		}
	}
}

func readable1(text string) bool {
	_, err := read1("x.yaml", []byte(text))
	return err == nil
}

func TestLoad(t *testing.T) {
	t.Chdir(t.TempDir())
	presets := "; the presets are " + strings.Join(Presets(), ", ")
	check := func(nameOrPath, want string, cause error) {
		t.Helper()
		_, err := Load(nameOrPath, nil)
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("%q: error %v of type %T", nameOrPath, err, err)
		}
		if err.Error() != want || cause != nil && !errors.Is(err, cause) {
			t.Errorf("%q\n     got %s\nexpected %s", nameOrPath, err, want)
		}
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	check("none.yaml", "none.yaml: no such file or preset"+presets, os.ErrNotExist)
	for misspelt, preset := range map[string]string{
		"scurv_quick": "scurve_quick", "scurve_quik": "scurve_quick", "SCURVE": "scurve", "scurve-edm": "scurve_edm", "toy": "toys",
		"../scurve.yaml": "scurve", "configs/moons_cgf.yaml": "moons_cfg", "runs/scurv": "scurve",
	} {
		check(misspelt, fmt.Sprintf("%s: no such file or preset; did you mean the preset %q?", misspelt, preset), os.ErrNotExist)
	}
	check("", "no configuration named: expected a file or a preset"+presets, nil)
	check("a\x00b", "a\x00b: cannot be read: invalid argument", nil)
	if err := os.Mkdir("folder", 0o777); err != nil {
		t.Fatal(err)
	}
	check("folder", "folder: is a folder, expected a file or a preset"+presets, nil)
	write("folder/config.yaml", "version: 2")
	check("folder", `folder: is a folder, expected a file or a preset; did you mean "folder/config.yaml"?`, nil)
	write("bad.yaml", "train: {batch: 0}\n")
	check("bad.yaml", "bad.yaml:1:16: train.batch must be at least 1, got 0\n> 1 | train: {batch: 0}\n    |                ^", nil)
	write("large.yaml", strings.Repeat("# large\n", strictyaml.DefaultMaxBytes))
	check("large.yaml", "large.yaml: expected a configuration of at most 1048576 bytes", nil)

	// A folder does not hide the preset of its name, a file does.
	if err := os.Mkdir("scurve", 0o777); err != nil {
		t.Fatal(err)
	}
	c, err := Load("scurve", []string{"seed=7"})
	if err != nil || c.Seed != 7 || c.Train.Epochs != 4000 {
		t.Errorf("preset: got %+v, %v", c, err)
	}
	if err := os.Remove("scurve"); err != nil {
		t.Fatal(err)
	}
	write("scurve", "train: {epochs: 5}")
	c, err = Load("scurve", nil)
	if err != nil || c.Train.Epochs != 5 {
		t.Errorf("file: got %+v, %v", c, err)
	}
	write(filepath.Join("folder", "own.yaml"), "name: own")
	c, err = Load(filepath.Join("folder", "own.yaml"), nil)
	if err != nil || c.Name != "own" {
		t.Errorf("file in a folder: got %+v, %v", c, err)
	}
}

// What decodes must be valid and must survive YAML; what does not must fail with an *Error, never a panic.
func FuzzDecode(f *testing.F) {
	var files []string
	for _, pattern := range []string{"testdata/*.yaml", "testdata/version1/*.yaml", "*.yaml"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "train.batch=64")
	}
	for old := range aliases {
		f.Add([]byte("name: a"), old+"=1")
		f.Add([]byte("process: vp\nnet: {time: fourier}\nsample: {steps: 5}"), old+"=heun")
	}
	for _, assignment := range []string{"optimizer.learning_rate=1e-3", "net.name=classifier", "sample.guidance=1", "sample.times=9, 5",
		"data={name: npy, file: a.npy}", "optimizer.transforms=[adamw]", "diffusion.loss.weight=hybrid", "ema.warmup=false",
		"optimizer.clip_norm=0"} {
		f.Add([]byte("name: a"), assignment)
	}
	f.Fuzz(func(t *testing.T, text []byte, assignment string) {
		var overrides []string
		if assignment != "" {
			overrides = append(overrides, assignment)
		}
		c, err := Decode("x.yaml", text, overrides)
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Message == "" {
				t.Fatalf("error of type %T: %v", err, err)
			}
			if strings.HasPrefix(e.Where, "x.yaml:") && e.Excerpt == "" {
				t.Fatalf("no such place: %v", err)
			}
			return
		}
		if d := strictyaml.Differences(c, roundTrip(t, c)); len(d) > 0 {
			t.Fatalf("read back with %v", d)
		}
	})
}
