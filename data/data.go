// Package data is where rows come from, and how they become the numbers that a net sees.
//
//   - A Source yields raw rows and a Schema that describes them. A Distribution is a source whose distribution is known: it
//     draws fresh rows, also of one class.
//   - An Encoder, fitted to the training rows, turns raw rows into float32 and samples back into raw rows.
//   - A Dataset is encoded rows, what training reads; a Loader deals them in shuffled batches, each a function of
//     (seed, step) alone; a Sink writes rows to a file.
//   - Section is the `data` section of a configuration: the Options of a kind, and the keys common to all kinds.
//
// Start reading at Source below, then encoder.go and dataset.go. Package toy has distributions, package npy reads files of
// points, package table tables, package images images.
package data

import (
	"context"

	"euryale/rng"
)

// Source yields rows. Row i is the same whenever it is read. Several goroutines may read at once.
type Source interface {
	// Schema is what the rows are.
	Schema() Schema
	// Rows is how many there are.
	Rows() int
	// Read resizes dst and fills it with rows first … first+n−1, which must be rows of the source.
	Read(ctx context.Context, dst *Batch, first, n int) error
}

// AnyClass means rows of all classes, in their usual shares.
const AnyClass = -1

// Distribution is a source whose distribution is known.
type Distribution interface {
	Source
	// Fresh resizes dst and fills it with rows first … first+n−1 of endlessly many, of one class or AnyClass. Row i
	// depends only on the distribution, the stream, the class and i. Rows of one class are distributed like the rows with
	// that label among those of AnyClass, but share no random numbers with them.
	Fresh(dst *Batch, stream rng.Stream, first, n, class int) error
	// NearestClass is the class that a row most likely belongs to, by the rule of the distribution; of two equal ones the
	// lower. It is −1 without classes, or if row is not Schema.Dim() finite numbers.
	NearestClass(row []float64) int
}

// Options are a kind of data: a pointer to the struct whose fields are the kind's section of a configuration.
type Options interface {
	// Validate returns a *choice.FieldError for an invalid value.
	Validate() error
	// Open checks what can be checked before the rows are read, and returns the source. A distribution draws nothing yet.
	Open(ctx context.Context, seed uint64) (Source, error)
}
