package studio_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/internal/browser"
	"euryale/studio"
)

// await is what a promise of a script comes to.
func await[T any](p *tab, script string) T {
	result[bool](p, `(window.awaited = null, (async () => { window.awaited = [await (`+script+`)]; })(), true)`)
	p.Wait(`window.awaited !== null`)
	return result[T](p, `window.awaited[0]`)
}

// Parts of the page by themselves.
func TestPageParts(t *testing.T) {
	browser.Need(t)
	p := openPage(t, serve(t), 1280, 900)
	for script, want := range map[string]string{
		`(await import("/previews.js")).csvRows('a,"b ""c"", d"\r\n1,\n2,3\n', 2)`:    `[["a","b \"c\", d"],["1",""]]`,
		`(await import("/charts.js")).smooth([1, 1, 3], 0.5).map(v => +v.toFixed(3))`: `[1,1,2.143]`,
		`[0, 1e-7, 1234567, 0.12345].map(m.short)`:                                    `["0","1e-7","1.23e+6","0.1235"]`,
		`m.parted(m.joined(["a,b", "é %2C", "x/y"]))`:                                 `["a,b","é %2C","x/y"]`,
		`m.parted("%zz,")`: `["%zz"]`,
		`["loss<0.5 points", "net.width=8", "loss>0.5", "none"].map(w => runs.matcher(w)({
			id: "a", name: "a", state: "", kind: "points", preset: "", seed: 0, loss: 0.3, metrics: {}, changed: {"net.width": "8"},
		}))`: `[true,true,false,false]`,
		`columns.spread([1, 2, 6, null], v => v)`: `{"mean":3,"sd":2.6457513110645907}`,
	} {
		got := await[string](p, `(async () => {
			const m = await import("/dom.js"), runs = await import("/runs.js"), columns = await import("/columns.js");
			return JSON.stringify(`+script+`);
		})()`)
		if got != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}

	// A logarithmic axis has no place for 0, when a chart is made and when it gets new numbers.
	drawn := await[string](p, `(async () => {
		const {Chart} = await import("/charts.js"), chart = new Chart("test", {log: true}), seen = [];
		document.querySelector("main").append(chart.element);
		chart.make();
		for (const last of [3, 4]) {
			chart.set([{name: "a", color: 0, x: [1, 2, last], y: [5, 0, -1]}]);
			seen.push(chart.plot.data[1]);
		}
		chart.end();
		return JSON.stringify(seen);
	})()`)
	if drawn != "[[5,null,null],[5,null,null]]" {
		t.Errorf("the chart has %s", drawn)
	}
	p.quiet()
}

// A page that is not seen has no stream; one whose stream falls silent opens another.
func TestPageStream(t *testing.T) {
	browser.Need(t)
	s := serve(t, "points")
	p := openPage(t, s, 1280, 900)
	viewers := func(n int) {
		until(t, fmt.Sprintf("%d browsers watch", n), func() bool { return studio.Viewers(s.Studio) == n })
	}
	see := func(hidden bool) {
		result[bool](p, fmt.Sprintf(`(Object.defineProperty(document, "hidden", {value: %v, configurable: true}),
			document.dispatchEvent(new Event("visibilitychange")))`, hidden))
	}
	viewers(1)
	see(true)
	viewers(0)
	result[bool](p, `(() => {
		const wait = setTimeout, Stream = EventSource;
		window.opened = 0;
		window.setTimeout = (call, time, ...args) => wait(call, time === 40000 && window.opened < 3 ? 50 : time, ...args);
		window.EventSource = class extends Stream {
			constructor(url) {
				super(url);
				const last = ++window.opened === 3;
				this.addEventListener("open", () => { window.settled = last; });
			}
		};
		return true;
	})()`)
	see(false)
	p.Wait(`window.settled`)
	viewers(1)
	await[bool](p, `import("/store.js").then(m => m.load()).then(() => true)`) // after the one of the last stream

	// The list may be older than what was sent while it was on its way.
	result[bool](p, `(() => {
		const ask = fetch;
		window.fetch = async (path, options) => {
			const answer = await ask(path, options);
			if (path === "/api/runs") await new Promise(done => { window.release = done; });
			return answer;
		};
		return true;
	})()`)
	const size = `(async () => (await import("/store.js")).store.runs.size)()`
	if n := await[int](p, size); n != 1 {
		t.Fatalf("%d runs are listed", n)
	}
	result[bool](p, `(import("/store.js").then(m => m.load()).then(() => { window.loaded = true; }), true)`)
	p.Wait(`window.release`)
	studio.Send(s.Studio, "runs", map[string]any{"runs": []any{}, "removed": []string{"points"}, "common": map[string]string{}})
	p.Wait(`document.querySelector(".empty")`)
	result[bool](p, `(release(), true)`)
	p.Wait(`window.loaded`)
	if n := await[int](p, size); n != 0 {
		t.Errorf("a run that was removed meanwhile is listed")
	}
	p.quiet()
}

