package html

import (
	"bytes"
	"fmt"
	"image"
	"image/color/palette"
	"image/gif"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"euryale/run"
)

// film is a GIF of two frames.
func film(t testing.TB, width, height int) []byte {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, width, height), palette.WebSafe)
	var b bytes.Buffer
	must(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{10, 10}}))
	return b.Bytes()
}

// document is an SVG that would run a script and load a file, if it were part of the page.
const document = `<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="225pt" height="150pt" viewBox="0 0 225 150">
<script>document.title = "hacked"</script><image href="http://localhost:1/x.png" width="9" height="9"/>
<rect width="225" height="150" style="fill:#d55e00" onclick="alert(1)"/>
</svg>
`

// wantTexts checks that a page has some texts, and lacks others.
func wantTexts(t *testing.T, page string, want, no []string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	for _, text := range no {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
}

// Pictures in PNG, GIF and SVG are shown, each by its type, those in PNG first; what is damaged or no picture is named.
func TestFormats(t *testing.T) {
	folder := bareRun(t, "formats", 0)
	whole := picture(t, 320, 200)
	for name, content := range map[string]string{
		"a.svg": document, "b.gif": string(film(t, 416, 464)), "forward.png": string(whole), "z.PNG": string(picture(t, 50, 20)),
		"cut.png": string(whole[:len(whole)-100]), "cut.gif": string(film(t, 9, 9)[:20]), "cut.svg": document[:len(document)-10],
		"other.svg": "<html/>", "empty.svg": "", "notes.txt": "mine",
	} {
		put(t, folder.Figures(name), []byte(content))
	}
	huge := folder.Figures("huge.png")
	put(t, huge, whole)
	must(t, os.Truncate(huge, mostFile+1))
	page := mustPage(t, folder, Contents{})
	wantTexts(t, page, []string{
		`src="data:image/svg+xml;base64,PD94bWw`, `alt="figures/a.svg" width="300" height="200">`,
		`src="data:image/gif;base64,R0lGOD`, `alt="figures/b.gif" width="416" height="464">`,
		`alt="The forward process: the same rows with more and more noise" width="320" height="200">`,
		`alt="figures/z.PNG" width="200" height="80" class="pixels">`,
		"figures/cut.png is not shown: its end is missing.", "figures/cut.gif is not shown: ",
		"figures/cut.svg is not shown: its end is missing.", "figures/other.svg is not shown: it is no SVG",
		"figures/empty.svg is not shown: it is no SVG", "figures/huge.png is not shown: it takes 30 MB.",
	}, []string{"notes.txt is not shown", "hacked"})
	if strings.Index(page, "figures/z.PNG\"") > strings.Index(page, "image/svg+xml") {
		t.Error("a document comes before a picture in PNG")
	}
}

// Where the page has no room for an animation, it is left out, and takes none from pictures in PNG.
func TestAnimationsComeLast(t *testing.T) {
	folder := bareRun(t, "animations", 0)
	put(t, folder.Figures("a.gif"), append(film(t, 50, 50), bytes.Repeat([]byte(";"), 2_500_000)...))
	put(t, folder.Figures("b.png"), picture(t, 600, 500))
	wantTexts(t, mustPage(t, folder, Contents{}), []string{
		`alt="figures/b.png" width="600"`, "figures/a.gif (2.5 MB) is not shown: the page would be larger than 3 MB.",
	}, nil)
}

func TestSizeOfSVG(t *testing.T) {
	for attributes, want := range map[string][2]int{
		`width="30" height="20"`: {30, 20}, `width="30px" height="20.4px"`: {30, 20}, `width="72pt" height="36pt"`: {96, 48},
		`width="100%" height="100%" viewBox="0 0 30 20"`: {30, 20}, `viewBox="0, 0, 30.6, 20"`: {31, 20}, `width="30"`: {},
		`width="-5" height="20"`: {}, `width="NaN" height="Inf"`: {}, `width="1e300" height="2"`: {}, `viewBox="0 0 1"`: {}, ``: {},
	} {
		width, height, err := svgSize([]byte(`<!-- a drawing --><svg xmlns="http://www.w3.org/2000/svg" ` + attributes + `></svg>`))
		if err != nil || width != want[0] || height != want[1] {
			t.Errorf("%s: %d × %d, %v; want %v", attributes, width, height, err, want)
		}
	}
}

// A picture that was drawn for the page has no file that a note could name.
func TestLargePictureOfThePage(t *testing.T) {
	page := mustPage(t, bareRun(t, "large", 0), Contents{Pictures: []Picture{{Title: "Drawn", PNG: picture(t, 1000, 800)}}})
	wantTexts(t, page, []string{
		"The picture “Drawn” is shown at 500 of its 1000 pixels", "Drawn. Made smaller, from 1000 to 500 pixels wide.</figcaption>",
	}, nil)
}

// A run of more damaged previews, pictures and sessions than a page has room for has a page all the same.
func TestMuchOfEverything(t *testing.T) {
	folder := fullRun(t)
	for i := range 300 {
		put(t, folder.Figures(fmt.Sprintf("figure-with-a-rather-long-name-%03d.png", i)), []byte("damaged"))
	}
	for step := int64(1000); step < 1050; step++ {
		put(t, folder.PreviewPath(step, ".npy"), []byte("samples"))
		put(t, folder.PreviewPath(step, ".png"), picture(t, 200, 150))
	}
	e, err := folder.Environment()
	must(t, err)
	for i := range 20_000 {
		e.Sessions = append(e.Sessions, run.Session{Started: time.Unix(int64(i), 0), Command: []string{strings.Repeat("x", 200)}})
	}
	must(t, folder.WriteEnvironment(e))
	wantTexts(t, mustPage(t, folder, Contents{}), []string{
		"figure-with-a-rather-long-name-000.png is not shown", " more notes.", "The last 100 of the 20,001 sessions are listed",
	}, []string{"figure-with-a-rather-long-name-299.png is not shown"})
}

// The files of a run are listed and counted, also where its folder is a link to another.
func TestFiles(t *testing.T) {
	folder := bareRun(t, "files", 0)
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(string(folder), link))
	wantTexts(t, mustPage(t, run.Folder(link), Contents{}), []string{"<summary>2 files<", "<code>config.yaml</code>"}, nil)
	for i := range 1500 {
		put(t, folder.Path("more", fmt.Sprint(i)), nil)
	}
	put(t, folder.Path(".hidden"), nil)
	put(t, folder.Path(".folder", "file"), nil)
	wantTexts(t, mustPage(t, folder, Contents{}), []string{"<summary>1,502 files<", "and 1,402 more", "more/0"},
		[]string{"<code>.hidden", "<code>.folder"})
}

// Whatever a file holds that is named as a picture, it is shown by its type or named, and is never part of the page.
func FuzzFormats(f *testing.F) {
	f.Add(".svg", []byte(document))
	f.Add(".gif", film(f, 3, 2))
	f.Add(".png", picture(f, 3, 2))
	f.Add(".svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e400 -1"></svg>`))
	f.Fuzz(func(t *testing.T, extension string, file []byte) {
		format, ok := formatOf("x" + extension)
		if !ok {
			t.Skip()
		}
		p, err := format.show("x", file)
		if err != nil {
			return
		}
		inside, ok := strings.CutPrefix(string(p.Source), `src="data:`+format.media+`;base64,`)
		if !ok || strings.ContainsAny(strings.TrimSuffix(inside, `"`), `"<>& `) || p.Width < 0 || p.Height < 0 {
			t.Errorf("%d × %d, %.60q", p.Width, p.Height, p.Source)
		}
	})
}
