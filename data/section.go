package data

import (
	"context"
	"errors"

	"euryale/choice"
)

// Section is the `data` section of a configuration: the keys of one kind, and those that all kinds have.
type Section struct {
	// Source is the kind of data, whose keys stand in this section too.
	Source choice.One[Options] `yaml:",inline"`
	// Standardize shifts and scales each column to mean 0 and standard deviation 1 over the training rows. Samples are
	// converted back.
	Standardize bool `yaml:"standardize" was:"standardise"`
	// HeldOut is the share of the rows that is kept from training, for evaluation: at least one row. From 0 (none) to below
	// 1.
	HeldOut float64 `yaml:"held_out"`
}

// Validate checks the keys that are common to all kinds.
func (s Section) Validate() error {
	if !(s.HeldOut >= 0 && s.HeldOut < 1) {
		return choice.Wrong("held_out", "must be a share from 0 to below 1, got %v", s.HeldOut)
	}
	if _, ok := s.Source.Kind.(Encoding); ok && s.Standardize {
		what := "encodes its columns one by one"
		if _, ok := s.Source.Kind.(Imaging); ok {
			what = "has images, whose numbers from 0 to 255 become -1 to 1"
		}
		return choice.Wrong("standardize", "must be false: the kind %s %s", s.Source.Name(), what)
	}
	if s.HeldOut > 0 && s.hasTest() {
		return choice.Wrong("held_out", "must be 0 where the kind %s is given rows to test with: they are held out, got %v",
			s.Source.Name(), s.HeldOut)
	}
	return nil
}

// Tested is implemented by a kind of data that can bring rows of its own to hold out, such as the test set of MNIST.
type Tested interface {
	Options
	// HasTest reports whether the section names them.
	HasTest() bool
	// OpenTest opens them: rows with the schema of those to train on.
	OpenTest(ctx context.Context, train Source) (Source, error)
}

func (s Section) hasTest() bool {
	kind, ok := s.Source.Kind.(Tested)
	return ok && kind.HasTest()
}

// HoldsOut reports whether Open gives rows that are held out.
func (s Section) HoldsOut() bool { return s.HeldOut > 0 || s.hasTest() }

// Open opens the data of a run and splits it. held is nil if nothing is held out.
func (s Section) Open(ctx context.Context, seed uint64) (train, held Source, err error) {
	if s.Source.Kind == nil {
		return nil, nil, errors.New("data: no kind of data was chosen")
	}
	if err := s.Validate(); err != nil {
		return nil, nil, choice.Within("data", err)
	}
	if err := s.Source.Kind.Validate(); err != nil {
		return nil, nil, choice.Within("data", err)
	}
	source, err := s.Source.Kind.Open(ctx, seed)
	if err != nil {
		return nil, nil, choice.Within("data", err)
	}
	if s.hasTest() {
		if held, err = s.Source.Kind.(Tested).OpenTest(ctx, source); err != nil {
			return nil, nil, choice.Within("data", err)
		}
		return source, held, nil
	}
	if s.HeldOut == 0 {
		return source, nil, nil
	}
	train, held, err = Split(source, s.HeldOut, seed)
	if changing, ok := source.(Changing); ok && err == nil {
		_, rows := PartOf(held)
		held = part(changing.Unchanged(), rows)
	}
	return train, held, err
}

// Changing is a source whose rows training changes each time it draws them, such as images that are flipped.
type Changing interface {
	Source
	// Unchanged is the same rows, which stay as they are. Held-out rows are of it.
	Unchanged() Source
}

// Encoding is implemented by a kind of data that has a codec for its rows.
type Encoding interface {
	Options
	// Codec is a new one, not yet fitted.
	Codec() Codec
}

// Encoder returns the encoder that the section describes, not yet fitted to the training rows.
func (s Section) Encoder() *Chain {
	if kind, ok := s.Source.Kind.(Encoding); ok {
		return NewChain(kind.Codec())
	}
	if s.Standardize {
		return NewChain(new(Standardize))
	}
	return NewChain(new(Float32))
}
