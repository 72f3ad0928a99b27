package euryale_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"euryale/internal/mixedtable"
)

// A short training of the preset table on rows of a known distribution gives rows of that distribution: the classes to the
// row, shares and means by category within the stated errors, and every cell written as in the file.
func TestTableOfKnownDistribution(t *testing.T) {
	const n = 3000
	folder := t.TempDir()
	path := filepath.Join(folder, "rows.csv")
	var file bytes.Buffer
	if err := mixedtable.Write(&file, n, 5); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	training, err := mixedtable.Measure(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	config := mustPreset(t, "table", "data.file="+path, "data.target=returned", "data.missing=model", "train.steps=2500")
	m := mustTrain(t, config)
	out := filepath.Join(folder, "samples.csv")
	if err := m.Save(context.Background(), m.Request(n), out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	found, err := mixedtable.Measure(bytes.NewReader(text)) // an error for a cell of another format
	if err != nil {
		t.Fatal(err)
	}
	if want, got := bytes.Count(file.Bytes(), []byte(",yes\n")), bytes.Count(text, []byte(",yes\n")); got != want {
		t.Errorf("%d rows of the class yes, the training rows have %d", got, want)
	}
	for i, truth := range mixedtable.Truth() {
		// The training rows and the samples both vary by chance: 5 standard errors of their difference. What holds in every row
		// of the file holds in nearly every sample after so short a training.
		allowed := 5 * math.Sqrt2 * truth.Deviation / math.Sqrt(n)
		if truth.Deviation == 0 {
			allowed = 0.08
		}
		if off := math.Abs(found[i].Value - truth.Value); !(off <= allowed) {
			t.Errorf("%s: %.4f, want %.4f ± %.4f (the training rows have %.4f)", truth.Name, found[i].Value, truth.Value, allowed, training[i].Value)
		}
	}
}
