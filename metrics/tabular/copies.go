package tabular

import (
	"math"
	"math/bits"
)

// rowKey stands for the values of a row: of 2¹²⁸ keys, two rows that differ practically never have the same.
type rowKey [2]uint64

// rowKeys are the keys of the rows of an aligned table. Missing cells are equal to each other.
func rowKeys(t *Table) []rowKey {
	keys := make([]rowKey, t.Rows)
	for j := range t.Columns {
		switch c := &t.Columns[j]; c.kind() {
		case number:
			for row, v := range c.Numbers {
				keys[row] = keys[row].with(valueBits(v))
			}
		case category:
			for row, code := range c.Codes {
				keys[row] = keys[row].with(uint64(code + 1))
			}
		}
	}
	return keys
}

// valueBits are equal for equal numbers and for missing ones.
func valueBits(v float64) uint64 {
	if !finite(v) {
		return math.MaxUint64
	}
	return math.Float64bits(v + 0) // −0 becomes 0
}

// with mixes a value into a key: a multiplication of full width after each word.
func (k rowKey) with(v uint64) rowKey {
	high, low := bits.Mul64(k[0]^v^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	high2, low2 := bits.Mul64(k[1]+v+0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return rowKey{(high ^ low) + k[1]*0x8ebc6af09c88c6e3, (high2 ^ low2) + bits.RotateLeft64(k[0], 23)}
}

// CopiedRows is the share of the rows of table that equal a row of train, column by column. The tables are aligned.
func CopiedRows(table, train *Table) float64 {
	known := make(map[rowKey]struct{}, train.Rows)
	for _, key := range rowKeys(train) {
		known[key] = struct{}{}
	}
	count := 0
	for _, key := range rowKeys(table) {
		if _, ok := known[key]; ok {
			count++
		}
	}
	return float64(count) / float64(table.Rows)
}

// twinRows is the share of the rows that equal another row of their table: about the share of new rows of the same
// distribution that equal one of the table.
func twinRows(table *Table) float64 {
	keys := rowKeys(table)
	counts := make(map[rowKey]int, len(keys))
	for _, key := range keys {
		counts[key]++
	}
	twins := 0
	for _, count := range counts {
		if count > 1 {
			twins += count
		}
	}
	return float64(twins) / float64(table.Rows)
}

// DuplicateRows is the share of the rows that equal an earlier row of their table.
func DuplicateRows(table *Table) float64 {
	seen := make(map[rowKey]struct{}, table.Rows)
	for _, key := range rowKeys(table) {
		seen[key] = struct{}{}
	}
	return float64(table.Rows-len(seen)) / float64(table.Rows)
}
