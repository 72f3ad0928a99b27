package configs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"euryale/choice"
)

// aliases are the paths of version 1 and what they are called now, so that -set of old commands and scripts go on working.
var aliases = map[string]string{
	"diffusion.steps":                      "process.steps",
	"diffusion.process":                    "process",
	"diffusion.schedule.name":              "process.schedule",
	"diffusion.schedule.beta_start":        "process.schedule.beta_start",
	"diffusion.schedule.beta_end":          "process.schedule.beta_end",
	"diffusion.schedule.scale_betas":       "process.schedule.scale_betas",
	"diffusion.schedule.zero_terminal_snr": "process.schedule.zero_terminal_snr",
	"diffusion.continuous.beta_min":        "process.beta_min",
	"diffusion.continuous.beta_max":        "process.beta_max",
	"diffusion.continuous.first_time":      "process.first_time",
	"diffusion.sigma.min":                  "process.sigma_min",
	"diffusion.sigma.max":                  "process.sigma_max",
	"diffusion.prediction":                 "objective.prediction",
	"diffusion.scale_input":                "objective.scale_input",
	"diffusion.data_deviation":             "objective.sigma_data",
	"diffusion.loss.weight":                "objective.weight",
	"diffusion.loss.distance":              "objective.distance",
	"diffusion.loss.huber_delta":           "objective.distance.delta",
	"diffusion.loss.min_snr_gamma":         "objective.weight.gamma",
	"diffusion.loss.p2_gamma":              "objective.weight.gamma",
	"diffusion.loss.p2_k":                  "objective.weight.k",
	"diffusion.timesteps":                  "timesteps",
	"diffusion.log_normal.mean":            "timesteps.mean",
	"diffusion.log_normal.deviation":       "timesteps.deviation",
	"net.time_features":                    "net.time.features",
	"net.fourier_scale":                    "net.time.scale",
	"optimizer.beta1":                      "optimizer.transforms.adam.beta1",
	"optimizer.beta2":                      "optimizer.transforms.adam.beta2",
	"optimizer.epsilon":                    "optimizer.transforms.adam.epsilon",
	"optimizer.clip_norm":                  "optimizer.transforms.clip.norm",
	"ema.decay":                            "optimizer.transforms.ema.decay",
	"ema.warmup":                           "optimizer.transforms.ema.warmup",
	"sample.sampler":                       "sample.solver",
	"sample.rho":                           "sample.spacing.rho",
	"sample.variance":                      "sample.solver.variance",
	"sample.eta":                           "sample.solver.eta",
	"sample.order":                         "sample.solver.order",
	"sample.form":                          "sample.solver.variant",
	"sample.lower_order_final":             "sample.solver.lower_order_final",
	"sample.churn.amount":                  "sample.solver.churn.amount",
	"sample.churn.min":                     "sample.solver.churn.min",
	"sample.churn.max":                     "sample.solver.churn.max",
	"sample.churn.noise":                   "sample.solver.churn.noise",
	"sample.corrector.steps":               "sample.solver.corrector.steps",
	"sample.corrector.snr":                 "sample.solver.corrector.snr",
	"sample.tolerance.relative":            "sample.solver.tolerance.relative",
	"sample.tolerance.absolute":            "sample.solver.tolerance.absolute",
	"sample.label":                         "sample.guidance.label",
	"sample.guidance_min":                  "sample.guidance.min",
	"sample.guidance_max":                  "sample.guidance.max",
}

// now is what a path is called now.
func now(path string) string {
	if new, ok := aliases[path]; ok {
		return new
	}
	if path == "sample.variant" { // the new name of sample.form, whose short path goes on working
		return "sample.solver.variant"
	}
	return path
}

// elsewhere words what does the work of a key that other frameworks have; "" for other keys.
func elsewhere(path string) string {
	switch path {
	case "train.accumulate", "train.accumulation", "train.accumulation_steps", "train.accumulate_steps", "train.accumulate_grad_batches",
		"train.gradient_accumulation", "train.gradient_accumulation_steps":
		return "set train.batch to the whole batch: beyond 1024 rows its gradient is accumulated part by part, in the same memory"
	}
	return ""
}

// moved words where a key of version 1 went, for the error on a file of version 2 that has it; "" for other keys.
func moved(path string) string {
	if new, ok := aliases[path]; ok {
		return "since version 2 it is " + new
	}
	if path == "optimizer.name" {
		return "since version 2 it is a transform of optimizer.transforms: adam"
	}
	switch section, rest, _ := strings.Cut(path, "."); section {
	case "diffusion":
		return "since version 2 its keys are in process, objective and timesteps"
	case "ema":
		return "since version 2 it is a transform of optimizer.transforms: {name: ema, decay: 0.999}"
	case "sample":
		switch rest {
		case "churn", "corrector", "tolerance":
			return "since version 2 it is sample.solver." + rest
		}
	}
	for _, old := range slices.Sorted(maps.Keys(aliases)) {
		if choice.EditDistance(path, old) == 1 {
			return fmt.Sprintf("did you mean %q, since version 2 %q?", old, aliases[old])
		}
	}
	return ""
}

// then is what a path was called in version 1: the path itself, or that of the section which it is in now, "" for none.
func (c *version1) then(path string) string {
	switch weight := c.Diffusion.Loss.Weight; {
	case path == "objective.weight.gamma":
		return "diffusion.loss." + weight + "_gamma"
	case path == "objective" && c.Net.Name == "classifier":
		return "net.name"
	case path == "objective" && weight == "hybrid":
		return "diffusion.loss.weight"
	}
	for ; path != ""; path = path[:max(0, strings.LastIndexByte(path, '.'))] {
		if old, ok := sections1[path]; ok {
			return old
		}
		for old, new := range aliases {
			if new == path {
				return old
			}
		}
		if c.has(path) {
			return path
		}
	}
	return ""
}

// sections1 are sections of this version, as a whole, in version 1. A name alone was a key.
var sections1 = map[string]string{
	"process": "diffusion.process", "process.schedule": "diffusion.schedule", "objective": "diffusion", "optimizer.transforms": "optimizer",
	"objective.weight": "diffusion.loss.weight", "objective.distance": "diffusion.loss.distance", "net.time": "net.time",
	"sample.spacing": "sample.spacing", "sample.solver": "sample.sampler", "sample.guidance": "sample.guidance",
	"sample.guidance.weight": "sample.guidance",
}
