"""Schema + fitted parameters -> the schema with every choice written out, and the preprocess document.

The order of the steps is the one that `formats.md` gives to the loose pickles: type and fill, encode, scale, order. No
number is computed here: parameters are copied as hex floats, so there is nothing to round.
"""

import difflib
import json
from dataclasses import replace

from . import fitted
from .pandas_categories import CODES, CategoryCodes
from .problems import CannotReproduce, ExportFailed
from .transformers.steps import hex_or_nan

_ZERO = {"int": 0, "float": 0.0}
_MISSING_TEXTS = ("unknown", "nan", "None")


class Plan:
    """What the exporter decided. schema: with fills; document: preprocess.json; notes: choices to tell the user;
    parameters: field -> what its encoder knows; scale: Scale or None; scaled: names of the numeric fields in order;
    inexact: place of a step that is not bit-exact -> class that was fitted; pipeline: the steps are a fitted pipeline's."""

    def __init__(self, schema, document, notes, parameters, scale, scaled):
        self.schema = schema
        self.document = document
        self.notes = notes
        self.parameters = parameters
        self.scale = scale
        self.scaled = scaled
        self.inexact = {}
        self.pipeline = False


def compile_plan(schema, encoders, scaler):
    """Plan of `schema` with the dict `encoders` (fields only, the target's taken out) and `scaler`; its classes are still [].

    Raises ExportFailed or CannotReproduce.
    """
    parameters = _encoder_parameters(schema, encoders)
    notes = []
    fields = [_with_fill(item, parameters.get(item.name), notes) for item in schema.fields]
    zeros = [
        now.name
        for said, now in zip(schema.fields, fields)
        if said.fill is None and now.fill == 0 and now.dtype != "bool" and not now.required
    ]
    if zeros:
        shown = ", ".join(zeros[:5]) + (f" and {len(zeros) - 5} more" if len(zeros) > 5 else "")
        notes.append(f"a missing number becomes 0, as no fill is said: {shown}")
    schema = schema.with_fields(fields)
    produced = _produced(fields, parameters)
    scaled = [item.name for item in fields if item.type == "numeric" and item.role != "meta"]
    scale = fitted.scale(scaler, scaled)
    for name in schema.features:
        if name not in produced:
            raise ExportFailed(
                f"feature_schema.yaml: final_feature_cols: '{name}' is produced by no field{_near(name, produced)}"
            )
    steps = _steps(fields, parameters, scale, scaled, schema.features, set(produced))
    document = {"format_version": 1, "steps": steps, "features": list(schema.features), "classes": []}
    return Plan(schema, document, notes, parameters, scale, scaled)


def _encoder_parameters(schema, encoders):
    parameters = {}
    for item in schema.fields:
        where = f"feature_schema.yaml: {item.name}"
        if item.role == "meta":
            if item.encode or item.type:
                raise ExportFailed(f"{where}: role: meta is recorded, not modelled; take 'encode' and 'type' away")
            continue
        if not item.encode:
            if item.dtype == "str":
                raise ExportFailed(f"{where}: a str field needs 'encode: label' or 'encode: onehot' (or 'role: meta')")
            if item.name in encoders:
                raise ExportFailed(f"{where}: encoders.pkl has an encoder for it, but the schema says no 'encode'")
            continue
        if item.encode == "category":
            if item.categories != CODES:  # else a number like any other
                parameters[item.name] = encoders[item.name]
            continue
        if item.dtype != "str":
            raise CannotReproduce(
                f"{where}: 'encode: {item.encode}' of a field of dtype {item.dtype}: this version encodes text "
                f"only; declare it str and train on text, or leave it a number"
            )
        if item.name not in encoders:
            raise ExportFailed(f"{where}: 'encode: {item.encode}', but encoders.pkl has no encoder '{item.name}'")
        what = f"encoders.pkl['{item.name}']"
        if item.encode == "label":
            parameters[item.name] = fitted.label(encoders[item.name], what)
        else:
            if item.type == "numeric":
                raise ExportFailed(f"{where}: a onehot field cannot be of type numeric: its columns replace it before scaling")
            parameters[item.name] = fitted.onehot(encoders[item.name], item.name, what)
    return parameters


def _with_fill(item, parameter, notes):
    if item.role == "meta":
        return item if item.on_missing_said or item.fill is not None or item.required else replace(item, on_missing="pass")
    if isinstance(parameter, CategoryCodes) and item.fill is None and not item.on_missing_said:
        return replace(item, on_missing="pass")  # what is missing has no code, and is NaN for the model
    if item.on_missing == "pass" and parameter is not None and not isinstance(parameter, CategoryCodes):
        raise CannotReproduce(
            f"feature_schema.yaml: {item.name}: on_missing: pass is for numbers; an encoder has no missing value"
        )
    if item.on_missing != "fill":
        return item
    if item.required and item.fill is None:
        # Never used, but a fill is what `on_missing: fill` says; a text has none that is always right.
        return replace(item, on_missing="reject") if item.dtype in ("str", "bool") else replace(item, fill=_ZERO[item.dtype])
    if parameter is None:
        if item.fill is None and item.dtype == "bool":
            raise ExportFailed(
                f"feature_schema.yaml: {item.name}: a bool field needs a fill (true or false) or another on_missing"
            )
        if item.fill is None:
            item = replace(item, fill=_ZERO[item.dtype])
        return item
    known = parameter.classes if isinstance(parameter, fitted.Label) else parameter.categories
    if item.fill is None:
        found = [text for text in _MISSING_TEXTS if text in known]
        if not found:
            raise ExportFailed(
                f"feature_schema.yaml: {item.name}: no fill, and its encoder knows none of "
                f"{', '.join(_MISSING_TEXTS)}; say 'fill', or 'on_missing: reject'"
            )
        item = replace(item, fill=found[0])
        notes.append(f"{item.name}: missing becomes '{found[0]}', which the encoder knows")
    if item.fill not in known and unseen_rule(parameter) is None:
        raise ExportFailed(f"feature_schema.yaml: {item.name}: the fill '{item.fill}' is a category that the encoder refuses")
    return item


