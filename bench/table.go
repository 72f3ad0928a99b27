package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// findings are all that a run measured.
type findings struct {
	Machine machine      `json:"machine"`
	Results []result     `json:"results"`
	Busy    []busyResult `json:"busy,omitempty"`
	Skipped []string     `json:"skipped,omitempty"`
}

// write prints the findings as Markdown.
func (r findings) write(w io.Writer) {
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, kernel %s; commit %s; %s; %s. Medians; took %.0f s.\n\n",
		m.CPU, m.Cores, m.Kernel, m.Commit, strings.Join(m.Versions, ", "), m.Date, m.Seconds)
	if m.Others >= disturbed {
		fmt.Fprintf(w, "**Other processes took up to %.0f%% of the machine: do not trust these figures. -wait waits for quiet.**\n\n",
			100*m.Others)
	}
	if len(r.Busy) > 0 {
		r.writeBusy(w)
		return
	}
	for _, note := range m.Notes {
		fmt.Fprintf(w, "%s.\n\n", note)
	}
	fmt.Fprintf(w, "| job | software | median | range over rounds | time relative to Euryale |\n|---|---|---|---|---|\n")
	for _, result := range r.Results {
		result.write(w)
	}
	fmt.Fprintf(w, "\n| job | comparison | |\n|---|---|---|\n")
	for _, result := range r.Results {
		for _, c := range result.Ratios {
			fmt.Fprintf(w, "| %s | %s | %s%s |\n", result.Title, c.Text, number(c.Value), c.Unit)
		}
	}
	skipped := slices.Clone(r.Skipped)
	for _, result := range r.Results {
		skipped = append(skipped, result.Failed...)
	}
	for _, s := range skipped {
		fmt.Fprintf(w, "\nSkipped: %s.\n", s)
	}
}

// write prints a row per contender; the time of Euryale with two workers, or else with one, is 1.
func (r result) write(w io.Writer) {
	ours, known := r.median(two, "ms")
	if !known {
		ours, known = r.median(one, "ms")
	}
	for _, name := range r.Order {
		s := r.Series[name]
		software := name
		if s.Setting != "" {
			software += " (" + s.Setting + ")"
		}
		medians, spread := s.cells()
		ratio := ""
		if v, ok := r.median(name, "ms"); ok && known {
			ratio = fmt.Sprintf("%.2f", v/ours)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.Title, software, medians, spread, ratio)
	}
}

// cells are the medians of all figures, and the range over the rounds of the one in ms.
func (s *series) cells() (medians, spread string) {
	var all []string
	for _, figure := range slices.SortedFunc(maps.Keys(s.Figures), byNumber) {
		values := s.Figures[figure]
		least, most := slices.Min(values), slices.Max(values)
		switch figure {
		case "mean_ms", "count", "loss": // for the file alone
		case "ms":
			all, spread = append(all, duration(median(values))), duration(least)+" … "+duration(most)
		default:
			all = append(all, figure+": "+ranged(values))
		}
	}
	return strings.Join(all, "; "), spread
}

// ranged shows the median, and in parentheses the range.
func ranged(values []float64) string {
	return fmt.Sprintf("%s (%s … %s)", number(median(values)), number(slices.Min(values)), number(slices.Max(values)))
}

// byNumber sorts figures by the first number in their names, if they have any.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(firstNumber(a), firstNumber(b)), cmp.Compare(a, b))
}

func firstNumber(s string) int {
	digits := strings.TrimLeftFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, _ := strconv.Atoi(digits)
	return n
}

// number shows three digits.
func number(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// duration shows milliseconds in a unit that suits them.
func duration(ms float64) string {
	switch {
	case ms < 1:
		return number(1e3*ms) + " µs"
	case ms < 1000:
		return number(ms) + " ms"
	}
	return number(ms/1e3) + " s"
}
