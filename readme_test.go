package euryale_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"euryale/data/toy"
	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// The README is short, and counts what there is.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	if lines := strings.Count(page, "\n"); lines > 120 {
		t.Errorf("README.md has %d lines, want at most 120", lines)
	}
	words := map[int]string{6: "six", 7: "seven", 8: "eight", 10: "ten", 12: "twelve"}
	for _, count := range []struct {
		format string
		number int
	}{
		{"%s solvers", len(solver.Solvers())},
		{"%s processes", len(diffusion.Processes())},
		{"%s noise schedules", len(diffusion.Schedules())},
		{"%s predictions", len(diffusion.Predictions())},
		{"solvers at %s spacings", len(solver.Spacings())},
		{"%s [toy distributions]", len(toy.Distributions())},
	} {
		word, ok := words[count.number]
		if !ok {
			word = fmt.Sprint(count.number)
		}
		if want := fmt.Sprintf(count.format, word); !strings.Contains(page, want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
