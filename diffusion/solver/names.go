package solver

import (
	"slices"

	"euryale/choice"
)

// Final is where the last step of a list of times goes.
type Final string

// Start is the origin of the first x.
type Start string

// Rescale is the scale of x on which a solver runs.
type Rescale string

// The names of a configuration.
const (
	FinalData  Final = "data"  // to the data
	FinalFirst Final = "first" // to the network's first time, with what noise is left there

	StartPrior    Start = "prior"    // from N(0, σ_prior² I)
	StartMarginal Start = "marginal" // from noised rows of the data set

	RescaleNone       Rescale = "none"       // that of the process
	RescalePreserving Rescale = "preserving" // α² + σ² = 1
	RescaleExploding  Rescale = "exploding"  // α = 1
)

func finals() []Final     { return []Final{FinalData, FinalFirst} }
func starts() []Start     { return []Start{StartPrior, StartMarginal} }
func rescales() []Rescale { return []Rescale{RescaleNone, RescalePreserving, RescaleExploding} }

// UnmarshalText implements encoding.TextUnmarshaler. An unknown name is an error.
func (f *Final) UnmarshalText(text []byte) error { return unmarshal(f, text, finals()) }

// UnmarshalText implements encoding.TextUnmarshaler. An unknown name is an error.
func (s *Start) UnmarshalText(text []byte) error { return unmarshal(s, text, starts()) }

// UnmarshalText implements encoding.TextUnmarshaler. An unknown name is an error.
func (r *Rescale) UnmarshalText(text []byte) error { return unmarshal(r, text, rescales()) }

// MarshalText implements encoding.TextMarshaler.
func (f Final) MarshalText() ([]byte, error) { return marshal(f, finals()) }

// MarshalText implements encoding.TextMarshaler.
func (s Start) MarshalText() ([]byte, error) { return marshal(s, starts()) }

// MarshalText implements encoding.TextMarshaler.
func (r Rescale) MarshalText() ([]byte, error) { return marshal(r, rescales()) }

func unmarshal[N ~string](name *N, text []byte, names []N) error {
	if err := among(N(text), names); err != nil {
		return err
	}
	*name = N(text)
	return nil
}

func marshal[N ~string](name N, names []N) ([]byte, error) {
	if err := among(name, names); err != nil {
		return nil, err
	}
	return []byte(name), nil
}

// among is choice.OneOf.
func among[N ~string](name N, names []N) error {
	if slices.Contains(names, name) {
		return nil
	}
	var all []string
	for _, n := range names {
		all = append(all, string(n))
	}
	return choice.OneOf(string(name), all...)
}

// named is among for the value of a key.
func named[N ~string](key string, name N, names []N) error {
	if err := among(name, names); err != nil {
		return choice.Wrong(key, "%w", err)
	}
	return nil
}
