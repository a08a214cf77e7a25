"""Random fitted pipelines and hostile rows: what the property test compares, here and in the engine.

    random_pipelines.py --rows 1000000 --seed 1 [--out FILE.jsonl]

compares scikit-learn with the plain interpreter, bit for bit, on that many rows, and with --out writes the cases for the engine
(tests/engine/bundle/pipeline_rows.cc reads them): a line `{"schema":…,"document":…}` a pipeline, both as text, then its rows,
`{"row":{…},"features":["7fc00000",…]}` or `{"row":{…},"errors":[{"field":…,"code":…}]}`. Pipelines with inexact steps are not written:
there the engine has other bits.
"""

import argparse
import json
import math
import sys
import warnings
from dataclasses import dataclass

import numpy
import pandas
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

from ringside_export import feature_schema
from ringside_export.feature_schema import Field, Schema
from ringside_export.inexact import NumpyFunctions
from ringside_export.pipeline_compiler import compile_pipeline
from ringside_export.pipeline_path import PipelinePath, RefusedByTraining
from ringside_export.plan_compiler import document_text
from ringside_export.plain_interpreter import NAN_BITS, PlainInterpreter
from ringside_export.problems import CannotReproduce
from ringside_export.sample_rows import dump
from ringside_export.strict_rows import StrictCheck
from ringside_export.training_frame import TrainingFrame

TEXTS = ["a", "b", "", "nan", "None", "\u00e9", "e\u0301", "1", "1.0", " a", "True", "a\nb", "x" * 70, "rare"]
UNSEEN = ["never", "A", "NaN", "unknown", "\u00e9\u0301", "\u0000", "infrequent_sklearn"]
ODD_FLOATS = [0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308, 1.0, -1.0, 0.1, 1e-40, 1e15, 2.0**53, -1e30, 3.4e38, 1e300, -1e308]
TRAINING_ROWS = 120


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
        kind = draw.one(["float", "float", "int", "codes", "bool", "text", "text"]) if whole == "mixed" else draw.one(["float", "codes"])
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
        odd = ODD_FLOATS if wild else ODD_FLOATS[:10]
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


def function(draw):
    """A FunctionTransformer of the closed list."""
    func = draw.one([numpy.abs, numpy.sqrt, numpy.square, None, numpy.log1p])
    return FunctionTransformer(func, validate=draw.chance(0.3), feature_names_out="one-to-one")


def number_step(draw):
    """Any transformer of dense numbers."""
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


class Case:
    """One fitted pipeline, compiled. Raises what scikit-learn or the compiler raises where the draw makes no sense."""

    def __init__(self, seed):
        self.draw = draw = Draw(seed)
        self.columns = make_columns(draw)
        fields = tuple(Field(column.name, _field_dtype(column), on_missing="pass" if column.dtype.kind in "fO" else "reject") for column in self.columns)
        self.schema = Schema(fields, ("x",))
        as_array = len({column.dtype for column in self.columns}) == 1 and self.columns[0].kind != "text" and draw.chance(0.5)
        self.frame = TrainingFrame([column.name for column in self.columns], {column.name: column.dtype for column in self.columns}, as_array)
        self.frame.missing.update({column.name: column.missing for column in self.columns if column.kind == "text"})
        self.pipeline = make_pipeline(draw, self.columns, not as_array)
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            training = self.frame.make(self.rows(TRAINING_ROWS, wild=False), self.schema)
            self.pipeline.fit(training)
            self.pipeline.transform(training)
        self.plan = compile_pipeline(self.schema, self.frame, self.pipeline, "pipeline.pkl", None)
        self.path = PipelinePath(self.plan.schema, self.frame, self.pipeline)
        self.interpreter = PlainInterpreter(self.plan.document, NumpyFunctions())
        self.check = StrictCheck(self.plan.schema)

    def rows(self, count, wild=True):
        """`count` raw rows."""
        made = {column.name: cells(self.draw, column, count, wild) for column in self.columns}
        return [{name: made[name][place] for name in made} for place in range(count)]

    def edged(self, rows):
        """The rows, a third of the numbers on a constant of the steps, or beside it."""
        constants = sorted(set(_constants(self.plan.document)))
        numbers = [column for column in self.columns if column.kind == "float"]
        for row in rows if constants else []:
            for column in numbers:
                if self.draw.chance(0.3):
                    value = self.draw.one(constants)
                    row[column.name] = self.draw.one([value, value, math.nextafter(value, math.inf), math.nextafter(value, -math.inf), -value])
        return rows


