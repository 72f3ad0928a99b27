package html

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/image/draw"

	"euryale/run"
)

// shown is a picture on a page.
type shown struct {
	Title, Note   string
	Alt           string
	Source        template.HTMLAttr // src="data:…", made here alone
	Width, Height int
	Wide, Tiny    bool // a strip, and a picture of few pixels
	bytes         int  // of the file
}

// Whole reports whether a picture takes the whole width of a page.
func (s shown) Whole() bool {
	const column = 1000
	return s.Wide || s.Width > column
}

// encodedBytes is how much of a page a file takes.
func encodedBytes(n int) int { return (n+2)/3*4 + 600 } // with its tags

// show makes a picture of the bytes of a PNG, if they are one that is not too large to be shown.
func show(title string, file []byte) (shown, error) {
	const mostPixels = 60_000_000
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return shown{}, err
	}
	if size.Width > mostPixels/max(size.Height, 1) {
		return shown{}, fmt.Errorf("it has %d × %d pixels", size.Width, size.Height)
	}
	const tiny, wide, much = 400, 900, 2.5
	return shown{
		Title: title, Alt: title, Width: size.Width, Height: size.Height, bytes: len(file),
		Source: template.HTMLAttr(`src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(file) + `"`),
		Tiny:   size.Width < tiny, Wide: size.Width > wide && float64(size.Width) > much*float64(size.Height),
	}, nil
}

// readPicture reads a regular file of at most mostFile bytes.
func readPicture(path string) ([]byte, error) {
	const mostFile = 30_000_000
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reason(err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("it is no file")
	case info.Size() > mostFile:
		return nil, fmt.Errorf("it takes %s", bytesText(info.Size()))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, mostFile))
}

// album puts pictures on a page that has room for so many bytes, and notes those that it leaves out.
type album struct {
	room  int
	notes []string
}

// place returns a picture as it fits: as it is, made smaller, or not at all, which is noted.
func (a *album) place(title, file string, text []byte) (shown, bool) {
	p, err := show(title, text)
	if err != nil {
		a.notes = append(a.notes, fmt.Sprintf("%s is not shown: %v.", file, err))
		return shown{}, false
	}
	full := p.Width
	for encodedBytes(p.bytes) > a.room {
		const least = 500
		if p.Width/2 < least {
			a.notes = append(a.notes, fmt.Sprintf("%s (%s) is not shown: the page would be larger than %s.", file,
				bytesText(int64(len(text))), bytesText(MaxBytes)))
			return shown{}, false
		}
		smaller, err := halved(text, full/p.Width*2)
		if err != nil {
			a.notes = append(a.notes, fmt.Sprintf("%s is not shown: %v.", file, err))
			return shown{}, false
		}
		if p, err = show(title, smaller); err != nil {
			return shown{}, false
		}
	}
	if p.Width < full {
		p.Note = fmt.Sprintf("Made smaller, from %d to %d pixels wide; the file is %s.", full, p.Width, file)
		a.notes = append(a.notes, fmt.Sprintf("%s is shown at %d of its %d pixels of width, so that the page is no larger than %s.",
			file, p.Width, full, bytesText(MaxBytes)))
	}
	a.room -= encodedBytes(p.bytes)
	return p, true
}

// halved makes a picture smaller by a whole factor.
func halved(text []byte, by int) ([]byte, error) {
	from, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	size := from.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, max(size.Dx()/by, 1), max(size.Dy()/by, 1)))
	draw.ApproxBiLinear.Scale(to, to.Bounds(), from, size, draw.Src, nil)
	var b bytes.Buffer
	err = png.Encode(&b, to)
	return b.Bytes(), err
}

// closing are the pictures that training leaves, the samples first.
var closing = [...]struct{ file, title string }{
	{"samples/strip.png", "From noise to data, drawn at the end of training"}, {"samples/samples.png", "Samples"},
}

// gallery are the pictures of a run other than its previews: those that training left, those drawn for the page, and those of
// its folder figures.
func (a *album) gallery(folder run.Folder, drawn []Picture) []shown {
	var list []shown
	add := func(title, file string, text []byte) {
		if p, ok := a.place(title, file, text); ok {
			list = append(list, p)
		}
	}
	for _, c := range closing {
		if text, err := readPicture(folder.Path(filepath.FromSlash(c.file))); err == nil {
			add(c.title, c.file, text)
		} else if !os.IsNotExist(err) {
			a.notes = append(a.notes, fmt.Sprintf("%s is not shown: %v.", c.file, err))
		}
	}
	var files []string // of the pictures drawn for the page
	for _, p := range drawn {
		file := p.File
		if file == "" {
			file = "The picture “" + p.Title + "”"
		} else {
			files = append(files, p.File)
		}
		add(p.Title, file, p.PNG)
	}
	entries, _ := os.ReadDir(folder.Path("figures")) // most runs have none
	for _, e := range entries {
		file := "figures/" + e.Name()
		switch extension := filepath.Ext(e.Name()); {
		case slices.Contains(files, file) || e.IsDir():
		case extension == ".png":
			if text, err := readPicture(folder.Path("figures", e.Name())); err == nil {
				add(file, file, text)
			}
		case extension == ".gif" || extension == ".svg":
			a.notes = append(a.notes, fmt.Sprintf("%s is not shown: a page holds pictures in PNG.", file))
		}
	}
	return list
}

// slides are the previews of a run by checkpoint, evenly spaced where there are too many, the newest always among them.
func (a *album) slides(previews []run.Preview, room int) []shown {
	const most = 40
	var list []run.Preview
	for _, p := range previews {
		if p.Picture != "" {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	texts := make([][]byte, len(list))
	sizes := 0
	for i, p := range list {
		text, err := readPicture(p.Picture)
		if err == nil {
			_, err = show("", text)
		}
		if err != nil {
			a.notes = append(a.notes, fmt.Sprintf("previews/%s is not shown: %v.", filepath.Base(p.Picture), err))
			text = nil
		}
		texts[i] = text
		sizes += encodedBytes(len(text))
	}
	count := min(len(list), most, max(1, room*len(list)/max(sizes, 1)))
	var slides []shown
	for i := range count {
		at := len(list) - 1
		if count > 1 {
			at = i * (len(list) - 1) / (count - 1)
		}
		if texts[at] == nil {
			continue
		}
		if p, ok := a.place("step "+grouped(list[at].Step), "previews/"+filepath.Base(list[at].Picture), texts[at]); ok {
			slides = append(slides, p)
		}
	}
	if count < len(list) {
		a.notes = append(a.notes, fmt.Sprintf("The slider shows %d of the %d previews; all are in the folder previews.", count, len(list)))
	}
	return slides
}
