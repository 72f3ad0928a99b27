package studio_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/internal/browser"
)

// The slider shows the samples of each checkpoint, by mouse and by arrow keys.
func TestPageMovesTheSlider(t *testing.T) {
	browser.Need(t)
	p := openPage(t, serve(t, "points"), 1280, 900)
	p.show(at("run", "points"), `document.querySelector(".previews")?.dataset.step === "30"`)
	hash := `(() => { const c = document.querySelector(".previews canvas"); return c.toDataURL(); })()`
	last := result[string](p, hash)
	p.set(".previews input[type=range]", "0")
	p.Wait(`document.querySelector(".previews")?.dataset.step === "10"`)
	if result[string](p, hash) == last {
		t.Error("the first and the last checkpoint have the same picture")
	}
	result[bool](p, `document.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}))`)
	p.Wait(`document.querySelector(".previews")?.dataset.step === "20"`)
	if raw := result[bool](p, `document.querySelectorAll(".previews .picture")[1].hidden`); raw {
		t.Error("samples of the raw weights are not beside those of the averaged weights")
	}
	p.click("play")
	p.Wait(`document.querySelector(".previews")?.dataset.step === "30"`)
	p.quiet()
}

// The playground draws with two solvers, gives the command of each, and keeps a picture.
func TestPageDrawsWithTwoSolvers(t *testing.T) {
	browser.Need(t)
	p := openPage(t, serve(t, "points", "images", "table"), 1280, 900)
	drawn := `document.querySelector("div.play")?.dataset.drawn`
	p.show(at("play", "points"), drawn+`?.startsWith("1 ")`)
	picture := `document.querySelector(".picture canvas").toDataURL()`
	first := result[string](p, picture)
	if n := result[int](p, colored+`(0)`); n < 500 {
		t.Errorf("%d pixels of 10,000 points are drawn", n)
	}
	p.click("Keep this picture")
	p.set(".controls select", "ddim")
	p.Wait(drawn + ` === "2 ddim"`)
	if result[string](p, picture) == first {
		t.Error("two solvers give the same picture")
	}
	if command := result[string](p, `document.querySelector(".command code").textContent`); !strings.Contains(command, "-sampler ddim") ||
		!strings.HasPrefix(command, "euryale sample -run ") {
		t.Errorf("the command is %q", command)
	}
	if kept := result[int](p, `document.querySelectorAll(".kept canvas").length`); kept != 1 {
		t.Errorf("%d pictures are kept", kept)
	}
	p.Wait(`document.querySelector(".facts").textContent.includes("floor")`)
	if facts := result[string](p, `document.querySelector(".facts").textContent`); !strings.Contains(facts, "NFE") {
		t.Errorf("the facts are %q", facts)
	}

	p.show(at("play", "images"), drawn)
	const side = 8*16 + 7 // 64 discs of 16 × 16 pixels, with gaps
	if width := result[int](p, `document.querySelector(".picture canvas").width`); width != side {
		t.Errorf("64 images are %d pixels wide, want %d", width, side)
	}
	p.show(at("play", "table"), drawn+` && document.querySelectorAll(".histogram").length === 3`)
	if rows := result[int](p, `document.querySelectorAll("tbody tr").length`); rows == 0 {
		t.Error("no rows are shown")
	}
	p.quiet()
}

// The other views of runs: the reverse process, quality, real and synthetic rows, figures, settings.
func TestPageShowsAllViews(t *testing.T) {
	browser.Need(t)
	p := openPage(t, serve(t, "points", "images", "table"), 1280, 900)
	p.show(at("process", "points"), `document.querySelector("div.play")?.dataset.frames > 10`)
	last := result[string](p, `document.querySelector(".slider input").max`)
	p.set(".slider input", last)
	p.Wait(`document.querySelector(".slider .step").textContent.length > 0`)
	for i, what := range []string{"noisy points", "expected points"} {
		if n := result[int](p, colored+fmt.Sprintf(`(%d)`, i)); n < 50 {
			t.Errorf("%d pixels of %s are drawn", n, what)
		}
	}
	p.show(at("process", "images"), `document.querySelector("div.play")?.dataset.frames > 10`)

	p.show(at("quality", "points"), `document.querySelector(".controls input")`)
	p.set(".controls input[type=text]", "2, 4")
	p.set(".controls input[type=number]", "100")
	p.click("Compare solvers")
	p.Wait(`document.querySelectorAll(".u-over").length === 1 && document.querySelectorAll("tbody tr").length > 5`)
	if floor := result[string](p, `document.querySelector("tr.mean").textContent`); !strings.Contains(floor, "floor") {
		t.Errorf("the last line is %q", floor)
	}

	p.show(at("table", "table"), `document.querySelectorAll(".histogram").length === 3`)
	if pairs := result[int](p, `document.querySelectorAll(".pairs tbody tr").length`); pairs != 3 {
		t.Errorf("%d pairs of 3 columns are listed, want 3", pairs)
	}
	p.show(at("figures", "points"), `document.querySelector(".figure img")?.naturalWidth > 0`)
	p.show(at("settings", "points"), `document.querySelector("pre.yaml")?.textContent.includes("moons_cfg")`)
	p.show("#/nothing", `document.querySelector(".notes.error")`)
	p.quiet()

	// A run that is not there, of a link that someone kept.
	p.Go(p.address + "/?again" + at("run", "gone"))
	p.Wait(`document.querySelector(".notes.error")?.textContent.includes("there is no run gone")`)
}

