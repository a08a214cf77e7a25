"""Raw rows: reading a sample (JSON Lines or CSV), and writing rows as strict JSON.

A row is a dict from field to None, bool, int, float or str. NaN is a float here, infinity too (from the token or from
1e400). What is broken is a refusal of the file; what strict serving would refuse is a row like any other.
"""

import csv
import io
import json
import math
import re
from dataclasses import dataclass

from .problems import ExportFailed

_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


@dataclass
class Sample:
    """rows in the file's order; ignored: names of columns that are no field (dropped); duplicates: indices of rows with a
    key twice, which serving refuses; the row keeps the last value."""

    rows: list
    ignored: list
    duplicates: set


def read(path, schema):
    """Sample of a .csv file, or of JSON Lines for any other name. Raises ExportFailed with the line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExportFailed(f"{path.name}: not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise ExportFailed(f"{path}: {error.strerror}") from None
    sample = _read_csv(text, path.name, schema) if path.suffix.lower() == ".csv" else _read_json_lines(text, path.name, schema)
    if not sample.rows:
        raise ExportFailed(f"{path.name}: it has no rows; the self-check needs a sample of raw rows")
    return sample


def _read_json_lines(text, name, schema):
    rows, ignored, duplicates = [], {}, set()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(line, object_pairs_hook=tuple)
        except ValueError as error:
            raise ExportFailed(f"{name}:{number}: not JSON: {error}") from None
        if not isinstance(pairs, tuple):
            raise ExportFailed(f"{name}:{number}: expected an object, found {type(pairs).__name__}")
        row = {}
        for key, value in pairs:
            if key not in schema.index:
                ignored[key] = True
            elif key in row:
                duplicates.add(len(rows))
            if key in schema.index:
                row[key] = value
        rows.append(row)
    return Sample(rows, list(ignored), duplicates)


def _read_csv(text, name, schema):
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        if not header:
            raise ExportFailed(f"{name}: no header line")
        repeated = {column for column in header if header.count(column) > 1}
        if repeated:
            raise ExportFailed(f"{name}: the header names '{sorted(repeated)[0]}' twice")
        kinds = [schema.index[column].dtype if column in schema.index else None for column in header]
        if not any(kinds):
            raise ExportFailed(f"{name}: no column of the header is a field of the schema")
        rows = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise ExportFailed(f"{name}:{reader.line_num}: {len(cells)} cells, the header has {len(header)}")
            rows.append({column: csv_cell(cell, kind) for column, kind, cell in zip(header, kinds, cells) if kind and cell != ""})
    except csv.Error as error:
        raise ExportFailed(f"{name}:{reader.line_num}: not CSV: {error}") from None
    return Sample(rows, [column for column, kind in zip(header, kinds) if not kind], set())


def csv_cell(text, dtype):
    """A cell by the declared dtype; what does not convert stays text."""
    if dtype in ("int", "float") and _INTEGER.match(text):
        return int(text)
    if dtype in ("int", "float") and _NUMBER.match(text):
        return float(text)
    if dtype == "bool" and text in ("true", "True", "1"):
        return True
    if dtype == "bool" and text in ("false", "False", "0"):
        return False
    return text


def dump(row):
    """`row` as one line of strict JSON: NaN is null, infinity is 1e400."""
    return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_dump_cell(cell)}" for key, cell in row.items()) + "}"


def _dump_cell(cell):
    if isinstance(cell, float):
        if math.isnan(cell):
            return "null"
        if math.isinf(cell):
            return "1e400" if cell > 0 else "-1e400"
        return repr(cell)
    return json.dumps(cell, ensure_ascii=False)
