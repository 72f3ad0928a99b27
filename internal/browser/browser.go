// Package browser opens pages in Chromium, for tests of what a visitor meets.
//
// Tests do not need Chromium: where there is none, they are skipped. A Tab takes down all that its page complains about and all
// that it asks for, so that a test can hold it to silence.
//
// Start reading at Open.
package browser

import (
	"context"
	"os"
	"os/exec"
	"slices"
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

// Need finds Chromium, by EURYALE_CHROMIUM or in PATH, or skips the test. It is for before the work; Open does it too.
func Need(t testing.TB) (path string) {
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

// Tab is a page in a browser.
type Tab struct {
	t          testing.TB
	ctx        context.Context // of calls to chromedp
	mutex      sync.Mutex
	complaints []string
	requests   []string
}

// Open opens an address in a window of that size, and waits until the page has an element of a CSS selector.
func Open(t testing.TB, address, selector string, width, height int64) *Tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(Need(t)), chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, endTab := chromedp.NewContext(allocator)
	t.Cleanup(endTab)
	p := &Tab{t: t, ctx: ctx}
	p.do() // starts the browser
	p.must(chromedp.Listen(ctx, p.listen))
	p.must(enable(ctx, runtime.Enable, cdp.Empty{}))
	p.must(enable(ctx, log.Enable, cdp.Empty{}))
	p.must(enable(ctx, network.Enable, network.EnableParams{}))
	p.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS(selector)))
	return p
}

func enable[P any](ctx context.Context, command cdp.Command[P, cdp.Empty], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

func (p *Tab) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// do takes actions on the page.
func (p *Tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.must(chromedp.Do(p.ctx, actions...))
}

// Go opens another address.
func (p *Tab) Go(address string) {
	p.t.Helper()
	p.do(chromedp.Navigate(address))
}

// Click clicks what a CSS selector finds first, once it is visible.
func (p *Tab) Click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Result is what a script on the page comes to.
func Result[T any](p *Tab, script string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// Wait waits until a script on the page is true, at most a minute.
func (p *Tab) Wait(script string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	promise := `new Promise(done => { const look = () => (` + script + `) ? done(true) : setTimeout(look, 10); look(); })`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise)); err != nil {
		text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 1500)`))
		p.t.Fatalf("%s: %v; the page has %q, and complains about %q", script, err, text, p.Complaints())
	}
}

// listen takes down what the page complains about or asks for.
func (p *Tab) listen(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.complaints = append(p.complaints, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.complaints = append(p.complaints, string(e.Type))
		}
	case *log.EventEntryAdded:
		p.complaints = append(p.complaints, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// Complaints are the errors and warnings of the console so far.
func (p *Tab) Complaints() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.complaints)
}

// Forgive forgets them.
func (p *Tab) Forgive() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.complaints = nil
}

// Quiet checks that the page complained about nothing, and asked for nothing but what begins with one of these.
func (p *Tab) Quiet(allowed ...string) {
	p.t.Helper()
	if list := p.Complaints(); len(list) > 0 {
		p.t.Errorf("the console has %q", list)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, request := range p.requests {
		if !slices.ContainsFunc(append(allowed, "data:"), func(begin string) bool { return strings.HasPrefix(request, begin) }) {
			p.t.Errorf("the page asked for %s", request)
		}
	}
	if len(p.requests) == 0 {
		p.t.Error("no request was seen, not even that of the page")
	}
}
