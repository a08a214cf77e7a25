"""baseline.json: what training saw of each feature, score and field, for the engine to hold what it serves against.

Bins are of the features as the model reads them. A feature of up to 14 distinct values has a bin a value, any other 14 bins of about equally
many rows (of quantiles); and two more that training leaves empty by definition: below the least value that it saw, and above the
greatest. So a feature that was constant in training is seen to move. Sixteen in all, because the engine compares sixteen edges at
once, and because chance adds to PSI with every bin. The same rows give the same bytes.
"""

import json

import numpy

INNER_BINS = 14
KINDS = ("missing", "filled", "unknown", "out_of_range", "refused")
_CODES = {
    "MISSING_REQUIRED": "missing",
    "NULL_NOT_ALLOWED": "missing",
    "UNKNOWN_CATEGORY": "unknown",
    "OUT_OF_RANGE": "out_of_range",
}


def text(schema, verdicts, features, values):
    """The file. verdicts: of all rows of the sample; features and values: matrices of the scored ones, in the model's own widths."""
    lines = [f'{{"format_version": 1, "rows": {len(verdicts)}, "scored": {len(features)},', ' "features": [']
    lines.append(_list({"name": name, **histogram(column)} for name, column in zip(schema.features, features.T)))
    lines += [" ],", ' "scores": [', _list(histogram(column) for column in values.T), " ],", ' "fields": [']
    lines.append(_list({"name": name, **counts} for name, counts in field_counts(schema, verdicts).items()))
    return "\n".join(lines + [" ]}"]) + "\n"


def _list(objects):
    return ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in objects)


def histogram(column):
    """{"edges": hex floats that rise, "counts": one more, "missing": rows}. NaN and +infinity are missing."""
    edges = bin_edges(column)
    missing = numpy.isnan(column) | (column == numpy.inf)
    bins = numpy.searchsorted(edges, column[~missing], side="right")
    counts = numpy.bincount(bins, minlength=len(edges) + 1)
    return {"edges": [float(edge).hex() for edge in edges], "counts": counts.tolist(), "missing": int(missing.sum())}


def bin_edges(column):
    """Where bins begin, but for the first; in the column's own width, so that the engine's comparisons are the same."""
    finite = numpy.sort(column[numpy.isfinite(column)] + column.dtype.type(0))  # + 0: no negative zero
    if not len(finite):
        return finite
    starts = numpy.unique(finite)
    if len(starts) > INNER_BINS:
        starts = numpy.unique(finite[[number * len(finite) // INNER_BINS for number in range(INNER_BINS)]])
    with numpy.errstate(over="ignore"):  # above the greatest number there is nothing
        beyond = numpy.nextafter(finite[-1:], column.dtype.type(numpy.inf))
    return numpy.concatenate([starts, beyond[numpy.isfinite(beyond)]])


def field_counts(schema, verdicts):
    """Field -> kind -> rows of the sample. Of a refused row only the fields count that it was refused for."""
    found = {item.name: dict.fromkeys(KINDS, 0) for item in schema.fields}
    passing = [item.name for item in schema.fields if item.on_missing == "pass" and not item.required]
    for verdict in verdicts:
        if verdict.errors:
            for name, kind in {(name, _CODES.get(code)) for name, code in verdict.errors}:
                if kind is not None and name in found:
                    found[name][kind] += 1
            for name in {name for name, _ in verdict.errors}.intersection(found):
                found[name]["refused"] += 1
            continue
        for kind, names in (("filled", verdict.filled), ("unknown", verdict.unknown), ("out_of_range", verdict.clamped)):
            for name in names:
                found[name][kind] += 1
        for name in verdict.filled + [name for name in passing if _is_missing(verdict.row.get(name))]:
            found[name]["missing"] += 1
    return found


def _is_missing(cell):
    return cell is None or cell != cell
