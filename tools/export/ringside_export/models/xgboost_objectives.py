"""Margins -> values, by our own float32 arithmetic with the C library's expf: proof that an objective is understood.

The engine computes the same; here it only confirms, on every sample row, that XGBoost's values are what the format says.
"""

import ctypes
import ctypes.util
import math

import numpy

_LIBM = ctypes.CDLL(ctypes.util.find_library("m") or "libm.so.6")
_LIBM.expf.restype = ctypes.c_float
_LIBM.expf.argtypes = [ctypes.c_float]
_ONE = numpy.float32(1)


def _expf(values):
    return numpy.fromiter((_LIBM.expf(value) for value in values.ravel().tolist()), numpy.float32, values.size).reshape(
        values.shape
    )


def _identity(margins):
    return margins


def _logistic(margins):
    return _ONE / (_expf(numpy.minimum(-margins, numpy.float32(88.7))) + _ONE)


def _softmax(margins):
    exps = _expf(margins - margins.max(axis=1, keepdims=True))
    total = numpy.zeros(len(margins))
    for column in range(exps.shape[1]):
        total = total + exps[:, column].astype(numpy.float64)
    return exps / total.astype(numpy.float32)[:, None]


def _argmax(margins):
    return margins.argmax(axis=1).astype(numpy.float32)[:, None]


def _hinge(margins):
    return (margins > 0).astype(numpy.float32)


def _exp_in_double(margins):
    return numpy.array([_exp(value) for value in margins.ravel().tolist()]).reshape(margins.shape)


def _exp(value):
    try:
        return math.exp(value)
    except OverflowError:  # the C function returns infinity
        return math.inf


_VALUES = {
    "binary:logistic": _logistic,
    "reg:logistic": _logistic,
    "multi:softprob": _softmax,
    "multi:softmax": _argmax,
    "count:poisson": _expf,
    "reg:gamma": _expf,
    "reg:tweedie": _expf,
    "reg:squarederror": _identity,
    "reg:squaredlogerror": _identity,
    "reg:absoluteerror": _identity,
    "reg:pseudohubererror": _identity,
    "binary:logitraw": _identity,
    "binary:hinge": _hinge,
    "rank:pairwise": _identity,
    "rank:ndcg": _identity,
    "rank:map": _identity,
    "survival:cox": _expf,
    "survival:aft": _exp_in_double,
}
KNOWN = tuple(_VALUES)


def values(objective, margins):
    """float32 (rows, outputs) from float32 margins (rows, outputs); one output, the class, of multi:softmax."""
    with numpy.errstate(over="ignore", under="ignore"):
        return _VALUES[objective](margins).astype(numpy.float32)
