"""What the LightGBM models are trained on, and float64 rows aimed at where a reader of them goes wrong.

data = TrainingData()                     six columns; labels for every kind of objective
rows = aimed_rows(text, data.columns)     rows on this model's thresholds, beside them, at LightGBM's zero, and beyond
"""

import numpy as np

ROWS = 200
ZERO = float(np.float32(1e-35))  # what LightGBM takes for zero reaches to here, both sides
# The last ones of a call: cast to int32 they are category 0, INT_MIN (on x86-64), or beyond every bitset.
ODD_CATEGORIES = (1.9, -0.5, -1.0, 31.0, 32.0, 33.0, 63.0, 64.0, 65.0, 500.0, 2147483647.0, 2147483648.0, 1e18, -1e18, -0.0)


class TrainingData:
    """columns: gauss, counts (ties, zeros), tiny (around LightGBM's zero), zeros (mostly 0), sparse (mostly NaN), flag."""

    def __init__(self, seed=30):
        rng = np.random.RandomState(seed)
        gauss = rng.normal(size=ROWS)
        counts = rng.randint(-3, 8, size=ROWS)
        tiny = np.array([-1e-30, -2e-35, -1e-36, 0.0, 1e-36, 2e-35, 1e-30])[rng.randint(0, 7, size=ROWS)]
        zeros = np.where(rng.uniform(size=ROWS) < 0.6, 0.0, rng.normal(size=ROWS) * 1e6)
        sparse = np.where(rng.uniform(size=ROWS) < 0.5, np.nan, rng.normal(size=ROWS))
        flag = rng.randint(0, 2, size=ROWS)
        self.columns = np.stack([gauss, counts, tiny, zeros, sparse, flag], axis=1).astype(np.float64)
        self.narrow = self.columns[:, [0, 3, 4]]
        real = (
            gauss
            + 0.6 * (counts > 2)
            + 0.9 * (tiny > 0)
            + np.sign(zeros) * (0.5 + 0.5 * (counts < 3))
            + 1.1 * np.isnan(sparse)
            + 0.5 * flag
            + 0.2 * rng.normal(size=ROWS)
        )
        self.real = real
        self.positive = np.exp(real / 2) + 0.1
        self.unit = 1 / (1 + np.exp(-real))
        self.binary = (real > np.median(real)).astype(int)
        self.counted = rng.poisson(self.positive)
        self.classes = np.digitize(real, np.quantile(real, [0.33, 0.7]))
        self.relevance = np.digitize(real, np.quantile(real, [0.4, 0.6, 0.8]))

    def with_categories(self, sizes, seed=31):
        """Columns gauss and sparse, then one column of codes a size; a label that depends on the codes in no order."""
        rng = np.random.RandomState(seed)
        codes = np.stack([rng.randint(0, size, size=ROWS * 3) for size in sizes], axis=1)
        base = np.concatenate([self.columns[:, [0, 4]], self.columns[::-1, [0, 4]], self.columns[:, [4, 0]]])
        columns = np.concatenate([base, codes], axis=1).astype(np.float64)
        for column in range(2, columns.shape[1]):
            columns[rng.uniform(size=ROWS * 3) < 0.05, column] = np.nan
        effects = [rng.normal(size=size)[codes[:, number]] for number, size in enumerate(sizes)]
        return columns, np.sum(effects, axis=0) + 0.3 * np.nan_to_num(base[:, 0]) + 0.05 * rng.normal(size=ROWS * 3)


def thresholds(text):
    """feature -> sorted thresholds of the numerical splits of a model file."""
    found = {}
    for tree in text.split("\nTree=")[1:]:
        fields = dict(line.split("=", 1) for line in tree.split("\n\n")[0].splitlines() if "=" in line)
        for feature, threshold, decision in zip(
            *(fields.get(name, "").split() for name in ("split_feature", "threshold", "decision_type"))
        ):
            if not int(decision) & 1 and np.isfinite(float(threshold)):
                found.setdefault(int(feature), set()).add(float(threshold))
    return {feature: sorted(values) for feature, values in found.items()}


def from_thresholds(row, known, rng, move):
    """The row with every feature that is split on put on one of its thresholds, and moved by `move`."""
    row = row.copy()
    for feature, values in sorted(known.items()):
        if rng.uniform() < 0.8:
            row[feature] = move(values[rng.randint(len(values))])
    return row


def aimed_rows(text, columns, categories=None):
    """About 35 rows. categories: column -> number of categories, for columns that hold codes."""
    rng = np.random.RandomState(32)
    known = thresholds(text)
    picked = columns[rng.choice(len(columns), 16, replace=False)]
    rows = [row.copy() for row in picked[:4]]
    moves = (
        (lambda value: value, picked[4:8]),
        (lambda value: np.nextafter(value, np.inf), picked[8:11]),
        (lambda value: np.nextafter(value, -np.inf), picked[11:14]),
        (lambda value: float(np.float32(value)), picked[14:16]),  # what is left of it in a float32 feature
    )
    for move, chosen in moves:
        rows += [from_thresholds(row, known, rng, move) for row in chosen]
    width = columns.shape[1]
    rows.append(np.where(rng.uniform(size=width) < 0.5, np.nan, picked[0]))
    for value in (np.nan, 0.0, -0.0, 5e-324, 1e-310, np.inf, -np.inf, 1.7e308, -1.7e308):
        rows.append(np.full(width, value))
    for value in (ZERO, np.nextafter(ZERO, 1), np.nextafter(ZERO, 0), -ZERO, np.nextafter(-ZERO, -1), np.nextafter(-ZERO, 0)):
        rows.append(np.where(rng.uniform(size=width) < 0.7, value, picked[1]))
    rows.append(np.full(width, np.uint64(0xFFF8000000000123).view(np.float64)))  # a negative NaN with a payload
    rows = np.array(rows, np.float64)
    for column, size in (categories or {}).items():
        for number in range(20):
            odd = number % 2
            rows[number, column] = ODD_CATEGORIES[rng.randint(len(ODD_CATEGORIES))] if odd else rng.randint(size)
    return rows


def bits(values):
    """float64 bits, sixteen hex digits, most significant first; one list a row."""
    values = np.ascontiguousarray(values, np.float64)
    return [[f"{word:016x}" for word in row] for row in values.view(np.uint64).reshape(len(values), -1).tolist()]
