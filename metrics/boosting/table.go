package boosting

// table holds the binned rows that trees are grown on.
type table struct {
	rows    int
	columns []tableColumn
	useful  []int // columns with more than one bin in use
	width   int   // of a histogram of all columns
}

type tableColumn struct {
	bins       []uint8 // [rows]
	isCategory bool
	hasMissing bool
	at, width  int // its part of a histogram, whose last bin is that of missing cells
}

// newTable bins the given rows of x.
func newTable(x []Column, binnings []binning, rows []int32) *table {
	t := &table{rows: len(rows), columns: make([]tableColumn, len(x))}
	for j := range x {
		b := &binnings[j]
		c := tableColumn{bins: make([]uint8, len(rows)), isCategory: b.isCategory, at: t.width, width: b.count + 1}
		for k, row := range rows {
			c.bins[k] = b.bin(x[j], int(row))
			c.hasMissing = c.hasMissing || int(c.bins[k]) == b.count
		}
		if b.count > 1 || b.count == 1 && c.hasMissing {
			t.useful = append(t.useful, j)
		}
		t.width += c.width
		t.columns[j] = c
	}
	return t
}
