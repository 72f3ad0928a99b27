package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"

	"euryale/choice"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
)

// runList prints what a configuration can choose by name.
func runList(_ context.Context, args []string) error {
	if err := newFlags("list", "list").parse(args); err != nil {
		return err
	}
	return printList()
}

func printList() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Each kind with the keys of its section, if it has any.")
	printKinds(w, "solvers (sample.solver)", solver.Solvers())
	printKinds(w, "spacings of a solver's times (sample.spacing)", solver.Spacings())
	printKinds(w, "data (data)", configs.Sources())
	printKinds(w, "processes (process)", diffusion.Processes())
	printKinds(w, "schedules of a ddpm chain (process.schedule)", diffusion.Schedules())
	printKinds(w, "objectives (objective)", objective.Objectives())
	printKinds(w, "predictions (objective.prediction)", diffusion.Predictions())
	printKinds(w, "weights of the loss (objective.weight)", diffusion.Weights())
	printKinds(w, "distances of the loss (objective.distance)", objective.Distances())
	printKinds(w, "timesteps of training (timesteps)", diffusion.TimestepSamplers())
	printKinds(w, "nets (net)", nets.Architectures())
	printKinds(w, "time of an mlp (net.time)", nets.TimeEncodings())
	printKinds(w, "transforms of the gradient (optimizer.transforms)", optim.Transforms())
	printKinds(w, "learning rates (optimizer.learning_rate)", optim.Schedules())
	fmt.Fprintln(w, "\npresets (train -config)")
	for _, name := range configs.Presets() {
		fmt.Fprintln(w, name)
	}
	return w.Flush()
}

// printKinds prints the kinds of a set.
func printKinds[K any](w io.Writer, title string, kinds choice.Set[K]) {
	fmt.Fprintf(w, "\n%s\n", title)
	for _, kind := range kinds {
		line := kind.Name + "\t" + kind.Summary
		if keys := sectionKeys(kind.New()); len(keys) > 0 {
			line += ": " + strings.Join(keys, ", ")
		}
		fmt.Fprintln(w, line)
	}
}

// sectionKeys are the keys of a kind's section, without those of kinds within it.
func sectionKeys(kind any) []string {
	if reflect.TypeOf(kind).Kind() != reflect.Pointer {
		return nil // a value without a section
	}
	var keys []string
	for _, key := range strictyaml.Keys(kind) {
		if len(key.Kinds) == 0 && key.Type != "section" {
			keys = append(keys, key.Path)
		}
	}
	return keys
}
