package npy

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
)

func TestArray(t *testing.T) {
	for _, c := range []struct {
		values any
		want   string
	}{
		{[]int64{1, -2, math.MaxInt64, math.MinInt64}, "1 -2 9223372036854775807 -9223372036854775808"},
		{[]uint64{math.MaxUint64}, "18446744073709551615"},
		{[]int8{-128, 127}, "-128 127"},
		{[]int16{-129}, "-129"},
		{[]uint16{65535}, "65535"},
		{[]float32{0.1, 1e-5, 3e16, -2.5}, "0.1 1e-05 3e+16 -2.5"},
		{[]float64{0.1, math.NaN(), math.Inf(-1), 123456789.25}, "0.1 NaN -Inf 123456789.25"},
	} {
		var file bytes.Buffer
		if err := npyio.Write(&file, c.values); err != nil {
			t.Fatal(err)
		}
		a, err := Read(context.Background(), "x.npy", &file, int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range a.Rows {
			got = append(got, string(a.AppendText(nil, i, 0)))
		}
		if strings.Join(got, " ") != c.want || a.Columns != 1 || a.Dimensions != 1 {
			t.Errorf("%v: got %q in %d columns", c.values, got, a.Columns)
		}
	}
}

// Row, column and byte order are those of the header.
func TestArrayOrder(t *testing.T) {
	header := func(order string) string {
		text := fmt.Sprintf("{'descr': '>i4', 'fortran_order': %s, 'shape': (2, 3), }", order)
		return "\x93NUMPY\x01\x00" + string([]byte{byte(len(text)), 0}) + text
	}
	var numbers []byte
	for i := range 6 {
		numbers = binary.BigEndian.AppendUint32(numbers, uint32(int32(-i)))
	}
	for order, want := range map[string]string{"False": "-5", "True": "-5"} {
		text := header(order) + string(numbers)
		a, err := Read(context.Background(), "x.npy", strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(a.AppendText(nil, 1, 2)); got != want {
			t.Errorf("order %s: the last number is %s", order, got)
		}
		want = map[string]string{"False": "-1", "True": "-2"}[order]
		if got := string(a.AppendText(nil, 0, 1)); got != want {
			t.Errorf("order %s: the number of row 0, column 1 is %s, expected %s", order, got, want)
		}
		if _, err := Read(context.Background(), "x.npy", strings.NewReader(text[:len(text)-1]), int64(len(text))); err == nil {
			t.Error("a stream that ends early was read")
		}
	}
}
