package mixedtable_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"euryale/internal/mixedtable"
)

// The rows have the distribution that Truth states, within 4.5 standard errors, and the errors stated are not too large.
func TestTruth(t *testing.T) {
	const n = 100_000
	var file bytes.Buffer
	if err := mixedtable.Write(&file, n, 3); err != nil {
		t.Fatal(err)
	}
	found, err := mixedtable.Measure(&file)
	if err != nil {
		t.Fatal(err)
	}
	squares := 0.0
	for i, truth := range mixedtable.Truth() {
		off := math.Abs(found[i].Value - truth.Value)
		allowed := truth.Deviation / math.Sqrt(n)
		if off > 4.5*allowed+0.0005 { // the rounding of cells, and a quarter of a day
			t.Errorf("%s: %.4f, want %.4f ± %.4f", truth.Name, found[i].Value, truth.Value, allowed)
		}
		if allowed > 0 {
			squares += off * off / (allowed * allowed)
		}
	}
	if mean := squares / float64(len(found)); mean < 0.3 || mean > 2.5 {
		t.Errorf("mean squared error in standard errors: %.2f, want about 1", mean)
	}
}

func TestMeasureRejects(t *testing.T) {
	good := "1,A,9.50,19.1,1,0.00,3,2024-02-01,no"
	for _, row := range []string{
		strings.Replace(good, "9.50", "9.5", 1), strings.Replace(good, "A", "D", 1), strings.Replace(good, "2024-02-01", "1.2.2024", 1),
		strings.Replace(good, ",3,", ",3.0,", 1), strings.Replace(good, "no", "maybe", 1), strings.Replace(good, ",1,0", ",1.0,0", 1),
	} {
		if _, err := mixedtable.Measure(strings.NewReader(mixedtable.Header + "\n" + row + "\n")); err == nil {
			t.Errorf("no error for %s", row)
		}
	}
	if _, err := mixedtable.Measure(strings.NewReader(mixedtable.Header + "\n" + good + "\n")); err != nil {
		t.Error(err)
	}
}
