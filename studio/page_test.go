package studio_test

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
func browser(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("EURYALE_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no chromium, chromium-browser or google-chrome in PATH, and EURYALE_CHROMIUM names none: the page is not opened")
	return ""
}

// tab is the page in a browser, with all that it complains about or asks for.
type tab struct {
	context.Context
	t        testing.TB
	address  string
	mutex    sync.Mutex
	errors   []string
	requests []string
}

// openPage opens the page of a studio in a window of that size.
func openPage(t testing.TB, s *served, width, height int64) *tab {
	t.Helper()
	path := chromedp.ExecPath(browser(t))
	options := append(chromedp.DefaultExecAllocatorOptions[:], path, chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, endTab := chromedp.NewContext(allocator)
	t.Cleanup(endTab)
	page := &tab{Context: ctx, t: t, address: s.http.URL}
	page.must(chromedp.Do(ctx)) // starts the browser
	page.must(chromedp.Listen(ctx, page.listen))
	page.must(enable(ctx, runtime.Enable, cdp.Empty{}))
	page.must(enable(ctx, log.Enable, cdp.Empty{}))
	page.must(enable(ctx, network.Enable, network.EnableParams{}))
	ready := chromedp.WaitReady(chromedp.CSS("main"))
	page.must(chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(page.address), ready))
	return page
}

func enable[P any](ctx context.Context, command cdp.Command[P, cdp.Empty], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

func (p *tab) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// listen takes down what the page complains about or asks for.
func (p *tab) listen(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.errors = append(p.errors, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.errors = append(p.errors, string(e.Type))
		}
	case *log.EventEntryAdded:
		p.errors = append(p.errors, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// result is what a script on the page comes to.
func result[T any](p *tab, script string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.Context, chromedp.Evaluate[T](script))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// wait waits until a script on the page is true.
func (p *tab) wait(script string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, time.Minute)
	defer cancel()
	promise := `new Promise(done => { const look = () => (` + script + `) ? done(true) : setTimeout(look, 10); look(); })`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise)); err != nil {
		main, _ := chromedp.Run(p.Context, chromedp.Evaluate[string](`document.querySelector("main").innerText.slice(0, 1500)`))
		p.t.Fatalf("%s: %v; the page has %q, and complains about %q", script, err, main, p.complaints())
	}
}

// show opens a view.
func (p *tab) show(hash, until string) {
	p.t.Helper()
	result[bool](p, `(() => { location.hash = "`+hash+`"; return true; })()`)
	p.wait(`location.hash === "` + hash + `" && document.querySelector("main").children.length > 0 && (` + until + `)`)
}

// set gives a control a value, as a visitor does.
func (p *tab) set(selector, value string) {
	p.t.Helper()
	result[bool](p, `(() => {
		const e = document.querySelector('`+selector+`');
		e.value = '`+value+`';
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`)
}

// click clicks a button by its text, wherever it is.
func (p *tab) click(text string) {
	p.t.Helper()
	button := `[...document.querySelectorAll("main button, main a.button")].find(b => b.textContent.includes("` + text + `") && !b.disabled)`
	p.wait(button + ` !== undefined`)
	result[bool](p, `(`+button+`.click(), true)`)
}

func (p *tab) complaints() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string{}, p.errors...)
}