def _constants(document):
    for step in document["steps"]:
        for key in ("edges", "quantiles", "categories", "threshold", "value", "low", "high"):
            for text in [step[key]] if isinstance(step.get(key), str) else step.get(key, []) if "in" in step else []:
                if text != "nan":
                    yield float.fromhex(text)


def _field_dtype(column):
    return {"float": "float", "int": "int", "codes": "int", "bool": "bool", "text": "str"}[column.kind] if column.dtype.kind != "f" else "float"


def cases(seed):
    """Cases one after another, without end. Draws that scikit-learn cannot fit, or that are refused, are passed over."""
    while True:
        seed += 1
        try:
            yield seed, Case(seed)
        except (ValueError, TypeError, CannotReproduce, AttributeError, IndexError, OverflowError):
            continue


def judge(case, rows):
    """[(row, values, Ran or errors)]: what is served, and what is refused with which errors."""
    for row in rows:
        checked = case.check.check(row)
        if checked.errors:
            continue
        yield row, case.interpreter.run(checked.values)


def compare(case, rows, refused_max=6):
    """(rows served, differences in words, lines for the engine). Of refused rows, a few are shown to scikit-learn too."""
    served, bits, problems, lines, refused = [], [], [], [], []
    for row, ran in judge(case, rows):
        if ran.errors:
            refused.append((row, ran.errors))
            lines.append({"row": row, "errors": [{"field": field, "code": code} for field, code in sorted(ran.errors)]})
        else:
            served.append(row)
            bits.append(ran.bits)
            lines.append({"row": row, "features": [f"{value:08x}" for value in ran.bits]})
    for row, errors in refused[:refused_max]:
        if any(code != "NOT_FINITE" for _, code in errors):
            try:
                case.path.features([row])
                problems.append(f"scikit-learn serves a row that is refused with {errors}: {row}")
            except RefusedByTraining:
                pass
    if served:
        problems += _differences(case, served, numpy.array(bits, numpy.uint32))
    return len(served), problems, lines


def _differences(case, served, found):
    try:
        features = case.path.features(served)
    except RefusedByTraining as error:
        return [f"{error}"]
    with numpy.errstate(all="ignore"):
        features = numpy.ascontiguousarray(features, numpy.float32)
    expected = features.view(numpy.uint32).copy()
    expected[numpy.isnan(features)] = NAN_BITS
    different = numpy.argwhere(expected != found)
    return [
        f"feature {case.plan.schema.features[feature]}: {expected[row, feature]:08x} by scikit-learn, {found[row, feature]:08x} here: {served[row]}"
        for row, feature in different[:3].tolist()
    ]


def case_line(case):
    """The line that opens a case for the engine."""
    return {"schema": feature_schema.write(case.plan.schema), "document": document_text(case.plan.document)}


def line_text(line):
    """A row's line as strict JSON: infinity does not occur, NaN is null."""
    rest = {key: value for key, value in line.items() if key != "row"}
    return f'{{"row":{dump(line["row"])},{json.dumps(rest, ensure_ascii=False, separators=(",", ":"))[1:]}'


def main(arguments=None):
    """Compares until `--rows` rows were served; exit status 1 at a difference."""
    parser = argparse.ArgumentParser(description="scikit-learn against the plain interpreter on random pipelines.")
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--rows-each", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="the cases, for the engine")
    options = parser.parse_args(arguments)
    total = pipelines = 0
    out = open(options.out, "w", encoding="utf-8") if options.out else None
    for seed, case in cases(options.seed * 1_000_000):
        served, problems, lines = compare(case, case.edged(case.rows(options.rows_each)))
        if problems:
            print(f"seed {seed}: {case.pipeline}", *problems, sep="\n")
            return 1
        if out and not case.plan.inexact:
            out.write(json.dumps(case_line(case), ensure_ascii=False) + "\n" + "".join(line_text(line) + "\n" for line in lines))
        total, pipelines = total + served, pipelines + 1
        if total >= options.rows:
            break
    if out:
        out.close()
    print(f"{pipelines} pipelines, {total} rows served, every feature bit as scikit-learn's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
