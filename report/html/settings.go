package html

import (
	"slices"
	"strconv"
	"strings"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

// Change is a key whose value differs from another configuration's. A value is "" where the other kinds have no such key.
type Change struct{ Path, Value, Base string }

// Changes lists the keys in which c differs from base, in the order of config.yaml, then those that only base has.
func Changes(base, c *configs.Config) []Change {
	var list []Change
	before := valuesOf(base)
	for _, v := range strictyaml.Values(c) {
		if old, ok := before[v.Path]; !ok || old != v.Text {
			list = append(list, Change{v.Path, v.Text, old})
		}
	}
	after := valuesOf(c)
	for _, v := range strictyaml.Values(base) {
		if _, ok := after[v.Path]; !ok {
			list = append(list, Change{v.Path, "", v.Text})
		}
	}
	return list
}

func valuesOf(c *configs.Config) map[string]string {
	values := map[string]string{}
	for _, v := range strictyaml.Values(c) {
		values[v.Path] = v.Text
	}
	return values
}

// Nearest is the preset that a configuration is nearest to, and the overrides that make it of the preset: the preset of its
// name, if there is one, and otherwise the one that takes the fewest. The name is "" if no overrides make it.
func Nearest(c *configs.Config) (preset string, overrides []string) {
	names := configs.Presets()
	if slices.Contains(names, c.Name) {
		names = []string{c.Name}
	}
	const most = 1 << 10
	few := most
	for _, name := range names {
		if list, ok := overridesOf(name, c, few-1); ok {
			preset, overrides, few = name, list, len(list)
		}
	}
	return preset, overrides
}

// overridesOf returns overrides that make c of a preset; ok reports whether so many do.
func overridesOf(preset string, c *configs.Config, most int) (overrides []string, ok bool) {
	base, err := configs.Preset(preset, nil)
	if err != nil {
		return nil, false
	}
	const deepest = 8 // choices below one another: each pass sets the keys of the kinds that the last one chose
	for range deepest {
		changed := strictyaml.Differences(base, c)
		if len(changed) == 0 {
			made, err := configs.Preset(preset, overrides)
			return overrides, err == nil && len(strictyaml.Differences(made, c)) == 0
		}
		if len(overrides)+len(changed) > most {
			return nil, false
		}
		var pass []string
		for _, d := range changed {
			value := d.New
			if text, err := strconv.Unquote(value); err == nil { // an override has text as it is
				value = text
			}
			pass = append(pass, strings.TrimSuffix(d.Path, ".name")+"="+value)
		}
		// Without Options, sections are not checked against each other: on the way they may not fit.
		nothing := []byte("version: " + strconv.Itoa(configs.Version))
		if err := strictyaml.Decode(base, preset, nothing, pass, strictyaml.Options{}); err != nil {
			return nil, false
		}
		overrides = append(overrides, pass...)
	}
	return nil, false
}

// Command is the command that trains a configuration again, into a folder, "" for the one by its name: a preset and what
// differs from it or, where that would take more than a few keys, the file that holds the configuration.
func Command(c *configs.Config, file, folder string) []string {
	preset, overrides := Nearest(c)
	return command(preset, overrides, file, folder)
}

func command(preset string, overrides []string, file, folder string) []string {
	const few = 16
	args := []string{"euryale", "train", "-config"}
	if preset == "" || len(overrides) > few {
		args = append(args, file)
	} else {
		args = append(args, preset)
		for _, o := range overrides {
			args = append(args, "-set", o)
		}
	}
	if folder != "" {
		args = append(args, "-out", folder)
	}
	return args
}

// Quote joins arguments into a line for a POSIX shell.
func Quote(args []string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,/:@%"
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if arg == "" || strings.Trim(arg, plain) != "" {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// sameButSeed are keys that do not tell runs of a group apart: their names, their seeds, and what is logged and kept.
var sameButSeed = []string{
	"name", "seed", "train.log_every", "train.checkpoint_every", "train.keep_checkpoints", "train.evaluate_every", "train.keep",
	"train.previews", "train.report", "train.tensorboard",
}

// WithoutSeed is a text that configurations have in common that differ in nothing but their seeds and names. It is made of the
// values of one.
func WithoutSeed(values []strictyaml.Value) string {
	var b strings.Builder
	for _, v := range values {
		if !slices.Contains(sameButSeed, v.Path) {
			b.WriteString(v.Path + "=" + v.Text + "\n")
		}
	}
	return b.String()
}

// Seeds groups configurations that differ in nothing but their seeds and names: the indices of each group, in order. A nil
// configuration is a group alone.
func Seeds(list []*configs.Config) [][]int {
	var groups [][]int
	at := map[string]int{}
	for i, c := range list {
		if c == nil {
			groups = append(groups, []int{i})
			continue
		}
		kin := WithoutSeed(strictyaml.Values(c))
		g, ok := at[kin]
		if !ok {
			g, groups = len(groups), append(groups, nil)
			at[kin] = g
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}
