package configs

import "math"

// stepsFor is the number of steps that suits a table of that many rows: enough for the net to learn its distribution, and
// few enough not to learn its rows. A small table is known by heart after a few thousand steps, a large one never.
func stepsFor(rows int) int64 {
	const least, most = 500, 20_000
	return int64(min(max(math.Round(float64(rows)), least), most))
}
