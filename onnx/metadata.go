package onnx

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"euryale/configs"
	"euryale/diffusion"
	"euryale/model"
)

// maxLevels is how many times of a process the metadata list.
const maxLevels = 1001

// levels are the process at some of its times, from data to noise. A program that brings its own solver interpolates them.
type levels struct {
	Times        []float64 `json:"times"`         // of the process: the timesteps of a chain
	NetworkTimes []float64 `json:"network_times"` // what the input t is at these
	Alpha        []float64 `json:"alpha"`         // x_t = alpha·x_0 + sigma·noise
	Sigma        []float64 `json:"sigma"`
}

func levelsOf(p diffusion.Process) (l levels) {
	_, first, last := p.Span()
	n := maxLevels
	if steps := p.Steps(); steps > 0 && steps <= maxLevels {
		n = steps
	}
	for i := range n {
		t := last
		if i < n-1 {
			t = first + (last-first)*float64(i)/float64(n-1)
		}
		alpha, sigma := p.Marginal(t)
		l.Times, l.NetworkTimes = append(l.Times, t), append(l.NetworkTimes, p.NetworkTime(t))
		l.Alpha, l.Sigma = append(l.Alpha, alpha), append(l.Sigma, sigma)
	}
	return l
}

// describe is the metadata that both graphs have.
func describe(m *model.Model, o Options, graph string) ([]Property, error) {
	q := m.Parameterization()
	prediction := q.Prediction.String()
	if !m.Denoises() {
		prediction = "logits"
	} else if !m.PredictsDirectly() {
		prediction = "outputs of " + m.Config.Objective.Name()
	}
	input := "x_t"
	if q.ScaleInput {
		input = fmt.Sprintf("x_t/sqrt((alpha*%v)^2 + sigma^2)", q.SigmaData)
	}
	weights := "raw"
	if m.Averaged {
		weights = "averaged"
	}
	process, err := section(m.Config, "process")
	if err != nil {
		return nil, err
	}
	list := []Property{
		{"graph", graph}, {"name", m.Config.Name}, {"version", o.Version}, {"step", strconv.FormatInt(m.Step, 10)}, {"weights", weights},
		{"objective", m.Config.Objective.Name()}, {"prediction", prediction}, {"input", input}, {"process", process},
	}
	for _, part := range []struct {
		key   string
		value any
	}{
		{"levels", levelsOf(m.Process())}, {"classes", append([]string{}, m.Schema.Classes...)}, {"schema", m.Schema},
		{"normalization", normalizationOf(m)},
	} {
		text, err := json.Marshal(part.value)
		if err != nil {
			return nil, fmt.Errorf("onnx: the metadata %s: %w", part.key, err)
		}
		list = append(list, Property{part.key, string(text)})
	}
	return list, nil
}

// section is a section of a configuration, as YAML.
func section(c *configs.Config, name string) (string, error) {
	text, err := c.YAML()
	if err != nil {
		return "", fmt.Errorf("onnx: %w", err)
	}
	var lines []string
	inside := false
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, " ") {
			inside = strings.HasPrefix(line, name+":")
		}
		if inside {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, ""), nil
}
