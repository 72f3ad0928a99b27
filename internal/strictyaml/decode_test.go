package strictyaml

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/choice"
)

var update = flag.Bool("update", false, "rewrite the expected messages in testdata")

// options knows one key of an older version and one rule across sections.
func options(c *config) Options {
	return Options{
		Alias: func(path string) (string, bool) {
			now, ok := map[string]string{"ema.rate": "ema.decay", "optimizer.beta1": "optimizer.transforms.adam.beta1"}[path]
			return now, ok
		},
		Unknown: func(path string) string {
			return map[string]string{"diffusion.process": `since version 2 it is "process.name"`}[path]
		},
		Check: func() error {
			if c.Train.Epochs > 1<<40 {
				return choice.Wrong("train.epochs", "must give at most %d steps, got %d", 1<<40, c.Train.Epochs)
			}
			for i, t := range c.Optimizer.Transforms {
				if w, ok := t.Kind.(*adamW); ok && w.WeightDecay > 10 {
					return choice.Wrong(fmt.Sprintf("optimizer.transforms[%d].weight_decay", i), "must be at most 10, got %v", w.WeightDecay)
				}
			}
			return nil
		},
	}
}

func decode(file string, text []byte, overrides []string) (config, error) {
	c := defaults()
	err := Decode(&c, file, text, overrides, options(&c))
	return c, err
}

// Each testdata/*.bad.yaml must fail with the message in the .txt file beside it.
func TestDecodeBad(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := decode(filepath.Base(file), text, nil)
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if _, ok := err.(*Error); !ok {
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
		})
	}
}
