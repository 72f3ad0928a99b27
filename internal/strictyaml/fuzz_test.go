package strictyaml

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What decodes must be valid and must survive Encode; what does not must fail with an *Error, never a panic.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "train.batch=64")
	}
	for _, assignment := range []string{
		"optimizer.learning_rate=1e-3", "optimizer.transforms.ema.decay=0.999", "optimizer.transforms=[clip, {name: adamw, weight_decay: 0.1}]",
		"sample.times=99,50,0", "data={name: moons, points: 100}", "sample=heun", "report.grid=[[1, 2], []]",
		"report.titles=[a, \"\\x00\", 'b c']",
		"optimizer.transforms.0.norm=5", "sample.corrector.name=euler", "report.bounds=[{by: heun}]",
		"optimizer.transforms.ema.inner.ema.inner.clip=adam",
	} {
		f.Add([]byte("name: a"), assignment)
	}
	f.Fuzz(func(t *testing.T, text []byte, assignment string) {
		var overrides []string
		if assignment != "" {
			overrides = strings.Split(assignment, "\n")
		}
		c, err := decode("x.yaml", text, overrides)
		if err != nil {
			e, ok := err.(*Error)
			if !ok || e.Message == "" {
				t.Fatalf("error of type %T: %v", err, err)
			}
			if strings.HasPrefix(e.Where, "x.yaml:") && e.Excerpt == "" {
				t.Fatalf("no such place: %v", err)
			}
			if len(err.Error()) > 10000 {
				t.Fatalf("message of %d bytes: %v", len(err.Error()), err)
			}
			return
		}
		again := Encode(&c)
		if len(again) > DefaultMaxBytes/2 { // short lists of kinds can stand for much; what is written may be too long to be read
			return
		}
		back, err := decode("again.yaml", again, nil)
		if err != nil {
			if strings.Contains(err.Error(), "words and marks") {
				return
			}
			t.Fatalf("%v\n%s", err, again)
		}
		if diff := unequal(c, back); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}
