package keydocs

import (
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/internal/cli"
)

// TestMain lets the test binary be euryale, for its help.
func TestMain(m *testing.M) {
	if os.Getenv("KEYDOCS_EURYALE") != "" {
		cli.Main()
	}
	os.Exit(m.Run())
}

// flagsOf are the flags of a command, from its help.
func flagsOf(t *testing.T, command string) []string {
	t.Helper()
	help := exec.Command(os.Args[0], append(strings.Fields(command), "-help")...)
	help.Env = append(os.Environ(), "KEYDOCS_EURYALE=1")
	text, err := help.CombinedOutput()
	if err != nil {
		t.Fatalf("%s -help: %v\n%s", command, err, text)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^  -([\w-]+)`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	return names
}

// Commands on the pages have flags that exist, presets that exist, and keys and values that can be set.
func TestCommands(t *testing.T) {
	flags := map[string][]string{}
	for _, c := range cli.Commands() {
		flags[c.Name] = flagsOf(t, c.Name)
	}
	const describe = "data describe"
	flags[describe] = flagsOf(t, describe)
	checked := 0
	for page, text := range pages(t) {
		for _, command := range commandsOf(text) {
			words := split(command)
			name, args := "", []string(nil)
			switch {
			case words[0] == "euryale":
				name, args = words[1], words[2:]
			case len(words) > 2 && words[1] == "run" && strings.HasPrefix(words[2], "./cmd/"):
				if name, args = path.Base(words[2]), words[3:]; name == "euryale" {
					name, args = words[3], words[4:]
				}
			default:
				continue
			}
			if name == "data" && len(args) > 0 {
				name, args = name+" "+args[0], args[1:]
			}
			checked++
			known, ok := flags[name]
			if !ok {
				t.Errorf("%s: %q: there is no command %s", page, command, name)
			}
			for _, arg := range args {
				if flag, ok := strings.CutPrefix(arg, "-"); ok && !slices.Contains(known, flag) {
					t.Errorf("%s: %q: there is no flag -%s", page, command, flag)
				}
			}
			if err := try(name, args); err != nil {
				t.Errorf("%s: %q: %v", page, command, err)
			}
		}
	}
	if checked < 25 {
		t.Errorf("checked only %d commands", checked)
	}
}

// try makes the configuration of a command. For a run, it starts from the preset with the run's name.
func try(name string, args []string) error {
	preset, overrides := "", []string(nil)
	for i, arg := range args[:max(0, len(args)-1)] {
		switch value := args[i+1]; {
		case arg == "-config":
			preset = value
		case arg == "-run":
			preset = path.Base(value)
		case arg == "-set" && name != "train":
			overrides = append(overrides, "sample."+strings.TrimPrefix(value, "sample."))
		case arg == "-set":
			overrides = append(overrides, value)
		case arg == "-sampler":
			overrides = append(overrides, "sample.solver="+value)
		case arg == "-start" || arg == "-steps" || arg == "-spacing":
			overrides = append(overrides, "sample."+arg[1:]+"="+value)
		}
	}
	if name != "train" && !slices.Contains(configs.Presets(), preset) || preset == "" || strings.Contains(preset, "|") {
		return nil // another run, or the synopsis of a command
	}
	if strings.Contains(preset, "/") {
		preset = root + "/" + preset
	}
	_, err := configs.Load(preset, overrides)
	return err
}

// split splits a command into words, as a shell does, without the brackets and dots of a synopsis.
func split(command string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|\S+`).FindAllStringSubmatch(command, -1) {
		word := m[1]
		if word == "" {
			word = strings.TrimSuffix(m[0], "...")
			word = strings.TrimPrefix(word, "[")
			if !strings.Contains(word, "[") {
				word = strings.TrimSuffix(word, "]")
			}
		}
		if word != "|" && word != "" {
			words = append(words, word)
		}
	}
	return words
}
