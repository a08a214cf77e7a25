"""OrdinalEncoder, OneHotEncoder, TargetEncoder: a value or a column for each category that training saw.

A category is text for a field and a number for a column. NaN and None are categories of their own to scikit-learn; of the two a
missing field is the one that its frame holds (Text.missing), so the other's slot is never taken.
"""

import math
from dataclasses import dataclass

import numpy

from .block import ARRAY, FLOAT64, REFUSED, SPARSE, Block, Number, Text, without_infinity
from .refusal import refuse, require_fitted
from .steps import hex_or_nan


@dataclass(frozen=True)
class Lookup:
    """What a step `encode` or `indicators` says: categories and what each gives, what a missing and an unseen one gives
    (None: the row is refused)."""

    categories: list
    given: list
    missing: object
    unseen: object


def look_up(where, column, categories, given, unseen):
    """Lookup of `column` among the encoder's `categories` (an array); given: what each of them gives."""
    if isinstance(column, Text):
        return _text_lookup(where, column, categories, given, unseen)
    known, missing = {}, unseen
    for category, value in zip(categories.tolist(), given):
        if isinstance(category, str):
            refuse(
                where,
                f"its categories are texts, and a column of {column.dtype} reaches it",
                "give the column's dtype in dtypes.json as training had it ('object' for text)",
            )
        if category is None:
            continue  # no number is None
        if category != category:
            missing = value
        elif math.isinf(category) or float(category) != category:
            continue  # no field holds it: an integer beyond 2^53, or an infinity
        else:
            known.setdefault(float(category) + 0.0, value)
    return Lookup([float(category).hex() for category in known], list(known.values()), missing, unseen)


def _text_lookup(where, column, categories, given, unseen):
    if categories.dtype.kind == "U":
        refuse(
            where,
            f"the categories of '{column.field}' have dtype {categories.dtype}: training compared fixed-width texts, which may "
            "have been cut",
            "fit it on an object column (pandas keeps text as object), not on a numpy text array",
        )
    if categories.dtype.kind != "O":
        refuse(
            where,
            f"its categories are of dtype {categories.dtype}, and the text field '{column.field}' reaches it",
            "give the column's dtype in dtypes.json as training had it",
        )
    known, missing = {}, {"nan": unseen, "None": unseen}
    for category, value in zip(categories.tolist(), given):
        if isinstance(category, str):
            known[valid_text(where, category)] = value
        elif category is None:
            missing["None"] = value
        elif category != category:
            missing["nan"] = value
    original = dict(known)
    for old, new in column.replaced:
        known.pop(old, None)
        value = original.get(new, unseen)
        if value is not None:
            known[old] = value
    if column.missing is REFUSED:
        gives = None
    elif isinstance(column.missing, str):
        gives = original.get(column.missing, unseen)
    else:
        gives = missing["None" if column.missing is None else "nan"]
    return Lookup(list(known), list(known.values()), gives, unseen)


