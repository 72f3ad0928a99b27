package tabular

import (
	"fmt"
	"math"
	"strings"
)

// beyondChance is the number of standard errors from which a difference is no chance: of 1,000 such figures without any
// difference, one or two are beyond it.
const beyondChance = 3

// fewRows is the number of real rows below which the report says what so few allow.
const fewRows = 1000

// judge writes one verdict per block.
func (c *comparison) judge(value, floor *perTable) {
	c.report.Verdicts = []Verdict{c.schemaVerdict(value, floor), c.shapesVerdict(value, floor)}
	if value.told.Rows > 0 {
		c.report.Verdicts = append(c.report.Verdicts, c.detectionVerdict(value, floor))
	}
	if c.user != nil {
		c.report.Verdicts = append(c.report.Verdicts, c.useVerdict(value, floor))
	}
	c.report.Verdicts = append(c.report.Verdicts, c.leakVerdict(value, floor))
	if least := min(c.real.Rows, c.held.Rows); least < fewRows {
		c.report.Verdicts = append(c.report.Verdicts, c.sizeVerdict(value, floor, least))
	}
}

// schemaVerdict accepts as many invalid cells as the held rows have, twice, or one in a thousand.
func (c *comparison) schemaVerdict(value, floor *perTable) Verdict {
	var faults []string
	if !c.columnsEqual() {
		faults = append(faults, "the columns are not those of the training table in their order"+c.differentColumns())
	}
	if bad, real := 1-value.values["valid_cells"], 1-floor.values["valid_cells"]; bad > max(0.001, 2*real) {
		faults = append(faults, fmt.Sprintf("%s of the cells are invalid (of held-out rows %s)", percent(bad), percent(real)))
	}
	if out, real := 1-value.values["data_validity"], 1-floor.values["data_validity"]; out > max(0.001, 2*real) {
		worst := leastOf(value.adherence)
		faults = append(faults, fmt.Sprintf("values outside the training ranges and categories, most of column %q: %s of its cells",
			c.train.Columns[worst].Name, percent(1-value.adherence[worst])))
	}
	for j, similar := range value.missing {
		share := float64(c.train.Columns[j].missing()) / float64(c.train.Rows)
		chance := beyondChance * math.Sqrt(share*(1-share)*(1/float64(c.train.Rows)+1/float64(c.synth.Rows)))
		if gap := 1 - similar; gap > 0.01+chance {
			faults = append(faults, fmt.Sprintf("column %q has %s missing cells, the training table %s", c.train.Columns[j].Name,
				percent(float64(c.synth.Columns[j].missing())/float64(c.synth.Rows)), percent(share)))
			break
		}
	}
	if len(faults) > 0 {
		return Verdict{"schema", false, strings.Join(faults, "; ")}
	}
	return Verdict{"schema", true, "the same columns; cells keep types, ranges, categories and missing shares"}
}

// differentColumns names the first column that is absent or extra.
func (c *comparison) differentColumns() string {
	for j := range c.train.Columns {
		if !c.inSynth(j) {
			return fmt.Sprintf(": %q is absent", c.train.Columns[j].Name)
		}
	}
	for _, name := range c.synthNames {
		if c.train.column(name) == nil {
			return fmt.Sprintf(": %q is none of them", name)
		}
	}
	return ""
}

// shapesVerdict weighs how far columns and pairs are from the floor.
func (c *comparison) shapesVerdict(value, floor *perTable) Verdict {
	name := func(j int) string { return c.train.Columns[j].Name }
	columns := farther("columns", value.shapes, floor.shapes, name)
	if len(c.pairs) == 0 {
		return Verdict{"shapes", columns.ok, columns.text}
	}
	pairs := farther("pairs", value.pairs.quantiles, floor.pairs.quantiles,
		func(i int) string { return name(c.pairs[i].a) + "×" + name(c.pairs[i].b) })
	return Verdict{"shapes", columns.ok && pairs.ok, columns.text + "; " + pairs.text}
}

type finding struct {
	ok   bool
	text string
}

// farther compares similarities with those of two real parts: as near if the mean is within two standard errors, by the spread
// of the differences in the middle, or a tenth; near if it is up to twice as far from 1, and no single one is twice as far and
// more than 0.05 below.
func farther(what string, values, floors []float64, name func(i int) string) finding {
	var differences, v, f []float64
	worst, most := -1, 0.05
	for i, value := range values {
		if math.IsNaN(value) || math.IsNaN(floors[i]) {
			continue
		}
		gap := floors[i] - value
		differences = append(differences, gap)
		v, f = append(v, value), append(f, floors[i])
		if gap > most && 1-value > 2*(1-floors[i]) {
			worst, most = i, gap
		}
	}
	if len(v) == 0 {
		return finding{true, "no " + what + " can be compared"}
	}
	gap, far, real := mean(differences), 1-mean(v), 1-mean(f)
	chance := 2 * middleSpread(differences) / math.Sqrt(float64(len(v)))
	text := fmt.Sprintf("%s %.3f (two real parts %.3f): ", what, 1-far, 1-real)
	switch {
	case worst >= 0:
		text += fmt.Sprintf("%.1f times as far as two real parts, most of all %s, %.3f instead of %.3f", far/max(real, 1e-9),
			name(worst), values[worst], floors[worst])
		return finding{false, text}
	case gap < -chance:
		return finding{true, text + "nearer than two real parts"}
	case gap <= chance || far <= 1.1*real:
		return finding{true, text + "as near as two real parts"}
	case far <= 2*real:
		return finding{true, text + "near, a little farther than two real parts"}
	}
	return finding{false, text + fmt.Sprintf("%.1f times as far as two real parts", far/max(real, 1e-9))}
}

// middleSpread is the standard deviation that normal numbers with this median distance from their median have. A few that are
// far away do not change it.
func middleSpread(values []float64) float64 {
	center := quantileOf(values, 0.5)
	distances := make([]float64, len(values))
	for i, v := range values {
		distances[i] = math.Abs(v - center)
	}
	return 1.4826 * quantileOf(distances, 0.5)
}

// spread is the standard deviation.
func spread(values []float64) float64 {
	center, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - center) * (v - center)
	}
	return math.Sqrt(sum / float64(max(1, len(values)-1)))
}

func leastOf(values []float64) int {
	least := 0
	for i, v := range values {
		if math.IsNaN(values[least]) || v < values[least] {
			least = i
		}
	}
	return least
}

func percent(share float64) string {
	if share > 0 && share < 0.0005 {
		return "less than 0.1%"
	}
	return fmt.Sprintf("%.1f%%", 100*share)
}
