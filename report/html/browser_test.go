package html

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser finds Chromium, or skips the test.
func browser(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("EURYALE_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no chromium, chromium-browser or google-chrome in PATH, and EURYALE_CHROMIUM names none: pages are not opened")
	return ""
}

// tab is a page in a browser, with all that it complains about or asks for.
type tab struct {
	context.Context
	mutex    sync.Mutex
	errors   []string
	requests []string
}

// open opens a file in a window of that size.
func open(t *testing.T, path string, width, height int64) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	page := &tab{Context: ctx}
	must(t, chromedp.Do(ctx)) // starts the browser
	must(t, chromedp.Listen(ctx, page.listen))
	for _, err := range []error{
		enable(ctx, runtime.Enable, cdp.Empty{}), enable(ctx, log.Enable, cdp.Empty{}), enable(ctx, network.Enable, network.EnableParams{}),
	} {
		must(t, err)
	}
	address := (&url.URL{Scheme: "file", Path: path}).String()
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("footer"))))
	return page
}

func enable[P any](ctx context.Context, command cdp.Command[P, cdp.Empty], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

// listen takes down what the page complains about or asks for.
func (p *tab) listen(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.errors = append(p.errors, string(e.Type))
		}
	case *log.EventEntryAdded:
		p.errors = append(p.errors, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// click clicks what a CSS selector finds first.
func (p *tab) click(t *testing.T, selector string) {
	t.Helper()
	must(t, chromedp.Do(p.Context, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)))
}

// result is what a script on the page comes to.
func result[T any](t *testing.T, p *tab, script string) T {
	t.Helper()
	v, err := chromedp.Run(p.Context, chromedp.Evaluate[T](script))
	must(t, err)
	return v
}

// quiet checks that the page complained about nothing and asked for nothing but itself.
func (p *tab) quiet(t *testing.T, path string) {
	t.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.errors) > 0 {
		t.Errorf("the console has %q", p.errors)
	}
	for _, request := range p.requests {
		if !strings.HasPrefix(request, "data:") && request != (&url.URL{Scheme: "file", Path: path}).String() {
			t.Errorf("the page asked for %s", request)
		}
	}
	if len(p.requests) == 0 {
		t.Error("no request was seen, not even that of the page")
	}
}

// drawn counts the charts whose canvas holds a line: pixels that are neither clear nor gray, as axes are.
const drawn = `[...document.querySelectorAll(".chart canvas")].filter(c => {
	const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 128 && Math.abs(d[i] - d[i + 2]) > 60) return true;
	return false;
}).length`

// The page of a run opens from disk: it asks for nothing, its curves are drawn and can be zoomed, its slider moves.
func TestPageInABrowser(t *testing.T) {
	browser(t)
	folder := fullRun(t)
	path := filepath.Join(t.TempDir(), "a page.html")
	must(t, Save(path, folder, contents(t)))
	p := open(t, path, 1280, 900)
	charts := result[int](t, p, `document.querySelectorAll(".chart").length`)
	if got := result[int](t, p, drawn); got != charts || charts < 5 {
		t.Errorf("%d of %d charts are drawn", got, charts)
	}

	// Zoom: a drag over the loss narrows it, the button widens it again.
	span := `(() => { const s = charts.Loss.scales.x; return s.max - s.min })()`
	before := result[float64](t, p, span)
	result[bool](t, p, `(() => {
		const over = charts.Loss.over, r = over.getBoundingClientRect();
		const send = (target, type, part) => target.dispatchEvent(new MouseEvent(type, {bubbles: true, button: 0, buttons: 1,
			clientX: r.left + part * r.width, clientY: r.top + r.height / 2, movementX: 5}));
		send(over, "mouseenter", 0.25); send(over, "mousemove", 0.25); send(over, "mousedown", 0.25);
		send(document, "mousemove", 0.5); send(over, "mousemove", 0.5); send(document, "mouseup", 0.5);
		return true;
	})()`)
	wait(t, p, span+` < 0.5 * `+text(before))
	p.click(t, ".chart .reset")
	wait(t, p, span+` === `+text(before))
	p.click(t, ".chart .late")
	wait(t, p, span+` < 0.6 * `+text(before))

	// The logarithmic axis.
	p.click(t, ".chart .log")
	wait(t, p, `charts.Loss.scales.y.distr === 1`)

	// The slider shows one preview, the newest first.
	visible := `[...document.querySelectorAll(".previews img")].filter(i => !i.hidden).map(i => i.alt).join()`
	if got := result[string](t, p, visible); got != "step 300" {
		t.Errorf("%q is shown first", got)
	}
	result[bool](t, p, `(() => {
		const s = document.querySelector(".previews input");
		s.value = 0;
		return s.dispatchEvent(new Event("input"));
	})()`)
	got, label := result[string](t, p, visible), result[string](t, p, `document.querySelector(".previews output").textContent`)
	if got != "step 100" || label != got {
		t.Errorf("%q is shown, labeled %q", got, label)
	}
	if got := result[bool](t, p, `[...document.images].every(i => i.complete && i.naturalWidth > 0)`); !got {
		t.Error("a picture cannot be decoded")
	}
	p.quiet(t, path)
}

// A phone shows pages of runs and comparisons without scrolling sideways; wide tables and strips scroll by themselves.
func TestPagesOnAPhone(t *testing.T) {
	browser(t)
	for name, save := range map[string]func(path string) error{
		"run":        func(path string) error { return Save(path, fullRun(t), contents(t)) },
		"comparison": func(path string) error { return SaveComparison(path, threeRuns(t), nil) },
	} {
		path := filepath.Join(t.TempDir(), name+".html")
		must(t, save(path))
		p := open(t, path, 390, 800)
		if got := result[int](t, p, `document.documentElement.scrollWidth`); got > 390 {
			t.Errorf("the page of a %s is %d pixels wide", name, got)
		}
		if got, all := result[int](t, p, drawn), result[int](t, p, `document.querySelectorAll(".chart").length`); got != all || all == 0 {
			t.Errorf("%s: %d of %d charts are drawn", name, got, all)
		}
		if size := result[float64](t, p, `parseFloat(getComputedStyle(document.body).fontSize)`); size < 14 {
			t.Errorf("the text is %g pixels high", size)
		}
		p.quiet(t, path)
	}
}

// wait waits until a script on the page is true.
func wait(t *testing.T, p *tab, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, time.Minute)
	defer cancel()
	promise := `new Promise(done => { const look = () => (` + script + `) ? done(true) : setTimeout(look, 10); look(); })`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise)); err != nil {
		t.Errorf("%s: %v", script, err)
	}
}
