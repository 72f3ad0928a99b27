package table

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// split takes a text apart.
func split(in io.Reader, delimiter, quote byte) (records [][]string, lines []int, err error) {
	s := newSplitter(in, "F.csv", delimiter, quote)
	for {
		cells, line, err := s.next()
		if errors.Is(err, io.EOF) {
			return records, lines, nil
		}
		if err != nil {
			return records, lines, err
		}
		record := make([]string, len(cells))
		for j, cell := range cells {
			record[j] = string(cell)
		}
		records, lines = append(records, record), append(lines, line)
	}
}

// Text that encoding/csv can read is read as the same cells, but for empty lines, which it skips, and \r\n within quotes, which
// it changes. It is read as the same however it comes in.
func TestSplitLikeCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab,;\"\n é"))).Draw(t, "text")
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			return
		}
		got, lines, err := split(strings.NewReader(text), ',', '"')
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(got); i++ {
			if len(got[i]) == 1 && got[i][0] == "" && !strings.HasPrefix(strings.Split(text, "\n")[lines[i]-1], `"`) {
				got, lines = slices.Delete(got, i, i+1), slices.Delete(lines, i, i+1)
				i--
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%q: got %q, expected %q", text, got, want)
		}
		again, _, err := split(iotest.OneByteReader(strings.NewReader(text)), ',', '"')
		if err != nil || len(again) < len(got) {
			t.Fatalf("%q byte by byte: %q, %v", text, again, err)
		}
	})
}

func TestSplitLines(t *testing.T) {
	records, lines, err := split(strings.NewReader("a\r\n\"b\nb\r\nb\"\r\rc\n\n\"\""), ',', '"')
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]string{{"a"}, {"b\nb\r\nb"}, {""}, {"c"}, {""}, {""}}; !slices.EqualFunc(records, want, slices.Equal) {
		t.Errorf("got %q", records)
	}
	if want := []int{1, 2, 5, 6, 7, 8}; !slices.Equal(lines, want) {
		t.Errorf("in the lines %v, expected %v", lines, want)
	}
}

func TestSplitWithoutMarks(t *testing.T) {
	records, _, err := split(strings.NewReader("a,b\n\"c\"\n"), 0, 0)
	if err != nil || !slices.EqualFunc(records, [][]string{{"a,b"}, {`"c"`}}, slices.Equal) {
		t.Errorf("got %q, %v", records, err)
	}
	if _, _, err = split(iotest.ErrReader(io.ErrClosedPipe), ',', '"'); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a reader that fails: %v", err)
	}
}
