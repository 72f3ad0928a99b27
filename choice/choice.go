// Package choice holds named kinds: the processes, solvers, nets and data sets that a configuration picks by name, each
// with a section of keys.
//
//   - A Set lists the kinds of one thing, each with a name, a summary and a constructor that gives it its defaults. A
//     kind is a pointer to a struct, and the struct's yaml-tagged fields are its section of the configuration.
//   - One is a field of a configuration: one kind of a Set, with its section.
//   - FieldError names the key of a section that is wrong; every Validate of a section returns it.
//   - OneOf words the error for a name that is not there, the nearest names first.
//
// Start reading at Set. The package declares no kind; package internal/strictyaml reads and writes One.
package choice

import (
	"fmt"
	"reflect"
)

// Entry is one kind of a Set.
type Entry[K any] struct {
	Name    string
	Summary string // one line, with the paper
	New     func() K
}

// Set lists kinds in the order in which users read them. Each has a distinct Go type, or is a comparable value.
type Set[K any] []Entry[K]

// Names are the names of the kinds.
func (s Set[K]) Names() []string {
	names := make([]string, len(s))
	for i, e := range s {
		names[i] = e.Name
	}
	return names
}

// New returns the kind of a name with its defaults.
func (s Set[K]) New(name string) (K, error) {
	for _, e := range s {
		if e.Name == name {
			return e.New(), nil
		}
	}
	var none K
	return none, OneOf(name, s.Names()...)
}

// NameOf is the name of a kind; "" for one that is not in the set.
func (s Set[K]) NameOf(kind K) string {
	of := reflect.TypeOf(kind)
	for _, e := range s {
		switch other := e.New(); {
		case reflect.TypeOf(other) != of:
		case of.Kind() == reflect.Pointer || any(other) == any(kind):
			return e.Name
		}
	}
	return ""
}

// Choose returns the field of a configuration that holds the kind of a name, with its defaults. An unknown name panics:
// it is for defaults in code.
func (s Set[K]) Choose(name string) One[K] {
	kind, err := s.New(name)
	if err != nil {
		panic(fmt.Sprintf("choice: %v", err))
	}
	return One[K]{Kind: kind, set: s}
}

// With returns a field that holds the given kind of the set: how a program chooses a kind.
func (s Set[K]) With(kind K) One[K] { return One[K]{Kind: kind, set: s} }

// Scalar returns the set's field with the key that a bare value sets, so that `learning_rate: 1e-3` means the kind it has
// with `rate: 1e-3`.
func (o One[K]) Scalar(key string) One[K] {
	o.scalar = key
	return o
}

// One is one kind of a Set. In YAML it is a mapping whose key "name" picks the kind and whose other keys are the kind's
// section, or the name alone.
type One[K any] struct {
	Kind   K
	set    Set[K]
	scalar string
}

// Name is the name of the kind.
func (o One[K]) Name() string { return o.set.NameOf(o.Kind) }

// The rest of One's methods are for package internal/strictyaml, which does not know K.

// Names are the names that can be chosen.
func (o One[K]) Names() []string { return o.set.Names() }

// SummaryOf is the summary of the kind of a name; "" if there is none.
func (o One[K]) SummaryOf(name string) string {
	for _, e := range o.set {
		if e.Name == name {
			return e.Summary
		}
	}
	return ""
}

// ScalarKey is the key that a bare value which is no name sets; "" if there is none.
func (o One[K]) ScalarKey() string { return o.scalar }

// Section is the kind, whose fields are the section.
func (o One[K]) Section() any { return o.Kind }

// SectionOf is the section of another kind of the set, with its defaults; nil if there is none of that name.
func (o One[K]) SectionOf(name string) any {
	kind, err := o.set.New(name)
	if err != nil {
		return nil
	}
	return kind
}

// Choose replaces the kind with the one of that name, with its defaults, unless it has that name already.
func (o *One[K]) Choose(name string) error {
	if name == o.Name() {
		return nil
	}
	kind, err := o.set.New(name)
	if err != nil {
		return err
	}
	o.Kind = kind
	return nil
}
