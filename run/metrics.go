package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/google/renameio/v2"
)

// LogPoint is one line of metrics.jsonl. Loss, gradient norm and speed are means over the steps since the previous point.
type LogPoint struct {
	Step           int64   `json:"step"`  // steps done
	Epoch          float64 `json:"epoch"` // passes over the data done
	Loss           float64 `json:"loss"`
	GradientNorm   float64 `json:"grad_norm"`
	LearningRate   float64 `json:"lr"`
	EMADecay       float64 `json:"ema_decay,omitempty"` // in force at this step; 0 without an average
	StepsPerSecond float64 `json:"steps_per_s"`
	// Evaluation is that of the step; nil where there was none.
	Evaluation *Evaluation `json:"evaluation,omitempty"`
}

// Metrics appends log points to the file of a run.
type Metrics struct{ file *os.File }

// OpenMetrics opens the log of a run after `done` steps. It drops the lines of later steps, which a run leaves when it dies
// between two checkpoints: those steps will be done again.
func OpenMetrics(path string, done int64) (*Metrics, error) {
	old, err := ReadMetrics(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, p := range old {
		if p.Step <= done {
			if err := encoder.Encode(p); err != nil {
				return nil, fmt.Errorf("run: %s: %w", path, err)
			}
		}
	}
	if err := renameio.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return nil, fmt.Errorf("run: the metrics: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("run: the metrics: %w", err)
	}
	return &Metrics{file: file}, nil
}

// Write appends a point.
func (m *Metrics) Write(p LogPoint) error {
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("run: the metrics of step %d: %w", p.Step, err)
	}
	if _, err := m.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("run: the metrics: %w", err)
	}
	return nil
}

// Close closes the file.
func (m *Metrics) Close() error { return m.file.Close() }

// ReadMetrics returns the log points of a run. A last line that was cut off is left out; any other bad line is an error that
// gives its number, with the points before it. For a missing file the error is fs.ErrNotExist.
func ReadMetrics(path string) ([]LogPoint, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("run: the metrics: %w", err)
	}
	defer file.Close()
	var points []LogPoint
	lines := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF): // after at most a part of a line
			return points, nil
		case err != nil:
			return nil, fmt.Errorf("run: the metrics: %w", err)
		}
		var p LogPoint
		if err := json.Unmarshal(line, &p); err != nil {
			return points, fmt.Errorf("run: %s:%d: not a log point of a run; remove the line, or move the file away: %w", path, number, err)
		}
		points = append(points, p)
	}
}

// LastLoss is the mean loss over the log points of a run's last epochs, at least over the last point; 0 if the run has no
// metrics.
func (f Folder) LastLoss(epochs float64) (float64, error) { return f.LossAt(math.MaxInt64, epochs) }

// LossAt is the mean loss over the log points of the epochs that end at a step, at least over the last point up to it; 0 if
// there is none.
func (f Folder) LossAt(step int64, epochs float64) (float64, error) {
	points, err := ReadMetrics(f.MetricsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("run: the loss of %s: %w", f, err)
	}
	loss, _ := meanLoss(points, step, epochs)
	return loss, nil
}

// meanLoss is LossAt for points that were read; ok reports whether there is one up to the step.
func meanLoss(points []LogPoint, step int64, epochs float64) (loss float64, ok bool) {
	end := len(points)
	for end > 0 && points[end-1].Step > step {
		end--
	}
	sum, n := 0.0, 0
	for i := end - 1; i >= 0 && (n == 0 || points[i].Epoch > points[end-1].Epoch-epochs); i-- {
		sum += points[i].Loss
		n++
	}
	return sum / float64(max(n, 1)), n > 0
}
