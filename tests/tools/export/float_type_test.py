"""Goal: a number becomes the bits of a width by one rounding; NaN has one spelling, and what is infinite has none.

Method: numpy's casts on numbers at every edge, and documents of both widths through the plain interpreter.
"""

import math

import numpy
import pytest

from ringside_export.float_type import FLOAT32, FLOAT64, named
from ringside_export.plain_interpreter import PlainInterpreter

NUMBERS = [0.0, -0.0, 0.1, -1.5, 5e-324, 1e-45, 7e-46, 1e-40, 16777217.0, 2.0**53, 1e30, 3.4028234663852886e38]


@pytest.mark.parametrize("kind", [FLOAT32, FLOAT64], ids=["float32", "float64"])
def test_bits_are_numpys(kind):
    bits = [kind.bits(value) for value in NUMBERS]
    expected = numpy.array(NUMBERS).astype(kind.name)
    assert bits == expected.view(kind.bits_name).tolist() == kind.array_bits(numpy.array(NUMBERS)).tolist()
    assert [kind.value(one) for one in bits] == expected.tolist()
    assert kind.hexes(bits[2:3]) == [{"float32": "3dcccccd", "float64": "3fb999999999999a"}[kind.name]]


@pytest.mark.parametrize("kind", [FLOAT32, FLOAT64], ids=["float32", "float64"])
def test_nan_has_one_spelling_and_infinity_none(kind):
    assert kind.bits(math.nan) == kind.bits(-math.nan) == kind.nan_bits
    assert kind.bits(math.inf) is None and kind.bits(-math.inf) is None
    assert math.isnan(kind.value(kind.nan_bits))
    odd = numpy.array([kind.nan_bits | 1, kind.nan_bits | 1 << (4 * kind.digits - 1)], kind.bits_name).view(kind.name)
    assert kind.array_bits(odd).tolist() == [kind.nan_bits] * 2


def test_what_is_too_large_for_float32_is_a_float64():
    assert FLOAT32.bits(3.5e38) is None and FLOAT64.bits(3.5e38) == 0x47F074F8C4D3CD7B


def document(**more):
    return {
        "format_version": 1,
        "steps": [{"op": "number", "field": "a", "out": "a"}],
        "features": ["a"],
        "classes": [],
        **more,
    }


def test_features_are_of_the_documents_width():
    assert PlainInterpreter(document()).run({"a": 0.1}).bits == [FLOAT32.bits(0.1)]
    wide = PlainInterpreter(document(feature_dtype="float64"))
    assert wide.feature_type is named("float64")
    assert wide.run({"a": 0.1}).bits == [FLOAT64.bits(0.1)] and wide.run({"a": None}).bits == [FLOAT64.nan_bits]
    assert wide.run({"a": 1e300}).errors == []
    assert PlainInterpreter(document()).run({"a": 1e300}).errors == [("a", "NOT_FINITE")]
