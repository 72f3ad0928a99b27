// Package optim moves the weights: a chain of transforms of the gradient, and schedules of the learning rate.
//
//   - Options (this file) is the `optimizer` section: a learning rate and a list of transforms.
//   - Transform (transform.go) is one link of the chain; clip.go, adam.go, adamw.go and ema.go hold one kind each.
//   - Schedule (schedule.go) is the learning rate as a function of the step; constant.go, warmup.go, cosine.go, linear.go
//     and stepdecay.go hold one kind each.
//   - Chain (chain.go) runs the transforms. Everything is flat, one number per weight, and no step counter is kept: the
//     arrays of State and the step are the whole state of a resumed run. Workers apply a step to disjoint ranges of the
//     weights without waiting for each other, and every partition gives the same bits.
//
// Start reading at Chain.
package optim

import (
	"fmt"
	"reflect"
	"strings"

	"euryale/choice"
)

// Options chooses the optimizer. It is the `optimizer` section of a configuration.
type Options struct {
	// LearningRate is the step size α of the optimizer as a function of the step. A bare number is a constant rate.
	LearningRate choice.One[Schedule] `yaml:"learning_rate"`
	// Transforms process each gradient, in this order. Exactly one of them moves the weights: adam or adamw.
	Transforms []choice.One[TransformOptions] `yaml:"transforms"`
}

// DefaultOptions is Adam with PyTorch's defaults at the constant rate 1e-3, the gradient clipped to norm 1.
func DefaultOptions() Options {
	return Options{
		LearningRate: Schedules().Choose("constant").Scalar("rate"),
		Transforms:   []choice.One[TransformOptions]{Transforms().Choose("clip"), Transforms().Choose("adam")},
	}
}

// Validate checks what the kinds cannot see of each other: exactly one transform moves the weights, those that change the
// gradient come before it, those that read the moved weights after it, and no kind is given twice. The error is a
// *choice.FieldError; Validate of each kind checks its section.
func (o Options) Validate() error {
	if o.LearningRate.Kind == nil {
		return choice.Wrong("learning_rate", "must be one of %s, got none", strings.Join(Schedules().Names(), ", "))
	}
	moves := 0
	for i, t := range o.Transforms {
		key := fmt.Sprintf("transforms[%d]", i)
		if t.Kind == nil {
			return choice.Wrong(key, "must be one of %s, got none", strings.Join(Transforms().Names(), ", "))
		}
		for _, before := range o.Transforms[:i] {
			if reflect.TypeOf(before.Kind) == reflect.TypeOf(t.Kind) {
				return choice.Wrong(key, "must be given once: %s is there already", nameOf(t))
			}
			if before.Kind.Phase() > t.Kind.Phase() {
				return choice.Wrong(key, "must come before %s: %s %s", nameOf(before), nameOf(t), t.Kind.Phase())
			}
		}
		if t.Kind.Phase() == Moves {
			if moves++; moves > 1 {
				first := nameOf(o.Transforms[i-1])
				return choice.Wrong(key, "must be left out: %s moves the weights already, and only one transform can", first)
			}
		}
	}
	if moves == 0 {
		return choice.Wrong("transforms", "must have a transform that moves the weights (%s), got none", strings.Join(movers(), ", "))
	}
	return nil
}

// nameOf is the name of a kind, or the type of one that a program brings.
func nameOf(t choice.One[TransformOptions]) string {
	if name := t.Name(); name != "" {
		return name
	}
	return fmt.Sprintf("%T", t.Kind)
}

// movers are the names of the kinds that move the weights.
func movers() []string {
	var names []string
	for _, e := range Transforms() {
		if e.New().Phase() == Moves {
			names = append(names, e.Name)
		}
	}
	return names
}

// validate is Validate for the section and every kind in it.
func (o Options) validate() error {
	if err := o.Validate(); err != nil {
		return err
	}
	if err := o.LearningRate.Kind.Validate(); err != nil {
		return choice.Within("learning_rate", err)
	}
	for i, t := range o.Transforms {
		if err := t.Kind.Validate(); err != nil {
			return choice.Within(fmt.Sprintf("transforms[%d]", i), err)
		}
	}
	return nil
}

// DependsOnTotal reports whether the learning rate depends on the number of steps of the whole run. A run that does
// cannot be resumed with another length: the steps it has done would have had other rates.
func (o Options) DependsOnTotal() bool {
	s, ok := o.LearningRate.Kind.(interface{ DependsOnTotal() bool })
	return ok && s.DependsOnTotal()
}