def valid_text(where, text):
    """`text`, which must be valid Unicode: requests are UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        refuse(where, "a category is not valid Unicode", "clean the column before fitting")
    return text


def _columns(where, block, work):
    """The columns as _BaseEncoder sees them: one by one, each with its dtype; infinity is refused."""
    require_fitted(where, "categories_")
    if block.container == SPARSE:
        refuse(where, "it is given a sparse matrix", "set sparse_output=False or sparse_threshold=0 before it")
    if len(block.columns) != len(where.transformer.categories_):
        refuse(where, f"it was fitted on {len(where.transformer.categories_)} columns, {len(block.columns)} reach it", "fit it again")
    for column, categories in zip(block.columns, where.transformer.categories_):
        if isinstance(column, Number):
            without_infinity(column, work)
            continue
        for category in categories.tolist():
            if category is None or category != category:
                work.saw_missing(column.field, "None" if category is None else "nan")
    return block.columns


def _infrequent(encoder, position):
    """scikit-learn's map from a category's index to its index where infrequent ones are one, or None."""
    if not getattr(encoder, "_infrequent_enabled", False):
        return None
    return encoder._default_to_infrequent_mappings[position]


def one_hot(where, block, work):
    """OneHotEncoder: a column a category; infrequent ones share the last, a dropped one has none."""
    encoder = where.transformer
    columns = []
    for position, column in enumerate(_columns(where, block, work)):
        slots, unseen, count = one_hot_slots(encoder, position)
        found = look_up(where, column, encoder.categories_[position], slots, unseen)
        if count == 0:  # every category is dropped; what is unseen is still refused
            encoded(column, Lookup(found.categories, [0.0] * len(found.categories), *_zeros(found)), FLOAT64, work)
            continue
        field = column.field if isinstance(column, Text) else None
        source = None if field else column.column
        made = work.steps.indicators(
            source,
            field,
            count,
            categories=found.categories,
            slots=found.given,
            missing=found.missing,
            unseen=found.unseen,
        )
        if field:
            work.know(field, found)
        columns.extend(Number(one, numpy.dtype(encoder.dtype), indicator=True) for one in made)
    sparse = encoder.sparse_output if hasattr(encoder, "sparse_output") else encoder.sparse
    return Block(tuple(columns), SPARSE if sparse else ARRAY)


def _zeros(found):
    """missing and unseen of a lookup that only refuses."""
    return (None if given is None else 0.0 for given in (found.missing, found.unseen))


def one_hot_slots(encoder, position):
    """(slot of each category, slot of an unseen one or None, number of columns) of one column of a OneHotEncoder."""
    count = len(encoder.categories_[position])
    mapping = _infrequent(encoder, position)
    places = list(range(count)) if mapping is None else [int(place) for place in mapping]
    dropped = getattr(encoder, "_drop_idx_after_grouping", encoder.drop_idx_)
    dropped = None if dropped is None or dropped[position] is None else int(dropped[position])
    columns = max(places) + 1 - (dropped is not None)

    def slot(place):
        if dropped is None or place < dropped:
            return place
        return "zeros" if place == dropped else place - 1

    unseen = None if encoder.handle_unknown == "error" else "zeros"
    if encoder.handle_unknown in ("infrequent_if_exist", "warn") and mapping is not None:
        unseen = slot(max(places))
    return [slot(place) for place in places], unseen, columns


def ordinal(where, block, work):
    """OrdinalEncoder: the category's index, as the encoder's dtype; NaN and what is unseen as it was told."""
    encoder = where.transformer
    dtype = numpy.dtype(encoder.dtype)
    if dtype.kind not in "fiu" or dtype.itemsize < 4:
        refuse(where, f"dtype={dtype}", "use a float or integer dtype of 32 bits or more")
    columns = []
    for position, column in enumerate(_columns(where, block, work)):
        values, unseen = ordinal_values(encoder, position)
        found = look_up(where, column, encoder.categories_[position], values, unseen)
        columns.append(encoded(column, found, dtype, work))
    return Block(tuple(columns), ARRAY)


def ordinal_values(encoder, position):
    """(value of each category, value of an unseen one or None) of one column of an OrdinalEncoder."""
    dtype = numpy.dtype(encoder.dtype)
    mapping = _infrequent(encoder, position)
    values = []
    for index, category in enumerate(encoder.categories_[position].tolist()):
        is_nan = isinstance(category, float) and category != category
        place = index if mapping is None else mapping[index]
        values.append(_as(dtype, encoder.encoded_missing_value if is_nan else place))
    if encoder.handle_unknown == "error":
        return values, None
    if encoder.handle_unknown in ("ignore", "infrequent_if_exist", "warn"):  # later releases
        infrequent = encoder.handle_unknown != "ignore" and mapping is not None
        return values, _as(dtype, max(mapping) if infrequent else -1)
    return values, _as(dtype, encoder.unknown_value)


def _as(dtype, value):
    return math.nan if value != value else float(dtype.type(value))


def encoded(column, found, dtype, work):
    """The Number column of one `encode` step."""
    keys = {
        "categories": found.categories,
        "values": [hex_or_nan(value) for value in found.given],
        "missing": None if found.missing is None else hex_or_nan(found.missing),
        "unseen": None if found.unseen is None else hex_or_nan(found.unseen),
    }
    may_be_nan = any(value is not None and value != value for value in (*found.given, found.missing, found.unseen))
    if isinstance(column, Text):
        work.know(column.field, found)
        return Number(work.steps.of_text("encode", column.field, **keys), dtype, may_be_nan)
    return Number(work.steps.step("encode", column.column, **keys), dtype, may_be_nan)


def target(where, block, work):
    """TargetEncoder: the mean of the target that training found for the category; of all of it for what is unseen."""
    encoder = where.transformer
    inputs = _columns(where, block, work)
    outputs = len(encoder.encodings_) // max(len(inputs), 1)  # a class of the target each, where it has more than two
    means = numpy.atleast_1d(encoder.target_mean_)
    columns = []
    for position, encodings in enumerate(encoder.encodings_):
        column, unseen = inputs[position // outputs], float(means[position % outputs])
        categories = encoder.categories_[position // outputs]
        values = [float(value) for value in encodings]
        columns.append(encoded(column, look_up(where, column, categories, values, unseen), FLOAT64, work))
    return Block(tuple(columns), ARRAY)
