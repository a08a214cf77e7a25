"""Draws for random_pipelines.py: frames, hostile cells, transformers and the ways in which people put them together."""

import math
from dataclasses import dataclass

import numpy
import pandas
import sklearn.preprocessing
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

TargetEncoder = getattr(sklearn.preprocessing, "TargetEncoder", None)  # Debian's scikit-learn has none
TEXTS = ["a", "b", "", "nan", "None", "\u00e9", "e\u0301", "1", "1.0", " a", "True", "a\nb", "x" * 70, "rare"]
UNSEEN = ["never", "A", "NaN", "unknown", "\u00e9\u0301", "\u0000", "infrequent_sklearn"]
ODD_FLOATS = [0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308, 1.0, -1.0, 0.1, 1e-40]
HUGE_FLOATS = [1e15, 2.0**53, -1e30, 3.4e38, 1e300, -1e308]


class Draw:
    """Random choices from one seed."""

    def __init__(self, seed):
        self.rng = numpy.random.default_rng(seed)

    def one(self, things):
        return things[int(self.rng.integers(len(things)))]

    def chance(self, probability):
        return bool(self.rng.random() < probability)


@dataclass
class Column:
    """kind: float, int, codes, bool or text; dtype: of the frame; missing: what stands for it, or nothing of the kind."""

    name: str
    kind: str
    dtype: object
    missing: object = None


def make_columns(draw):
    """The columns of one frame: mixed, or all of one float dtype."""
    whole = draw.one(["mixed", "mixed", "mixed", "float64", "float32"])
    columns = []
    for number in range(int(draw.rng.integers(2, 7))):
        kinds = ["float", "float", "int", "codes", "bool", "text", "text"] if whole == "mixed" else ["float", "codes"]
        kind = draw.one(kinds)
        dtype = {"float": "float64", "int": "int64", "codes": "int64", "bool": "bool", "text": "object"}[kind]
        if whole != "mixed":
            dtype = whole
        elif kind == "float" and draw.chance(0.15):
            dtype = "float32"
        elif kind in ("int", "codes") and draw.chance(0.3):
            dtype = draw.one(["int32", "float64", "int16"])
        columns.append(Column(f"{kind}{number}", kind, numpy.dtype(dtype), draw.one([math.nan, math.nan, None])))
    return columns


def cells(draw, column, count, wild):
    """`count` raw cells of a column as rows hold them; None is missing."""
    rng = draw.rng
    if column.kind == "text":
        values = [TEXTS[int(place)] for place in rng.zipf(1.6, count) % len(TEXTS)]
        values = [draw.one(UNSEEN) if wild and draw.chance(0.05) else value for value in values]
    elif column.kind == "bool":
        values = [bool(value) for value in rng.random(count) < 0.5]
    elif column.kind == "codes":
        values = [int(value) for value in rng.integers(-1, 6 if not wild else 8, count)]
    elif column.kind == "int":
        values = [int(value) for value in rng.integers(-200, 200, count)]
    else:
        values = (rng.normal(0, 1, count) * 10.0 ** rng.integers(-3, 4, count)).tolist()
        values = [round(value, 1) if draw.chance(0.3) else value for value in values]
        odd = ODD_FLOATS + HUGE_FLOATS if wild else ODD_FLOATS
        values = [draw.one(odd) if draw.chance(0.15) else value for value in values]
        if column.dtype == "float32":
            with numpy.errstate(over="ignore"):
                values = [float(numpy.float32(value)) if draw.chance(0.5) else value for value in values]
    if column.dtype.kind in "fO":
        values = [None if draw.chance(0.1) else value for value in values]
    return values


def scaler(draw, sparse=False):
    """A scaler, one that takes sparse matrices where asked."""
    if sparse:
        return draw.one([StandardScaler(with_mean=False), MaxAbsScaler(), RobustScaler(with_centering=False)])
    return draw.one(
        [
            StandardScaler(),
            StandardScaler(with_mean=False),
            StandardScaler(with_std=False),
            MinMaxScaler(),
            MinMaxScaler(feature_range=(-0.3, 0.7), clip=True),
            MaxAbsScaler(),
            RobustScaler(quantile_range=(10.0, 80.0)),
            RobustScaler(with_centering=False),
        ]
    )


