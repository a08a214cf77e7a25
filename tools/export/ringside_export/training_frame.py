"""The pandas frame that a fitted pipeline was shown in training, made again of raw rows: its columns, their dtypes, their order.

The dtype decides arithmetic: a frame of float32 alone is scaled in float32, one int64 column makes all of it float64. What
scikit-learn keeps in a pickle does not say it, so it is read from `dtypes.json` where that is there, and else taken from the
sample as pandas would read it.
"""

import json
import math

import numpy
import pandas

from .problems import CannotReproduce, ExportFailed

DTYPES_FILE = "dtypes.json"
_FIELD_DTYPES = {"f": "float", "i": "int", "u": "int", "b": "bool", "O": "str"}
_PLAIN = {"int": "int64", "float": "float64", "bool": "bool", "str": "object"}


class TrainingFrame:
    """names: the columns in training's order; dtypes: name -> numpy dtype; missing: text column -> NaN or None, what stands for
    a missing one; as_array: training gave a numpy array, without names. Immutable after the compiler has set `missing`."""

    def __init__(self, names, dtypes, as_array):
        self.names = names
        self.dtypes = dtypes
        self.as_array = as_array
        self.missing = {name: math.nan for name in names if dtypes[name].kind == "O"}

    def make(self, rows, schema):
        """The DataFrame, or array, of raw `rows` that strict serving accepts, filled as `schema` says."""
        columns = {name: self._column(name, schema.index.get(name), rows) for name in self.names}
        frame = pandas.DataFrame(columns, index=range(len(rows)))
        return frame.to_numpy() if self.as_array else frame

    def _column(self, name, field, rows):
        dtype = self.dtypes[name]
        modelled = field is not None and field.role != "meta"
        cells = [row.get(name) for row in rows] if modelled else [None] * len(rows)
        fill = field.fill if modelled and field.on_missing == "fill" else None
        cells = [fill if cell is None or cell != cell else cell for cell in cells]
        if dtype.kind == "O":
            missing = self.missing.get(name, math.nan)
            column = numpy.empty(len(cells), dtype=object)
            column[:] = [missing if cell is None else cell for cell in cells]
            return column
        if dtype.kind == "f":
            convert = {"int": int, "bool": bool}.get(field.dtype, float) if modelled else float  # an integer has one zero
            return numpy.array([math.nan if cell is None else float(convert(cell)) for cell in cells], numpy.float64).astype(dtype)
        return numpy.array([0 if cell is None else int(cell) for cell in cells], dtype)


def read_dtypes(path):
    """name -> numpy dtype, of `X.dtypes.astype(str).to_dict()` as JSON; {} where the file is not there."""
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ExportFailed(f"{path.name}: not JSON: {error}") from None
    if not isinstance(document, dict) or not all(isinstance(text, str) for text in document.values()):
        raise ExportFailed(f"{path.name}: expected column names and dtypes: json.dump(X.dtypes.astype(str).to_dict(), file)")
    return {name: _dtype(path.name, name, text) for name, text in document.items()}


def _dtype(file, name, text):
    if text in ("object", "category"):
        return numpy.dtype(object)
    try:
        dtype = numpy.dtype(text)
    except TypeError:
        dtype = None
    if dtype is None or dtype.kind not in "fiub" or text == "float16" or dtype.itemsize > 8:
        raise CannotReproduce(
            f"{file}: {name}: a column of dtype {text} is not reproduced; convert it before fitting to float64, float32, an "
            "integer dtype, bool or object (text)"
        )
    return dtype


def field_dtype(dtype):
    """What callers send for a column of this numpy dtype: int, float, bool or str."""
    return _FIELD_DTYPES[dtype.kind]


def column_dtype(field, said):
    """The numpy dtype of the column of a declared `field`; said: of dtypes.json, or None. Raises ExportFailed."""
    may_be_missing = field.on_missing == "pass" and not field.required
    if said is None:
        if field.dtype == "bool" and may_be_missing:
            raise ExportFailed(f"{field.name}: a bool that may be missing is an object column to pandas; say its dtype in {DTYPES_FILE}")
        return numpy.dtype("float64" if field.dtype == "int" and may_be_missing else _PLAIN[field.dtype])
    fits = {"int": "iuf", "float": "f", "bool": "biuf", "str": "O"}[field.dtype]
    if said.kind not in fits:
        raise ExportFailed(f"{DTYPES_FILE}: {field.name}: {said} does not hold a field of dtype {field.dtype}")
    if may_be_missing and said.kind in "iub":
        raise ExportFailed(f"{DTYPES_FILE}: {field.name}: a column of {said} holds no missing value; on_missing: pass needs float64")
    return said


def limits(dtype):
    """(low, high) of the values that a column of `dtype` holds, or None where a field's own limits are narrower."""
    if dtype == numpy.float32:
        largest = float(numpy.finfo(numpy.float32).max)
        return -largest, largest
    if dtype.kind in "iu" and dtype.itemsize < 8:
        return int(numpy.iinfo(dtype).min), int(numpy.iinfo(dtype).max)
    return (0, 2**53) if dtype == numpy.uint64 else None
