"""Goal: a sample is read as it was meant: CSV by RFC 4180 and the declared dtype, JSON Lines with Python's tokens.

Method: small files, good and bad; what is written reads back with the same bits.
"""

import json
import math

import pytest

from ringside_export import feature_schema, sample_rows, yaml_text
from ringside_export.problems import ExportFailed

SCHEMA = feature_schema.from_document(
    yaml_text.parse(
        "fields: [{name: n, dtype: int}, {name: f, dtype: float}, {name: t}, {name: b, dtype: bool, fill: false}]\n"
        "final_feature_cols: [n]",
        "schema",
    ),
    "schema",
)


def read(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return sample_rows.read(path, SCHEMA)


@pytest.mark.parametrize(
    "line, row",
    [
        ("1,1.5,a,true", {"n": 1, "f": 1.5, "t": "a", "b": True}),
        (",,,", {}),
        ("27.0,3,7,0", {"n": 27.0, "f": 3, "t": "7", "b": False}),
        ("x, 1,  ,maybe", {"n": "x", "f": " 1", "t": "  ", "b": "maybe"}),
        ("1_000,1e400,nan,True", {"n": "1_000", "f": math.inf, "t": "nan", "b": True}),
        ('９,.5,"a,""b""",1', {"n": "９", "f": 0.5, "t": 'a,"b"', "b": True}),
        ('9007199254740993,1,"two\nlines",', {"n": 9007199254740993, "f": 1, "t": "two\nlines"}),
        ("1,2,a\x0bb\u2028c,1", {"n": 1, "f": 2, "t": "a\x0bb\u2028c", "b": True}),
    ],
)
def test_csv_cell_is_converted_by_dtype_or_stays_text(line, row, tmp_path):
    found = read(tmp_path, "s.csv", f"n,f,t,b\n{line}\n").rows
    assert found == [row]
    assert [type(cell) for cell in found[0].values()] == [type(cell) for cell in row.values()]


def test_csv_with_byte_order_mark_carriage_returns_and_foreign_columns_is_read(tmp_path):
    sample = read(tmp_path, "s.csv", b"\xef\xbb\xbfClass,n\r\ngood,1\r\nbad,2\r\n")
    assert (sample.rows, sample.ignored) == ([{"n": 1}, {"n": 2}], ["Class"])


@pytest.mark.parametrize(
    "text, reason",
    [
        ("n,t\n1\n", "s.csv:2: 1 cells, the header has 2"),
        ("n,t\n1,a,b\n", "s.csv:2: 3 cells, the header has 2"),
        ("n,n\n1,2\n", "the header names 'n' twice"),
        ("x,y\n1,2\n", "no column of the header is a field"),
        ('n,t\n1,"a"b\n', "s.csv:2: not CSV"),
        ("n,t\n", "it has no rows"),
        ("", "no header line"),
        (b"n,t\n1,\xff\n", "not UTF-8 at byte 6"),
    ],
)
def test_broken_csv_is_refused_with_its_line(text, reason, tmp_path):
    with pytest.raises(ExportFailed) as caught:
        read(tmp_path, "s.csv", text)
    assert reason in str(caught.value)


def test_json_lines_keep_types_and_understand_pythons_tokens(tmp_path):
    sample = read(
        tmp_path, "s.jsonl", '{"n":1,"f":NaN,"t":"a","z":1}\n\n{"n":27.0,"f":-Infinity,"t":null,"b":[1]}\n{"f":1e400}\n'
    )
    assert sample.ignored == ["z"]
    assert math.isnan(sample.rows[0].pop("f"))
    assert sample.rows == [{"n": 1, "t": "a"}, {"n": 27.0, "f": -math.inf, "t": None, "b": [1]}, {"f": math.inf}]
    assert type(sample.rows[1]["n"]) is float


def test_key_twice_is_remembered_by_row(tmp_path):
    assert read(tmp_path, "s.jsonl", '{"n":1}\n{"n":1,"n":2}\n{"z":1,"z":2}\n').duplicates == {1}


@pytest.mark.parametrize(
    "text, reason",
    [
        ('{"n":1}\n{"n":\n', "s.jsonl:2: not JSON"),
        ('{"n":1}\n[1]\n', "s.jsonl:2: expected an object"),
        ("\n\n", "it has no rows"),
    ],
)
def test_broken_json_lines_are_refused_with_their_line(text, reason, tmp_path):
    with pytest.raises(ExportFailed) as caught:
        read(tmp_path, "s.jsonl", text)
    assert reason in str(caught.value)


@pytest.mark.parametrize("cell", [0.1, -0.0, 5e-324, 1.7976931348623157e308, 2**63, 'é\u2028"', True, None])
def test_written_row_is_strict_json_and_reads_back_the_same(cell):
    text = sample_rows.dump({"x": cell})

    def no_tokens(token):
        raise AssertionError(token)

    found = json.loads(text, parse_constant=no_tokens)["x"]
    assert type(found) is type(cell) and repr(found) == repr(cell)


def test_what_json_cannot_say_is_written_as_null_and_1e400():
    assert sample_rows.dump({"a": math.nan, "b": math.inf, "c": -math.inf}) == '{"a":null,"b":1e400,"c":-1e400}'
