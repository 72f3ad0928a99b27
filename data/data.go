// Package data is where rows come from, and how they become the numbers that a net sees.
//
//   - A Source yields raw rows and a Schema that describes them. A Distribution is a source whose distribution is known: it
//     draws fresh rows, also of one class.
//   - An Encoder, fitted to the rows of training, turns raw rows into float32 and samples back into raw rows.
//   - A Dataset is encoded rows, what training reads; a Loader deals them in shuffled batches, each a function of
//     (seed, step) alone; a Sink writes rows to a file.
//   - Section is the `data` section of a configuration: a kind's own Options and the keys common to all kinds.
//
// Start reading at Source below, then encoder.go and dataset.go. Package toy has the laws, package npy files of points.
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

// AnyClass stands for rows of all classes, each with the frequency it has.
const AnyClass = -1

// Distribution is a source whose distribution is known.
type Distribution interface {
	Source
	// Fresh resizes dst and fills it with rows first … first+n−1 of endlessly many, of one class or AnyClass. Row i
	// depends on the law, the stream, the class and i only, and rows of a class are distributed as those that rows of
	// AnyClass give its label. For one stream they share no random numbers.
	Fresh(dst *Batch, stream rng.Stream, first, n, class int) error
	// NearestClass is the class that a row's numbers belong to most, in the way the law says; of two the lower. It is −1
	// where the law has no classes, or row is not Schema.Dim() finite numbers.
	NearestClass(row []float64) int
}

// Options are a kind of data: a pointer to the struct whose fields are the kind's section of a configuration.
type Options interface {
	// Validate returns a *choice.FieldError for a value that cannot be.
	Validate() error
	// Open checks what can be checked before the rows are read, and returns them. A law draws nothing yet.
	Open(ctx context.Context, seed uint64) (Source, error)
}
