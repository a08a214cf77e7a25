"""Train, export, and what Python itself answers: the oracle's half of the end-to-end tests.

Everything is done by the programs that a data scientist would call (tools/export), each once a session.
"""
import dataclasses
import json
import os
import pathlib
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPORT = ROOT / "tools" / "export"
DATASETS = ROOT.parent / "shared" / "datasets"
PYTHON = "/usr/bin/python3"  # Debian's: the oracle


@dataclasses.dataclass
class Trained:
    """A trained directory, the bundle made of it, and Python's answer to every row of a sample."""
    version: str
    models: pathlib.Path    # holds the bundle and `current`
    rows: pathlib.Path      # JSON Lines of raw rows
    expected: list          # one dict a row: features, margin, values (hex), label; None where strict serving refuses the row


def run(*command):
    done = subprocess.run([PYTHON, *map(str, command)], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(EXPORT)})
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def train(directory, version, script, dataset, *options):
    """Trains with `script`, of tools/export or a whole path, on a data set and exports it as `version`; skips where the data set is absent."""
    data = DATASETS / dataset
    if not data.exists():
        pytest.skip(f"needs ../shared/datasets/{dataset}")
    trained, models = directory / "run", directory / "models"
    models.mkdir()
    run(EXPORT / script, "--data", data, "--out", trained, "--sample-format", "jsonl", *options)
    run("-m", "ringside_export", "--from", trained, "--sample", trained / "sample.jsonl", "--out", models / version)
    os.symlink(version, models / "current")
    answers = directory / "expected.jsonl"
    run("-m", "ringside_export.expect", "--from", trained, "--sample", trained / "sample.jsonl", "--out", answers)
    lines = [json.loads(line) for line in answers.read_text().splitlines()]
    rows = directory / "rows.jsonl"
    rows.write_text("".join(json.dumps(line["row"]) + "\n" for line in lines))
    return Trained(version, models, rows, [line["expect"] for line in lines])


def bits(number):
    """float32 bits of a printed number, as expected.jsonl writes them; None is a missing feature."""
    return "7fc00000" if number is None else struct.pack(">f", number).hex()


def as_list(value):
    return value if isinstance(value, list) else [value]


def differences(answers, trained):
    """Every row whose status, features, margins, values or label are not Python's, by name; empty when all are equal."""
    found = []
    assert len(answers) == len(trained.expected)
    for row, (answer, want) in enumerate(zip(answers, trained.expected)):
        if answer["status"] != "ok":
            found.append((row, "status", "ok", answer))
            continue
        values = answer["score"] if "score" in answer else answer["probabilities"]
        got = {"features": [bits(x) for x in answer["features"]], "margin": [bits(x) for x in as_list(answer["margin"])],
               "values": [bits(x) for x in as_list(values)], "label": answer.get("label")}
        found += [(row, key, want[key], got[key]) for key in got if got[key] != want[key]]
        if answer["version"] != trained.version:
            found.append((row, "version", trained.version, answer["version"]))
    return found
