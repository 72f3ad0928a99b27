package html

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"image/gif"
	"image/png"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// format is a kind of file that a page shows as a picture. All stand in <img>, where a browser runs no script of an SVG and loads
// nothing for it.
type format struct {
	media string // its type
	// size finds the width and the height in pixels; both are 0 where the file names none.
	size func(file []byte) (width, height int, err error)
	end  string // of a whole file
}

var pngFormat = format{"image/png", pngSize, "IEND\xaeB`\x82"}

// formats are those of pictures by the ends of their names.
var formats = map[string]format{".png": pngFormat, ".gif": {"image/gif", gifSize, ";"}, ".svg": {"image/svg+xml", svgSize, "</svg>"}}

// formatOf is the format of a file by its name.
func formatOf(name string) (f format, ok bool) {
	f, ok = formats[strings.ToLower(filepath.Ext(name))]
	return f, ok
}

// show makes a picture of the bytes of a file, if it is a whole one that is not too large to be shown.
func (f format) show(title string, file []byte) (shown, error) {
	const mostPixels = 60_000_000
	width, height, err := f.size(file)
	switch {
	case err != nil:
		return shown{}, err
	case width > mostPixels/max(height, 1):
		return shown{}, fmt.Errorf("it has %d × %d pixels", width, height)
	case !strings.HasSuffix(strings.TrimRight(string(file[max(0, len(file)-1000):]), " \t\r\n\x00"), f.end):
		return shown{}, errors.New("its end is missing")
	}
	const wide, much, seen = 900, 2.5, 200
	p := shown{
		Title: title, Alt: title, Width: width, Height: height, bytes: len(file),
		Source: template.HTMLAttr(`src="data:` + f.media + `;base64,` + base64.StdEncoding.EncodeToString(file) + `"`),
		Wide:   width > wide && float64(width) > much*float64(height),
	}
	// Few pixels are enlarged, by a whole factor so that they stay squares.
	if factor := seen / max(width, 1); width > 0 && factor > 1 && f.media != "image/svg+xml" {
		p.Width, p.Height, p.Pixels = factor*width, factor*height, true
	}
	return p, nil
}

func pngSize(file []byte) (width, height int, err error) {
	c, err := png.DecodeConfig(bytes.NewReader(file))
	return c.Width, c.Height, err
}

func gifSize(file []byte) (width, height int, err error) {
	c, err := gif.DecodeConfig(bytes.NewReader(file))
	return c.Width, c.Height, err
}

// svgSize reads the size of the root of an SVG, or else that of its viewBox.
func svgSize(file []byte) (width, height int, err error) {
	decoder := xml.NewDecoder(bytes.NewReader(file))
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // only names and numbers are read
	for {
		token, err := decoder.Token()
		if err != nil {
			return 0, 0, fmt.Errorf("it is no SVG: %w", err)
		}
		root, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root.Name != (xml.Name{Space: "http://www.w3.org/2000/svg", Local: "svg"}) {
			return 0, 0, fmt.Errorf("it is no SVG: it begins with the element %q", root.Name.Local)
		}
		var box []string
		for _, a := range root.Attr {
			switch a.Name.Local {
			case "width":
				width = inPixels(a.Value)
			case "height":
				height = inPixels(a.Value)
			case "viewBox":
				box = strings.Fields(strings.ReplaceAll(a.Value, ",", " "))
			}
		}
		if (width == 0 || height == 0) && len(box) == 4 {
			width, height = inPixels(box[2]), inPixels(box[3])
		}
		if width == 0 || height == 0 {
			return 0, 0, nil
		}
		return width, height, nil
	}
}

// inPixels is a length in pixels, such as "300", "300px" or "225pt"; 0 for one of another unit, or none.
func inPixels(length string) int {
	scale := 1.0
	number, ok := strings.CutSuffix(strings.TrimSpace(length), "pt")
	if ok {
		scale = 96. / 72
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(number, "px"), 64)
	if v *= scale; err != nil || !(v >= 1 && v < 1e6) {
		return 0
	}
	return int(v + 0.5)
}
