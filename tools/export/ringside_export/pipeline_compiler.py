"""A fitted Pipeline or ColumnTransformer + the frame that it was fitted on -> the schema and the preprocess document.

Each transformer is shown a block of columns and says what becomes of it (`transformers/`). Nothing is computed here:
parameters are copied as hex floats.
"""

from dataclasses import dataclass, replace

from sklearn.pipeline import FeatureUnion, Pipeline

from .plan_compiler import Plan
from .problems import CannotReproduce
from .training_frame import limits
from .transformers.block import ARRAY, FRAME, REFUSED, SPARSE, Block, Number, Text, array_dtype, as_dtype
from .transformers.refusal import Where
from .transformers.registry import Work, require_sent
from .transformers.scalers import rounded


@dataclass(frozen=True)
class FieldTexts:
    """What encoders know of a text field: categories, and whether an unseen one is served."""

    categories: tuple
    unseen_zeros: bool


def input_names(transformer):
    """The names of the columns that it was fitted on, or None for an array."""
    for fitted in _first(transformer):
        names = getattr(fitted, "feature_names_in_", None)
        if names is not None:
            return [str(name) for name in names]
    return None


def input_count(transformer):
    """How many columns it was fitted on, or None where nothing says it."""
    for fitted in _first(transformer):
        count = getattr(fitted, "n_features_in_", None)
        if count is not None:
            return int(count)
    return None


def _first(transformer):
    """The fitted objects that see the whole input, from the outside in."""
    if isinstance(transformer, Pipeline):
        for _, step in transformer.steps:
            if step is not None and not isinstance(step, str):
                yield from _first(step)
                return
    elif isinstance(transformer, FeatureUnion):
        for _, step in transformer.transformer_list:
            if not isinstance(step, str):
                yield from _first(step)
    else:
        yield transformer


def compile_pipeline(schema, frame, transformer, path, feature_names, zero_if_not_stored=False):
    """Plan of the fields of `schema`, whose columns `frame` holds; its classes are still [].

    path: names `transformer` in messages; feature_names: the booster's, or None; zero_if_not_stored: what the model takes a number for
    that a sparse matrix does not store. Sets frame.missing.
    Raises ExportFailed or CannotReproduce.
    """
    work, final = _compile(schema, frame, transformer, path)
    nones = [name for name, kinds in work.missing.items() if kinds == {"None"}]
    if nones:  # these encoders know None where pandas.read_csv would give NaN: training's frame held None
        frame.missing.update({name: None for name in nones})
        work, final = _compile(schema, frame, transformer, path)
    names = _feature_names(transformer, frame, len(final.columns), feature_names)
    columns, zero_is_missing = _features(final, work, zero_if_not_stored)
    steps, inexact = work.steps.finish(list(zip(columns, names)))
    document = {"format_version": 1, "steps": steps, "features": names, "classes": []}
    if zero_is_missing:
        document["zero_is_missing"] = True
    notes = []
    read = {step["field"] for step in steps if "field" in step}
    schema = _with_features(schema, work, read, names, notes)
    parameters = {
        name: FieldTexts(tuple(known), name not in work.refusing) for name, known in work.texts.items() if known and name in read
    }
    both = [name for name, kinds in work.missing.items() if len(kinds) == 2]
    if both:
        notes.append(f"a missing text is NaN here, as pandas.read_csv gives it; the category None is never met: {', '.join(both)}")
    if final.container == SPARSE and not zero_if_not_stored:
        notes.append("training gave the model a sparse matrix: a feature that is zero is missing to it")
    plan = Plan(schema, document, notes, parameters, None, [])
    plan.inexact, plan.pipeline = inexact, True
    return plan


def _compile(schema, frame, transformer, path):
    work = Work()
    columns = tuple(_column(schema.index.get(name), name, frame, work) for name in frame.names)
    block = Block(columns, FRAME)
    if frame.as_array:
        dtype = array_dtype(block)
        if dtype.kind == "O":
            raise CannotReproduce(f"{path}: fitted on an array of objects; fit it on a pandas DataFrame, whose columns have dtypes")
        block = Block(as_dtype(columns, dtype), ARRAY)
    return work, work.compile(Where(path, transformer), block)


