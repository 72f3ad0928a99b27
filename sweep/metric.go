package sweep

import (
	"fmt"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/data"
	"euryale/data/images"
	"euryale/data/table"
	"euryale/data/toy"
)

// The goals.
const (
	Least = "min"
	Most  = "max"
)

// kind is what a trial trains, which decides its figures.
type kind int

const (
	ofPoints kind = 1 << iota
	ofImages
	ofTables
	ofClassifiers
	ofDenoisers = ofPoints | ofImages | ofTables
)

// kindOf is the kind of a configuration.
func kindOf(c *configs.Config) kind {
	if c.Objective.Name() == "classify" {
		return ofClassifiers
	}
	switch c.Data.Source.Kind.(type) {
	case data.Imaging:
		return ofImages
	case data.Encoding:
		return ofTables
	}
	return ofPoints
}

// from is where a figure comes from.
type from int

const (
	fromLog         from = iota // the training log
	fromEvaluations             // the evaluations of train.evaluate_every
	fromSamples                 // samples, or a classifier's answers
	fromJudge                   // samples and a classifier
)

// Metric is a figure by which trials can be compared.
type Metric struct {
	Name  string
	Goal  string // that suits it: Least or Most
	About string
	of    kind
	from  from
}

// Metrics lists the figures by which trials can be compared. Figures of a table are those of package metrics/tabular.
func Metrics() []Metric {
	list := []Metric{
		{"loss", Least, "training loss, mean over the last epochs", ofDenoisers | ofClassifiers, fromLog},
		{"held_out_loss", Least, "loss on rows that are not trained on", ofDenoisers | ofClassifiers, fromEvaluations},
		{"score", Most, "quality, less what samples give away of training rows", ofDenoisers | ofClassifiers, fromEvaluations},
		{"quality", Most, "how near samples are to their floor, at most 1", ofDenoisers, fromEvaluations},
		{"sliced_w1", Least, "sliced Wasserstein-1 distance of samples to rows that are not trained on", ofDenoisers, fromSamples},
		{"copied", Least, "share of samples that are copies of training rows", ofPoints | ofImages, fromSamples},
		{"patch_w1", Least, "sliced Wasserstein-1 distance of patches of images", ofImages, fromSamples},
		{"frechet", Least, "Fréchet distance of a classifier's features", ofImages, fromJudge},
		{"confidence", Most, "mean probability of the likeliest class by a classifier", ofImages, fromJudge},
		{"accuracy", Most, "share of rows that a classifier is right about, mean over noise levels", ofClassifiers, fromSamples},
	}
	for _, name := range tabularMost {
		list = append(list, Metric{name, Most, "of a table", ofTables, fromSamples})
	}
	for _, name := range tabularLeast {
		list = append(list, Metric{name, Least, "of a table", ofTables, fromSamples})
	}
	return list
}

// Figures of package tabular by what is better. An AUC of telling rows apart is better the lower it is.
var (
	tabularMost = []string{"columns_equal", "valid_cells", "data_validity", "missing_similarity", "column_shapes", "column_shapes_test",
		"column_pair_trends",
		"pairs_tv10", "logistic_detection", "precision", "recall", "density", "coverage", "alpha_precision", "beta_recall", "tstr_auc",
		"tstr_f1", "tstr_accuracy", "tstr_r2", "tstr_ratio", "dcr_median_ratio", "dcr_p05"}
	tabularLeast = []string{"c2st_boosting_auc", "c2st_logistic_auc", "correlation_gap", "energy_distance", "mmd", "tstr_rmse",
		"dcr_share", "copied_rows", "duplicate_rows", "membership_auc", "rare_values"}
)

// metricOf finds a metric.
func metricOf(name string) (Metric, bool) {
	list := Metrics()
	i := slices.IndexFunc(list, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return list[i], true
}

func checkMetric(name string) error {
	var names []string
	for _, m := range Metrics() {
		names = append(names, m.Name)
	}
	return choice.OneOf(name, names...)
}

// metric is the metric of the sweep with its goal.
func (s *Spec) metric() Metric {
	m, _ := metricOf(s.Metric)
	if s.Goal != "" {
		m.Goal = s.Goal
	}
	return m
}

// fits reports why a trial would not have the metric.
func (s *Spec) fits(c *configs.Config) error {
	m, k := s.metric(), kindOf(c)
	wrong := func(format string, args ...any) error {
		return choice.Wrong("metric", "%s %w", m.Name, fmt.Errorf(format, args...))
	}
	switch {
	case m.of&k == 0:
		var names []string
		for _, other := range Metrics() {
			if other.of&k != 0 {
				names = append(names, other.Name)
			}
		}
		return wrong("is no figure of such a run: %w", choice.OneOf(m.Name, names...))
	case m.from == fromEvaluations && c.Train.EvaluateEvery == 0:
		return wrong("is measured while a trial trains, and train.evaluate_every is 0: set it, for example with " +
			"train.evaluate_every=1000 below set, or choose loss or sliced_w1")
	case m.from >= fromSamples && s.Evaluate.Samples == 0:
		return wrong("takes samples, and evaluate.samples is 0")
	case strings.HasPrefix(m.Name, "tstr_") && !hasTarget(c):
		return wrong("is how well a column can be predicted: name it as data.target")
	case m.from == fromJudge && s.Evaluate.Judge == "":
		return wrong("takes a classifier: give the folder of its run as evaluate.judge")
	}
	if s.Evaluate.Samples > 0 && !hasFresh(c) {
		return choice.Wrong("evaluate.samples", "are compared with rows that are not trained on, and there are none: set data.held_out, "+
			"for example with data.held_out=0.1 below set, or evaluate.samples: 0 with the metric loss")
	}
	return nil
}

// hasFresh reports whether samples of a run can be compared with rows that it is not trained on.
func hasFresh(c *configs.Config) bool {
	_, drawn := c.Data.Source.Kind.(*images.Discs)
	return drawn || c.Data.HoldsOut() || toy.Distributions().NameOf(c.Data.Source.Kind) != ""
}

func hasTarget(c *configs.Config) bool {
	options, ok := c.Data.Source.Kind.(*table.Options)
	return ok && options.Target != ""
}