def imputer(draw, text=False):
    """A SimpleImputer of any strategy."""
    keep = {"keep_empty_features": draw.chance(0.5), "add_indicator": draw.chance(0.3)}
    if text:
        missing = draw.one([numpy.nan, numpy.nan, None, pandas.NA])
        if draw.chance(0.15):
            return SimpleImputer(missing_values=draw.one(["a", ""]), strategy="most_frequent")
        if draw.chance(0.5):
            return SimpleImputer(missing_values=missing, strategy="constant", fill_value=draw.one(["missing", "a", ""]), **keep)
        return SimpleImputer(missing_values=missing, strategy="most_frequent", **keep)
    strategy = draw.one(["mean", "median", "most_frequent", "constant"])
    fill = draw.one([0, -1.5, 7, None]) if strategy == "constant" else None
    missing = draw.one([numpy.nan] * 6 + [-1, 0])
    return SimpleImputer(missing_values=missing, strategy=strategy, fill_value=fill, **keep)


def one_hot(draw):
    """A OneHotEncoder with any of its switches."""
    drop = draw.one([None, None, "first", "if_binary"])
    infrequent = draw.one([{}, {}, {"min_frequency": 8}, {"max_categories": 3}, {"min_frequency": 0.1}])
    return OneHotEncoder(
        handle_unknown=draw.one(["error", "ignore", "infrequent_if_exist"]),
        drop=drop,
        sparse_output=draw.chance(0.5),
        dtype=draw.one([numpy.float64, numpy.float64, numpy.float32, numpy.int64]),
        **infrequent,
    )


def ordinal(draw):
    """An OrdinalEncoder with any of its switches."""
    if draw.chance(0.4):
        return OrdinalEncoder(encoded_missing_value=draw.one([numpy.nan, -7]))
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=draw.one([-1, 99, numpy.nan]),
        encoded_missing_value=draw.one([numpy.nan, -2]),
        dtype=draw.one([numpy.float64, numpy.float32]),
    )


def means(draw):
    """A TargetEncoder with any of its switches."""
    return TargetEncoder(smooth=draw.one(["auto", 0.0, 3.5]), cv=3, shuffle=draw.chance(0.5), random_state=1)


def function(draw):
    """A FunctionTransformer of the closed list."""
    func = draw.one([numpy.abs, numpy.sqrt, numpy.square, None, numpy.log1p])
    return FunctionTransformer(func, validate=draw.chance(0.3), feature_names_out="one-to-one")


def number_step(draw):
    """Any transformer of dense numbers."""
    if TargetEncoder is not None and draw.chance(0.2):
        return means(draw)
    kind = draw.one(["scale", "scale", "impute", "impute", "bins", "quantile", "binarize", "function", "power", "onehot", "ordinal"])
    if kind == "scale":
        return scaler(draw)
    if kind == "impute":
        return imputer(draw)
    if kind == "bins":
        encode = draw.one(["ordinal", "onehot", "onehot-dense"])
        return KBinsDiscretizer(int(draw.rng.integers(2, 6)), encode=encode, strategy=draw.one(["uniform", "quantile"]))
    if kind == "quantile":
        distribution = draw.one(["uniform", "uniform", "uniform", "normal"])
        return QuantileTransformer(n_quantiles=int(draw.rng.integers(1, 60)), output_distribution=distribution)
    if kind == "binarize":
        return Binarizer(threshold=draw.one([0, 0.1, -0.5, 2]))
    if kind == "function":
        return function(draw)
    if kind == "power":
        return PowerTransformer(method=draw.one(["yeo-johnson", "yeo-johnson", "box-cox"]), standardize=draw.chance(0.7))
    return one_hot(draw) if kind == "onehot" else ordinal(draw)


