package score

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Values of sklearn.metrics, scikit-learn 1.2.1.
func TestAsScikitLearn(t *testing.T) {
	predicted, labels := []int32{0, 1, 2, 1, 1, 4, 3, 0, 3}, []int32{0, 1, 2, 2, 1, 0, 3, 3, 3}
	numbers, want := []float64{2.5, 0, 2, 8}, []float64{3, -0.5, 2, 7.25}
	for _, test := range []struct {
		name string
		got  func() (float64, error)
		want float64
	}{
		{"roc_auc_score", func() (float64, error) {
			return AUC([]float64{0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.1}, []int32{0, 0, 1, 1, 1, 0, 1, 1}, 1)
		}, 0.6333333333333333},
		{"accuracy_score", func() (float64, error) { return Accuracy(predicted, labels) }, 0.6666666666666666},
		{`f1_score(average="macro")`, func() (float64, error) { return MacroF1(predicted, labels) }, 0.5533333333333333},
		{"r2_score", func() (float64, error) { return R2(numbers, want) }, 0.9660509236145781},
		{"mean_squared_error ** 0.5", func() (float64, error) { return RMSE(numbers, want) }, 0.5153882032022076},
		{"r2_score of a constant", func() (float64, error) { return R2([]float64{2, 2}, []float64{2, 2}) }, 1},
		{"r2_score of a constant", func() (float64, error) { return R2([]float64{2, 3}, []float64{2, 2}) }, 0},
	} {
		if got, err := test.got(); err != nil || math.Abs(got-test.want) > 1e-14 {
			t.Errorf("%s: %v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

// AUC is the share of pairs in the right order, a tie counting half.
func TestAUCCountsPairs(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scores := rapid.SliceOfN(rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) / 3 }), 2, 30).Draw(r, "scores")
		labels := rapid.SliceOfN(rapid.Int32Range(0, 2), len(scores), len(scores)).Draw(r, "labels")
		labels[0], labels[1] = 1, 2
		pairs, right := 0.0, 0.0
		for i, a := range scores {
			for j, b := range scores {
				if labels[i] != 1 || labels[j] == 1 {
					continue
				}
				if pairs++; a > b {
					right++
				} else if a == b {
					right += 0.5
				}
			}
		}
		got, err := AUC(scores, labels, 1)
		if err != nil || math.Abs(got-right/pairs) > 1e-14 {
			r.Errorf("AUC %v, %v, want %v", got, err, right/pairs)
		}
		for i := range scores {
			scores[i] = -scores[i]
		}
		if turned, _ := AUC(scores, labels, 1); math.Abs(got+turned-1) > 1e-14 {
			r.Errorf("AUC %v, of negated scores %v", got, turned)
		}
	})
}

func TestBest(t *testing.T) {
	dst := make([]int32, 3)
	if err := Best(dst, []float64{0.2, 0.8, 0.5, 0.5, 1, 0}, 2); err != nil || !slices.Equal(dst, []int32{1, 0, 0}) {
		t.Error(dst, err)
	}
	if err := Best(dst, make([]float64, 5), 2); err == nil {
		t.Error("5 probabilities are 3 rows of 2 classes")
	}
}

func TestBadInput(t *testing.T) {
	inf := math.Inf(1)
	for want, f := range map[string]func() (float64, error){
		"2 predictions for 1 rows":                 func() (float64, error) { return AUC([]float64{1, 2}, []int32{1}, 1) },
		"score of row 1 is NaN":                    func() (float64, error) { return AUC([]float64{1, math.NaN()}, []int32{1, 0}, 1) },
		"rows of class 1 and others, got 2 and 0":  func() (float64, error) { return AUC([]float64{1, 2}, []int32{1, 1}, 1) },
		"0 predictions for 0 rows":                 func() (float64, error) { return Accuracy(nil, nil) },
		"1 predictions for 0 rows":                 func() (float64, error) { return MacroF1([]int32{1}, nil) },
		"prediction of row 0 is +Inf":              func() (float64, error) { return R2([]float64{inf}, []float64{1}) },
		"true number of row 0 is +Inf":             func() (float64, error) { return RMSE([]float64{1}, []float64{inf}) },
		"0 predictions for 0 rows: need one per r": func() (float64, error) { return RMSE(nil, nil) },
	} {
		if _, err := f(); err == nil || !strings.HasPrefix(err.Error(), "score: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