// Means over seeds follow their runs, folded or not; a folder may have a comma in its name.
func TestPageMeans(t *testing.T) {
	browser.Need(t)
	s := serve(t)
	for i, loss := range []float64{1, 2, 6} {
		writeRun(t, filepath.Join(s.runs, fmt.Sprintf("rate=1,seed=%d", i)), []string{fmt.Sprintf("seed=%d", i)}, loss)
	}
	p := openPage(t, s, 1280, 900)
	mean := `document.querySelector("tr.mean")?.textContent`
	p.Wait(mean + `?.includes("× 3 seeds")`)
	p.Wait(mean + `.includes("3.000 ± 2.6")`)
	result[bool](p, `(document.querySelector("button.fold").click(), true)`)
	p.Wait(`document.querySelectorAll("tr.member").length === 3`)
	writeRun(t, filepath.Join(s.runs, "rate=1,seed=2"), []string{"seed=2"}, 6, 3) // the mean of the last points is 4.5
	p.Wait(mean + `.includes("2.500 ± 1.8")`)

	p.show("#/compare?ids=rate%253D1%252Cseed%253D1", `document.querySelectorAll(".runs .swatch").length === 1`)
	p.Wait(`document.querySelector(".chart")?.dataset.last === "100"`)
	writeRun(t, filepath.Join(s.runs, "rate=1,seed=1"), []string{"seed=1"}, 2, 2)
	p.Wait(`document.querySelector(".chart")?.dataset.last === "200"`)
	p.quiet()
}

// A folder that is deleted and comes back; a log that grows is thinned; a job that another page cancels.
func TestPageOfOneRun(t *testing.T) {
	browser.Need(t)
	s := serve(t, "points")
	folder, away := filepath.Join(s.runs, "points"), filepath.Join(t.TempDir(), "away")
	p := openPage(t, s, 1280, 900)
	p.show(at("run", "points"), `document.querySelector(".chart")?.dataset.last === "30" && document.querySelector(".previews")?.dataset.step`)
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	p.Wait(`document.querySelector(".notes.error")?.textContent.includes("was deleted")`)
	if err := os.Rename(away, folder); err != nil {
		t.Fatal(err)
	}
	p.Wait(`!document.querySelector(".notes.error") && document.querySelector(".run-head .button")`)

	log, err := os.OpenFile(filepath.Join(folder, "metrics.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for i, step := 0, 30; i < 4; i++ { // of each part, 2000 rows at most are sent
		var lines strings.Builder
		for range 2000 {
			step++
			fmt.Fprintf(&lines, `{"step":%d,"epoch":%d,"loss":1}`+"\n", step, step)
		}
		if _, err := log.WriteString(lines.String()); err != nil {
			t.Fatal(err)
		}
		p.Wait(fmt.Sprintf(`document.querySelector(".chart").dataset.last === "%d"`, step))
	}
	p.Wait(`performance.getEntriesByType("resource").filter(e => e.name.includes("/api/metrics")).length > 1`)

	p.show(at("quality", "points"), `document.querySelector(".controls input")`)
	p.set(".controls input[type=text]", "5000")
	p.click("Compare solvers")
	p.Wait(`document.querySelector("progress.on")`)
	until(t, "the job can be canceled", func() bool { return s.call(http.MethodDelete, "/api/job?id=1", nil, new(any)) == http.StatusOK })
	p.Wait(`document.querySelector(".notes.error")?.textContent.includes("The work was canceled: canceled.")`)
	p.quiet()
}

// The form of a new run shows what the preset has, until its text is edited; a solver's variants are to choose from.
func TestPageForms(t *testing.T) {
	browser.Need(t)
	p := openPage(t, serve(t, "points"), 1280, 900)
	p.show("#/start", `document.querySelector(".launch select")`)
	p.set(".launch select", "moons_cfg")
	p.set(".key-row input", "train.batch")
	doc, value := `document.querySelector(".key-row .doc").textContent`, `document.querySelectorAll(".key-row input")[1].placeholder`
	if text := result[string](p, doc); !strings.HasPrefix(text, "512 in the preset. a whole number. ") {
		t.Errorf("train.batch is explained by %q", text)
	}
	p.set(".launch select", "mnist")
	if shown := result[string](p, value); shown == "512" || shown == "value" {
		t.Errorf("of another preset it is %q", shown)
	}
	p.click("One more key")
	p.set(".key-row:nth-of-type(2) input", "train.batch")
	p.click("Start")
	p.Wait(`document.querySelector(".notes.error")?.textContent === "The key train.batch is given twice."`)
	p.set(".launch textarea", "version: 2")
	if shown := result[string](p, value); shown != "value" {
		t.Errorf("of a text that was edited it is %q", shown)
	}

	p.show(at("play", "points"), `document.querySelector("div.play")?.dataset.drawn?.startsWith("1 ")`)
	p.set(".controls select", "dpm++_2m")
	p.Wait(`document.querySelector("div.play").dataset.drawn === "2 dpm++_2m"`)
	p.set(".solver-keys select", "heun")
	p.Wait(`document.querySelector(".command code").textContent.includes("-set solver.variant=heun")`)
	p.quiet()
}
