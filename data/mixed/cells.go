package mixed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"euryale/data"
	"euryale/rng"
)

// cells are rows of 4 bytes per number and group. That of a group is its code. That of a number is its coordinate, a float32,
// or one of the not-a-numbers from spread on, whose low bits are the number of an interval: 0 is that of missing numbers, all
// of (0, 1), and 1 … those of the knots.
type cells struct {
	rows, dim       int
	numbers, groups int
	cell            []uint32     // [rows, numbers+groups]
	intervals       [][]interval // per number
	group           []*group     // [groups]
}

// spread marks the cells of numbers that are drawn from an interval.
const (
	spread     = 0x7fc00000
	spreadMask = 0xffc00000
)

// everywhere is the interval of numbers that are missing: noise.
var everywhere = interval{margin, 1 - 2*margin}

// Compact implements data.Mixed.
func (c *Codec) Compact(ctx context.Context, s data.Source) (data.Cells, error) {
	if c.plan == nil {
		return nil, errNotFitted
	}
	d := &cells{rows: s.Rows(), dim: c.layout.Dim, numbers: c.layout.Numbers, groups: len(c.layout.Groups)}
	width := d.numbers + d.groups
	if d.rows > math.MaxInt32 {
		return nil, fmt.Errorf("mixed: %d rows are more than %d", d.rows, math.MaxInt32)
	}
	d.cell = make([]uint32, d.rows*width)
	for _, n := range c.numbers {
		if n.coordinate >= 0 {
			d.intervals = append(d.intervals, append([]interval{everywhere}, n.scale.knots()...))
		}
	}
	for k := range c.groups {
		if g := &c.groups[k]; g.slot >= 0 {
			d.group = append(d.group, g)
		}
	}
	err := eachChunk(ctx, s, func(rows *data.Batch) error {
		if err := c.checkBatch(rows); err != nil {
			return err
		}
		for i := range rows.Rows {
			at := (rows.First + i) * width
			if err := c.compactRow(d.cell[at:at+width], rows, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("mixed: %w", err)
	}
	return d, nil
}

func (c *Codec) compactRow(cell []uint32, rows *data.Batch, i int) error {
	for k := range c.numbers {
		n := &c.numbers[k]
		v, err := c.numberOf(n, rows, i)
		if err != nil {
			return &data.CellError{Row: rows.First + i, Column: c.columns[n.column].Name, Err: err}
		}
		if n.coordinate < 0 {
			continue
		}
		if math.IsNaN(v) {
			cell[n.coordinate] = spread
		} else if knot, z := n.scale.place(v); knot >= 0 {
			cell[n.coordinate] = spread + 1 + uint32(knot)
		} else {
			cell[n.coordinate] = math.Float32bits(float32(z))
		}
	}
	for k := range c.groups {
		g := &c.groups[k]
		v, err := g.value(rows, i, len(c.reals), len(c.indices))
		if err != nil {
			return &data.CellError{Row: rows.First + i, Column: c.columns[g.columns[0]].Name, Err: err}
		}
		if g.slot >= 0 {
			cell[c.layout.Numbers+g.slot] = uint32(g.code[v])
		}
	}
	return nil
}

// Rows implements data.Cells.
func (d *cells) Rows() int { return d.rows }

// drawRows is how many rows are drawn together, so that reads of several rows at random places in memory overlap.
const drawRows = 32

// Draw implements data.Cells.
func (d *cells) Draw(dst []float32, codes []int32, rows []int32, stream rng.Stream, step uint64, first int) {
	for lo := 0; lo < len(rows); lo += drawRows {
		some := rows[lo:min(lo+drawRows, len(rows))]
		x, codes := dst[lo*d.dim:], codes[lo*d.groups:]
		if d.numbers > 0 {
			for i := range some {
				stream.Uniform(x[i*d.dim:i*d.dim+d.numbers], step, uint64(first+lo+i), d.numbers)
			}
		}
		for j := range d.numbers {
			d.drawNumber(x, some, j)
		}
		d.drawGroups(x, codes, some)
	}
}

// drawNumber replaces the uniform numbers in coordinate j of at most drawRows rows.
func (d *cells) drawNumber(x []float32, rows []int32, j int) {
	const known = -1
	var u [drawRows]float64
	width := d.numbers + d.groups
	for i, r := range rows {
		bits := d.cell[int(r)*width+j]
		if bits&spreadMask != spread {
			u[i], x[i*d.dim+j] = known, math.Float32frombits(bits)
			continue
		}
		at := &d.intervals[j][bits&^spreadMask]
		u[i] = at.low + at.width*float64(x[i*d.dim+j])
	}
	for i := range rows {
		if u[i] != known {
			x[i*d.dim+j] = float32(quickQuantile(u[i]) * 0.5)
		}
	}
}

func (d *cells) drawGroups(x []float32, codes []int32, rows []int32) {
	width := d.numbers + d.groups
	for i, r := range rows {
		x, cell := x[i*d.dim:(i+1)*d.dim], d.cell[int(r)*width+d.numbers:]
		clear(x[d.numbers:])
		for j, g := range d.group {
			code := int32(cell[j])
			codes[i*d.groups+j] = code
			g.put(x[g.first:g.first+g.width], code)
		}
	}
}

// Checksum implements data.Cells: the SHA-256 of the cells and their intervals, in hexadecimal digits.
func (d *cells) Checksum() string {
	hash := sha256.New()
	buffer := make([]byte, 0, 64<<10)
	flush := func() {
		hash.Write(buffer)
		buffer = buffer[:0]
	}
	for _, v := range d.cell {
		if buffer = binary.LittleEndian.AppendUint32(buffer, v); len(buffer) == cap(buffer) {
			flush()
		}
	}
	flush()
	for _, number := range d.intervals {
		for _, at := range number {
			buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(at.low))
			if buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(at.width)); len(buffer) == cap(buffer) {
				flush()
			}
		}
	}
	flush()
	return hex.EncodeToString(hash.Sum(nil))
}
