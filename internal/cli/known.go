package cli

import (
	"math"
	"strconv"
	"strings"
)

// parseKnown reads coordinates and their values, as in "0=0.5,1=-1".
func parseKnown(text string, dim int) (map[int]float64, error) {
	known := map[int]float64{}
	for _, entry := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(entry), "=")
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= dim {
			return nil, usagef("-known: %q: expected COORDINATE=VALUE with a coordinate from 0 to %d", entry, dim-1)
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || math.Abs(v) > math.MaxFloat32 || math.IsNaN(v) {
			return nil, usagef("-known: %q: expected a number after the =", entry)
		}
		if _, ok := known[i]; ok {
			return nil, usagef("-known: coordinate %d is given twice", i)
		}
		known[i] = v
	}
	return known, nil
}
