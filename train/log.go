package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/google/renameio/v2"
)

// LogPoint is one line of metrics.jsonl. Loss and gradient norm are means over the steps since the point
// before.
type LogPoint struct {
	Step           int64   `json:"step"`  // steps done
	Epoch          float64 `json:"epoch"` // passes over the data done
	Loss           float64 `json:"loss"`
	GradientNorm   float64 `json:"grad_norm"`
	LearningRate   float64 `json:"lr"`
	EMADecay       float64 `json:"ema_decay,omitempty"` // in force at this step
	StepsPerSecond float64 `json:"steps_per_s"`
}

// metricsLog appends log points to a file.
type metricsLog struct {
	file  *os.File
	point LogPoint // sums, until the point is written
	steps int
	start time.Time
}

// openMetrics opens the log for a run that has done `done` steps. Lines of later steps, which a run leaves
// when it dies between two checkpoints, are dropped: those steps will be done again.
func openMetrics(path string, done int64) (*metricsLog, error) {
	old, err := ReadMetrics(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, p := range old {
		if p.Step <= done {
			if err := encoder.Encode(p); err != nil {
				return nil, fmt.Errorf("train: %s: %w", path, err)
			}
		}
	}
	if err := renameio.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return nil, fmt.Errorf("train: the metrics: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("train: the metrics: %w", err)
	}
	return &metricsLog{file: file, start: time.Now()}, nil
}

// add takes a step into the next point.
func (m *metricsLog) add(r StepResult) {
	m.point.Loss += r.Loss
	m.point.GradientNorm += r.GradientNorm
	m.steps++
}

// write appends the point of the steps since the last one.
func (m *metricsLog) write(step int64, epoch, learningRate, emaDecay float64) (LogPoint, error) {
	p, n := m.point, float64(m.steps)
	p.Step, p.Epoch, p.LearningRate, p.EMADecay = step, epoch, learningRate, emaDecay
	p.Loss /= n
	p.GradientNorm /= n
	p.StepsPerSecond = n / time.Since(m.start).Seconds()
	m.point, m.steps, m.start = LogPoint{}, 0, time.Now()
	line, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("train: the metrics of step %d: %w", step, err)
	}
	if _, err := m.file.Write(append(line, '\n')); err != nil {
		return p, fmt.Errorf("train: the metrics: %w", err)
	}
	return p, nil
}

func (m *metricsLog) close() error { return m.file.Close() }

// ReadMetrics returns the log points of a run. A last line that was cut off is left out; any other bad line
// is an error.
func ReadMetrics(path string) ([]LogPoint, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("train: the metrics: %w", err)
	}
	defer file.Close()
	var points []LogPoint
	lines := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil { // the end, and before it at most a part of a line
			return points, nil
		}
		var p LogPoint
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("train: %s:%d: %w", path, number, err)
		}
		points = append(points, p)
	}
}
