package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

func TestReadRows(t *testing.T) {
	schema := data.Schema{Columns: []data.Column{{Name: "height"}, {Name: "mass"}}, Classes: []string{"cat", "dog"}}
	for _, test := range []struct {
		text   string
		rows   []float64
		labels []int32
		want   string // of the error
	}{
		{"height,mass\n1,2\n3,4e1\n", []float64{1, 2, 3, 40}, nil, ""},
		{"1,2\n3,4", []float64{1, 2, 3, 4}, nil, ""},
		{"a, b\r\n1, 2\r\n", []float64{1, 2}, nil, ""},
		{"height,mass,label\n1,2,dog\n3,4,0\n", []float64{1, 2, 3, 4}, []int32{1, 0}, ""},
		{"", nil, nil, "rows.csv: there are no rows"},
		{"height,mass\n", nil, nil, "rows.csv: there are no rows"},
		{"mass,height\n1,2\n", nil, nil, `rows.csv:1: column 0 is called "mass", expected "height"`},
		{"height,mass,label\n1,2,bird\n", nil, nil, `rows.csv:2: expected a label, one of 2 classes, got "bird"`},
		{"height,mass,label\n1,2,\n", nil, nil, `rows.csv:2: expected a label, one of 2 classes, got ""`},
		{"height,mass,label\n1,2\n", nil, nil, "rows.csv:2: expected 3 cells, got 2"},
		{"height,mass,age\n1,2,3\n", nil, nil, "rows.csv:1: expected 2 columns, and perhaps one called label, got 3"},
		{"1,2\n3\n", nil, nil, "rows.csv:2: expected 2 cells, got 1"},
		{"1,2\n3,NaN\n", nil, nil, `rows.csv:2: column mass: expected a number that float32 can hold, got "NaN"`},
		{"1,1e39\n", nil, nil, `rows.csv:1: column mass: expected a number`},
		{"1,\"2\n", nil, nil, "rows.csv: "},
	} {
		path := filepath.Join(t.TempDir(), "rows.csv")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		batch, err := readRows("-from", path, schema)
		if (err == nil) != (test.want == "") ||
			err != nil && !(strings.HasPrefix(err.Error(), "-from: ") && strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: error %v, want %s", test.text, err, test.want)
		}
		if err == nil && (!slices.Equal(batch.Real, test.rows) || !slices.Equal(batch.Labels, test.labels) ||
			batch.Rows*2 != len(test.rows)) {
			t.Errorf("%q: rows %+v, want %v with labels %v", test.text, batch, test.rows, test.labels)
		}
	}
}
