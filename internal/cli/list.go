package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

// runList prints what a configuration can choose by name.
func runList(_ context.Context, args []string) error {
	if err := newFlags("list", "list").parse(args); err != nil {
		return err
	}
	return printList()
}

// choices are the keys that choose by name, and what they choose.
var choices = map[string]string{
	"data":                    "data",
	"process":                 "processes",
	"process.schedule":        "noise schedules of a ddpm chain",
	"objective":               "objectives",
	"objective.prediction":    "predictions",
	"objective.weight":        "weights of the loss",
	"objective.distance":      "distances of the loss",
	"timesteps":               "timestep samplers of training",
	"net":                     "nets",
	"net.time":                "time of an mlp",
	"optimizer.learning_rate": "learning rates",
	"optimizer.transforms":    "transforms of the gradient",
	"sample.solver":           "solvers",
	"sample.spacing":          "spacings of a solver's times",
}

// printList prints every key of a configuration that chooses by name with all names, from the keys themselves.
func printList() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Each kind with the keys of its section, if it has any.")
	keys := strictyaml.Keys(configs.Default())
	for i, key := range keys {
		same := func(k strictyaml.Key) bool { return k.Path == key.Path }
		if len(key.Names) > 0 && !slices.ContainsFunc(keys[:i], same) { // several kinds may have the same one
			printKinds(w, key, keys)
		}
	}
	fmt.Fprintln(w, "\npresets (train -config)")
	for _, name := range configs.Presets() {
		fmt.Fprintln(w, name)
	}
	return w.Flush()
}

// printKinds prints the kinds that a key chooses among.
func printKinds(w io.Writer, union strictyaml.Key, keys []strictyaml.Key) {
	path := strings.TrimSuffix(union.Path, ".name")
	fmt.Fprintf(w, "\n%s (%s)\n", choices[path], path)
	for i, name := range union.Names {
		line := name + "\t" + union.Summaries[i]
		if below := keysOf(keys, strictyaml.Pick{Path: path, Kind: name}); len(below) > 0 {
			line += ": " + strings.Join(below, ", ")
		}
		fmt.Fprintln(w, line)
	}
}

// keysOf are the keys of a kind's section, without those of kinds within it.
func keysOf(keys []strictyaml.Key, kind strictyaml.Pick) []string {
	var names []string
	for _, k := range keys {
		last := len(k.Kinds) - 1
		if last < 0 || k.Kinds[last] != kind || len(k.Names) > 0 || k.Type == "section" {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(k.Path, kind.Path+"."), kind.Kind+".") // in a list the kind is part of the path
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
