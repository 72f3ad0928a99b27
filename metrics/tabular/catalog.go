package tabular

// catalogEntry describes a figure.
type catalogEntry struct{ name, best, about string }

// catalog lists the figures in the order of a report.
func catalog() []catalogEntry {
	return []catalogEntry{
		{"columns_equal", "1", "1 if the columns have the names and the order of the training table"},
		{"valid_cells", "1", "share of cells that keep their column's type and grid, with a known category"},
		{"data_validity", "1", "mean over columns of SDMetrics' BoundaryAdherence and CategoryAdherence"},
		{"missing_similarity", "1", "mean over columns of SDMetrics' MissingValueSimilarity"},
		{"column_shapes", "1", "mean over columns of SDMetrics' KSComplement and TVComplement, against training rows"},
		{"column_shapes_test", "1", "the same against test rows"},
		{"column_pair_trends", "1", "mean over pairs of SDMetrics' CorrelationSimilarity and ContingencySimilarity " +
			"(missing numbers count as 0; the real table's 10 bins of equal width)"},
		{"pairs_tv10", "1", "mean over pairs of 1 − total variation, 10 quantile bins"},
		{"correlation_gap", "0", "largest difference of Pearson's r"},
		{"c2st_logistic_auc", "0.5", "AUC of logistic regression, real or not, 3 folds"},
		{"logistic_detection", "1", "SDMetrics' LogisticDetection"},
		{"c2st_boosting_auc", "0.5", "AUC of gradient-boosted trees, real or not, 3 folds"},
		{"precision", "as real", "share of synthetic rows within a real ball of 5 neighbors"},
		{"recall", "as real", "share of real rows within a synthetic ball of 5 neighbors"},
		{"density", "1", "real balls around a synthetic row, over 5"},
		{"coverage", "as real", "share of real balls that hold a synthetic row"},
		{"alpha_precision", "1", "synthcity's alpha-precision"},
		{"beta_recall", "about 0.5", "synthcity's beta-recall"},
		{"sliced_w1", "0", "sliced Wasserstein-1 distance to test rows, standardized"},
		{"energy_distance", "0", "energy distance to test rows, standardized"},
		{"mmd", "0", "squared maximum mean discrepancy from test rows, Gaussian kernel of median width"},
		{"tstr_auc", "as real", "AUC on real test rows of trees trained on synthetic rows"},
		{"tstr_f1", "as real", "macro F1 of the same"},
		{"tstr_accuracy", "as real", "accuracy of the same"},
		{"tstr_r2", "as real", "R² on real test rows of trees trained on synthetic rows"},
		{"tstr_rmse", "as real", "root mean squared error of the same"},
		{"tstr_ratio", "1", "AUC or R² over that of trees trained on real rows"},
		{"dcr_share", "0.5", "share of synthetic rows closer to a training row than to any test row, equal parts, ties half"},
		{"dcr_median_ratio", "1", "median distance to the closest training row over that of test rows"},
		{"dcr_p05", "as test rows", "5th percentile of the distance to the closest training row"},
		{"copied_rows", "as test rows", "share of rows that equal a training row"},
		{"duplicate_rows", "as training rows", "share of rows that equal an earlier one"},
		{"membership_auc", "0.5", "AUC of telling training rows from test rows by the closest synthetic row"},
		{"rare_values", "as test rows", "share of the values that occur up to 3 times in a training column and occur in the synthetic one"},
	}
}

// perTable are the measures of one table.
type perTable struct {
	values map[string]float64
	errors map[string]float64 // standard errors of values
	shapes, missing,
	adherence []float64 // per column
	pairs  pairFigures
	rare   []Rare    // per column
	losses []float64 // of trees trained on it, per test row
	space  Space
	told   Detection
	leak   Leak
}

func newPerTable() *perTable {
	return &perTable{values: map[string]float64{}, errors: map[string]float64{}}
}
