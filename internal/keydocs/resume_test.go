package keydocs

import (
	"strings"
	"testing"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

// The pages name each key of train that a resume may change.
func TestResumeMayChange(t *testing.T) {
	texts, old := pages(t), configs.Default()
	sections := map[string]string{}
	for page, heading := range map[string]string{
		"docs/configuration.md": "## What may change when a run goes on\n", "docs/checkpoint.md": "## Resuming a run\n",
	} {
		_, section, ok := strings.Cut(texts[page], heading)
		if !ok {
			t.Fatalf("%s has no %q", page, heading)
		}
		sections[page], _, _ = strings.Cut(section, "\n## ")
	}
	other := map[string][]string{ // whose value cannot be 7
		"train.keep": {"train.keep=best", "train.evaluate_every=7"}, "train.tensorboard": {"train.tensorboard=true"},
		"train.report": {"train.report=false"}, "train.label_dropout": {"train.label_dropout=0.5", "net.labels=true", "data=moons"},
	}
	may := 0
	for _, k := range strictyaml.Keys(old) {
		if !strings.HasPrefix(k.Path, "train.") {
			continue
		}
		overrides := other[k.Path]
		if overrides == nil {
			overrides = []string{k.Path + "=7"}
		}
		with, err := old.With(overrides)
		if err != nil {
			t.Fatal(err)
		}
		if len(configs.ResumeConflicts(old, with)) > 0 {
			continue
		}
		may++
		for page, section := range sections {
			if !strings.Contains(section, "`"+k.Path+"`") {
				t.Errorf("%s does not name %s as a key that may change", page, k.Path)
			}
		}
	}
	if may < 10 {
		t.Errorf("only %d keys may change", may)
	}
}
