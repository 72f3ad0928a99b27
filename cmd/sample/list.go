package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"euryale/configs"
	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// printList prints what a configuration can choose by name, one line each.
func printList() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	section := func(title string) { fmt.Fprintf(w, "\n%s\n", title) }
	fmt.Fprintln(w, "solvers (sample.sampler); what they read of the section sample beside the keys that all have")
	for _, c := range solver.Choices() {
		line := c.Name + "\t" + c.Summary
		for i, key := range c.Keys {
			if i == 0 {
				line += ": "
			} else {
				line += ", "
			}
			line += key
		}
		fmt.Fprintln(w, line)
	}
	section("spacings of a solver's times (sample.spacing)")
	for _, c := range solver.Spacings() {
		fmt.Fprintln(w, c.Name+"\t"+c.Summary)
	}
	for _, s := range []struct {
		title   string
		choices []diffusion.Choice
	}{
		{"processes (diffusion.process)", diffusion.ProcessChoices()},
		{"schedules of a ddpm chain (diffusion.schedule.name)", diffusion.ScheduleChoices()},
		{"predictions (diffusion.prediction)", diffusion.PredictionChoices()},
		{"weights of the loss (diffusion.loss.weight)", diffusion.LossWeightChoices()},
		{"timesteps of training (diffusion.timesteps)", diffusion.TimestepsChoices()},
	} {
		section(s.title)
		for _, c := range s.choices {
			fmt.Fprintln(w, c.Name+"\t"+c.Summary)
		}
	}
	section("presets (train -config)")
	for _, name := range configs.Presets() {
		fmt.Fprintln(w, name)
	}
	return w.Flush()
}
