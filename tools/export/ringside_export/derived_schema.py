"""A feature schema from a fitted pipeline and a sample, where nobody wrote one: which fields callers send, and their dtypes."""

import csv
import io
import json
from dataclasses import dataclass

import numpy

from . import sample_rows
from .feature_schema import FIELDS_MAX, Field
from .problems import ExportFailed
from .training_frame import DTYPES_FILE, field_dtype

_BOOLS = frozenset(("True", "False", "TRUE", "FALSE", "true", "false"))


@dataclass
class Seen:
    """What the cells of one column of the sample are: counts."""

    ints: int = 0
    floats: int = 0
    bools: int = 0
    texts: int = 0
    missing: int = 0


def observe(path):
    """name -> Seen of the sample at `path`, columns in its order. Raises ExportFailed."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExportFailed(f"{path.name}: not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise ExportFailed(f"{path}: {error.strerror}") from None
    seen, count = {}, 0
    for row in _csv(text, path.name) if path.suffix.lower() == ".csv" else _json_lines(text, path.name):
        count += 1
        for name, cell in row.items():
            _count(seen.setdefault(name, Seen()), cell)
    for column in seen.values():
        column.missing = count - column.ints - column.floats - column.bools - column.texts
    return seen


def _csv(text, name):
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None) or []
        for cells in reader:
            yield {column: _cell(cell) for column, cell in zip(header, cells)}
    except csv.Error as error:
        raise ExportFailed(f"{name}:{reader.line_num}: not CSV: {error}") from None


def _cell(text):
    if text == "":
        return None
    if text in _BOOLS:
        return text in ("True", "TRUE", "true")
    return sample_rows.csv_cell(text, "float")


def _json_lines(text, name):
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ExportFailed(f"{name}:{number}: not JSON: {error}") from None
            if not isinstance(row, dict):
                raise ExportFailed(f"{name}:{number}: expected an object, found {type(row).__name__}")
            yield row


def _count(column, cell):
    if isinstance(cell, bool):
        column.bools += 1
    elif isinstance(cell, int):
        column.ints += 1
    elif isinstance(cell, float):
        column.floats += cell == cell
    elif isinstance(cell, str):
        column.texts += 1


def derive(path, names, count, said):
    """(fields, name -> numpy dtype, notes). names: the pipeline's columns, None where it was fitted on an array of `count`;
    said: of dtypes.json. Raises ExportFailed."""
    seen = observe(path)
    if names is None:
        names = list(seen)
        if len(names) != count:
            raise ExportFailed(
                f"{path.name}: it has {len(names)} columns, the pipeline was fitted on an array of {count}; leave only those, in "
                "the array's order, or write feature_schema.yaml"
            )
    if len(names) > FIELDS_MAX:
        raise ExportFailed(f"the pipeline reads {len(names)} columns; at most {FIELDS_MAX} fields can be sent")
    fields, dtypes, told = [], {}, []
    for name in names:
        if name not in seen:
            raise ExportFailed(f"{path.name}: it has no column '{name}', which the pipeline was fitted on")
        field, dtypes[name] = _field(name, seen[name], said.get(name))
        fields.append(field)
        told.append(f"{name} {dtypes[name] if dtypes[name].kind != 'O' else 'text'}")
    source = DTYPES_FILE if all(name in said for name in names) else f"the sample, as pandas reads it (say otherwise in {DTYPES_FILE})"
    notes = [f"no feature_schema.yaml: one was derived; dtypes by {source}: {', '.join(told)}"]
    return fields, dtypes, notes


def _field(name, seen, said):
    if said is not None:
        return Field(name, field_dtype(said), on_missing="pass" if said.kind in "fO" else "reject"), said
    if seen.texts:
        return Field(name, "str", on_missing="pass"), numpy.dtype(object)
    if seen.bools:
        if seen.missing or seen.ints or seen.floats:
            raise ExportFailed(
                f"{name}: bools beside {'missing values' if seen.missing else 'numbers'} are an object column to pandas; say in "
                f"{DTYPES_FILE} what training made of it"
            )
        return Field(name, "bool", on_missing="reject"), numpy.dtype(bool)
    if seen.ints and not seen.floats and not seen.missing:
        return Field(name, "int", on_missing="reject"), numpy.dtype("int64")
    return Field(name, "float", on_missing="pass"), numpy.dtype("float64")
