package report

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
)

// Every pair has its samples in blue on the left and its data in orange on the right.
func TestSheet(t *testing.T) {
	points := make([]float32, 0, 2*200)
	for i := range 200 {
		points = append(points, float32(i%20)/20, float32(i/20)/10)
	}
	sheet := Sheet{Columns: 2}
	for _, title := range []string{"one", "two", "three"} {
		sheet.Pairs = append(sheet.Pairs, Pair{Title: title, Samples: points, Data: points})
	}
	var b bytes.Buffer
	if err := sheet.Encode(&b, PNG); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	const stepX, stepY = 2*sheetSide + sheetGap + sheetMargin, sheetTop + sheetSide + sheetMargin
	if size := img.Bounds().Size(); size.X != 2*stepX+sheetMargin || size.Y != 2*stepY+sheetMargin/2 {
		t.Errorf("the sheet is %v", size)
	}
	count := func(x, y int) (blue, orange int) {
		for dx := range sheetSide {
			for dy := range sheetSide {
				r, _, b, _ := img.At(x+dx, y+dy).RGBA()
				switch {
				case b > r+0x2000:
					blue++
				case r > b+0x2000:
					orange++
				}
			}
		}
		return blue, orange
	}
	for i := range 4 {
		x, y := sheetMargin+i%2*stepX, i/2*stepY+sheetTop+sheetMargin/2
		blue, nothing := count(x, y)
		none, orange := count(x+sheetSide+sheetGap, y)
		if drawn := i < 3; drawn != (blue > 200) || drawn != (orange > 200) || nothing > 0 || none > 0 {
			t.Errorf("pair %d: %d and %d blue, %d and %d orange pixels", i, blue, none, nothing, orange)
		}
	}
	b.Reset()
	if err := sheet.Encode(&b, SVG); err != nil || !strings.Contains(b.String(), ">three<") {
		t.Errorf("as SVG: %v", err)
	}
}

func TestSheetErrors(t *testing.T) {
	good := []float32{0, 0, 1, 1}
	for _, test := range []struct {
		sheet  Sheet
		format Format
		want   string
	}{
		{Sheet{}, PNG, "at least one pair"},
		{Sheet{Pairs: []Pair{{Title: "a", Samples: good, Data: good}}}, GIF, "a contact sheet"},
		{Sheet{Pairs: []Pair{{Title: "a", Samples: good[:3], Data: good}}}, PNG, "samples of a"},
		{Sheet{Pairs: []Pair{{Title: "a", Samples: good}}}, PNG, "data of a"},
	} {
		if err := test.sheet.Encode(new(bytes.Buffer), test.format); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
}