// quiet checks that the page complained about nothing and asked nobody but its server.
func (p *tab) quiet() {
	p.t.Helper()
	if list := p.complaints(); len(list) > 0 {
		p.t.Errorf("the console has %q", list)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, request := range p.requests {
		if !strings.HasPrefix(request, "data:") && !strings.HasPrefix(request, "blob:"+p.address) && !strings.HasPrefix(request, p.address+"/") {
			p.t.Errorf("the page asked for %s", request)
		}
	}
	if len(p.requests) == 0 {
		p.t.Error("no request was seen, not even that of the page")
	}
}

// at is the address of a view of a run.
func at(view, id string) string { return "#/" + view + "/" + url.PathEscape(id) }

// colored counts the pixels of the nth canvas of a figure that are neither gray nor clear.
const colored = `(n => {
	const c = document.querySelectorAll(".picture canvas")[n], d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	let count = 0;
	for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 0 && Math.abs(d[i] - d[i + 2]) > 40) count++;
	return count;
})`

// A visitor starts a run from a preset with some keys changed, one of them wrong at first, sees its curve grow and its samples come,
// clones it, stops a run and resumes it, and sees that a folder was deleted.
func TestPageStartsAndWatchesRuns(t *testing.T) {
	browser(t)
	s := serve(t)
	p := openPage(t, s, 1280, 900)
	p.wait(`document.querySelector(".empty")?.textContent.includes("There are no runs below")`)

	p.show("#/start", `document.querySelector(".launch select")`)
	p.set(".launch select", "moons_cfg")
	keys := [][2]string{{"net.width", "8"}, {"data.points", "256"}, {"train.batch", "64"}, {"train.log_every", "5"},
		{"train.checkpoint_every", "200"}, {"train.steps", "1000"}, {"train.previews", "50"}, {"train.report", "false"}, {"net.widht", "8"}}
	row := func(i int, key, value string) {
		n := string(rune('1' + i))
		p.set(".key-row:nth-of-type("+n+") input:nth-of-type(1)", key)
		p.set(".key-row:nth-of-type("+n+") input:nth-of-type(2)", value)
	}
	for i, k := range keys {
		if i > 0 {
			p.click("One more key")
		}
		row(i, k[0], k[1])
	}
	if doc := result[string](p, `document.querySelector(".key-row .doc").textContent`); !strings.Contains(doc, "whole number") {
		t.Errorf("net.width is explained by %q", doc)
	}
	p.click("Start")
	p.wait(`document.querySelector(".notes.error")?.textContent.includes("net.width")`) // what is meant
	complaints := p.complaints()
	if len(complaints) != 1 || !strings.Contains(complaints[0], "400") {
		t.Errorf("a wrong key gives %q in the console, want the status alone", complaints)
	}
	p.mutex.Lock()
	p.errors = nil
	p.mutex.Unlock()
	row(len(keys)-1, "seed", "3")
	p.click("Start")
	p.wait(`location.hash === "#/run/moons_cfg"`)
	p.wait(`document.querySelector(".badge.running")`)
	p.wait(`document.querySelectorAll(".chart").length >= 3`)
	p.wait(`document.querySelector(".previews")?.dataset.step >= 200`)
	p.wait(`document.querySelector(".badge.finished")`)
	p.wait(`document.querySelector(".previews .step")?.textContent === "step 1,000"`)
	p.wait(`document.querySelector(".chart").dataset.last === "1000"`) // by events: the log is read at the beginning alone
	if n := result[int](p, `performance.getEntriesByType("resource").filter(e => e.name.includes("/api/metrics")).length`); n > 3 {
		t.Errorf("the log was read %d times", n)
	}
	if n := result[int](p, colored+`(0)`); n < 50 {
		t.Errorf("%d pixels of samples are drawn", n)
	}

	// The clone of a run, with one key changed, is beside it in the list, and their curves are overlaid.
	p.show(at("clone", "moons_cfg"), `document.querySelector(".key-row input")`)
	row(0, "train.steps", "20")
	p.set(".launch > .field input", "shorter")
	p.click("Start the clone")
	p.wait(`location.hash === "#/run/shorter" && document.querySelector(".badge.finished")`)
	p.show("#/compare?ids=moons_cfg,shorter", `document.querySelectorAll(".runs tbody tr").length === 2`)
	p.wait(`[...document.querySelectorAll(".chart")].find(c => c.ariaLabel === "Loss")?.querySelectorAll(".u-series").length === 3`)
	p.wait(`document.querySelector(".runs thead").textContent.includes("train.steps".replaceAll(".", ".\u200b"))`)
	p.set("#filter", "shorter")
	p.wait(`document.querySelectorAll(".runs tbody tr").length === 1`)
	p.set("#filter", "train.steps=20 step<30")
	p.wait(`document.querySelector(".runs tbody tr").textContent.includes("shorter")`)
	p.set("#filter", "")

	// A run that is stopped, resumed and stopped again.
	p.show(at("clone", "moons_cfg"), `document.querySelector(".key-row input")`)
	row(0, "train.steps", "100000000")
	p.set(".launch > .field input", "long")
	p.click("Start the clone")
	p.wait(`location.hash === "#/run/long" && document.querySelector(".badge.running") && document.querySelector(".chart")`)
	p.click("Stop")
	p.wait(`document.querySelector(".badge.stopped")`)
	p.click("Resume")
	p.wait(`location.hash === "#/resume/long" && document.querySelector(".key-row input")`)
	p.click("Resume")
	p.wait(`location.hash === "#/run/long" && document.querySelector(".badge.running")`)
	p.click("Stop")
	p.wait(`document.querySelector(".badge.stopped")`)

	// A folder that is deleted while it is shown.
	p.show(at("run", "shorter"), `document.querySelectorAll(".chart").length >= 3`)
	p.must(os.RemoveAll(filepath.Join(s.runs, "shorter")))
	p.wait(`document.querySelector(".notes.error")?.textContent.includes("was deleted")`)
	p.show("#/runs", `document.querySelectorAll(".runs tbody tr").length === 2`)
	p.quiet()
}
