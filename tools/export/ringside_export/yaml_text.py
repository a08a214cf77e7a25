"""YAML whose scalars are text, and nothing else.

PyYAML's usual loaders turn `no` into False, `1.10` into 1.1 and `12:30:45` into 45045. Here every scalar stays the text
that was written, and the declared dtype converts it later. Duplicate keys, anchors, aliases, tags and several documents
are refused: each lets one file say two things.
"""

import re

import yaml

from .problems import ExportFailed

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*\Z")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}


def read(path):
    """The file's one document as dicts, lists and str. Raises ExportFailed that names file and line."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExportFailed(f"{path.name}: not UTF-8 at byte {error.start}") from None
    return parse(text, path.name)


def parse(text, name):
    """As `read`, from text; `name` is the file's name for messages."""
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            if getattr(event, "anchor", None) is not None:
                raise ExportFailed(
                    f"{name}:{event.start_mark.line + 1}: anchors and aliases (&{event.anchor}) are refused; "
                    f"write the value out"
                )
            tag = getattr(event, "tag", None)
            if tag is not None and tag != "!":
                raise ExportFailed(
                    f"{name}:{event.start_mark.line + 1}: the tag {tag} is refused; values are text, "
                    f"converted by the declared dtype"
                )
        nodes = list(yaml.compose_all(text, Loader=yaml.BaseLoader))
    except yaml.YAMLError as error:
        raise ExportFailed(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    if len(nodes) != 1:
        raise ExportFailed(f"{name}: expected one YAML document, found {len(nodes)}")
    return _plain(nodes[0], name)


def _plain(node, name):
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, name) for item in node.value]
    result = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ExportFailed(f"{name}:{line}: a key must be text")
        if key_node.value in result:
            raise ExportFailed(f"{name}:{line}: the key '{key_node.value}' appears twice")
        result[key_node.value] = _plain(value_node, name)
    return result


def scalar(value):
    """`value` (str, bool, int or float) as a YAML scalar that reads back, as text, to the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    return '"' + "".join(_quoted(character) for character in value) + '"'


def _quoted(character):
    # JSON's escapes are not enough: U+0085 and U+2028 are line breaks to YAML, and a surrogate pair is two characters.
    if character in '"\\':
        return "\\" + character
    if character == " " or (character.isprintable() and character not in "\u0085\u2028\u2029\ufeff"):
        return character
    return f"\\U{ord(character):08x}"


def flow(mapping):
    """One line `{a: b, c: [d, e]}` for a mapping of scalars and lists of scalars."""
    parts = []
    for key, value in mapping.items():
        text = "[" + ", ".join(scalar(item) for item in value) + "]" if isinstance(value, list) else scalar(value)
        parts.append(f"{scalar(key)}: {text}")
    return "{" + ", ".join(parts) + "}"
