package configs

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
)

// setting is an override "a.b=value" on its way to strictyaml.
type setting struct {
	assignment string
	prepare    func(*Config) // changes the configuration just before it is applied; nil: nothing
}

// nothing is an assignment that changes nothing, for a setting whose prepare does all.
const nothing = "version=2"

// settings are overrides in the order in which they are applied, those of version 1 as this version means them.
func settings(overrides []string) []setting {
	list := make([]setting, len(overrides))
	for i, assignment := range order(overrides) {
		list[i] = setting{assignment: assignment}
		if path, value, ok := strings.Cut(assignment, "="); ok {
			list[i] = translate(path, strings.TrimSpace(value), list[i])
		}
	}
	return list
}

// order puts the choice of a kind before the keys that are set below it, so that the order of overrides does not matter:
// "net.time.features=8, net.time=fourier" would forget the features. EMA's decay, which makes the average of version 1,
// comes before its warmup.
func order(overrides []string) []string {
	if len(overrides) < 2 {
		return overrides
	}
	kinds := unions()
	var list []string
	for _, assignment := range overrides {
		path, value, _ := strings.Cut(assignment, "=")
		path, at := now(path), len(list)
		union := strings.TrimSuffix(path, ".name")
		names, ok := kinds[union]
		chooses := ok && slices.Contains(names, rename1(path, strings.TrimSpace(value))) || path == "optimizer.transforms.ema.decay"
		if path == "optimizer.transforms.ema.decay" {
			union = "optimizer.transforms.ema"
		}
		for i, before := range list {
			earlier, _, _ := strings.Cut(before, "=")
			if earlier = now(earlier); chooses && earlier != path && earlier != union+".name" && strings.HasPrefix(earlier, union+".") {
				at = i
				break
			}
		}
		list = slices.Insert(list, at, assignment)
	}
	return list
}

// unions are the paths that choose a kind, with the names to choose from.
func unions() map[string][]string {
	all := map[string][]string{}
	for _, key := range strictyaml.Keys(Default()) {
		if len(key.Names) > 0 {
			path := strings.TrimSuffix(key.Path, ".name")
			all[path] = append(all[path], key.Names...)
		}
	}
	return all
}

// rename1 is the name that a kind of version 1 has now.
func rename1(path, name string) string {
	switch {
	case strings.HasPrefix(path, "data") && name == "scurve":
		return "s_curve"
	case strings.HasPrefix(path, "process.schedule") && name == "quad":
		return "scaled_linear"
	}
	return name
}

// translate gives an override of version 1 the meaning that it has now, where an alias of its path is not enough. In
// version 1 the keys of all kinds stood side by side, so they kept their values when another kind was chosen.
func translate(path, value string, s setting) setting {
	_, old := aliases[path]
	switch path {
	case "data.name":
		return setting{"data.name=" + rename1("data", value), func(c *Config) { keep(&c.Data.Source, rename1("data", value)) }}
	case "diffusion.process":
		s.prepare = func(c *Config) { keepProcess(c, value) }
	case "diffusion.schedule.name":
		value = rename1("process.schedule", value)
		return setting{path + "=" + value, func(c *Config) {
			if chain, ok := c.Process.Kind.(*diffusion.DDPM); ok {
				keep(&chain.Schedule, value)
			}
		}}
	case "diffusion.loss.weight":
		if value == "hybrid" {
			return setting{"objective=hybrid", func(c *Config) { keep(&c.Objective, "hybrid") }}
		}
		s.prepare = func(c *Config) {
			if _, ok := c.Objective.Kind.(*objective.Hybrid); ok {
				keep(&c.Objective, "denoise")
			}
		}
	case "net.name":
		if value == "classifier" {
			return setting{"objective=classify", func(c *Config) { keep(&c.Objective, "classify") }}
		}
	case "net.time":
		s.prepare = func(c *Config) {
			if mlp, ok := c.Net.Kind.(*nets.MLP); ok {
				keep(&mlp.Time, value)
			}
		}
	case "optimizer.name":
		if value == "adam" {
			return setting{assignment: nothing}
		}
	case "sample.sampler":
		s.prepare = func(c *Config) { keep(&c.Sample.Solver, value) }
	case "sample.guidance":
		if !strings.HasPrefix(value, "{") {
			s.assignment = "sample.guidance.weight=" + value
		}
	case "optimizer.clip_norm":
		return clip1(value, s)
	case "ema.decay":
		if isZero(value) {
			return setting{nothing, func(c *Config) { remove[*optim.EMA](c) }}
		}
	case "ema.warmup":
		return warmup1(value, s)
	}
	if old && unset1[strings.TrimPrefix(path, "sample.")] == value && strings.HasPrefix(path, "sample.") {
		return setting{nothing, func(c *Config) { reset(c, strings.TrimPrefix(aliases[path], "sample.solver.")) }}
	}
	return s
}

