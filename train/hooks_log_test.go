package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"euryale/run"
)

// plainLog writes levels and messages.
type plainLog struct{}

func (plainLog) Format(e *logrus.Entry) ([]byte, error) {
	return fmt.Appendf(nil, "level=%v msg=%s\n", e.Level, e.Message), nil
}

// logged returns the messages of a run's log.
func logged(t *testing.T, folder run.Folder, resume bool, overrides ...string) []string {
	t.Helper()
	var text bytes.Buffer
	log := logrus.New()
	log.SetOutput(&text)
	log.SetFormatter(plainLog{})
	mustRun(t, smallConfig(t, overrides...), Options{Folder: folder, Resume: resume, Workers: 2, Hooks: []Hook{Log(log, 7)}})
	var lines []string
	for line := range strings.Lines(text.String()) {
		line = strings.ReplaceAll(strings.TrimSpace(line), string(folder), "FOLDER")
		line = regexp.MustCompile(`[0-9.]+ steps/s, \S+ left`).ReplaceAllString(line, "SPEED")
		line = regexp.MustCompile(`loss [0-9.]+, average [0-9.]+, gradient norm [0-9.]+`).ReplaceAllString(line, "NUMBERS")
		lines = append(lines, line)
	}
	return lines
}

func TestLogHook(t *testing.T) {
	folder := run.Folder(t.TempDir())
	// Ten steps of the default schedule are too few to reach noise, of which the log warns.
	const warning = "level=warning"
	withoutWarnings := func(lines []string) (rest []string) {
		for _, line := range lines {
			if !strings.HasPrefix(line, warning) {
				rest = append(rest, line)
			}
		}
		return rest
	}
	lines := logged(t, folder, false)
	if !strings.HasPrefix(lines[0], warning) || !strings.Contains(lines[0], "sigma/alpha") && !strings.Contains(lines[0], "noise") {
		t.Errorf("the first line is %q, want a warning of the data that is left at the last step", lines[0])
	}
	if diff := cmp.Diff([]string{
		"level=info msg=training FOLDER to step 25, 5 steps per epoch, 2 workers",
		"level=info msg=step 7 of 25, epoch 1.4: NUMBERS, SPEED",
		"level=info msg=step 25 of 25, epoch 5.0: NUMBERS, SPEED", // the others came within ten seconds
	}, withoutWarnings(lines)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"level=info msg=resuming at step 25 from FOLDER/checkpoints/step-00000025.safetensors",
		"level=info msg=all 25 steps are done already; raise train.epochs or train.steps to train on",
	}, withoutWarnings(logged(t, folder, true))); diff != "" {
		t.Error(diff)
	}
	if err := os.RemoveAll(folder.Checkpoints()); err != nil {
		t.Fatal(err)
	}
	if lines := logged(t, folder, true); lines[0] != "level=warning msg=FOLDER has no checkpoint yet: starting at step 0" {
		t.Errorf("the first line is %q", lines[0])
	}
}

func TestBarHook(t *testing.T) {
	var drawn, text bytes.Buffer
	log := logrus.New()
	log.SetOutput(&text)
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: folder, Hooks: []Hook{Bar(&drawn, log, 1)}})
	if !strings.Contains(text.String(), "to step 25") || strings.Contains(text.String(), "gradient norm") {
		t.Errorf("the log of a run with a bar:\n%s", text.String())
	}
	complete := regexp.MustCompile(`\r25/25 loss [0-9.]+ avg [0-9.]+ grad [0-9.]+ [0-9.]+ steps/s 0s left 100% \|█+\|  \x1b\[0K\n$`)
	if bar := drawn.String(); !complete.MatchString(bar) ||
		strings.Count(bar, "\n") != 1 {
		t.Errorf("the bar is %q", bar)
	}
	drawn.Reset()
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true, Hooks: []Hook{Bar(&drawn, log, 1)}})
	if drawn.Len() != 0 {
		t.Errorf("a run that is done draws the bar %q", drawn.String())
	}
	// A run that goes on shows the steps that were done before.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := Hook{Name: "stop", Every: 6, Do: func(context.Context, *Loop, Progress) error { cancel(); return nil }}
	parts := run.Folder(t.TempDir())
	if err := Run(ctx, smallConfig(t), Options{Folder: parts, Hooks: []Hook{Bar(&drawn, log, 1), stop}}); !errors.Is(err,
		ErrInterrupted) {
		t.Fatal(err)
	}
	drawn.Reset()
	mustRun(t, smallConfig(t), Options{Folder: parts, Resume: true, Hooks: []Hook{Bar(&drawn, log, 1)}})
	if bar := drawn.String(); !strings.Contains(bar, "7/25") || !strings.Contains(bar, "25/25") {
		t.Errorf("the bar of a resumed run is %q", bar)
	}
}

