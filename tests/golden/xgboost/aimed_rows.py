"""What the small models are trained on, and rows aimed at where a reader of them goes wrong.

    data = TrainingData()                      six columns, each with a trap of its own; labels for every kind of objective
    rows = aimed_rows(document, data.columns)  float32 rows on the thresholds of this very model, beside them, and beyond

numpy's RandomState, not Generator: its numbers are the same in every numpy, so every release sees the same data.
"""

import json

import numpy as np

ROWS = 160
FLOAT = np.float32
SMALLEST = np.float32(1e-45)
LARGEST = np.finfo(np.float32).max
# Texts that are no category of any model here, or are one only to who truncates; 2**24 is XGBoost's bound for a category.
ODD_CATEGORIES = (1.9, -0.5, -1.0, 1e9, 16777215.0, 16777216.0, 30.0, 31.0, 32.0, 33.0, 63.0, 64.0, 65.0, 127.0, 200.0, -0.0)


class TrainingData:
    """columns: gauss, counts (ties), wide (large magnitudes), tiny (subnormals and both zeros), sparse (mostly missing), flag.

    narrow: three of them, where the model is about something else.
    """

    def __init__(self, seed=20):
        rng = np.random.RandomState(seed)
        gauss = rng.normal(size=ROWS)
        counts = rng.randint(-3, 10, size=ROWS)
        wide = rng.normal(size=ROWS) * 1e6
        tiny = np.array([-1e-40, -0.0, 0.0, 1e-45, 1e-40, 1e-38])[rng.randint(0, 6, size=ROWS)]
        sparse = np.where(rng.uniform(size=ROWS) < 0.6, np.nan, rng.normal(size=ROWS))
        flag = rng.randint(0, 2, size=ROWS)
        self.columns = np.stack([gauss, counts, wide, tiny, sparse, flag], axis=1).astype(FLOAT)
        self.narrow = self.columns[:, [0, 3, 4]]
        real = (
            gauss
            + 0.6 * (counts > 2)
            + 0.8 * np.sign(wide) * (counts < 5)
            + 0.7 * (tiny > 0)
            + 0.9 * np.isnan(sparse)
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
        self.censored = np.where(rng.uniform(size=ROWS) < 0.3, -self.positive, self.positive)
        self.lower = self.positive
        self.upper = np.where(rng.uniform(size=ROWS) < 0.3, np.inf, self.positive * 1.2)
        self.targets = np.stack([real, gauss - real / 3, np.sign(wide) + 0.1 * real], axis=1)
        self.labels = (np.stack([real, -gauss, wide], axis=1) > 0.2).astype(int)
        self.rng = rng

    def with_categories(self, sizes, seed=21):
        """Columns gauss and counts, then one column of codes a size; a label that depends on the codes in no order."""
        rng = np.random.RandomState(seed)
        codes = np.stack([rng.randint(0, size, size=ROWS * 2) for size in sizes], axis=1)
        base = np.concatenate([self.columns[:, :2], self.columns[::-1, :2]])
        columns = np.concatenate([base, codes], axis=1).astype(FLOAT)
        for column in range(2, columns.shape[1]):
            columns[rng.uniform(size=ROWS * 2) < 0.05, column] = np.nan
        effects = [rng.normal(size=size)[codes[:, number]] for number, size in enumerate(sizes)]
        return columns, np.sum(effects, axis=0) + 0.3 * base[:, 0] + 0.05 * rng.normal(size=ROWS * 2)


def trees_of(document):
    """The trees of a parsed model file, whichever booster wrote it."""
    booster = document["learner"]["gradient_booster"]
    booster = booster.get("gbtree", booster)
    return booster.get("model", {}).get("trees", [])


def thresholds(document):
    """feature -> sorted float32 thresholds of its numerical splits."""
    found = {}
    for tree in trees_of(document):
        types = tree.get("split_type") or [0] * len(tree["left_children"])
        for left, feature, threshold, kind in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], types):
            if left != -1 and kind == 0 and np.isfinite(FLOAT(threshold)):
                found.setdefault(feature, set()).add(float(FLOAT(threshold)))
    return {feature: sorted(values) for feature, values in found.items()}


def from_thresholds(row, known, rng, move):
    """The row with every feature that is split on put on one of its thresholds, and moved by `move`."""
    row = row.copy()
    for feature, values in sorted(known.items()):
        if rng.uniform() < 0.8:
            moved = move(FLOAT(values[rng.randint(len(values))]))
            row[feature] = moved if np.isfinite(moved) else LARGEST  # a DMatrix takes no infinity
    return row


def aimed_rows(document, columns, missing=np.nan, categories=None, odd_categories=True):
    """About 24 rows, float32. categories: column -> number of categories, for columns that hold codes."""
    rng = np.random.RandomState(22)
    categories = categories or {}
    known = thresholds(document)
    picked = columns[rng.choice(len(columns), 15, replace=False)]
    rows = [row.copy() for row in picked[:4]]
    up, down = FLOAT(np.inf), FLOAT(-np.inf)
    for move, chosen in (
        (lambda value: value, picked[4:8]),
        (lambda value: np.nextafter(value, up), picked[8:11]),
        (lambda value: np.nextafter(value, down), picked[11:14]),
    ):
        rows += [from_thresholds(row, known, rng, move) for row in chosen]
    rows.append(np.where(rng.uniform(size=columns.shape[1]) < 0.5, FLOAT(np.nan), picked[14]))
    width = columns.shape[1]
    for value in (np.nan, 0.0, -0.0, SMALLEST, -SMALLEST, 1e-40, LARGEST, -LARGEST):
        rows.append(np.full(width, value, FLOAT))
    rows.append(np.full(width, 0xFFC00123, np.uint32).view(FLOAT))  # a negative NaN with a payload
    if not np.isnan(missing):
        rows += [np.where(rng.uniform(size=width) < 0.5, row, FLOAT(missing)).astype(FLOAT) for row in picked[:3]]
        rows.append(np.full(width, missing, FLOAT))
    rows = np.array(rows, FLOAT)
    for column, size in categories.items():
        for number in range(len(rows) - 9):  # the rows of one value stay as they are
            odd = odd_categories and number % 2
            rows[number, column] = ODD_CATEGORIES[rng.randint(len(ODD_CATEGORIES))] if odd else rng.randint(size)
        if not odd_categories:
            in_range = (rows[:, column] >= 0) & (rows[:, column] < size)
            rows[:, column] = np.where(np.isnan(rows[:, column]) | in_range, rows[:, column], FLOAT(size - 1))
    return rows


def infinite_rows(columns):
    """Rows that a DMatrix refuses and inplace_predict takes."""
    rows = columns[:3].copy()
    rows[0, :], rows[1, :] = np.inf, -np.inf
    rows[2, ::2] = np.inf
    return rows


def bits(values):
    """float32 bits, eight hex digits, most significant first; one list a row."""
    values = np.ascontiguousarray(values, FLOAT)
    return [[f"{word:08x}" for word in row] for row in values.view(np.uint32).reshape(len(values), -1).tolist()]


def compact(document):
    """JSON as small as it goes, keys in the order given."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"
