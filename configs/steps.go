package configs

// stepsFor is the number of steps that suits a table of that many rows, measured with the presets table and table_small:
// enough for the net to learn the distribution of the rows, and few enough not to learn the rows. The number of epochs falls
// for larger tables.
func stepsFor(rows int) int64 {
	const perRow, least, most = 2.75, 500, 55_000
	return min(max(int64(perRow*float64(rows)), least), most)
}
