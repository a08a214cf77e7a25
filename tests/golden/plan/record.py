#!/usr/bin/python3
"""Records what scikit-learn makes of hard values, step by step: steps.jsonl beside this file.

    tests/golden/plan/record.py            writes it anew, with Debian's scikit-learn; a test reads it

A line is one fitted transformer: `plan`, as text, the document that should compute the same; `fields`; `rows` of raw values (numbers as hex
floats, "nan" among them, null for a missing text); `features`, the bits of each row as float32, or the code of its one error.
"""

import json
import pathlib
import warnings

import numpy
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.impute import SimpleImputer
from scipy import sparse

RNG = numpy.random.default_rng(4)
NAN = float("nan")
HARD = [NAN, 0.0, -0.0, 5e-324, -5e-324, 2.3e-308, 1e-46, 1.5e-45, 1.0, -1.0, 0.1, 27.0, 16777217.0, 1e15, -1e15, 1e30, -1e30]


def beside(values):
    """Each value, and one ulp on either side."""
    values = numpy.asarray(values, float)
    return numpy.concatenate([values, numpy.nextafter(values, -numpy.inf), numpy.nextafter(values, numpy.inf)]).tolist()


def hexed(number):
    """A number as the format writes it."""
    return "nan" if number != number else float(number).hex()


def number(name="x"):
    """The step that reads a field."""
    return {"op": "number", "field": name, "out": name}


def bits(matrix):
    """The float32 bits of a matrix; NaN is 7fc00000."""
    narrow = numpy.asarray(matrix, float).astype(numpy.float32)
    words = narrow.view(numpy.uint32).copy()
    words[numpy.isnan(narrow)] = 0x7FC00000
    return [[f"{word:08x}" for word in row] for row in words]


def line(what, fields, steps, features, rows, expected, **more):
    """One case. expected: rows of bits, or a code in place of a row."""
    plan = {"format_version": 1, "steps": steps, "features": features, "classes": [], **more}
    return json.dumps({"what": what, "fields": fields, "plan": json.dumps(plan), "rows": rows, "features": expected}) + "\n"


def of_number(what, transformer, steps, feature, values, dtype=float, training=None, **more):
    """A transformer of one column x. Values that scikit-learn refuses are left to other cases."""
    if training is not None:
        transformer.fit(training)
    values = numpy.asarray(values, dtype)
    computed = transformer.transform(values.reshape(-1, 1))
    finite = ~numpy.isinf(numpy.asarray(computed, float).astype(numpy.float32)).any(axis=1)
    rows = [[hexed(value)] for value in values[finite].astype(float)]
    fields = [{"name": "x", "dtype": "float"}]
    features = [feature] if isinstance(feature, str) else feature
    return line(what, fields, [number(), *steps(transformer)], features, rows, bits(computed[finite]), **more)


def step(op, source, out, width=None, **keys):
    """A step from a column to a column."""
    return {"op": op, "in": source, "out": out, **keys, **({} if width is None else {"width": width})}


def scalers():
    """Standard, robust and min-max, in both widths."""
    training = RNG.normal(38, 12, (500, 1))
    for width, dtype in ((None, numpy.float64), ("float32", numpy.float32)):
        narrow = training.astype(dtype)
        values = HARD + RNG.normal(38, 40, 200).tolist()

        def shifted(scaler, first="mean_"):
            return [step("subtract", "x", "a", width, value=hexed(getattr(scaler, first)[0])),
                    step("divide", "a", "b", width, value=hexed(scaler.scale_[0]))]

        def ranged(scaler):
            return [step("multiply", "x", "a", width, value=hexed(scaler.scale_[0])), step("add", "a", "b", width, value=hexed(scaler.min_[0])),
                    step("clip", "b", "c", width, low=hexed(0.0), high=hexed(1.0))]

        kind = numpy.dtype(dtype).name
        yield of_number(f"StandardScaler of {kind}", StandardScaler(), shifted, "b", values, dtype, narrow)
        yield of_number(f"RobustScaler of {kind}", RobustScaler(), lambda scaler: shifted(scaler, "center_"), "b", values, dtype, narrow)
        yield of_number(f"MinMaxScaler(clip=True) of {kind}", MinMaxScaler(clip=True), ranged, "c", values, dtype, narrow)


