package html

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// number is a figure to four digits.
func number(v float64) string {
	switch size := math.Abs(v); {
	case v == 0 || size >= 1e-4 && size < 1e7:
		text := strconv.FormatFloat(v, 'g', 4, 64)
		if strings.Contains(text, "e") {
			text = grouped(int64(math.Round(v)))
		}
		return text
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// number2 is a spread to two digits.
func number2(v float64) string {
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// grouped is a whole number with commas between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// duration is a time of training to about two digits.
func duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// state is in words how far the training came.
func (f *facts) state() string {
	last := f.last()
	switch {
	case last == nil:
		return "No step has been logged yet"
	case f.steps > 0 && last.Step >= f.steps && last.Step == 1:
		return "Finished: 1 step"
	case f.steps > 0 && last.Step >= f.steps:
		return fmt.Sprintf("Finished: all %s steps", grouped(last.Step))
	}
	text := "At step " + grouped(last.Step)
	if f.steps > 0 {
		text += fmt.Sprintf(" of %s (%.0f%%)", grouped(f.steps), math.Floor(100*float64(last.Step)/float64(f.steps)))
	}
	if e := f.environment; e != nil && len(e.Sessions) > 0 {
		if e.Sessions[len(e.Sessions)-1].Ended.IsZero() {
			return text + ", in training or cut off when this page was made"
		}
		return text + ", where the training stopped"
	}
	return text
}

// verdict is the line below the title: how far the run came, and how good it is.
func (f *facts) verdict(metrics []Metric) string {
	text := f.state()
	if loss, ok := f.loss(); ok {
		text += fmt.Sprintf(". Loss %s", number(loss))
	}
	text += "."
	for _, m := range metrics {
		if m.Floor != nil && m.FloorName != "" {
			return text + " " + m.sentence()
		}
	}
	return text
}

// sentence holds a metric against its floor: a distance by how many times as far it is.
func (m Metric) sentence() string {
	if strings.HasPrefix(m.Name, slicedW1) && *m.Floor > 0 {
		return fmt.Sprintf("%s %s, %.3g times that of %s.", upper(m.Name), number(m.Value), m.Value/(*m.Floor), m.FloorName)
	}
	return fmt.Sprintf("%s: %s (%s: %s).", upper(m.Name), number(m.Value), m.FloorName, number(*m.Floor))
}

// slicedW1 begins the names of distances between samples and rows.
const slicedW1 = "sliced W1"

// packages begin errors of the project: a reader of a page needs what is wrong, not where in the program.
var packages = []string{
	"html", "run", "model", "eval", "figures", "report", "data", "npy", "table", "mixed", "images", "metrics", "tabular", "solver", "guidance",
	"likelihood", "objective", "nets", "eager", "checkpoint",
}

// cause is an error without the names of packages that it begins with.
func cause(err error) string {
	text := err.Error()
	for {
		name, rest, ok := strings.Cut(text, ": ")
		if !ok || !slices.Contains(packages, name) {
			return text
		}
		text = rest
	}
}

func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