// A phone shows all views without scrolling sideways.
func TestPageOnAPhone(t *testing.T) {
	browser.Need(t)
	p := openPage(t, serve(t, "points", "images", "table"), 390, 800)
	for hash, until := range map[string]string{
		"#/runs":                 `document.querySelectorAll(".runs tbody tr").length === 3`,
		"#/start":                `document.querySelector(".launch")`,
		at("run", "points"):      `document.querySelector(".previews")?.dataset.step && document.querySelector(".u-over")`,
		at("run", "table"):       `document.querySelector(".previews td")`,
		at("play", "points"):     `document.querySelector("div.play")?.dataset.drawn`,
		at("process", "images"):  `document.querySelector("div.play")?.dataset.frames`,
		at("quality", "points"):  `document.querySelector(".controls")`,
		at("table", "table"):     `document.querySelector(".histogram")`,
		at("settings", "points"): `document.querySelector("pre.yaml")`,
		at("clone", "points"):    `document.querySelector(".key-row")`,
	} {
		p.show(hash, until)
		if width := result[int](p, `document.documentElement.scrollWidth`); width > 390 {
			t.Errorf("%s is %d pixels wide", hash, width)
		}
		if small := result[string](p, `[...document.querySelectorAll("main input, main select, main textarea")]
			.filter(e => !e.labels?.length && !e.ariaLabel).map(e => e.outerHTML).join("\n")`); small != "" {
			t.Errorf("%s has controls without a label: %s", hash, small)
		}
	}
	p.quiet()
}

// manyRuns is a folder of copies of a run.
func manyRuns(t testing.TB, n int) *served {
	t.Helper()
	s := serve(t, "points")
	from := filepath.Join(s.runs, "points")
	for i := range n - 1 {
		to := filepath.Join(s.runs, fmt.Sprintf("run-%04d", i))
		if err := os.Mkdir(to, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"config.yaml", "metrics.jsonl"} {
			text, err := os.ReadFile(filepath.Join(from, name))
			if err != nil {
				t.Fatal(err)
			}
			if name == "config.yaml" {
				text = []byte(strings.Replace(string(text), "width: 8", fmt.Sprintf("width: %d", i+9), 1))
			}
			if err := os.WriteFile(filepath.Join(to, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// listed is whether the table has its first rows of so many runs.
func listed(n int) string {
	return fmt.Sprintf(`document.querySelector(".toolbar .faint")?.textContent === "%d runs"
		&& document.querySelectorAll(".runs tbody tr").length >= 100`, n)
}

// A thousand runs are listed, sorted and filtered; rows that are out of sight are made when they come near.
func TestPageOfManyRuns(t *testing.T) {
	browser.Need(t)
	const n = 300
	p := openPage(t, manyRuns(t, n), 1280, 900)
	p.Wait(listed(n))
	p.Wait(`document.querySelector(".runs thead").textContent.includes("net.\u200bwidth")`)
	result[bool](p, `(document.querySelector('[data-name="net.width"]').click(), true)`)
	result[bool](p, `(document.querySelector(".list").scrollTop = 1e6, true)`)
	p.Wait(`document.querySelectorAll(".runs tbody tr").length >= 200`)
	p.set("#filter", "net.width=299")
	p.Wait(`document.querySelectorAll(".runs tbody tr").length === 1`)
	p.quiet()
}

// BenchmarkPageOfThousandRuns opens the page on a thousand runs until the table is there; the first time their files are read.
func BenchmarkPageOfThousandRuns(b *testing.B) {
	browser.Need(b)
	const n = 1000
	p := openPage(b, manyRuns(b, n), 1280, 900)
	p.Wait(listed(n))
	for b.Loop() {
		result[bool](p, `(document.querySelector("main").replaceChildren(), true)`)
		result[bool](p, `(location.hash = location.hash === "#/runs" ? "#/" : "#/runs", true)`)
		p.Wait(listed(n))
	}
}

// Ten thousand points of the S-curve, from the choice of another solver to their picture.
func BenchmarkRedraw(b *testing.B) {
	browser.Need(b)
	p := openPage(b, serve(b, "scurve"), 1280, 900)
	drawn, count := `document.querySelector("div.play")?.dataset.drawn`, 1
	p.show(at("play", "scurve"), drawn+`?.startsWith("1 ")`)
	if n := result[string](p, `document.querySelector(".facts").textContent`); !strings.Contains(n, "samples10,000") {
		b.Fatalf("the facts are %q", n)
	}
	for _, steps := range []string{"20", "50", "100"} {
		p.set(`.controls input[type=number]`, steps)
		count++
		p.Wait(drawn + fmt.Sprintf(`?.startsWith("%d ")`, count))
		solvers := []string{"ddim", "dpm++_2m"}
		b.Run(steps+" steps", func(b *testing.B) {
			for b.Loop() {
				solver := solvers[count%2]
				count++
				p.set(".controls select", solver)
				p.Wait(drawn + fmt.Sprintf(` === "%d %s"`, count, solver))
			}
		})
	}
}
