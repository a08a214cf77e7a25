"""Columns on their way from fields to features: what a fitted transformer is shown instead of values.

    frame of fields ─ [Number age int64, Text home] ─ ColumnTransformer ─▶ [Number, Number, Number] float64 ─ … ─▶ features

A block knows what scikit-learn would know of the matrix at this place and what changes the arithmetic: one dtype or one a
column, dense or sparse, and of each column whether it may be NaN or infinite.
"""

import math
from dataclasses import dataclass, replace

import numpy

from .refusal import refuse

FRAME, ARRAY, SPARSE = "frame", "array", "sparse"
REFUSED = object()  # Text.missing: a missing text ends in an error further up
OBJECT = numpy.dtype(object)
FLOAT32, FLOAT64 = numpy.dtype("float32"), numpy.dtype("float64")


@dataclass(frozen=True)
class Number:
    """One column of numbers.

    column: of the steps; dtype: as numpy would have it here; field: its name while the column is still the field itself.
    indicator: holds 0.0 and 1.0 alone. present: in a sparse matrix, the same column with NaN for what is not stored; None
    where the zeros of `column` are exactly what is not stored.
    """

    column: int
    dtype: numpy.dtype
    may_be_nan: bool = False
    may_be_infinite: bool = False
    indicator: bool = False
    present: int = None
    field: str = None


@dataclass(frozen=True)
class Text:
    """A text field that nothing has encoded yet.

    missing: what a missing one is by now: NaN, None, a text that an imputer put there, or REFUSED.
    replaced: ((from, to), …), texts that an imputer took for missing. absent: callers do not send it, so nothing may read it.
    """

    field: str
    missing: object = math.nan
    replaced: tuple = ()
    absent: bool = False

    @property
    def dtype(self):
        """Texts are Python objects to numpy."""
        return OBJECT


@dataclass(frozen=True)
class Block:
    """Columns and their container: FRAME (a dtype a column), ARRAY (one dtype) or SPARSE (one dtype, no texts)."""

    columns: tuple
    container: str = ARRAY

    def take(self, positions):
        """The columns at `positions`, in that order."""
        return Block(tuple(self.columns[int(position)] for position in positions), self.container)

    def with_columns(self, columns, container=None):
        """Another block in the same container, or in `container`."""
        return Block(tuple(columns), container or self.container)


def common_dtype(dtypes):
    """numpy.result_type of a list that may hold object."""
    dtypes = list(dtypes)
    return OBJECT if OBJECT in dtypes else numpy.result_type(*dtypes) if dtypes else FLOAT64


def array_dtype(block):
    """The dtype of numpy.asarray(frame): pandas makes objects of bools beside numbers."""
    dtypes = [column.dtype for column in block.columns]
    bools = sum(dtype.kind == "b" for dtype in dtypes)
    return OBJECT if block.container == FRAME and 0 < bools < len(dtypes) else common_dtype(dtypes)


def as_dtype(columns, dtype):
    """Columns of a promoted dtype: a wider one holds the same numbers."""
    return tuple(replace(column, dtype=dtype) if isinstance(column, Number) else column for column in columns)


def checked(block, where, work, *, keep, sparse=False, texts=False):
    """The block after scikit-learn's check_array: one dtype, a container that is no frame any more, and nothing infinite.

    keep: "float" (float64 unless all is float32), "numeric" (objects become float64) or "any". An infinite value is an error of its
    field here, as it is to scikit-learn: further on it may look finite (clipped, in a bin) or missing (a root).
    """
    if block.container == SPARSE and not sparse:
        refuse(where, "it is given a sparse matrix", "set sparse_output=False or sparse_threshold=0 before it")
    if not texts:
        for column in block.columns:
            if isinstance(column, Text):
                refuse(where, f"it takes numbers, and the text field '{column.field}' reaches it", "encode the field first")
    dtype = common_dtype(column.dtype for column in block.columns)
    if (keep == "float" and dtype not in (FLOAT32, FLOAT64)) or (keep == "numeric" and dtype == OBJECT):
        dtype = FLOAT64
    columns = as_dtype(block.columns, dtype)
    if dtype != OBJECT:
        columns = tuple(without_infinity(column, work) for column in columns)
    return Block(columns, SPARSE if block.container == SPARSE else ARRAY)


def without_infinity(column, work):
    """The column, in which an infinite value is an error of its field."""
    if isinstance(column, Text) or not column.may_be_infinite:
        return column
    work.steps.require(column.column, "finite")
    return replace(column, may_be_infinite=False)


def outcome(transformer, block):
    """`block` as set_output(transform="pandas") makes it, where it was asked for."""
    asked = getattr(transformer, "_sklearn_output_config", {}).get("transform")
    if asked in (None, "default"):
        return block
    if asked == "pandas":
        return Block(block.columns, FRAME)
    return refuse(where_of(transformer), f"set_output(transform={asked!r})", "use 'default' or 'pandas'")


def where_of(transformer):
    """A place for a message, where nothing better is known."""
    return type(transformer).__name__
