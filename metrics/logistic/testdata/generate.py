"""Writes expected.json: what scikit-learn makes of the tables that sklearn_test.go makes by the same formula.

Run by hand: python3 generate.py > expected.json
Made with scikit-learn 1.2.1, numpy 1.24.2.
"""
import json
import math

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import RobustScaler


class Random:
    """Knuth's linear congruential generator of MMIX."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) * 2.0**-53

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6


def table(seed, rows, dim, missing, pull):
    """Numbers in units of 1, 2 … dim, of which one in `missing` is missing, and a class that pull ties to the first two; the last
    column is 1 or 0."""
    r = Random(seed)
    x, y = [], []
    for _ in range(rows):
        row = [(j + 1) * r.normal() for j in range(dim)]
        row[-1] = float(row[-1] > 0)
        y.append(pull * (row[0] + row[min(1, dim - 1)] / 2) + r.normal() > 0)
        x.append([math.nan if r.uniform() * missing < 1 else v for v in row])
    return np.array(x), np.array(y)


def case(seed, rows, dim, missing, pull):
    x, y = table(seed, rows, dim, missing, pull)
    n = rows * 2 // 3
    imputer, scaler = SimpleImputer().fit(x[:n]), RobustScaler()
    train = scaler.fit_transform(imputer.transform(x[:n]))
    test = scaler.transform(imputer.transform(x[n:]))
    m = LogisticRegression(tol=1e-12, max_iter=100000).fit(train, y[:n])
    judged = LogisticRegression(max_iter=300).fit(train, y[:n])
    return {
        "weights": m.coef_[0].tolist(), "intercept": m.intercept_[0],
        "mean": imputer.statistics_.tolist(), "median": scaler.center_.tolist(), "range": scaler.scale_.tolist(),
        "auc": roc_auc_score(y[n:], judged.predict_proba(test)[:, 1]),
    }


print(json.dumps({
    "versions": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "narrow": case(1, 900, 5, 10, 0.5), "one": case(2, 300, 1, 1e9, 1.0), "separable": case(3, 300, 4, 1e9, 1e3),
    "wide": case(4, 150, 120, 20, 1.0), "none": case(5, 3000, 8, 10, 0.0),
}))
