package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale"
	"euryale/nets"
)

func TestCustomNet(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-out", folder, "-points", "2000", "-epochs", "40", "-width", "32"}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 || lines[0] != "stopped at step 320" || lines[1] != "went on to step 640" {
		t.Fatalf("it printed\n%s", out.String())
	}
	for class, line := range lines[2:4] {
		var right, w1, floor float64
		_, err := fmt.Sscanf(line,
			fmt.Sprintf("class %d: %%f%%%% of the samples are of it; sliced W1 %%f, of two sets of data %%f", class), &right, &w1, &floor)
		if err != nil || right < 70 || w1 > 0.3 {
			t.Errorf("%q: %v, %v, %v, %v", line, right, w1, floor, err)
		}
	}
	var nats, deviation float64
	// N(0, ½²) in both coordinates would have 1.45; the data itself, moons of noise 0.035, about 0.1.
	if _, err := fmt.Sscanf(lines[4], "negative log-likelihood of fresh rows: %f ± %f nats", &nats, &deviation); err != nil ||
		nats > 1.4 || nats < 0 {
		t.Errorf("%q: %v, %v", lines[4], nats, err)
	}

	net := residual{Width: 32, Blocks: 2, Time: &nets.Sinusoidal{Features: 32}}
	if m, err := euryale.Open(folder, euryale.WithNet(net)); err != nil || m.Step != 640 {
		t.Errorf("opened with the net: %v, %v", m, err)
	}
	if _, err := euryale.Open(folder); err == nil || !strings.Contains(err.Error(), "given by a Go program: it must be given again") {
		t.Errorf("opened without the net: %v", err)
	}
}

// The net fits any data, and impossible sizes are errors.
func TestResidual(t *testing.T) {
	spec := nets.Spec{Sample: []int{3, 4, 4}, Outputs: 96, Steps: 10, Classes: 5}
	for _, encoding := range []nets.TimeEncoding{&nets.Embedding{}, &nets.Sinusoidal{Features: 4}, &nets.Fourier{Features: 4, Scale: 1}} {
		built, err := nets.Build(residual{Width: 8, Blocks: 3, Time: encoding}, spec)
		if err != nil || !built.UsesLabels() {
			t.Errorf("%T: %v", encoding, err)
		}
	}
	for want, net := range map[string]residual{
		"at least one unit":     {Width: 0, Blocks: 1, Time: &nets.Embedding{}},
		"encoding is missing":   {Width: 1, Blocks: 1},
		"at least one unit and": {Width: 1, Time: &nets.Embedding{}},
	} {
		if _, err := nets.Build(net, spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", net, err, want)
		}
	}
}

// A net with its options is at most sixty lines.
func TestLines(t *testing.T) {
	source, err := os.ReadFile("net.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(source, []byte{'\n'}); lines > 60 {
		t.Errorf("net.go has %d lines, want at most 60", lines)
	}
}
