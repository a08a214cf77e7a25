"""Which width the frame had that LightGBM was trained on: no file says it, but the thresholds do.

LightGBM puts a threshold one ulp above the middle of two neighbouring values, in double. The middle of two float32 has some thirty
bits; of two doubles that are no float32, all fifty-three.
"""

import numpy

_SHORT_ENDS_IN = 12  # zero bits, which one in 4,096 doubles has by chance
_ENOUGH = 4  # thresholds, to say anything


def width_of_thresholds(thresholds):
    """`float32`, `float64`, or None where they do not tell. thresholds: of features whose values tell the two apart."""
    values = numpy.array([value for value in thresholds if abs(value) > 1e-30], numpy.float64)  # not LightGBM's own around zero
    if len(values) < _ENOUGH:
        return None
    middles = numpy.nextafter(values, -numpy.inf).view(numpy.uint64)
    short = float((middles & numpy.uint64(2**_SHORT_ENDS_IN - 1) == 0).mean())
    return "float32" if short > 0.9 else "float64" if short < 0.5 else None


def telling_thresholds(splits, features):
    """The thresholds of those columns of the float64 matrix `features` that hold values which are no float32."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        inexact = (features.astype(numpy.float32) != features) & ~numpy.isnan(features)
    columns = numpy.flatnonzero(inexact.any(axis=0)).tolist()
    return [value for column in columns for value in splits.thresholds.get(column, [])]
