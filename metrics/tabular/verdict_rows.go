package tabular

import (
	"fmt"
	"math"
	"strings"
)

// detectionVerdict grades the AUC of boosted trees by its distance from 0.5, or from that of two real parts.
func (c *comparison) detectionVerdict(value, floor *perTable) Verdict {
	auc, err := value.values["c2st_boosting_auc"], value.errors["c2st_boosting_auc"]
	real := floor.values["c2st_boosting_auc"]
	text := fmt.Sprintf("trees reach an AUC of %.3f ± %.3f, of two real parts %.3f: ", auc, err, real)
	switch above := auc - max(0.5, real); {
	case auc < 0.5-beyondChance*err:
		return Verdict{"detection", false, text + "far below 0.5, as where rows occur among the real and among the synthetic ones: copies"}
	case above <= beyondChance*err && real > 0.5+2*beyondChance*err:
		return Verdict{"detection", true, text + "the real parts differ from each other, and the synthetic rows no more than that"}
	case above <= beyondChance*err:
		return Verdict{"detection", true, text + "synthetic rows cannot be told from real ones"}
	case above <= 0.1:
		return Verdict{"detection", true, text + "synthetic rows can barely be told from real ones"}
	case above <= 0.25:
		return Verdict{"detection", false, text + "synthetic rows can often be told from real ones"}
	}
	return Verdict{"detection", false, text + "synthetic rows are easily told from real ones"}
}

// useVerdict compares the losses of trees trained on synthetic rows with those of trees trained on real ones, test row by test
// row.
func (c *comparison) useVerdict(value, floor *perTable) Verdict {
	name, measure, unit, sum := "tstr_r2", "R²", "R²", "tstr_r2" // losses sum up to 1 − sum, in its unit
	if _, ok := value.values["tstr_auc"]; ok {
		name, measure, unit, sum = "tstr_auc", "AUC", "accuracy", "tstr_accuracy"
	}
	v, real := value.values[name], floor.values[name]
	if len(floor.losses) == 0 {
		return Verdict{"use", true, fmt.Sprintf("nothing can be learned about %q from the real rows: too few rows or classes", c.Target)}
	}
	if len(value.losses) == 0 {
		return Verdict{"use", false, fmt.Sprintf("trees cannot learn %q from the synthetic rows (%s on real rows %.3f)", c.Target, measure, real)}
	}
	differences := make([]float64, len(value.losses))
	for i, loss := range value.losses {
		differences[i] = loss - floor.losses[i]
	}
	gap, err := mean(differences), spread(differences)/math.Sqrt(float64(len(differences)))
	text := fmt.Sprintf("trees that learn %q from synthetic rows reach an %s of %.3f on real rows, from real rows %.3f: ",
		c.Target, measure, v, real)
	learned := floor.values[sum]
	switch {
	case gap <= beyondChance*err:
		return Verdict{"use", true, text + "no difference beyond chance"}
	case gap <= 0.03*max(learned, 0):
		return Verdict{"use", true, text + "nearly as good"}
	}
	return Verdict{"use", false, text + fmt.Sprintf("worse by %.3f ± %.3f of %s", gap, err, unit)}
}

// leakVerdict reports each leak test that chance does not explain.
func (c *comparison) leakVerdict(value, floor *perTable) Verdict {
	v := value.values
	copied, real := v["copied_rows"], floor.values["copied_rows"]
	chance := beyondChance * math.Sqrt(real*(1-real)/float64(c.held.Rows)+copied*(1-copied)/float64(c.synth.Rows))
	if c.leaks == nil {
		text := fmt.Sprintf("%s of the rows equal a training row, and %s of the training rows another one; without test rows no other "+
			"leak can be tested", percent(copied), percent(real))
		return Verdict{"leak", copied-real <= chance, text}
	}
	var signs []string
	l := value.leak
	share := fmt.Sprintf("share %.2f ± %.2f, expected 0.50", l.Share, l.ShareError)
	if l.Share-0.5 > max(tied, beyondChance*l.ShareError) {
		signs = append(signs, share+": synthetic rows are nearer to training rows than chance allows")
	}
	if copied-real > chance {
		signs = append(signs, fmt.Sprintf("%s of the rows are copies of training rows, %s of test rows", percent(copied), percent(real)))
	}
	if auc, err := v["membership_auc"], value.errors["membership_auc"]; auc-0.5 > beyondChance*err {
		signs = append(signs, fmt.Sprintf("training rows can be told from test rows, AUC %.2f ± %.2f", auc, err))
	}
	if rare, ok := v["rare_values"]; ok && rare-v["rare_values_test"] > beyondChance*value.errors["rare_values"] {
		signs = append(signs, fmt.Sprintf("%s of the rare training values come back, %s in test rows", percent(rare),
			percent(v["rare_values_test"])))
	}
	if len(signs) > 0 {
		return Verdict{"leak", false, strings.Join(signs, "; ")}
	}
	return Verdict{"leak", true, share + "; no test shows more than chance. They find copying, not every way in which a table may leak"}
}

// sizeVerdict says what so few rows can show.
func (c *comparison) sizeVerdict(value, floor *perTable, rows int) Verdict {
	text := fmt.Sprintf("There are only %d real rows to compare with. ", rows)
	if c.leaks != nil {
		n := min(value.leak.Parts, value.leak.Points)
		text += fmt.Sprintf("Chance moves the share of nearer rows by up to ±%.2f and the membership AUC by up to ±%.2f: a smaller leak stays "+
			"unseen. ", beyondChance*max(value.leak.ShareError, 0.5/math.Sqrt(float64(n))), beyondChance*aucError(value.leak.Attacked))
	}
	text += fmt.Sprintf("Two real parts are themselves only %.2f alike in columns and %.2f in pairs", floor.values["column_shapes"],
		floor.values["pairs_tv10"])
	if value.told.Rows > 0 {
		text += fmt.Sprintf(", and an AUC of detection within ±%.2f of 0.5 is no difference", beyondChance*foldsError(value.told.Rows))
	}
	text += ". A net that has many passes over so few rows learns them by heart: prefer fewer steps and a smaller net, and trust the " +
		"leak figures before those of quality"
	return Verdict{"size", true, text}
}
