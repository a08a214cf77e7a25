"""feature_schema.yaml: the contract with callers, read strictly and written back with the exporter's choices.

    fields:
      - {name: age,  dtype: int, type: numeric, fill: 0}
      - {name: home, dtype: str, type: categorical, encode: onehot, fill: unknown}
    final_feature_cols: [age, home_own, home_rent]

Nothing is guessed: an unknown key, dtype or value is refused by name, with the nearest right one.
"""

import difflib
import math
import re
from dataclasses import dataclass, field as dataclass_field, replace

from . import yaml_text
from .problems import ExportFailed

_TOP_KEYS = ("schema_version", "coerce", "extra_fields", "feature_dtype", "fields", "final_feature_cols")
_FIELD_KEYS = (
    "name",
    "dtype",
    "type",
    "encode",
    "categories",
    "fill",
    "on_missing",
    "required",
    "min",
    "max",
    "allowed",
    "on_out_of_range",
    "role",
    "sensitive",
)
_DTYPES = ("int", "float", "str", "bool")
_HINTS = {
    "int64": "int",
    "int32": "int",
    "integer": "int",
    "long": "int",
    "float64": "float",
    "float32": "float",
    "double": "float",
    "number": "float",
    "string": "str",
    "object": "str",
    "category": "str",
    "text": "str",
    "boolean": "bool",
    "numerical": "numeric",
    "num": "numeric",
    "cat": "categorical",
    "label_encoder": "label",
    "ordinal": "label",
    "one_hot": "onehot",
    "one-hot": "onehot",
    "default": "fill",
    "features": "fields",
    "nullable": "on_missing",
    "audit": "sensitive",
    "minimum": "min",
    "maximum": "max",
    "on_unknown": "encode",
    "unknown": "fill",
}
INT_LIMIT = 2**53
NAME_BYTES_MAX = 255
TEXT_BYTES_MAX = 4096
FIELDS_MAX = 4096


@dataclass(frozen=True)
class Field:
    """One field. `fill`, `minimum`, `maximum` and `allowed` are values of the declared dtype; None: not said."""

    name: str
    dtype: str = "str"
    type: str = ""
    encode: str = ""
    categories: object = None  # of `encode: category`: a tuple, or "codes"
    fill: object = None
    on_missing: str = "fill"
    on_missing_said: bool = False
    required: bool = False
    minimum: object = None
    maximum: object = None
    allowed: tuple = None
    on_out_of_range: str = "reject"
    role: str = ""
    sensitive: str = ""


@dataclass(frozen=True)
class Schema:
    """The whole contract. `fields` in the file's order; `features` is final_feature_cols. `feature_dtype`: the width of training's
    frame where it says so, else None; preprocess.json holds it, and the bundle's schema does not."""

    fields: tuple
    features: tuple
    extra_fields: str = "reject"
    coerce: str = "strict"
    feature_dtype: str = None
    index: dict = dataclass_field(default_factory=dict, compare=False)

    def __post_init__(self):
        self.index.update({item.name: item for item in self.fields})

    def with_fields(self, fields):
        """The same contract over other fields."""
        return replace(self, fields=tuple(fields), index={})


def read(path, features_said=True):
    """Schema of the file at `path`; features_said: final_feature_cols must be there, else () stands for it.

    Raises ExportFailed that names the field and key.
    """
    return from_document(yaml_text.read(path), path.name, features_said)


def from_document(document, name, features_said=True):
    """Schema of a parsed document (dicts, lists and str); `name` is the file's name for messages."""
    if not isinstance(document, dict):
        raise ExportFailed(f"{name}: expected a mapping with 'fields' and 'final_feature_cols'")
    _known_keys(document, _TOP_KEYS, name)
    if document.get("schema_version", "1") != "1":
        raise ExportFailed(f"{name}: schema_version: expected 1, found {document['schema_version']}")
    coerce = _choice(document, "coerce", ("strict", "pandas"), "strict", name)
    extra_fields = _choice(document, "extra_fields", ("reject", "ignore"), "reject", name)
    feature_dtype = _choice(document, "feature_dtype", ("float32", "float64"), None, name)
    fields = document.get("fields")
    if not isinstance(fields, list) or not fields:
        raise ExportFailed(f"{name}: fields: expected a list of at least one field")
    if len(fields) > FIELDS_MAX:
        raise ExportFailed(f"{name}: fields: expected at most {FIELDS_MAX}, found {len(fields)}")
    parsed = [_field(entry, f"{name}: fields[{number}]") for number, entry in enumerate(fields)]
    _no_repeats([item.name for item in parsed], f"{name}: fields")
    features = document.get("final_feature_cols")
    if features is None and not features_said:
        return Schema(tuple(parsed), (), extra_fields, coerce, feature_dtype)
    if not isinstance(features, list) or not features or not all(isinstance(item, str) and item for item in features):
        raise ExportFailed(f"{name}: final_feature_cols: expected a list of feature names in the model's order")
    _no_repeats(features, f"{name}: final_feature_cols")
    return Schema(tuple(parsed), tuple(features), extra_fields, coerce, feature_dtype)