def unseen_rule(parameter):
    """The `unseen` of a step: a class, "zeros", "nan", or None where an unseen category is refused."""
    if isinstance(parameter, CategoryCodes):
        return "nan"
    if isinstance(parameter, fitted.Label):
        return "unknown" if "unknown" in parameter.classes else None
    if isinstance(parameter, fitted.Ordinal):
        return parameter.unseen
    return "zeros" if parameter.unseen_zeros else None


def _produced(fields, parameters):
    produced = {}
    for item in fields:
        if item.role == "meta":
            continue
        parameter = parameters.get(item.name)
        for name in parameter.names if isinstance(parameter, fitted.OneHot) else (item.name,):
            if name in produced:
                raise ExportFailed(
                    f"feature_schema.yaml: the column '{name}' is produced by both '{produced[name]}' and '{item.name}'"
                )
            produced[name] = item.name
    return produced


def _near(name, produced):
    near = difflib.get_close_matches(name, list(produced), 1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _steps(fields, parameters, scale, scaled, features, taken):
    steps = []
    wanted = set(features)
    for item in fields:
        parameter = parameters.get(item.name)
        if item.role == "meta" or (parameter is None and item.name not in wanted):
            continue
        if isinstance(parameter, fitted.OneHot) and parameter.slots is not None:
            shared = {"slots": list(parameter.slots), "missing": None, "unseen": parameter.unseen_slot}
            step = {"op": "indicators", "field": item.name, "categories": list(parameter.categories), **shared}
            steps.append({**step, "outs": list(parameter.names)})
            continue
        if isinstance(parameter, fitted.OneHot):
            step = {
                "op": "onehot",
                "field": item.name,
                "categories": list(parameter.categories),
                "unseen": unseen_rule(parameter),
                "outs": list(parameter.names),
            }
            if parameter.dropped:
                step["drop"] = list(parameter.dropped)
            steps.append(step)
            continue
        if isinstance(parameter, CategoryCodes):
            steps.extend(_category_steps(item, parameter, taken))
            continue
        ops = scale.ops[scaled.index(item.name)] if scale is not None and item.name in scaled and item.name in wanted else ()
        columns = _column_names(item.name, len(ops), taken)
        if parameter is None:
            steps.append({"op": "number", "field": item.name, "out": columns[0]})
        elif isinstance(parameter, fitted.Ordinal):
            values = {"values": [hex_or_nan(value) for value in parameter.values], "missing": None}
            unseen = None if parameter.unseen is None else hex_or_nan(parameter.unseen)
            coded = {"categories": list(parameter.categories), **values, "unseen": unseen}
            steps.append({"op": "encode", "field": item.name, **coded, "out": columns[0]})
        else:
            steps.append(
                {
                    "op": "label",
                    "field": item.name,
                    "classes": list(parameter.classes),
                    "unseen": unseen_rule(parameter),
                    "out": columns[0],
                }
            )
        for number, (op, *values) in enumerate(ops):
            step = {"op": op, "in": columns[number]}
            if op == "clip":
                step["low"], step["high"] = values[0].hex(), values[1].hex()
            else:
                step["value"] = values[0].hex()
            step["out"] = columns[number + 1]
            steps.append(step)
    return steps


def _category_steps(item, parameter, taken):
    source, categories = {"field": item.name}, list(parameter.categories)
    steps = []
    if item.dtype == "int":
        column = _column_names(item.name, 1, taken)[0]
        steps.append({"op": "number", "field": item.name, "out": column})
        source, categories = {"in": column}, [float(category).hex() for category in categories]
    values = [float(code).hex() for code in range(len(categories))]
    coded = {"categories": categories, "values": values, "missing": "nan", "unseen": "nan"}
    return [*steps, {"op": "encode", **source, **coded, "out": item.name}]


def _column_names(name, operations, taken):
    columns = []
    for number in range(operations):
        column = f"{name}:{number}"
        while column in taken:
            column += "'"
        taken.add(column)
        columns.append(column)
    return columns + [name]


def document_text(document):
    """preprocess.json as text: one step a line, so that a person can read it and a diff can show it."""
    lines = ['{"format_version": 1,', ' "steps": [']
    steps = [f"  {json.dumps(step, ensure_ascii=False)}" for step in document["steps"]]
    lines.append(",\n".join(steps) + "],")
    lines.append(f' "features": {json.dumps(document["features"], ensure_ascii=False)},')
    for key in ("feature_dtype", "zero_is_missing", "missing"):
        if key in document:
            lines.append(f' "{key}": {json.dumps(document[key])},')
    lines.append(f' "classes": {json.dumps(document["classes"], ensure_ascii=False)}}}')
    return "\n".join(lines) + "\n"
