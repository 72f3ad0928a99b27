package html

import (
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"euryale/internal/browser"
	"euryale/run"
)

// open opens a file in a window of that size.
func open(t *testing.T, path string, width, height int64) *browser.Tab {
	t.Helper()
	return browser.Open(t, address(path), "footer", width, height)
}

func address(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// drawn counts the charts whose canvas holds a line: pixels that are neither clear nor gray, as axes are.
const drawn = `[...document.querySelectorAll(".chart canvas")].filter(c => {
	const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 128 && Math.abs(d[i] - d[i + 2]) > 60) return true;
	return false;
}).length`

// The page of a run opens from disk: it asks for nothing, its curves are drawn and can be zoomed, its slider moves.
func TestPageInABrowser(t *testing.T) {
	browser.Need(t)
	folder := fullRun(t)
	put(t, folder.Figures("a.svg"), []byte(document))
	put(t, folder.Figures("b.gif"), film(t, 50, 50))
	path := filepath.Join(t.TempDir(), "a page.html")
	must(t, Save(path, folder, contents(t)))
	p := open(t, path, 1280, 900)
	charts := browser.Result[int](p, `document.querySelectorAll(".chart").length`)
	if got := browser.Result[int](p, drawn); got != charts || charts < 5 {
		t.Errorf("%d of %d charts are drawn", got, charts)
	}

	// Zoom: a drag over the loss narrows it, the button widens it again.
	span := `(() => { const s = charts.Loss.scales.x; return s.max - s.min })()`
	before := browser.Result[float64](p, span)
	browser.Result[bool](p, `(() => {
		const over = charts.Loss.over, r = over.getBoundingClientRect();
		const send = (target, type, part) => target.dispatchEvent(new MouseEvent(type, {bubbles: true, button: 0, buttons: 1,
			clientX: r.left + part * r.width, clientY: r.top + r.height / 2, movementX: 5}));
		send(over, "mouseenter", 0.25); send(over, "mousemove", 0.25); send(over, "mousedown", 0.25);
		send(document, "mousemove", 0.5); send(over, "mousemove", 0.5); send(document, "mouseup", 0.5);
		return true;
	})()`)
	p.Wait(span + ` < 0.5 * ` + text(before))
	p.Click(".chart .reset")
	p.Wait(span + ` === ` + text(before))
	p.Click(".chart .late")
	p.Wait(span + ` < 0.6 * ` + text(before))

	// The logarithmic axis.
	p.Click(".chart .log")
	p.Wait(`charts.Loss.scales.y.distr === 1`)

	// The slider shows one preview, the newest first.
	visible := `[...document.querySelectorAll(".previews img")].filter(i => !i.hidden).map(i => i.alt).join()`
	if got := browser.Result[string](p, visible); got != "step 300" {
		t.Errorf("%q is shown first", got)
	}
	browser.Result[bool](p, `(() => {
		const s = document.querySelector(".previews input");
		s.value = 0;
		return s.dispatchEvent(new Event("input"));
	})()`)
	got, label := browser.Result[string](p, visible), browser.Result[string](p, `document.querySelector(".previews output").textContent`)
	if got != "step 100" || label != got {
		t.Errorf("%q is shown, labeled %q", got, label)
	}
	if got := browser.Result[bool](p, `[...document.images].every(i => i.complete && i.naturalWidth > 0)`); !got {
		t.Error("a picture cannot be decoded")
	}
	// Those that are documents are drawn as they are, and run and load nothing.
	color := browser.Result[string](p, `(() => {
		const canvas = document.createElement("canvas"), on = canvas.getContext("2d");
		on.drawImage(document.querySelector("img[src^='data:image/svg']"), 0, 0);
		return [...on.getImageData(150, 100, 1, 1).data].join();
	})()`)
	if title := browser.Result[string](p, `document.title`); color != "213,94,0,255" || title != "scurve_quick" {
		t.Errorf("an SVG has the color %s, and the page the title %q", color, title)
	}
	p.Quiet(address(path))
}

// The chart of a run that has logged one step stays as it is, whatever is clicked.
func TestChartOfOnePoint(t *testing.T) {
	browser.Need(t)
	folder := bareRun(t, "one", 0)
	put(t, folder.MetricsPath(), []byte(`{"step":1,"epoch":0.1,"loss":1,"gradient_norm":1,"learning_rate":0.1,"steps_per_s":3}`+"\n"))
	path := filepath.Join(t.TempDir(), "one.html")
	must(t, Save(path, folder, Contents{}))
	p := open(t, path, 1280, 900)
	for _, button := range []string{".reset", ".late", ".in"} {
		p.Click(".chart " + button)
		if got := browser.Result[bool](p, `charts.Loss.scales.x.min < 1 && charts.Loss.scales.x.max > 1`); !got {
			t.Errorf("after a click on %s the point is not in the chart", button)
		}
	}
	ticks := browser.Result[[]float64](p, `charts.Loss.axes[0]._splits`)
	for _, at := range ticks {
		if at != math.Trunc(at) {
			t.Errorf("there is a tick at step %g", at)
		}
	}
	if len(ticks) == 0 {
		t.Error("there are no ticks")
	}
	p.Quiet(address(path))
}

// A phone shows pages of runs and comparisons without scrolling sideways; wide tables and strips scroll by themselves.
func TestPagesOnAPhone(t *testing.T) {
	browser.Need(t)
	for name, save := range map[string]func(path string) error{
		"run":        func(path string) error { return Save(path, fullRun(t), contents(t)) },
		"comparison": func(path string) error { return SaveComparison(path, threeRuns(t), nil) },
	} {
		path := filepath.Join(t.TempDir(), name+".html")
		must(t, save(path))
		p := open(t, path, 390, 800)
		if got := browser.Result[int](p, `document.documentElement.scrollWidth`); got > 390 {
			t.Errorf("the page of a %s is %d pixels wide", name, got)
		}
		if got, all := browser.Result[int](p, drawn), browser.Result[int](p, `document.querySelectorAll(".chart").length`); got != all || all == 0 {
			t.Errorf("%s: %d of %d charts are drawn", name, got, all)
		}
		if size := browser.Result[float64](p, `parseFloat(getComputedStyle(document.body).fontSize)`); size < 14 {
			t.Errorf("the text is %g pixels high", size)
		}
		p.Quiet(address(path))
	}
}

// Where runs share a color, the legend tells them apart as the lines do.
func TestLegendInABrowser(t *testing.T) {
	browser.Need(t)
	var folders []run.Folder
	for i := range hues + 1 {
		folders = append(folders, bareRun(t, fmt.Sprintf("run%d", i), 0.1*float64(i)))
	}
	path := filepath.Join(t.TempDir(), "comparison.html")
	must(t, SaveComparison(path, folders, nil))
	p := open(t, path, 1280, 900)
	styles := browser.Result[string](p, `[...document.querySelector(".chart").querySelectorAll(".u-marker")].map(m => m.style.borderStyle).join()`)
	if want := strings.Repeat("solid,", hues) + "dashed"; !strings.HasSuffix(styles, want) {
		t.Errorf("the legend has the lines %s, want %s", styles, want)
	}
	p.Quiet(address(path))
}
