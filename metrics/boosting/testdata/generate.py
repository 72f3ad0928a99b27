"""Writes expected.json: what scikit-learn makes of the tables that gems_test.go makes by the same formula.

Run by hand: python3 generate.py > expected.json
Made with scikit-learn 1.2.1, numpy 1.24.2.
"""
import json
import math

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import accuracy_score, f1_score, r2_score, roc_auc_score
from sklearn.model_selection import train_test_split


class Random:
    """Knuth's linear congruential generator of MMIX."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) * 2.0**-53

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6


def rounded(v, places):
    return math.floor(v * places + 0.5) / places


def gem(r, noise):
    """size, width, depth, price, cut, color; noise blurs what ties width and price to the size, and shifts the cut."""
    u = r.uniform()
    size = rounded(0.2 + 2.5 * u * u, 100)
    cut = math.floor(5 * math.sqrt(r.uniform()) * (1 - noise))
    color = math.floor(7 * r.uniform())
    width = size * (3 + 0.2 * r.normal()) * (1 + noise * r.normal())
    depth = rounded(61 + 1.5 * r.normal() + 0.5 * cut, 10)
    price = size * size * (1000 + 150 * cut - 80 * color) * (1 + 0.1 * r.normal()) * (1 + noise * r.normal())
    if r.uniform() < (0.2 if cut == 0 else 0.05):
        depth = math.nan
    if r.uniform() < 0.03:
        color = math.nan
    return [size, width, depth, price, cut, color]


def gems(seed, rows, noise=0.0):
    r = Random(seed)
    return np.array([gem(r, noise) for _ in range(rows)])


def fit(cls, x, y, categories, seed):
    return cls(categorical_features=categories, random_state=seed).fit(x, y)


def two_samples(noise):
    """Real (1) or not (0), 8,000 rows each in turns, of which the first 12,000 train: with early stopping, by seeds, and without."""
    x = np.empty((16000, 6))
    x[0::2], x[1::2] = gems(1, 8000), gems(2, 8000, noise)
    y = np.arange(len(x)) % 2 == 0
    n = 12000
    auc, iterations = [], []
    for seed in range(5):
        m = fit(HistGradientBoostingClassifier, x[:n], y[:n], [4, 5], seed)
        auc.append(roc_auc_score(y[n:], m.predict_proba(x[n:])[:, 1]))
        iterations.append(int(m.n_iter_))
    # What fit holds out with random_state=4, the last seed.
    state = np.random.RandomState(seed).randint(np.iinfo(np.uint32).max, dtype="u8")
    _, held = train_test_split(np.arange(n), test_size=0.1, stratify=y[:n], random_state=state)
    m = HistGradientBoostingClassifier(categorical_features=[4, 5], early_stopping=False).fit(x[:n], y[:n])
    all_trees = roc_auc_score(y[n:], m.predict_proba(x[n:])[:, 1])
    return {"auc": float(np.mean(auc)), "spread": float(np.std(auc)), "iterations": iterations, "all_trees": all_trees,
            "last": auc[-1], "held": np.sort(held).tolist()}


def binary():
    """Whether a gem is dear for its size, with noise."""
    x = gems(3, 4000)
    r = Random(4)
    y = np.array([row[3] / (row[0] * row[0]) > 1000 + 300 * r.normal() for row in x])
    x = x[:, [0, 1, 2, 4, 5]]
    m = fit(HistGradientBoostingClassifier, x[:3000], y[:3000], [3, 4], 0)
    p = m.predict_proba(x[3000:])[:, 1]
    return {"auc": roc_auc_score(y[3000:], p), "first": p[:20].tolist()}


def classes():
    """The cut, of five."""
    x = gems(5, 4000)
    y = x[:, 4].astype(int)
    x = x[:, [0, 1, 2, 3, 5]]
    m = fit(HistGradientBoostingClassifier, x[:3000], y[:3000], [4], 0)
    p = m.predict_proba(x[3000:])
    best, y = p.argmax(1), y[3000:]
    return {
        "auc": float(np.mean([roc_auc_score(y == k, p[:, k]) for k in range(5)])),
        "accuracy": accuracy_score(y, best), "f1": f1_score(y, best, average="macro"), "first": p[:4].ravel().tolist(),
    }


def regression():
    """The price."""
    x = gems(6, 4000)
    y = x[:, 3]
    x = x[:, [0, 1, 2, 4, 5]]
    m = fit(HistGradientBoostingRegressor, x[:3000], y[:3000], [3, 4], 0)
    p = m.predict(x[3000:])
    return {"r2": r2_score(y[3000:], p), "first": p[:20].tolist()}


def options():
    """The price, with no option at its default."""
    x = gems(7, 2000)
    y = x[:, 3]
    x = x[:, [0, 1, 2, 4, 5]]
    m = HistGradientBoostingRegressor(
        max_iter=15, learning_rate=0.3, max_leaf_nodes=8, min_samples_leaf=7, l2_regularization=5, max_bins=16,
        early_stopping=False, categorical_features=[3, 4],
    ).fit(x[:1500], y[:1500])
    p = m.predict(x[1500:])
    return {"r2": r2_score(y[1500:], p), "first": p[:20].tolist()}


print(json.dumps({
    "versions": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "near": two_samples(0.09), "far": two_samples(0.16), "equal": two_samples(0.0),
    "binary": binary(), "classes": classes(), "regression": regression(), "options": options(),
}))