def _column(field, name, frame, work):
    dtype = frame.dtypes[name]
    if field is None or field.role == "meta":
        return Text(name, absent=True)
    if dtype.kind == "O":
        passes = field.on_missing == "pass" and not field.required
        return Text(name, frame.missing[name] if passes else REFUSED)
    narrow = limits(dtype)
    if narrow is not None and field.dtype in ("int", "float"):
        work.limit(name, *narrow, f"training's column is {dtype}")
    passes = field.on_missing == "pass" and not field.required
    column = Number(work.steps.number(name), dtype, may_be_nan=passes, indicator=dtype.kind == "b", field=name)
    return rounded(column, work) if dtype == "float32" else column


def _features(final, work, zero_if_not_stored):
    """(columns of the steps, zero_is_missing): one column a feature, none twice."""
    for column in final.columns:
        require_sent(column)
        if isinstance(column, Text):
            raise CannotReproduce(
                f"the text field '{column.field}' reaches the model unencoded; give it to an encoder, or drop it in the pipeline"
            )
    sparse = final.container == SPARSE and not zero_if_not_stored
    stored_zeros = sparse and any(column.present is not None for column in final.columns)
    columns = []
    for column in final.columns:
        made = column.column
        if stored_zeros:
            made = column.present
            if made is None:
                made = work.steps.step("impute", column.column, equals="0x0.0p+0", value="nan")
        if made in columns:
            made = work.steps.copy(made)
        columns.append(made)
    return columns, sparse and not stored_zeros


def _feature_names(transformer, frame, count, feature_names):
    """The booster's names, else scikit-learn's, else f0, f1, …"""
    if count == 0:
        raise CannotReproduce("the pipeline leaves no column for the model; select at least one")
    if feature_names is not None and len(feature_names) == count:
        return list(feature_names)
    try:
        given = None if input_names(transformer) is None and not frame.as_array else frame.names
        names = [str(name) for name in transformer.get_feature_names_out(given)]
    except (AttributeError, ValueError, TypeError):  # a FunctionTransformer does not always know
        names = []
    if len(names) != count or len(set(names)) != count or not all(names):
        names = [f"f{number}" for number in range(count)]
    return names


def _with_features(schema, work, read, names, notes):
    fields, unread = [], []
    for field in schema.fields:
        if field.role != "meta" and field.name not in read:
            unread.append(field.name)
            field = replace(field, role="meta", on_missing="pass" if field.on_missing != "fill" else "fill")
        elif field.role != "meta" and field.name in work.limits and field.dtype != "bool":  # a bool is within any, and has no min
            field = _limited(field, *work.limits[field.name], notes)
        fields.append(field)
    if unread:
        notes.append(f"the pipeline drops {', '.join(unread)}: checked and recorded (role: meta), not modelled")
    return replace(schema.with_fields(fields), features=tuple(names), index={})


def _limited(field, low, high, why, notes):
    convert = int if field.dtype == "int" else float
    minimum = low if field.minimum is None else max(low, field.minimum)
    maximum = high if field.maximum is None else min(high, field.maximum)
    notes.append(f"{field.name}: values outside {low} to {high} are refused: {why}")
    return replace(field, minimum=convert(minimum), maximum=convert(maximum))


def settle_missing(plan, interpreter, row):
    """The plan with `on_missing: reject` for the fields whose missing value the steps refuse anyway; row: one that is served."""
    fields = []
    for field in plan.schema.fields:
        if field.role != "meta" and field.on_missing == "pass" and not field.required:
            errors = interpreter.run({**row, field.name: None}).errors
            if (field.name, "NULL_NOT_ALLOWED") in errors or (field.name, "UNKNOWN_CATEGORY") in errors:
                field = replace(field, on_missing="reject")
        fields.append(field)
    plan.schema = plan.schema.with_fields(fields)
