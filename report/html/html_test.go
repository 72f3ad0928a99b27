package html

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/run"
)

// mustPage is the page of a run as text.
func mustPage(t testing.TB, folder run.Folder, c Contents) string {
	t.Helper()
	page, err := Page(folder, c)
	must(t, err)
	checkPage(t, page)
	return string(page)
}

// checkPage checks what holds for every page.
func checkPage(t testing.TB, page []byte) {
	t.Helper()
	if !bytes.HasPrefix(page, []byte("<!doctype html>")) || !bytes.HasSuffix(page, []byte("</html>\n")) {
		t.Errorf("the page begins with %.40q and ends with %.40q", page, page[max(0, len(page)-40):])
	}
	if !bytes.Contains(page[:1024], []byte(run.ReportMark)) {
		t.Error("the page has no mark")
	}
	if len(page) > MaxBytes {
		t.Errorf("the page takes %d bytes", len(page))
	}
	for tag, want := range map[string]int{"script": 2, "style": 1, "body": 1, "head": 1} {
		opened, closed := bytes.Count(page, []byte("<"+tag+">"))+bytes.Count(page, []byte("<"+tag+" ")), bytes.Count(page, []byte("</"+tag+">"))
		if opened != want || closed != want {
			t.Errorf("%s is opened %d times and closed %d times, want %d", tag, opened, closed, want)
		}
	}
	if policy := "content=\"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"; !bytes.Contains(page, []byte(policy)) {
		t.Error("the page may load what it does not hold")
	}
	if external := regexp.MustCompile(`(?:src|href|action)="?(?:[a-z]+:)?//`).Find(page); external != nil {
		t.Errorf("the page refers to the network: %s", external)
	}
	if handler := regexp.MustCompile(`<[^>]* on[a-z]+=`).Find(page); handler != nil {
		t.Errorf("the page has a script in an attribute: %s", handler)
	}
	var data struct {
		Charts []chart `json:"charts"`
	}
	_, rest, _ := bytes.Cut(page, []byte(`<script type="application/json" id="data">`))
	text, _, _ := bytes.Cut(rest, []byte(`</script>`))
	if err := json.Unmarshal(text, &data); err != nil {
		t.Errorf("the data of the charts: %v", err)
	}
	if places := bytes.Count(page, []byte(`<section class="chart">`)); places != len(data.Charts) {
		t.Errorf("%d charts have %d places", len(data.Charts), places)
	}
}

// outline is the headings, tables' first cells and captions of a page, in order.
func outline(page string) (list []string) {
	body := page[strings.Index(page, "<body>"):]
	for _, m := range regexp.MustCompile(`(?s)<(h[1-3]|dt|figcaption)[^>]*>(.*?)</`).FindAllStringSubmatch(body, -1) {
		list = append(list, m[1]+" "+strings.Join(strings.Fields(m[2]), " "))
	}
	return list
}