def functions():
    """The closed list of FunctionTransformer, and Binarizer."""
    for op, function in (("abs", numpy.abs), ("sqrt", numpy.sqrt), ("square", numpy.square)):
        transformer = FunctionTransformer(function)
        values = HARD + RNG.normal(0, 3, 50).tolist()
        yield of_number(f"FunctionTransformer({op})", transformer, lambda _, op=op: [step(op, "x", "y")], "y", values)
        yield of_number(f"FunctionTransformer({op}) of float32", transformer, lambda _, op=op: [step(op, "x", "y", "float32")], "y", values, numpy.float32)
    values = [value for value in beside([0.1, 0.0, -2.0]) + HARD if value == value]
    yield of_number("Binarizer", Binarizer(threshold=0.1), lambda _: [step("binarize", "x", "y", threshold=hexed(0.1))], "y", values)


def imputers():
    """SimpleImputer with its indicator."""
    training = numpy.array([[1.0], [2.0], [NAN], [4.5]])

    def steps(imputer):
        return [step("impute", "x", "a", equals="nan", value=hexed(imputer.statistics_[0])), step("is_missing", "x", "b", equals="nan")]

    yield of_number("SimpleImputer(add_indicator=True)", SimpleImputer(add_indicator=True), steps, ["a", "b"], HARD, training=training)
    zero = SimpleImputer(missing_values=0, strategy="most_frequent")
    yield of_number("SimpleImputer(missing_values=0)", zero,
                    lambda imputer: [step("impute", "x", "a", equals=hexed(0.0), value=hexed(imputer.statistics_[0]))], "a",
                    [value for value in HARD if value == value], training=training[[0, 1, 3]])


def tables():
    """KBinsDiscretizer, ordinal and one-hot, and QuantileTransformer with repeated quantiles."""
    training = numpy.concatenate([RNG.exponential(10, 300), [3.0] * 60]).reshape(-1, 1)
    for encode in ("ordinal", "onehot-dense"):
        binner = KBinsDiscretizer(n_bins=6, encode=encode, strategy="quantile").fit(training)
        edges = binner.bin_edges_[0]
        kept = len(edges) - 1
        outs = [f"k{k}" for k in range(kept)]

        def steps(_, edges=edges, kept=kept, outs=outs, encode=encode):
            made = [step("bins", "x", "k", edges=[hexed(edge) for edge in edges[1:-1]])]
            if encode == "ordinal":
                return made
            return [*made, {"op": "indicators", "in": "k", "categories": [hexed(k) for k in range(kept)], "slots": list(range(kept)), "missing": None,
                            "unseen": None, "outs": outs}]

        values = [value for value in beside(edges) + HARD if value == value]
        yield of_number(f"KBinsDiscretizer({encode})", binner, steps, ["k"] if encode == "ordinal" else outs, values)
    for width, dtype in ((None, numpy.float64), ("float32", numpy.float32)):
        quantiles = QuantileTransformer(n_quantiles=50, subsample=10**6).fit(training.astype(dtype))

        def steps(fitted, width=width):
            return [step("quantile", "x", "y", width, quantiles=[hexed(value) for value in fitted.quantiles_[:, 0]],
                         references=[hexed(value) for value in fitted.references_], distribution="uniform")]

        values = beside(quantiles.quantiles_[:, 0]) + HARD + RNG.exponential(10, 500).tolist()
        yield of_number(f"QuantileTransformer of {numpy.dtype(dtype).name}", quantiles, steps, "y", values, dtype)


TEXTS = ["ams", "ber", "", "nan", "caf\u00e9", "cafe\u0301", "Ams", "zz", "a longer text than sixteen bytes", "a longer text than sixteen bits!"]


