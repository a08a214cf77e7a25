"""Goal: a YAML scalar is the text that was written, and one file says one thing.

Method: the traps of PyYAML's usual loader, and what the writer writes read back.
"""

import pytest
import yaml

from ringside_export import yaml_text
from ringside_export.problems import ExportFailed


@pytest.mark.parametrize("text", ["no", "1.10", "0123", "12:30:45", "1e5", "null", "~", "2026-01-01", "0x10", "0o7", ".inf"])
def test_scalar_stays_text(text):
    assert yaml_text.parse(f"fill: {text}", "x.yaml") == {"fill": text}


@pytest.mark.parametrize(
    "text, reason",
    [
        ("a: 1\na: 2", "x.yaml:2: the key 'a' appears twice"),
        ("a: {b: 1, b: 2}", "the key 'b' appears twice"),
        ("a: &one 1\nb: *one", "x.yaml:1: anchors and aliases"),
        ("a: !!python/name:os.system x", "the tag tag:yaml.org,2002:python/name:os.system is refused"),
        ("a: !!int 1", "the tag"),
        ("a: 1\n---\nb: 2", "expected one YAML document, found 2"),
        ("", "expected one YAML document, found 0"),
        ("a: [1", "not YAML"),
        ("? [a]\n: b", "a key must be text"),
    ],
)
def test_file_that_can_be_read_in_two_ways_is_refused(text, reason):
    with pytest.raises(ExportFailed) as caught:
        yaml_text.parse(text, "x.yaml")
    assert reason in str(caught.value)


def test_file_that_is_not_utf8_is_refused_by_name(tmp_path):
    path = tmp_path / "feature_schema.yaml"
    path.write_bytes(b"fill: caf\xe9")
    with pytest.raises(ExportFailed, match="feature_schema.yaml: not UTF-8 at byte 9"):
        yaml_text.read(path)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "no",
        "1.10",
        "",
        " blank ",
        "a: b",
        "#x",
        '"q" \\',
        "{a}",
        "[",
        "-",
        "é",
        "e\u0301",
        "\U0001d11e",
        "\u0000",
        "\u0085",
        "\u2028",
        "\ufeff",
        "line\nbreak",
        "\ttab",
        "null",
        "~",
        "<=50K",
    ],
)
def test_written_scalar_reads_back_as_the_same_text(text):
    written = yaml_text.flow({"name": "x", "fill": text, "allowed": [text, "y"]})
    assert yaml_text.parse(written, "x.yaml") == {"name": "x", "fill": text, "allowed": [text, "y"]}


def test_text_that_looks_like_another_type_is_quoted_for_other_readers():
    assert yaml.safe_load(yaml_text.flow({"fill": "no", "name": "1.10"})) == {"fill": "no", "name": "1.10"}
