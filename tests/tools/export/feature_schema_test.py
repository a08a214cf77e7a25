"""Goal: the schema is read strictly, by the declared dtype, and written so that it reads back the same.

Method: tables of good and bad documents.
"""

import pytest

from ringside_export import feature_schema, yaml_text
from ringside_export.problems import ExportFailed


def schema_of(field, top=""):
    text = f"{top}fields:\n  - {field}\nfinal_feature_cols: [x]\n"
    return feature_schema.from_document(yaml_text.parse(text, "feature_schema.yaml"), "feature_schema.yaml")


@pytest.mark.parametrize(
    "field, key, value",
    [
        ("{name: x, fill: no}", "fill", "no"),
        ("{name: x, fill: 1.10}", "fill", "1.10"),
        ("{name: x, dtype: float, fill: 1.10}", "fill", 1.1),
        ("{name: x, dtype: int, fill: 0123}", "fill", 123),
        ("{name: x, dtype: bool, fill: true}", "fill", True),
        ("{name: x, dtype: int, min: -5}", "minimum", -5),
        ("{name: x, allowed: [no, 1.10]}", "allowed", ("no", "1.10")),
        ("{name: x}", "dtype", "str"),
        ("{name: x}", "on_missing", "fill"),
        ("{name: x, required: true}", "required", True),
    ],
)
def test_value_is_converted_by_the_declared_dtype(field, key, value):
    found = getattr(schema_of(field).fields[0], key)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "field, reason",
    [
        ("{name: x, dtype: int64}", "dtype: 'int64' is not one of int, float, str, bool (did you mean 'int'?)"),
        ("{name: x, dtype: string}", "(did you mean 'str'?)"),
        ("{name: x, dytpe: int}", "unknown key 'dytpe' (did you mean 'dtype'?)"),
        ("{name: x, default: 0}", "unknown key 'default' (did you mean 'fill'?)"),
        ("{name: x, type: numerical}", "type: 'numerical' is not one of numeric, categorical (did you mean 'numeric'?)"),
        ("{name: x, type: meta}", "(say 'role: meta')"),
        ("{name: x, encode: ordinal}", "encode: 'ordinal' is not one of"),
        ("{name: x, on_missing: drop}", "on_missing: 'drop' is not one of fill, pass, reject"),
        ("{name: x, dtype: int, fill: 0.5}", "fill: expected an integer within +-2^53, found '0.5'"),
        ("{name: x, dtype: int, fill: 9007199254740993}", "fill: expected an integer within +-2^53"),
        ("{name: x, dtype: float, fill: nan}", "fill: expected a finite number, found 'nan'"),
        ("{name: x, dtype: float, max: 1e400}", "max: expected a finite number"),
        ("{name: x, dtype: bool, fill: yes}", "fill: expected true or false, found 'yes'"),
        ("{name: x, min: a}", "min and max are for int and float; use allowed"),
        ("{name: x, dtype: int, allowed: [1]}", "allowed is for str in this version; use min and max"),
        ("{name: x, dtype: int, min: 3, max: 2}", "min: 3 is more than max, 2"),
        ("{name: x, fill: " + "y" * 4097 + "}", "fill: expected at most 4096 bytes"),
        ("{name: " + "x" * 256 + "}", "name: expected at most 255 bytes"),
        ("{name: x, allowed: a}", "allowed: expected a list"),
        ("{name: x, fill: [1]}", "fill: expected a scalar"),
        ("{dtype: int}", "'name' is missing"),
        ("x", "expected a mapping such as"),
    ],
)
def test_field_that_says_something_else_is_refused_by_name(field, reason):
    with pytest.raises(ExportFailed) as caught:
        schema_of(field)
    assert reason in str(caught.value) and "fields[0]" in str(caught.value)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("feilds: [{name: x}]\nfinal_feature_cols: [x]", "unknown key 'feilds' (did you mean 'fields'?)"),
        ("features: [{name: x}]\nfinal_feature_cols: [x]", "unknown key 'features' (did you mean 'fields'?)"),
        ("fields: [{name: x}, {name: x}]\nfinal_feature_cols: [x]", "fields: 'x' appears twice"),
        ("fields: [{name: x}]", "final_feature_cols: expected a list"),
        ("schema_version: 2\nfields: [{name: x}]\nfinal_feature_cols: [x]", "schema_version: expected 1, found 2"),
        ("extra_fields: keep\nfields: [{name: x}]\nfinal_feature_cols: [x]", "extra_fields: 'keep' is not one of reject, ignore"),
        ("[1]", "expected a mapping"),
    ],
)
def test_document_that_is_no_schema_is_refused(text, reason):
    with pytest.raises(ExportFailed) as caught:
        feature_schema.from_document(yaml_text.parse(text, "feature_schema.yaml"), "feature_schema.yaml")
    assert reason in str(caught.value)


def test_written_schema_reads_back_the_same():
    text = """
extra_fields: ignore
fields:
  - {name: x, dtype: float, type: numeric, fill: 1e-7, min: -1, max: 1e22, on_out_of_range: clamp}
  - {name: "a b: c", fill: "no", encode: label, allowed: [no, "1.10"], sensitive: hash}
  - {name: y, dtype: bool, on_missing: reject, required: true}
  - {name: phone, role: meta, on_missing: pass}
final_feature_cols: [x, "a b: c"]
"""
    schema = feature_schema.from_document(yaml_text.parse(text, "one"), "one")
    again = feature_schema.from_document(yaml_text.parse(feature_schema.write(schema), "two"), "two")
    assert [
        (
            item.name,
            item.fill,
            item.minimum,
            item.maximum,
            item.allowed,
            item.on_missing,
            item.on_out_of_range,
            item.required,
            item.role,
            item.sensitive,
        )
        for item in again.fields
    ] == [
        (
            item.name,
            item.fill,
            item.minimum,
            item.maximum,
            item.allowed,
            item.on_missing,
            item.on_out_of_range,
            item.required,
            item.role,
            item.sensitive,
        )
        for item in schema.fields
    ]
    assert (again.features, again.extra_fields) == (schema.features, "ignore")