func TestPage(t *testing.T) {
	folder := fullRun(t)
	page := mustPage(t, folder, contents(t))
	want := []string{
		"h1 scurve_quick", "h3 Missing, damaged or left out",
		"dt steps", "dt epochs", "dt loss, last 20 epochs", "dt time of training", "dt steps per second", "dt data", "dt process", "dt net",
		"dt solver", "dt seed", "dt best evaluation",
		"h2 Metrics beside their floors", "h3 100 samples", "h3 Evaluation in training, step 300", "h3 Best evaluation in training, step 200",
		"h2 Curves", "h3 Loss", "h3 Gradient norm", "h3 Learning rate", "h3 Steps per second", "h3 Sliced W1", "h3 Score of samples",
		"h2 Pictures", "figcaption Samples from the same noise at each checkpoint: with averaged weights, and beside them with the raw ones",
		"figcaption From noise to data, drawn at the end of training", "figcaption A drawn picture",
		"h2 Configuration", "h2 Reproduce", "h3 Environment", "h3 Sessions", "h2 Files of the run",
	}
	if diff := cmp.Diff(want, outline(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range []string{
		"Finished: all 300 steps. Loss 0.5054. Sliced W1 0.03, 1.5 times that of two sets of fresh rows.", "No sign of memorizing.",
		"Something is missing.", "There is no checkpoint yet.",
		`<code>train.steps</code></td><td class="changed"><code>300</code></td><td><code>0</code>`,
		"euryale train -config scurve_quick -set seed=7 -set train.steps=300",
		"Fast 9000", "abc123", "2026-01-02 03:04:05 UTC, 65 s", "euryale train -config scurve_quick -set &#39;name=a b&#39;",
		"previews/step-00000200_raw.npy", "\n  log_every: 100\n", "MIT License",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if again := mustPage(t, folder, contents(t)); again != page {
		t.Error("the same run gives another page")
	}
}

// A page is made of what is there, and names what is not.
func TestDamagedRuns(t *testing.T) {
	for name, test := range map[string]struct {
		damage func(f run.Folder) error
		want   []string
	}{
		"no metrics": {func(f run.Folder) error { return os.Remove(f.MetricsPath()) }, []string{
			"No step has been logged yet.", "There is no metrics.jsonl"}},
		"empty metrics": {func(f run.Folder) error { return os.WriteFile(f.MetricsPath(), nil, 0o644) }, []string{
			"No step has been logged yet.", "holds no log point yet"}},
		"cut off": {func(f run.Folder) error { return add(f.MetricsPath(), `{"step":305,"lo`) }, []string{
			"Finished: all 300 steps", "The last line of metrics.jsonl is cut off"}},
		"bad line": {func(f run.Folder) error { return add(f.MetricsPath(), "<b>?</b>\n") }, []string{
			"Finished: all 300 steps", "metrics.jsonl is damaged", "metrics.jsonl:61"}},
		"no environment": {func(f run.Folder) error { return os.Remove(f.EnvironmentPath()) }, []string{"There is no environment.json"}},
		"bad environment": {func(f run.Folder) error { return os.WriteFile(f.EnvironmentPath(), []byte("{"), 0o644) }, []string{
			"environment.json cannot be read"}},
		"no config": {func(f run.Folder) error { return os.Remove(f.ConfigPath()) }, []string{
			"There is no config.yaml; the page is without a configuration", "At step 300"}},
		"bad config": {func(f run.Folder) error { return os.WriteFile(f.ConfigPath(), []byte("nme: <i>"), 0o644) }, []string{
			"config.yaml cannot be read", "nme: &lt;i&gt;"}},
		"bad picture": {func(f run.Folder) error { return os.WriteFile(f.Samples("strip.png"), []byte("<svg>"), 0o644) }, []string{
			"samples/strip.png is not shown"}},
		"bad preview": {func(f run.Folder) error { return os.WriteFile(f.PreviewPath(200, ".png"), nil, 0o644) }, []string{
			"previews/step-00000200.png is not shown"}},
		"a folder for a picture": {func(f run.Folder) error {
			return errors.Join(os.Remove(f.Samples("strip.png")), os.Mkdir(f.Samples("strip.png"), 0o755))
		}, []string{"samples/strip.png is not shown: it is no file"}},
		"running": {func(f run.Folder) error {
			e, err := f.Environment()
			if err != nil {
				return err
			}
			e.Sessions = append(e.Sessions, run.Session{Started: e.Sessions[0].Started, FromStep: 100})
			c, err := f.Config()
			if err != nil {
				return err
			}
			c.Train.Steps = 1200
			return errors.Join(f.WriteEnvironment(e), f.WriteConfig(c))
		}, []string{"At step 300 of 1,200 (25%), in training or cut off when this page was made.", "not ended"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := fullRun(t)
			must(t, test.damage(folder))
			page := mustPage(t, folder, Contents{})
			for _, want := range test.want {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
		})
	}
}

// The steps of a training come from its log where the configuration has epochs, unless the log is not of this run.
func TestPlannedSteps(t *testing.T) {
	f := &facts{config: config(t, "scurve", "train.epochs=30", "train.steps=0")}
	for point, want := range map[run.LogPoint]int64{
		{Step: 20, Epoch: 2}: 300, {Step: 7, Epoch: 0.7}: 300, {Step: 20}: 0, {Step: math.MaxInt64, Epoch: 1e-300}: 0,
		{Step: math.MaxInt64, Epoch: 1}: 0,
	} {
		f.points = []run.LogPoint{point}
		if got := f.plannedSteps(); got != want {
			t.Errorf("step %d of epoch %g: %d steps, want %d", point.Step, point.Epoch, got, want)
		}
	}
}

func add(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// A folder without a run, and one that is gone, give no page; nothing but a page is ever replaced.
func TestSave(t *testing.T) {
	empty := run.Folder(t.TempDir())
	for _, folder := range []run.Folder{empty, run.Folder(empty.Path("missing"))} {
		if err := Save(empty.Path("out.html"), folder, Contents{}); !errors.Is(err, run.ErrNone) {
			t.Errorf("%s: %v, want ErrNone", folder, err)
		}
		if err := SaveComparison(empty.Path("out.html"), []run.Folder{bareRun(t, "a", 0), folder}, nil); !errors.Is(err, run.ErrNone) {
			t.Errorf("comparing %s: %v, want ErrNone", folder, err)
		}
	}
	folder := bareRun(t, "a", 0)
	path := folder.ReportPath()
	must(t, os.WriteFile(path, []byte("<html>mine</html>"), 0o644))
	if err := Save(path, folder, Contents{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), path) {
		t.Errorf("a file of somebody else: %v", err)
	}
	if err := SaveComparison(path, threeRuns(t), nil); !errors.Is(err, ErrForeign) {
		t.Errorf("a comparison in its place: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "<html>mine</html>" {
		t.Errorf("it is now %q, %v", text, err)
	}
	must(t, os.Remove(path))
	for range 2 { // the second time it replaces its own
		must(t, Save(path, folder, Contents{}))
	}
	if entries, err := filepath.Glob(folder.Path(".*html*")); err != nil || len(entries) > 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
	err := Save(folder.Path("gone", "x.html"), folder, Contents{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a folder that is not there: %v", err)
	}
	must(t, os.Symlink(path, folder.Path("link.html")))
	if err := CheckPlace(folder.Path("link.html")); !errors.Is(err, ErrForeign) {
		t.Errorf("a link: %v", err)
	}
}

// Whatever the folder, the log and the environment of a run hold, it is text on its page.
func FuzzPage(f *testing.F) {
	f.Add("run", `{"step":5,"loss":1}`+"\n", "cpu")
	f.Add("<script>alert(1)</script>", "</script><script>\n", "\"><img src=x onerror=alert(1)>")
	f.Add("{{.}}", `{"step":5,"loss":1e308,"evaluation":{"points":{"sliced_w1":-1}}}`+"\n"+
		`{"step":-5,"loss":0,"steps_per_s":1e-300}`+"\n", "'; \\ \x00 \xff &amp;")
	f.Add("a  b", `{"step":9223372036854775807,"epoch":1e-300,"loss":-1e308}`+"\n", "\u2028</style>")
	f.Fuzz(func(t *testing.T, name, metrics, text string) {
		name = strings.Map(func(r rune) rune {
			if r < 32 || r == '/' || r == 0xfffd {
				return '_'
			}
			return r
		}, name)
		if len(name) > 100 || len(metrics) > 10_000 || name == "" || strings.Trim(name, ".") == "" {
			t.Skip()
		}
		folder := run.Folder(filepath.Join(t.TempDir(), name))
		put(t, folder.MetricsPath(), []byte(metrics))
		session := run.Session{Command: []string{text, name}}
		must(t, folder.WriteEnvironment(&run.Environment{Processor: text, Commit: text, Sessions: []run.Session{session}}))
		page := mustPage(t, folder, Contents{Notes: []string{text}, Metrics: []Metric{{Group: text, Name: name, Note: metrics}}})
		for _, bad := range []string{"<img src=x", "<b>", "alert(1)</script>"} {
			if strings.Contains(page, bad) {
				t.Errorf("%q is on the page as it is", bad)
			}
		}
		comparison, err := Comparison([]run.Folder{folder, folder}, nil)
		must(t, err)
		checkPage(t, comparison)
	})
}

// Pages of large pictures stay within the limit, and name what they leave out or make smaller.
func TestPictureSizes(t *testing.T) {
	folder := fullRun(t)
	for step := int64(400); step <= 6000; step += 200 {
		put(t, folder.PreviewPath(step, ".npy"), []byte("samples"))
		put(t, folder.PreviewPath(step, ".png"), picture(t, 200, 150))
	}
	put(t, folder.Path("figures", "a.png"), picture(t, 1000, 200))
	put(t, folder.Path("figures", "b.png"), picture(t, 600, 500))
	put(t, folder.Path("figures", "c.gif"), []byte("GIF89a"))
	page := mustPage(t, folder, Contents{Pictures: []Picture{{Title: "<drawn>", PNG: picture(t, 640, 320)}, {Title: "bad", PNG: []byte("?")}}})
	if len(page) < MaxBytes/2 {
		t.Errorf("a page of %d bytes leaves out more than it must", len(page))
	}
	for _, want := range []string{
		"of the 32 previews; all are in the folder previews.", "figures/a.png is shown at 500 of its 1000 pixels",
		"Made smaller, from 1000 to 500 pixels wide; the file is figures/a.png.", "figures/b.png (1.2 MB) is not shown",
		"figures/c.gif is not shown", "The picture “bad” is not shown", "&lt;drawn&gt;", `alt="step 6,000"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
