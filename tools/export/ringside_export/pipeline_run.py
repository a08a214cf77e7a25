"""A training run whose preprocessing is one fitted object: which object, on which frame, and the plan and oracle that they make."""

from dataclasses import replace

import numpy
from sklearn.pipeline import Pipeline

from . import derived_schema, sample_rows
from .feature_schema import Schema
from .fitted import class_name
from .pipeline_compiler import compile_pipeline, input_count, input_names, settle_missing
from .pipeline_path import PipelinePath
from .plain_interpreter import PlainInterpreter
from .problems import CannotReproduce, ExportFailed
from .strict_rows import StrictCheck
from .training_frame import DTYPES_FILE, TrainingFrame, column_dtype, read_dtypes

_ABSENT = numpy.dtype(object)  # of a column that no row brings: the pipeline drops it
PIPELINE_FILES = ("pipeline.pkl", "preprocessor.pkl")  # beside the model, where that is no Pipeline itself


def split(model, file):
    """(transformer, model) of a Pipeline that ends in a model; (None, model) of anything else. Raises CannotReproduce."""
    if not isinstance(model, Pipeline):
        return None, model
    steps = []
    while isinstance(model, Pipeline):
        if type(model) is not Pipeline:
            raise CannotReproduce(f"{file}: {class_name(model)}: a subclass of Pipeline may compute something else; use Pipeline itself")
        steps += model.steps[:-1]
        model = model.steps[-1][1]
        if model is None or isinstance(model, str) or hasattr(model, "transform"):
            raise CannotReproduce(
                f"{file}: a Pipeline without a model at its end; save it as {PIPELINE_FILES[0]}, and the model as model.pkl"
            )
    taken = [name for name, _ in steps]
    names = [f"{name}~{number}" if taken.count(name) > 1 else name for number, name in enumerate(taken)]
    return Pipeline(list(zip(names, [step for _, step in steps])) or [("passthrough", "passthrough")]), model


def make(directory, schema, transformer, file, sample_path, forest):
    """(plan, PipelinePath). schema: as somebody wrote it, or None to derive one from the sample.

    Raises ExportFailed or CannotReproduce.
    """
    said = read_dtypes(directory / DTYPES_FILE)
    names = input_names(transformer)
    if names is None and input_count(transformer) is None and forest.feature_names is not None:
        names = list(forest.feature_names)  # nothing but passthrough before the model
    unknown = [name for name in said if names is not None and name not in names]
    if unknown:
        raise ExportFailed(f"{DTYPES_FILE}: '{unknown[0]}' is no column that {file} was fitted on")
    if schema is None:
        if sample_path is None:
            raise ExportFailed("feature_schema.yaml: missing, and there is no sample to derive it from")
        fields, dtypes, notes = derived_schema.derive(sample_path, names, input_count(transformer), said)
        schema, as_array = Schema(tuple(fields), ()), names is None
        frame = TrainingFrame([field.name for field in fields], dtypes, as_array)
    else:
        schema, frame, notes = _declared(schema, names, input_count(transformer), said, file)
    wanted = schema.features
    plan = compile_pipeline(schema, frame, transformer, file, forest.feature_names, forest.zero_if_not_stored)
    if wanted and wanted != plan.schema.features:
        at = next((i for i, pair in enumerate(zip(wanted, plan.schema.features)) if pair[0] != pair[1]), None)
        what = f"has {len(wanted)} names" if at is None else f"[{at}] is '{wanted[at]}'"
        made = f"{len(plan.schema.features)}" if at is None else f"'{plan.schema.features[at]}'"
        raise ExportFailed(f"feature_schema.yaml: final_feature_cols {what}, {file} gives {made}; leave it out, it is derived")
    plan.notes = notes + plan.notes
    if sample_path is not None:
        _settle(plan, sample_path)
    return plan, PipelinePath(plan.schema, frame, transformer, 0.0 if forest.zero_if_not_stored else numpy.nan)


def _declared(schema, names, count, said, file):
    """(schema, frame, notes) of a schema that somebody wrote."""
    fields = []
    for field in schema.fields:
        if field.encode or field.type == "numeric":
            raise ExportFailed(f"feature_schema.yaml: {field.name}: {file} encodes and scales; take 'encode' and 'type' away")
        if field.role != "meta" and not field.on_missing_said and field.fill is None:
            kind = said[field.name].kind if field.name in said else {"float": "f", "str": "O"}.get(field.dtype, "")
            field = replace(field, on_missing="pass" if kind and kind in "fO" else "reject")
        if field.role != "meta" and field.on_missing == "fill" and field.fill is None and not field.required:
            raise ExportFailed(f"feature_schema.yaml: {field.name}: on_missing: fill, and no 'fill' says with what")
        fields.append(field)
    index = {field.name: field for field in fields}
    order = [field.name for field in fields if field.role != "meta"] if names is None else names
    if names is None and count is not None and len(order) != count:
        raise ExportFailed(f"feature_schema.yaml: {len(order)} fields, {file} was fitted on an array of {count} columns")
    strangers = [field.name for field in fields if field.name not in order and field.role != "meta"]
    if strangers:
        raise ExportFailed(f"feature_schema.yaml: {strangers[0]}: {file} was not fitted on it; say 'role: meta', or take it away")
    dtypes = {}
    for name in order:
        modelled = name in index and index[name].role != "meta"
        dtypes[name] = column_dtype(index[name], said.get(name)) if modelled else _ABSENT
    return schema.with_fields(fields), TrainingFrame(list(order), dtypes, names is None), []


def _settle(plan, sample_path):
    """Says `on_missing: reject` where the steps refuse a missing value anyway, so that the schema tells callers."""
    interpreter, check = PlainInterpreter(plan.document), StrictCheck(plan.schema)
    for row in sample_rows.read(sample_path, plan.schema).rows:
        checked = check.check(row)
        if not checked.errors and not interpreter.run(checked.values).errors:
            settle_missing(plan, interpreter, checked.values)
            return