def of_text(what, encoder, step_of, features, texts):
    """An encoder of one column t; a text that it refuses is UNKNOWN_CATEGORY."""
    rows, expected = [], []
    for text in texts:
        rows.append([text])
        cell = numpy.array([[NAN if text is None else text]], dtype=object)
        try:
            computed = encoder.transform(cell)
            expected.append(bits(computed.toarray() if sparse.issparse(computed) else computed)[0])
        except ValueError:
            expected.append("UNKNOWN_CATEGORY")
    return line(what, [{"name": "t", "dtype": "str"}], [step_of], features, rows, expected)


def encoders():
    """OrdinalEncoder and OneHotEncoder of texts that may be missing, and of numbers."""
    training = numpy.array([*TEXTS[:6], NAN, *TEXTS[8:]], dtype=object).reshape(-1, 1)
    asked = [*TEXTS, None]
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2).fit(training)
    known = [text for text in ordinal.categories_[0] if text == text]
    codes = {"categories": known, "values": [hexed(k) for k in range(len(known))]}
    encode = {"op": "encode", "field": "t", **codes, "missing": hexed(-2), "unseen": hexed(-1), "out": "c"}
    yield of_text("OrdinalEncoder with a missing value", ordinal, encode, ["c"], asked)
    strict = OrdinalEncoder().fit(training)
    yield of_text("OrdinalEncoder that refuses", strict, {**encode, "missing": "nan", "unseen": None}, ["c"], asked)

    counts = numpy.array(["ams"] * 9 + ["ber"] * 7 + ["zz"] + [""] * 2 + [NAN] * 5, dtype=object).reshape(-1, 1)
    onehot = OneHotEncoder(min_frequency=4, handle_unknown="infrequent_if_exist", drop="first").fit(counts)
    outs = [f"o{k}" for k in range(onehot.transform(counts[:1]).shape[1])]
    infrequent = len(outs) - 1  # the last column; "ams" is dropped, "ber" and the missing value have their own
    step_of = {"op": "indicators", "field": "t", "categories": ["ams", "ber", "zz", ""], "slots": ["zeros", 0, infrequent, infrequent], "missing": 1,
               "unseen": infrequent, "outs": outs}
    yield of_text("OneHotEncoder with infrequent categories", onehot, step_of, outs, asked)

    numbers = OneHotEncoder(handle_unknown="ignore").fit(numpy.array([[3.0], [1.0], [-0.0], [2.5], [NAN]]))
    categories = [value for value in numbers.categories_[0] if value == value]
    outs = [f"o{k}" for k in range(len(categories) + 1)]
    step_of = {"op": "indicators", "in": "x", "categories": [hexed(value) for value in categories], "slots": list(range(len(categories))),
               "missing": len(categories), "unseen": "zeros", "outs": outs}
    values = HARD + beside([3.0, 1.0, 2.5, 0.0])
    computed = numbers.transform(numpy.array(values).reshape(-1, 1)).toarray()
    yield line("OneHotEncoder of numbers", [{"name": "x", "dtype": "float"}], [number(), step_of], outs, [[hexed(value)] for value in values], bits(computed))


def sparse_matrix():
    """What a sparse matrix does not store is missing; what only rounds to zero is stored."""
    values = [value for value in HARD if value == value]
    matrix = sparse.csr_matrix(numpy.array(values).reshape(-1, 1))
    stored = numpy.full((len(values), 1), NAN)
    for row in range(len(values)):
        if matrix.indptr[row + 1] > matrix.indptr[row]:
            stored[row] = matrix.data[matrix.indptr[row]]
    yield line("a sparse matrix", [{"name": "x", "dtype": "float"}], [number()], ["x"], [[hexed(value)] for value in values], bits(stored), zero_is_missing=True)


def main():
    """Everything, in a fixed order and from fixed seeds."""
    warnings.simplefilter("ignore")
    lines = [*scalers(), *functions(), *imputers(), *tables(), *encoders(), *sparse_matrix()]
    (pathlib.Path(__file__).parent / "steps.jsonl").write_text("".join(lines), encoding="utf-8")
    print(len(lines), "cases")


if __name__ == "__main__":
    main()