// unset1 are the values by which version 1 left a key of sample to the solver.
var unset1 = map[string]string{"eta": "-1", "order": "0", "corrector.steps": "0", "corrector.snr": "0", "form": ""}

func isZero(value string) bool {
	v, err := strconv.ParseFloat(value, 64)
	return err == nil && v == 0
}

// clip1 is optimizer.clip_norm, which clipped first, and nothing at 0.
func clip1(value string, s setting) setting {
	if isZero(value) {
		return setting{nothing, func(c *Config) { remove[*optim.Clip](c) }}
	}
	s.prepare = func(c *Config) {
		if !holds[*optim.Clip](c) {
			c.Optimizer.Transforms = slices.Insert(slices.Clone(c.Optimizer.Transforms), 0, optim.Transforms().Choose("clip"))
		}
	}
	return s
}

// warmup1 is ema.warmup, which did nothing without an average.
func warmup1(value string, s setting) setting {
	warmup, err := strconv.ParseBool(strings.ToLower(value))
	if err != nil || len(value) == 1 {
		return s // strictyaml words what is wrong
	}
	return setting{nothing, func(c *Config) {
		for _, t := range c.Optimizer.Transforms {
			if average, ok := t.Kind.(*optim.EMA); ok {
				average.Warmup = warmup
			}
		}
	}}
}

func isKind[T optim.TransformOptions](t choice.One[optim.TransformOptions]) bool {
	_, ok := t.Kind.(T)
	return ok
}

func holds[T optim.TransformOptions](c *Config) bool {
	return slices.ContainsFunc(c.Optimizer.Transforms, isKind[T])
}

func remove[T optim.TransformOptions](c *Config) {
	c.Optimizer.Transforms = slices.DeleteFunc(slices.Clone(c.Optimizer.Transforms), isKind[T])
}

// keep chooses a kind that keeps the values of keys that it shares with the one before, if these were set. An unknown
// name is for strictyaml to refuse.
func keep[K any](one *choice.One[K], name string) {
	before, was := reflect.ValueOf(one.Kind), one.Name()
	standard := reflect.ValueOf(one.SectionOf(was))
	if name == was || one.Choose(name) != nil || before.Kind() != reflect.Pointer || !standard.IsValid() {
		return
	}
	carry(reflect.ValueOf(one.Kind).Elem(), before.Elem(), standard.Elem())
}

// carry copies the keys of a section that differ from the standard to another that has them too.
func carry(to, from, standard reflect.Value) {
	after, usual := fieldsByKey(to), fieldsByKey(standard)
	for key, v := range fieldsByKey(from) {
		target, ok := after[key]
		switch {
		case !ok || target.Type() != v.Type():
		case strings.HasPrefix(v.Type().Name(), "One["): // a kind is taken whole
			target.Set(v)
		case v.Kind() == reflect.Struct:
			carry(target, v, usual[key])
		case !reflect.DeepEqual(v.Interface(), usual[key].Interface()):
			target.Set(v)
		}
	}
}

// keepProcess is keep for the process. The steps of version 1 were those of a chain, or of sampling in continuous time.
func keepProcess(c *Config, name string) {
	steps := fieldsByKey(reflect.ValueOf(c.Process.Kind).Elem())["steps"]
	keep(&c.Process, name)
	if steps.IsValid() && !hasSteps(c) && c.Sample.Steps == 0 && len(c.Sample.Times) == 0 {
		c.Sample.Steps = int(steps.Int())
	}
}

func hasSteps(c *Config) bool {
	_, ok := fieldsByKey(reflect.ValueOf(c.Process.Kind).Elem())["steps"]
	return ok
}

// reset gives a key of the solver, if it has it, its default.
func reset(c *Config, path string) {
	to, from := reflect.ValueOf(c.Sample.Solver.Kind), reflect.ValueOf(c.Sample.Solver.SectionOf(c.Sample.Solver.Name()))
	for part := range strings.SplitSeq(path, ".") {
		if to.Kind() == reflect.Pointer {
			to, from = to.Elem(), from.Elem()
		}
		if to.Kind() != reflect.Struct {
			return
		}
		to, from = fieldsByKey(to)[part], fieldsByKey(from)[part]
		if !to.IsValid() {
			return
		}
	}
	to.Set(from)
}

// fieldsByKey are the fields of a section, those of inline parts among them.
func fieldsByKey(section reflect.Value) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for i := range section.NumField() {
		name, option, _ := strings.Cut(section.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			for key, v := range fieldsByKey(section.Field(i)) {
				all[key] = v
			}
		case name != "" && name != "-":
			all[name] = section.Field(i)
		}
	}
	return all
}
