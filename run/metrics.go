package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/google/renameio/v2"
)

// LogPoint is one line of metrics.jsonl. Loss and gradient norm are means over the steps since the point before.
type LogPoint struct {
	Step           int64   `json:"step"`  // steps done
	Epoch          float64 `json:"epoch"` // passes over the data done
	Loss           float64 `json:"loss"`
	GradientNorm   float64 `json:"grad_norm"`
	LearningRate   float64 `json:"lr"`
	EMADecay       float64 `json:"ema_decay,omitempty"` // in force at this step
	StepsPerSecond float64 `json:"steps_per_s"`
}

// Metrics appends log points to the file of a run.
type Metrics struct{ file *os.File }

// OpenMetrics opens the log of a run that has done `done` steps. Lines of later steps, which a run leaves when it dies
// between two checkpoints, are dropped: those steps will be done again.
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

// ReadMetrics returns the log points of a run. A last line that was cut off is left out; any other bad line is an error.
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
		case errors.Is(err, io.EOF): // and before it at most a part of a line
			return points, nil
		case err != nil:
			return nil, fmt.Errorf("run: the metrics: %w", err)
		}
		var p LogPoint
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("run: %s:%d: %w", path, number, err)
		}
		points = append(points, p)
	}
}

// LastLoss is the mean loss over the log points of a run's last epochs, at least over the last point; 0 if the run has no
// metrics.
func (f Folder) LastLoss(epochs float64) (float64, error) {
	points, err := ReadMetrics(f.MetricsPath())
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(points) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("run: the loss of %s: %w", f, err)
	}
	last := points[len(points)-1].Epoch
	sum, n := 0.0, 0
	for i := len(points) - 1; i >= 0 && (n == 0 || points[i].Epoch > last-epochs); i-- {
		sum += points[i].Loss
		n++
	}
	return sum / float64(n), nil
}