// A terminal that is gone ends no run.
func TestBarWithoutATerminal(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	mustRun(t, smallConfig(t), Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{Bar(gone{}, log, 1), Log(log, 1)}})
}

// gone is a terminal that cannot be written.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, os.ErrClosed }

// Each line of a log of JSON that tells the progress has its numbers as fields: those of metrics.jsonl, by the same names.
func TestFieldsOfTheLog(t *testing.T) {
	var text bytes.Buffer
	log, folder := logrus.New(), run.Folder(t.TempDir())
	log.SetOutput(&text)
	log.SetFormatter(&logrus.JSONFormatter{})
	mustRun(t, smallConfig(t, "train.log_every=25"), Options{Folder: folder, Hooks: []Hook{Log(log, 25)}})
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	var logged, point map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &logged); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(readFile(t, folder.MetricsPath())), &point); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"step", "epoch", "loss", "grad_norm", "lr"} {
		if logged[name] != point[name] || logged[name] == nil {
			t.Errorf("%s is %v, in metrics.jsonl %v", name, logged[name], point[name])
		}
	}
	for name, want := range map[string]any{"steps": 25.0, "left_s": 0.0, "level": "info"} {
		if logged[name] != want {
			t.Errorf("%s is %v, want %v", name, logged[name], want)
		}
	}
	if average, ok := logged["loss_average"].(float64); !ok || !(average > 0) {
		t.Errorf("loss_average is %v", logged["loss_average"])
	}
}

// On a terminal of 80 columns a bar shows all its numbers, also of a run of hundreds of thousands of steps.
func TestTextsOfTheBar(t *testing.T) {
	p := Progress{
		Step: 315_999, Total: 316_000, Loss: 0.12345, LossAverage: 0.12344, GradientNorm: 0.12345, StepsPerSecond: 9999,
		Left: 59*time.Minute + 59*time.Second,
	}
	texts := p.texts()
	if want := "loss 0.1235 avg 0.1234 grad 0.123 9999 steps/s 59m59s left"; texts[0] != want {
		t.Errorf("%q, want %q", texts[0], want)
	}
	for i := range texts[1:] {
		if len(texts[i+1]) >= len(texts[i]) || !strings.HasSuffix(texts[i+1], "59m59s left") {
			t.Errorf("%q after %q", texts[i+1], texts[i])
		}
	}
	const rest = " 100% |████|  "
	if n := len(texts[0]) + len([]rune(rest)); n > 80 {
		t.Errorf("%d columns", n)
	}
}

// The average is that of all losses with weights that fall by the same factor per step, and sum to 1.
func TestMovingAverage(t *testing.T) {
	m := newMovingAverage(400) // 20 steps
	if m.value() != 0 {
		t.Errorf("before the first loss: %v", m.value())
	}
	var losses []float64
	for i := range 50 {
		losses = append(losses, 1+math.Sin(float64(i)))
		m.add(losses[i])
		sum, weights := 0.0, 0.0
		for k, loss := range losses {
			w := math.Pow(0.95, float64(i-k))
			sum, weights = sum+w*loss, weights+w
		}
		if got, want := m.value(), sum/weights; math.Abs(got-want) > 1e-12 {
			t.Fatalf("after %d losses: %v, want %v", i+1, got, want)
		}
	}
	for total, want := range map[int64]float64{1: 10, 1000: 50, 1_000_000: 1000} {
		if m := newMovingAverage(total); m.steps != want {
			t.Errorf("of %d steps over %v, want %v", total, m.steps, want)
		}
	}
}
