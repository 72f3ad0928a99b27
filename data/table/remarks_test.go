package table

import (
	"fmt"
	"strings"
	"testing"

	"euryale/data"
)

// What was made of a table is known before training, also for a part of its rows.
func TestRemarks(t *testing.T) {
	text := "a,b,c\n"
	for i := range 40 {
		text += fmt.Sprintf("%d,same,%d\n", i%7, i%5)
	}
	o := DefaultOptions()
	o.File, o.Missing = fileOf(t, "F.csv", text+"1,same,\n"), missingImpute
	source, err := o.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	train, _, err := data.Split(source, 0.25, 1)
	if err != nil {
		t.Fatal(err)
	}
	encoder := data.NewChain(o.Codec())
	if err := encoder.Fit(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	for _, s := range []data.Source{source, train} {
		got := data.Remarks(s, encoder)
		if len(got) < 2 || !strings.HasPrefix(got[0], `column "b" is "same" in every row`) || !strings.HasPrefix(got[len(got)-1], "c: ") {
			t.Errorf("got %q, want one of the file about b, then one of the encoder about c", got)
		}
	}
}

// A file that was taken apart at a delimiter that it does not have.
func TestWrongDelimiterIsSuspected(t *testing.T) {
	text := "a,b\n"
	for i := range 30 {
		text += fmt.Sprintf("%d,x%d\n", i, i)
	}
	o := DefaultOptions()
	o.File, o.CSV.Delimiter = fileOf(t, "F.csv", text), ";"
	_, err := o.Open(t.Context(), 0)
	if want := `"a,b" is of type id; is csv.delimiter another?`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
