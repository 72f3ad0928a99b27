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
		return choice.Wrong("standardize", "must be false: the kind %s encodes its columns one by one", s.Source.Name())
	}
	return nil
}

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
	if s.HeldOut == 0 {
		return source, nil, nil
	}
	return Split(source, s.HeldOut, seed)
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
