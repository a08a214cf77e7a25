"""Goal: the plain interpreter does what schemas/bundle.md says of each step, and equals scikit-learn on odd numbers.

Method: documents of one or two steps; the scalers' arithmetic against scikit-learn on random doubles of every size.
"""

import math
import struct

import numpy
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from ringside_export import fitted
from ringside_export.float_type import FLOAT32
from ringside_export.plain_interpreter import PlainInterpreter


def run(steps, values, features=("x",)):
    return PlainInterpreter({"format_version": 1, "steps": steps, "features": list(features), "classes": []}).run(values)


def number(value):
    return struct.unpack("<f", struct.pack("<I", run([{"op": "number", "field": "a", "out": "x"}], {"a": value}).bits[0]))[0]


@pytest.mark.parametrize(
    "value, feature",
    [
        (27, 27.0),
        (True, 1.0),
        (0.1, float(numpy.float32(0.1))),
        (16777217, 16777216.0),
        (1e-46, 0.0),
        (3.4028235e38, 3.4028234663852886e38),
    ],
)
def test_number_is_rounded_to_float32_once(value, feature):
    assert number(value) == feature


def test_missing_number_is_the_one_nan():
    assert run([{"op": "number", "field": "a", "out": "x"}], {"a": None}).bits == [FLOAT32.nan_bits]


def test_number_beyond_float32_is_not_finite_on_its_field():
    steps = [{"op": "number", "field": "a", "out": "x:0"}, {"op": "divide", "in": "x:0", "value": "0x1.0p-100", "out": "x"}]
    assert run(steps, {"a": 1e10}).errors == [("a", "NOT_FINITE")]


@pytest.mark.parametrize(
    "unseen, text, bits, unknown, errors",
    [
        ("unknown", "ber", [0x3F800000], [], []),
        ("unknown", "zzz", [0x40000000], ["a"], []),
        ("unknown", "unknown", [0x40000000], [], []),
        (None, "zzz", [], [], [("a", "UNKNOWN_CATEGORY")]),
        (None, "ams", [0], [], []),
    ],
)
def test_label_is_the_index_of_the_class(unseen, text, bits, unknown, errors):
    ran = run([{"op": "label", "field": "a", "classes": ["ams", "ber", "unknown"], "unseen": unseen, "out": "x"}], {"a": text})
    assert (ran.bits, ran.unknown, ran.errors) == (bits, unknown, errors)


@pytest.mark.parametrize(
    "unseen, text, ones, unknown",
    [
        ("zeros", "own", "10", []),
        ("zeros", "zzz", "00", ["a"]),
        ({"as": "rent"}, "zzz", "01", ["a"]),
        (None, "rent", "01", []),
        ("zeros", "gone", "00", []),
    ],
)
def test_onehot_is_one_at_the_category(unseen, text, ones, unknown):
    step = {
        "op": "onehot",
        "field": "a",
        "categories": ["gone", "own", "rent"],
        "unseen": unseen,
        "outs": ["x", "y"],
        "drop": ["gone"],
    }
    ran = run([step], {"a": text}, ("x", "y"))
    assert (["01"[bits == 0x3F800000] for bits in ran.bits], ran.unknown) == (list(ones), unknown)


def test_refusing_onehot_gives_a_code():
    step = {"op": "onehot", "field": "a", "categories": ["own"], "unseen": None, "outs": ["x"]}
    assert run([step], {"a": "zzz"}).errors == [("a", "UNKNOWN_CATEGORY")]


@pytest.mark.parametrize("value, expected", [(-3.0, -1.0), (3.0, 1.0), (0.5, 0.5), (None, math.nan)])
def test_clip_moves_into_the_range_and_leaves_nan(value, expected):
    steps = [
        {"op": "number", "field": "a", "out": "x:0"},
        {"op": "clip", "in": "x:0", "low": "-0x1.0p+0", "high": "0x1.0p+0", "out": "x"},
    ]
    assert run(steps, {"a": value}).bits == [FLOAT32.bits(expected)]


@pytest.mark.parametrize(
    "steps, reason",
    [
        ([{"op": "number", "field": "a", "out": "x"}] * 2, "written twice"),
        ([{"op": "add", "in": "x:0", "value": "0x1.0p+0", "out": "x"}], "used before it is written"),
        ([{"op": "number", "field": "a", "out": "y"}], "written by no step"),
        ([{"op": "onehot", "field": "a", "categories": ["p", "q"], "unseen": None, "outs": ["x"]}], "2 categories, 1 columns"),
    ],
)
def test_document_that_makes_no_sense_is_refused(steps, reason):
    with pytest.raises(ValueError, match=reason):
        run(steps, {"a": 1})


@pytest.mark.parametrize(
    "scaler",
    [StandardScaler(), MinMaxScaler(), MinMaxScaler(feature_range=(-3, 0.1), clip=True)],
    ids=["standard", "minmax", "clip"],
)
def test_scaler_as_steps_equals_scikit_learn_on_doubles_of_every_size(scaler):
    rng = numpy.random.default_rng(5)
    scaler.fit((rng.gamma(0.7, 1234.5, 500)).reshape(-1, 1))
    values = numpy.concatenate(
        [
            rng.normal(0, 1, 20000) * 10.0 ** rng.integers(-12, 12, 20000),
            scaler.fit_transform(rng.random((50, 1)))[:, 0],
            [0.0, -0.0, 5e-324, math.nan, scaler.data_min_[0] if hasattr(scaler, "data_min_") else scaler.mean_[0]],
        ]
    )
    steps, column = [{"op": "number", "field": "a", "out": "x:0"}], "x:0"
    for position, (op, *constants) in enumerate(fitted.scale(scaler, ["a"]).ops[0], 1):
        keys = {"low": constants[0].hex(), "high": constants[1].hex()} if op == "clip" else {"value": constants[0].hex()}
        steps.append({"op": op, "in": column, **keys, "out": f"x:{position}"})
        column = f"x:{position}"
    interpreter = PlainInterpreter({"format_version": 1, "steps": steps, "features": [column], "classes": []})
    expected = scaler.transform(values.reshape(-1, 1)).astype(numpy.float32)[:, 0]
    bits = numpy.where(numpy.isnan(expected), FLOAT32.nan_bits, expected.view(numpy.uint32))
    assert [interpreter.run({"a": None if math.isnan(value) else value}).bits[0] for value in values.tolist()] == bits.tolist()
