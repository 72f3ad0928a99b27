package table

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"euryale/data"
	"euryale/data/mixed"
)

// Description is what a table holds, and what training makes of it.
type Description struct {
	File    string              `json:"file"`
	Rows    int                 `json:"rows"`
	Written data.File           `json:"written"` // how the file is written
	Columns []ColumnDescription `json:"columns"`
	// DuplicateRows are the rows that are equal to an earlier one, in the columns that are learned.
	DuplicateRows int `json:"duplicate_rows"`
	// Dependencies are the columns that others determine, in every row.
	Dependencies []Dependency `json:"dependencies"`
	// Relations are the orders a <= b and the sums c = a + b that hold in every row and not by chance.
	Relations []string `json:"relations"`
	// Constraints are those dependencies and relations that can be constraints of samples, all together.
	Constraints []string `json:"constraints"`
	// Coordinates is how many numbers a row is encoded as: the width of the net's input. 0 where training is refused.
	Coordinates int `json:"coordinates"`
	// Refused is why the table cannot be trained with these options; "" if it can.
	Refused string `json:"refused,omitempty"`
	// Suggestions are settings that may suit the table better; nothing follows them by itself.
	Suggestions []string `json:"suggestions"`
	// Notes are what was done that one may not expect.
	Notes []string `json:"notes"`
	// Limits are what was not looked at.
	Limits []string `json:"limits"`

	options      Options
	columns      []*Column
	sums, orders []string // the relations
}

// ColumnDescription is what a column holds. Numbers and dates are texts as the file would have them.
type ColumnDescription struct {
	Name         string  `json:"name"`
	Type         string  `json:"type"`
	Distinct     int     `json:"distinct"`
	Missing      int     `json:"missing"`
	MissingShare float64 `json:"missing_share"`
	Unique       bool    `json:"unique,omitempty"` // no two cells are equal
	// Least, Median and Most are of numbers and dates; Zeros counts the rows with 0.
	Least  string `json:"least,omitempty"`
	Median string `json:"median,omitempty"`
	Most   string `json:"most,omitempty"`
	Zeros  int    `json:"zeros,omitempty"`
	// Heaps are numbers that are far more frequent than others; see isHeap. Common are the most frequent categories.
	Heaps  []Count `json:"heaps,omitempty"`
	Common []Count `json:"common,omitempty"`
	// Rare counts the categories that fewer than rareRows rows have.
	Rare     int      `json:"rare,omitempty"`
	Examples []string `json:"examples,omitempty"`
	// Encoding is what becomes of the column, Reason why, and Coordinates how many numbers it takes in an encoded row: none if it
	// follows from others. Those that tell which cells are missing may be shared with other columns.
	Encoding    string `json:"encoding"`
	Reason      string `json:"reason"`
	Coordinates int    `json:"coordinates"`
}

// Count is a value and its rows.
type Count struct {
	Value string  `json:"value"`
	Rows  int     `json:"rows"`
	Share float64 `json:"share"` // of the rows that are not missing
}

// Dependency is columns of which a row's values follow from that of another column.
type Dependency struct {
	Of   string   `json:"of"`
	By   string   `json:"by"`
	Both bool     `json:"both,omitempty"` // By follows from Of, too
	all  []string // Of and the others that By determines
}

// Describe looks at every row of a table. Of pairs of columns most are ruled out by some rows; what is reported was checked on all
// of them. With cells that the options want an error about, the table is described as with missing: model. In the end it is what
// Options.Open would return.
func Describe(ctx context.Context, t *Table, o *Options) (*Description, error) {
	d := &Description{File: t.Name, Rows: t.rows, Written: t.file, options: *o, columns: t.Columns,
		Dependencies: []Dependency{}, Relations: []string{}, Constraints: []string{}, Suggestions: []string{}, Notes: []string{}}
	profiles := make([]profile, len(t.Columns))
	if err := inParallel(ctx, len(t.Columns), func(j int) { profiles[j] = t.Columns[j].profile(t.rows) }); err != nil {
		return nil, err
	}
	for j, c := range t.Columns {
		d.Columns = append(d.Columns, c.describe(&profiles[j], t.rows))
	}
	d.DuplicateRows = t.duplicateRows()
	p := newPairs(t, profiles)
	d.Limits = append([]string{}, p.limits...)
	if err := p.find(ctx, d); err != nil {
		return nil, err
	}
	d.Notes = append(d.Notes, t.Remarks()...)
	for j, c := range t.Columns {
		d.suggest(c, &profiles[j], t)
	}
	profiles = nil
	return d, d.encode(ctx, t)
}

// encode fits the encoder of the options to the table, and notes what becomes of the columns.
func (d *Description) encode(ctx context.Context, t *Table) error {
	o := d.options
	if d.hasMissing() && o.Missing == missingError {
		o.Missing = missingModel
		d.suggestMissing()
	}
	for j, c := range t.Columns {
		d.Columns[j].Encoding, d.Columns[j].Reason = c.treatment(&o, t.rows)
	}
	if err := t.settle(&o); err != nil {
		d.Refused = err.Error()
		return nil
	}
	codec := mixed.New(o.Settings())
	if err := codec.Fit(ctx, t); err != nil {
		if ctx.Err() != nil {
			return err
		}
		d.Refused = err.Error()
		return nil
	}
	d.Coordinates = codec.Layout().Dim
	d.Notes = append(d.Notes, codec.Remarks()...)
	for at, column := range t.schema.Columns {
		j := slices.IndexFunc(t.Columns, func(c *Column) bool { return c.Name == column.Name })
		d.Columns[j].Coordinates = d.width(codec, t.schema, at, j)
	}
	d.Constraints = append(d.Constraints, d.accepted(t.schema, o)...)
	return nil
}

// width is how many coordinates a column takes.
func (d *Description) width(codec *mixed.Codec, s data.Schema, at, j int) int {
	text := d.Columns[j].Median
	switch c := d.columns[j]; {
	case s.Columns[at].Kind == data.Category:
		text = c.Categories[0]
	case s.Columns[at].Kind != data.Real || text == "":
		return 0
	case c.Format == nil || c.Format.Layout == "":
		text = strings.Replace(text, ".", d.Written.Decimal, 1)
	}
	coordinates, _, err := codec.EncodeCell(s, at, text)
	if err != nil {
		return 0 // it follows from other columns
	}
	return len(coordinates)
}

// hasMissing reports whether a column that is learned has missing cells.
func (d *Description) hasMissing() bool {
	return slices.ContainsFunc(d.columns, func(c *Column) bool { return c.MissingCells > 0 && !c.Dropped && c.Kind != data.Generated })
}

// duplicateRows counts the rows that are equal to an earlier one in the columns that are learned.
func (t *Table) duplicateRows() int {
	hash := make([]uint64, t.rows)
	learned := false
	for _, c := range t.Columns {
		if c.Dropped || c.Kind == data.Generated {
			continue
		}
		learned = true
		for i := range hash {
			if c.Kind == data.Real {
				hash[i] = stir(hash[i] ^ hashNumber(c.Number(i)))
			} else {
				hash[i] = stir(hash[i] ^ uint64(c.Code(i)+2))
			}
		}
	}
	if !learned {
		return 0
	}
	var seen hashes
	seen.clear(t.rows)
	for _, h := range hash {
		seen.add(h)
	}
	return t.rows - seen.n
}

// inParallel calls do(0) … do(n−1), some at once.
func inParallel(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