def number_branch(draw):
    """Up to three steps over numbers."""
    steps = []
    for _ in range(int(draw.rng.integers(1, 4))):
        step = number_step(draw)
        if isinstance(step, (KBinsDiscretizer, Binarizer)) and draw.chance(0.6):
            steps.append(imputer(draw))
        if isinstance(step, PowerTransformer) and step.method == "box-cox":
            steps += [SimpleImputer(), MinMaxScaler(feature_range=(0.5, 3))]
        steps.append(step)
    if draw.chance(0.15):
        steps.insert(0, FeatureUnion([("u", number_step(draw)), ("v", "passthrough"), ("w", scaler(draw))][: draw.one([2, 3])]))
    return steps[0] if len(steps) == 1 else Pipeline([(f"s{place}", step) for place, step in enumerate(steps)])


def text_branch(draw):
    """An encoder, most often after an imputer, at times with a scaler behind."""
    steps = [imputer(draw, text=True)] if draw.chance(0.6) else []
    if TargetEncoder is not None and draw.chance(0.3):
        steps.append(means(draw))
    else:
        steps.append(one_hot(draw) if draw.chance(0.6) else ordinal(draw))
    if draw.chance(0.3):
        steps.append(scaler(draw, sparse=draw.chance(0.6)))
    return steps[0] if len(steps) == 1 else Pipeline([(f"s{place}", step) for place, step in enumerate(steps)])


def selection(draw, columns, chosen, named):
    """The positions `chosen` in one of the ways in which a ColumnTransformer takes columns."""
    way = draw.one(["names", "names", "positions", "negative", "mask", "callable"] if named else ["positions", "negative", "mask"])
    if way == "names":
        return [columns[place].name for place in chosen]
    if way == "positions":
        return list(chosen)
    if way == "negative":
        return [place - len(columns) for place in chosen]
    if way == "mask":
        return [place in chosen for place in range(len(columns))]
    names = [columns[place].name for place in chosen]
    return lambda frame: names


def make_pipeline(draw, columns, named):
    """An unfitted pipeline over `columns`; named: it will be fitted on a DataFrame."""
    numbers = [place for place, column in enumerate(columns) if column.kind != "text"]
    texts = [place for place, column in enumerate(columns) if column.kind == "text"]
    branches = []
    for number in range(int(draw.rng.integers(1, 5))):
        pool, branch = (texts, text_branch) if texts and draw.chance(0.45) else (numbers, number_branch)
        if not pool:
            continue
        chosen = [int(place) for place in draw.rng.permutation(pool)[: int(draw.rng.integers(1, len(pool) + 1))]]
        made = draw.one(["passthrough", "drop"]) if pool is numbers and draw.chance(0.15) else branch(draw)
        branches.append((f"b{number}", made, selection(draw, columns, chosen, named)))
    if draw.chance(0.1) and numbers and named:
        branches.append(("sel", scaler(draw), make_column_selector(dtype_include=["float64", "float32"])))
    remainder = draw.one(["drop", "drop", "passthrough"]) if not texts else "drop"
    if not texts and draw.chance(0.1):
        remainder = scaler(draw)
    weights = {"b0": draw.one([2.0, 0.3, 3])} if draw.chance(0.1) else None
    composed = ColumnTransformer(
        branches, remainder=remainder, sparse_threshold=draw.one([0, 0.3, 0.3, 1.0]), transformer_weights=weights
    )
    steps = [("columns", composed)]
    if draw.chance(0.4):
        after = draw.one(["scale", "sparse", "impute", "binarize", "union", "numbers"])
        made = {
            "scale": lambda: scaler(draw),
            "sparse": lambda: scaler(draw, sparse=True),
            "impute": lambda: imputer(draw),
            "binarize": lambda: Binarizer(threshold=draw.one([0, 0.5])),
            "union": lambda: FeatureUnion([("u", scaler(draw, sparse=True)), ("v", "passthrough")]),
            "numbers": lambda: number_branch(draw),
        }[after]()
        steps.append(("after", made))
    pipeline = Pipeline(steps)
    return pipeline.set_output(transform="pandas") if draw.chance(0.1) else pipeline
