package studio_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/internal/browser"
)

// tab is the page of a studio in a browser.
type tab struct {
	*browser.Tab
	address string
}

// openPage opens the page of a studio in a window of that size.
func openPage(t testing.TB, s *served, width, height int64) *tab {
	t.Helper()
	return &tab{browser.Open(t, s.http.URL, "main", width, height), s.http.URL}
}

func result[T any](p *tab, script string) T { return browser.Result[T](p.Tab, script) }

// show opens a view.
func (p *tab) show(hash, until string) {
	result[bool](p, `(() => { location.hash = "`+hash+`"; return true; })()`)
	p.Wait(`location.hash === "` + hash + `" && document.querySelector("main").children.length > 0 && (` + until + `)`)
}

// set gives a control a value, as a visitor does.
func (p *tab) set(selector, value string) {
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
	button := `[...document.querySelectorAll("main button, main a.button")].find(b => b.textContent.includes("` + text + `") && !b.disabled)`
	p.Wait(button + ` !== undefined`)
	result[bool](p, `(`+button+`.click(), true)`)
}

// quiet checks that the page complained about nothing and asked nobody but its server.
func (p *tab) quiet() { p.Quiet(p.address+"/", "blob:"+p.address) }

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
	browser.Need(t)
	s := serve(t)
	p := openPage(t, s, 1280, 900)
	p.Wait(`document.querySelector(".empty")?.textContent.includes("There are no runs below")`)

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
	p.Wait(`document.querySelector(".notes.error")?.textContent.includes("net.width")`) // what is meant
	complaints := p.Complaints()
	if len(complaints) != 1 || !strings.Contains(complaints[0], "400") {
		t.Errorf("a wrong key gives %q in the console, want the status alone", complaints)
	}
	p.Forgive()
	row(len(keys)-1, "seed", "3")
	p.click("Start")
	p.Wait(`location.hash === "#/run/moons_cfg"`)
	p.Wait(`document.querySelector(".badge.running")`)
	p.Wait(`document.querySelectorAll(".chart").length >= 3`)
	p.Wait(`document.querySelector(".previews")?.dataset.step >= 200`)
	p.Wait(`document.querySelector(".badge.finished")`)
	p.Wait(`document.querySelector(".previews .step")?.textContent === "step 1,000"`)
	p.Wait(`document.querySelector(".chart").dataset.last === "1000"`) // by events: the log is read at the beginning alone
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
	p.Wait(`location.hash === "#/run/shorter" && document.querySelector(".badge.finished")`)
	p.show("#/compare?ids=moons_cfg,shorter", `document.querySelectorAll(".runs tbody tr").length === 2`)
	p.Wait(`[...document.querySelectorAll(".chart")].find(c => c.ariaLabel === "Loss")?.querySelectorAll(".u-series").length === 3`)
	p.Wait(`document.querySelector(".runs thead").textContent.includes("train.steps".replaceAll(".", ".\u200b"))`)
	p.set("#filter", "shorter")
	p.Wait(`document.querySelectorAll(".runs tbody tr").length === 1`)
	p.set("#filter", "train.steps=20 step<30")
	p.Wait(`document.querySelector(".runs tbody tr").textContent.includes("shorter")`)
	p.set("#filter", "")

	// A run that is stopped, resumed and stopped again.
	p.show(at("clone", "moons_cfg"), `document.querySelector(".key-row input")`)
	row(0, "train.steps", "100000000")
	p.set(".launch > .field input", "long")
	p.click("Start the clone")
	p.Wait(`location.hash === "#/run/long" && document.querySelector(".badge.running") && document.querySelector(".chart")`)
	p.click("Stop")
	p.Wait(`document.querySelector(".badge.stopped")`)
	p.click("Resume")
	p.Wait(`location.hash === "#/resume/long" && document.querySelector(".key-row input")`)
	p.click("Resume")
	p.Wait(`location.hash === "#/run/long" && document.querySelector(".badge.running")`)
	p.click("Stop")
	p.Wait(`document.querySelector(".badge.stopped")`)

	// A folder that is deleted while it is shown.
	p.show(at("run", "shorter"), `document.querySelectorAll(".chart").length >= 3`)
	if err := os.RemoveAll(filepath.Join(s.runs, "shorter")); err != nil {
		t.Fatal(err)
	}
	p.Wait(`document.querySelector(".notes.error")?.textContent.includes("was deleted")`)
	p.show("#/runs", `document.querySelectorAll(".runs tbody tr").length === 2`)
	p.quiet()
}
