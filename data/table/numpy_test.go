package table

import (
	"archive/zip"
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"euryale/data"
)

func npyOf(t *testing.T, values any) string {
	t.Helper()
	var file bytes.Buffer
	if err := npyio.Write(&file, values); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func npzOf(t *testing.T, members ...string) string {
	t.Helper()
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for i := 0; i < len(members); i += 2 {
		w, err := z.Create(members[i])
		if err == nil {
			_, err = w.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func TestNumPy(t *testing.T) {
	matrix := mat.NewDense(3, 2, []float64{1, 0.5, 2, math.NaN(), 3, 1.25})
	table, err := Read(context.Background(), fileOf(t, "F.npy", npyOf(t, matrix)), DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.names(), []string{"x0", "x1"}) || table.Columns[0].Type != Int || table.Columns[1].Type != Float ||
		table.Columns[1].MissingCells != 1 || table.Columns[1].Number(2) != 1.25 {
		t.Errorf("got %q, %+v", table.names(), table.Columns[1])
	}
	archive := npzOf(t, "b.npy", npyOf(t, []int64{1, 2, 4}), "a.npy", npyOf(t, matrix), "c.npy", npyOf(t, []float32{0.1, 0.2, 0.4}))
	table, err = Read(context.Background(), fileOf(t, "F.npz", archive), DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.names(), []string{"b", "a_0", "a_1", "c"}) {
		t.Errorf("the columns are %q", table.names())
	}
	if c := table.Column("c"); *c.Format != (data.Format{Decimals: 1, Padded: true}) || c.Number(1) != 0.2 {
		t.Errorf("c: %+v, %v", c.Format, c.Number(1))
	}
}

func TestBadNumPy(t *testing.T) {
	for want, text := range map[string]string{
		`b has 2 rows, and c has 3`:                  npzOf(t, "b.npy", npyOf(t, []int64{1, 2}), "c.npy", npyOf(t, []int64{1, 2, 3})),
		`an archive with "xl/workbook.xml" in it`:    npzOf(t, "xl/workbook.xml", "<x/>"),
		`an archive without arrays`:                  npzOf(t),
		`two columns are called "a_0"`:               npzOf(t, "a_0.npy", npyOf(t, []int64{1}), "a.npy", npyOf(t, mat.NewDense(1, 1, nil))),
		"b.npy: not a .npy file":                     npzOf(t, "b.npy", "1,2"),
		`column "x0": expected finite numbers, got `: npyOf(t, []float64{1, math.Inf(1)}),
	} {
		_, err := Read(context.Background(), fileOf(t, "F", text), DefaultReadOptions())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, expected %s", err, want)
		}
	}
}
