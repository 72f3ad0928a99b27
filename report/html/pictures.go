package html

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"

	"euryale/figures"
	"euryale/run"
)

// shown is a picture on a page.
type shown struct {
	Title, Note   string
	Alt           string
	Source        template.HTMLAttr // src="data:…", made here alone
	Width, Height int               // 0: not known
	Wide, Pixels  bool              // a strip, and a picture of few pixels, enlarged
	bytes         int               // of the file
}

// Whole reports whether a picture takes the whole width of a page.
func (s shown) Whole() bool {
	const column = 1000
	return s.Wide || s.Width > column
}

// encodedBytes is how much of a page a file takes.
func encodedBytes(n int) int { return (n+2)/3*4 + 600 } // with its tags

// mostFile is the size of the largest file that is read as a picture.
const mostFile = 30_000_000

// readPicture reads a regular file of at most mostFile bytes.
func readPicture(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reason(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
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

// without notes why a file is left out.
func (a *album) without(file string, reason any) {
	a.notes = append(a.notes, fmt.Sprintf("%s is not shown: %v.", file, reason))
}

// place returns a picture as it fits: as it is, a PNG also made smaller, or not at all, which is noted. One that was drawn for the
// page has no file, "".
func (a *album) place(title, file string, f format, text []byte) (shown, bool) {
	note := "; the file is " + file
	if file == "" {
		file, note = "The picture “"+title+"”", ""
	}
	p, err := f.show(title, text)
	if err != nil {
		a.without(file, err)
		return shown{}, false
	}
	full := p.Width
	for encodedBytes(p.bytes) > a.room {
		const least = 500
		if p.Width/2 < least || f.media != pngFormat.media {
			a.without(fmt.Sprintf("%s (%s)", file, bytesText(int64(len(text)))), "the page would be larger than "+bytesText(MaxBytes))
			return shown{}, false
		}
		smaller, err := halved(text, full/p.Width*2)
		if err == nil {
			p, err = f.show(title, smaller)
		}
		if err != nil {
			a.without(file, err)
			return shown{}, false
		}
	}
	if p.Width < full {
		p.Note = fmt.Sprintf("Made smaller, from %d to %d pixels wide%s.", full, p.Width, note)
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
// its folder figures: the animations and the documents last, so that they take no room from the others.
func (a *album) gallery(folder run.Folder, drawn []Picture) []shown {
	var list []shown
	add := func(title, file string, f format, text []byte, err error) {
		if err != nil {
			a.without(file, err)
		} else if p, ok := a.place(title, file, f, text); ok {
			list = append(list, p)
		}
	}
	for _, c := range closing {
		if text, err := readPicture(folder.Path(filepath.FromSlash(c.file))); !errors.Is(err, fs.ErrNotExist) {
			add(c.title, c.file, pngFormat, text, err)
		}
	}
	for _, p := range drawn {
		add(p.Title, "", pngFormat, p.PNG, nil)
	}
	entries, err := os.ReadDir(folder.Figures(""))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // most runs have none
		a.without("The folder figures", reason(err))
	}
	for _, others := range []bool{false, true} {
		for _, e := range entries {
			f, ok := formatOf(e.Name())
			if !ok || e.IsDir() || (f.media != pngFormat.media) != others {
				continue
			}
			text, err := readPicture(folder.Figures(e.Name()))
			add(titleOf(e.Name()), "figures/"+e.Name(), f, text, err)
		}
	}
	return list
}

// titleOf is the title of a file in the folder figures.
func titleOf(name string) string {
	for _, f := range figures.All() {
		if f.File() == name {
			return upper(f.Summary)
		}
	}
	return "figures/" + name
}

// slides are the previews of a run by checkpoint, evenly spaced where there are too many, the newest always among them.
func (a *album) slides(previews []run.Preview, room int) []shown {
	const most = 40
	var list []run.Preview
	sizes := 0
	for _, p := range previews {
		if p.Picture == "" {
			continue
		}
		list = append(list, p)
		if info, err := os.Stat(p.Picture); err == nil {
			sizes += encodedBytes(int(min(info.Size(), mostFile)))
		}
	}
	count := min(len(list), most, max(1, room*len(list)/max(sizes, 1)))
	var slides []shown
	for i := range count {
		at := len(list) - 1
		if count > 1 {
			at = i * (len(list) - 1) / (count - 1)
		}
		file := "previews/" + filepath.Base(list[at].Picture)
		text, err := readPicture(list[at].Picture)
		if err != nil {
			a.without(file, err)
		} else if p, ok := a.place("step "+grouped(list[at].Step), file, pngFormat, text); ok {
			slides = append(slides, p)
		}
	}
	if count < len(list) {
		a.notes = append(a.notes, fmt.Sprintf("The slider shows %d of the %d previews; all are in the folder previews.", count, len(list)))
	}
	return slides
}
