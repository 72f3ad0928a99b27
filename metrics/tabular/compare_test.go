package tabular

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func compare(t *testing.T, train, test, synth *Table, o Options) *Report {
	t.Helper()
	r, err := Compare(t.Context(), train, test, synth, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The figures of another judge on the same tables, in Python 3.11 with pandas 1.5.3, NumPy 1.24.2, SciPy 1.10.1 and
// scikit-learn 1.2.1 (LogisticRegression, HistGradientBoostingClassifier), seed 0: the two halves of palmerpenguins (CC0) and
// a table made by Copula.
func TestFiguresAgreeWithPython(t *testing.T) {
	want := map[string]float64{
		"columns_equal": 1, "valid_cells": 1, "data_validity": 1, "missing_similarity": 0.9916943521594683,
		"column_shapes": 0.9442389968625519, "column_shapes_test": 0.92203233802701, "column_pair_trends": 0.7495984003956861,
		"pairs_tv10": 0.6677740863787376, "correlation_gap": 0.5073311804610865, "c2st_logistic_auc": 0.5098987133087811,
		"logistic_detection": 0.964710627142569, "c2st_boosting_auc": 0.8356452737004844, "dcr_share": 0.48255813953488375,
		"dcr_median_ratio": 4.29584021999518, "dcr_p05": 0.020767606771551074, "copied_rows": 0, "duplicate_rows": 0,
		"membership_auc": 0.48989318550567873, "precision": 0.36046511627906974, "recall": 0.9941860465116279,
		"density": 0.22209302325581395, "coverage": 0.5174418604651163, "alpha_precision": 0.8841619887730554,
		"beta_recall": 0.18333333333333313, "sliced_w1": 0.21996516754958567, "tstr_auc": 0.8862563696314353,
		"tstr_f1": 0.6821551056532802, "tstr_ratio": 0.8886768755093116,
	}
	r := compare(t, parse(t, "testdata/penguins_train.csv"), parse(t, "testdata/penguins_test.csv"),
		parse(t, "testdata/penguins_copula.csv"), Options{Target: "Species", Workers: 2})
	for name, want := range want {
		tolerance := 1e-6
		switch name {
		case "c2st_boosting_auc", "tstr_auc", "tstr_ratio", "tstr_f1": // trees of two programs
			tolerance = 0.01
		case "c2st_logistic_auc", "logistic_detection":
			tolerance = 1e-3
		}
		near(t, name, r.Figures.Value(name), want, tolerance)
	}
	if v := r.Verdict("size"); !strings.Contains(v.Text, "172 real rows") {
		t.Errorf("the verdict on the size is %+v", v)
	}
}

// halves are three parts of one distribution.
func halves(rows int) (train, test, other *Table) {
	all := mixedTable(3*rows, 8)
	part := func(k int) *Table {
		picked := make([]int32, rows)
		for i := range picked {
			picked[i] = int32(k + 3*i)
		}
		t := all.take(picked)
		for j := range t.Columns {
			t.Columns[j].Missing = all.Columns[j].Missing / 3
		}
		return t
	}
	return part(0), part(1), part(2)
}

func TestRealRowsPassAndCopiesDoNot(t *testing.T) {
	train, test, other := halves(700)
	o := Options{Target: "b", Workers: 2, Rows: 700, Baselines: true}
	r := compare(t, train, test, other, o)
	for _, v := range r.Verdicts {
		if !v.OK {
			t.Errorf("real rows: %+v", v)
		}
	}
	if f, _ := r.Figures.Get("c2st_boosting_auc"); f.Floor == nil || f.StandardError == nil || len(f.Baselines) != 3 {
		t.Errorf("figure %+v lacks its floor, error or baselines", f)
	} else if f.Baselines["independent"] < 0.8 {
		t.Errorf("independent columns are told with an AUC of %v", f.Baselines["independent"])
	}
	if f, _ := r.Figures.Get("dcr_share"); f.Baselines["smote"] < 0.6 {
		t.Errorf("SMOTE has a share of %v nearer rows", f.Baselines["smote"])
	}
	o.Baselines = false
	for block, ok := range map[string]bool{"schema": true, "shapes": true, "use": true, "leak": false} {
		if v := compare(t, train, test, train, o).Verdict(block); v.OK != ok {
			t.Errorf("a copy of the training rows: %+v", v)
		}
	}
}

func TestIndependentColumnsAreTold(t *testing.T) {
	train, test, _ := halves(600)
	table, err := Independent(train, 600, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := compare(t, train, test, table, Options{Target: "size", Workers: 2})
	for block, ok := range map[string]bool{"schema": true, "shapes": false, "detection": false, "use": false, "leak": false} {
		if v := r.Verdict(block); v.OK != ok {
			t.Errorf("independent columns: %+v", v)
		}
	}
	// Each cell is a copy, though no row is.
	if v := r.Verdict("leak"); !strings.Contains(v.Text, "rare training values come back") || strings.Contains(v.Text, "nearer") {
		t.Errorf("independent columns: %+v", v)
	}
	if len(r.WorstColumns) != 5 || len(r.WorstPairs) != 5 || !slices.Contains([]string{"a×b", "a×size", "b×size"}, r.WorstPairs[0].Name) {
		t.Errorf("worst columns %v, pairs %v", r.WorstColumns, r.WorstPairs)
	}
}

// Neither the number of workers nor the order of columns and categories changes a report.
func TestReportsAreDeterministic(t *testing.T) {
	train, test, other := halves(300)
	shuffled := *other
	shuffled.Columns = slices.Clone(other.Columns)
	for j := range shuffled.Columns {
		if c := &shuffled.Columns[j]; c.Name == "color" {
			c.Categories = []string{"unused", "blue", "green", "red"}
			c.Codes = slices.Clone(c.Codes)
			for i, code := range c.Codes {
				if code >= 0 {
					c.Codes[i] = 3 - code
				}
			}
		}
	}
	o := Options{Target: "size", Seed: 4, Workers: 1, Baselines: true}
	one := text(t, compare(t, train, test, other, o))
	o.Workers = 3
	if three := text(t, compare(t, train, test, &shuffled, o)); one != three {
		t.Errorf("the reports differ: %s", cmp.Diff(one, three))
	}
}

func text(t *testing.T, r *Report) string {
	t.Helper()
	out, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// A report survives JSON, also where figures are not numbers, and never promises anonymity.
func TestReportAsJSON(t *testing.T) {
	train, test, other := halves(100)
	r := compare(t, train, test, other, Options{Target: "size", Baselines: true})
	r.Figures[0].Value = math.NaN()
	encoded := text(t, r)
	if strings.Contains(strings.ToLower(encoded), "anonym") {
		t.Error("the report speaks of anonymity")
	}
	var back Report
	if err := json.Unmarshal([]byte(encoded), &back); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(back.Figures[0].Value) {
		t.Errorf("NaN came back as %v", back.Figures[0].Value)
	}
	r.Figures[0].Value, back.Figures[0].Value = 1, 1
	if !reflect.DeepEqual(r, &back) {
		t.Errorf("the report changed: %s", cmp.Diff(r, &back))
	}
}

func FuzzFigures(f *testing.F) {
	f.Add([]byte(`{"a":{"value":1,"floor":null,"baselines":{"smote":2}},"b":{"value":null}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var figures, again Figures
		if json.Unmarshal(encoded, &figures) != nil {
			return
		}
		out, err := json.Marshal(figures)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &again); err != nil || len(again) != len(figures) {
			t.Errorf("%s became %s: %v", encoded, out, err)
		}
	})
}

func TestCanceled(t *testing.T) {
	train, test, other := halves(50)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compare(ctx, train, test, other, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled comparison ends with %v", err)
	}
}