def _field(entry, where):
    if not isinstance(entry, dict):
        raise ExportFailed(f"{where}: expected a mapping such as {{name: age, dtype: int}}")
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise ExportFailed(f"{where}: 'name' is missing")
    if len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES_MAX:
        raise ExportFailed(f"{where}: name: expected at most {NAME_BYTES_MAX} bytes")
    where = f"{where} ({name})"
    _known_keys(entry, _FIELD_KEYS, where)
    for key, value in entry.items():
        if key not in ("allowed", "categories") and not isinstance(value, str):
            raise ExportFailed(f"{where}: {key}: expected a scalar")
    dtype = _choice(entry, "dtype", _DTYPES, "str", where)
    encode = _choice(entry, "encode", ("label", "onehot", "category", "none"), "none", where)
    values = {key: convert(entry[key], dtype, f"{where}: {key}") for key in ("fill", "min", "max") if key in entry}
    if dtype in ("str", "bool") and ("min" in values or "max" in values):
        raise ExportFailed(f"{where}: min and max are for int and float{'; use allowed' if dtype == 'str' else ''}")
    if values.get("min") is not None and values.get("max") is not None and values["min"] > values["max"]:
        raise ExportFailed(f"{where}: min: {values['min']} is more than max, {values['max']}")
    if isinstance(values.get("fill"), str) and len(values["fill"].encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
        raise ExportFailed(f"{where}: fill: expected at most {TEXT_BYTES_MAX} bytes")
    allowed = entry.get("allowed")
    if allowed is not None:
        if dtype != "str":
            raise ExportFailed(f"{where}: allowed is for str in this version; use min and max")
        if not isinstance(allowed, list) or not allowed or not all(isinstance(item, str) for item in allowed):
            raise ExportFailed(f"{where}: allowed: expected a list of values")
        allowed = tuple(allowed)
    on_out_of_range = _choice(entry, "on_out_of_range", ("reject", "clamp", "flag"), "reject", where)
    if on_out_of_range == "clamp" and allowed is not None:
        raise ExportFailed(f"{where}: on_out_of_range: clamp is for min and max; a text cannot be moved into 'allowed'")
    return Field(
        name=name,
        dtype=dtype,
        type=_choice(entry, "type", ("numeric", "categorical"), "", where),
        encode="" if encode == "none" else encode,
        categories=_categories(entry, dtype, encode, where),
        fill=values.get("fill"),
        on_missing=_choice(entry, "on_missing", ("fill", "pass", "reject"), "fill", where),
        on_missing_said="on_missing" in entry,
        required=_choice(entry, "required", ("true", "false"), "false", where) == "true",
        minimum=values.get("min"),
        maximum=values.get("max"),
        allowed=allowed,
        on_out_of_range=on_out_of_range,
        role=_choice(entry, "role", ("meta", "feature"), "", where).replace("feature", ""),
        sensitive=_choice(entry, "sensitive", ("plain", "mask", "hash", "encrypt", "drop"), "", where),
    )


def _categories(entry, dtype, encode, where):
    said = entry.get("categories")
    if said is None or said == "codes" and encode == "category":
        return said
    if encode != "category":
        raise ExportFailed(f"{where}: categories are for 'encode: category'")
    if not isinstance(said, list) or not said or not all(isinstance(item, str) for item in said):
        raise ExportFailed(f"{where}: categories: expected a list in the order of their codes, or codes")
    _no_repeats(said, f"{where}: categories")
    return tuple(convert(item, dtype, f"{where}: categories") for item in said)


def convert(text, dtype, where):
    """`text` as a value of `dtype`: int within +-2^53, a finite float, bool (true or false) or the text itself."""
    if dtype == "str":
        return text
    if dtype == "bool":
        if text not in ("true", "false"):
            raise ExportFailed(f"{where}: expected true or false, found '{text}'")
        return text == "true"
    if dtype == "int":
        if not re.fullmatch(r"[+-]?[0-9]+", text) or abs(int(text)) > INT_LIMIT:
            raise ExportFailed(f"{where}: expected an integer within +-2^53, found '{text}'")
        return int(text)
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", text) or math.isinf(float(text)):
        raise ExportFailed(f"{where}: expected a finite number, found '{text}'")
    return float(text)


def _known_keys(mapping, known, where):
    for key in mapping:
        if key not in known:
            raise ExportFailed(f"{where}: unknown key '{key}'{_hint(key, known)}")


def _choice(mapping, key, choices, default, where):
    value = mapping.get(key, default)
    if value not in choices and value != default:
        raise ExportFailed(f"{where}: {key}: '{value}' is not one of {', '.join(choices)}{_hint(value, choices)}")
    return value


def _hint(word, known):
    if word == "meta":
        return " (say 'role: meta')"
    word = str(word)
    near = [_HINTS[word]] if _HINTS.get(word) in known else difflib.get_close_matches(word, known, 1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _no_repeats(names, where):
    seen = set()
    for name in names:
        if name in seen:
            raise ExportFailed(f"{where}: '{name}' appears twice")
        seen.add(name)


def write(schema):
    """The YAML text of `schema`, one field a line, with every choice written out."""
    lines = ["schema_version: 1", f"coerce: {schema.coerce}", f"extra_fields: {schema.extra_fields}", "fields:"]
    for item in schema.fields:
        entry = {"name": item.name, "dtype": item.dtype}
        for key in ("type", "encode"):
            if getattr(item, key):
                entry[key] = getattr(item, key)
        if item.on_missing == "fill" and item.fill is not None:
            entry["fill"] = item.fill
        entry["on_missing"] = item.on_missing
        if item.required:
            entry["required"] = True
        for key, value in (("min", item.minimum), ("max", item.maximum)):
            if value is not None:
                entry[key] = value
        if item.allowed is not None:
            entry["allowed"] = list(item.allowed)
        if item.minimum is not None or item.maximum is not None or item.allowed is not None:
            entry["on_out_of_range"] = item.on_out_of_range
        for key in ("role", "sensitive"):
            if getattr(item, key):
                entry[key] = getattr(item, key)
        lines.append(f"  - {yaml_text.flow(entry)}")
    lines.append("final_feature_cols:")
    lines.extend(f"  - {yaml_text.scalar(name)}" for name in schema.features)
    return "\n".join(lines) + "\n"
