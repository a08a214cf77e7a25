"""Goal: `coerce: pandas` is pandas to the last bit, wherever a text may lie.
Method: more than a million made texts, and the texts of a quarter of a million numbers, through the engine's own code and through
pandas. (The recorded few of coerce_test.cc need no pandas and take no time.)
"""

import importlib.util
import os
import pathlib
import subprocess

import pandas
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
TEXTS = 1_100_000
AT_ONCE = 50_000


def recorder():
    spec = importlib.util.spec_from_file_location("make_readings", ROOT / "tests/golden/pandas/make_readings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
def test_a_million_texts_are_read_as_pandas_reads_them():
    assert pandas.__version__ == "1.5.3"
    program = pathlib.Path(os.environ["RINGSIDE_BIN"]) / "pandas_readings"
    asked = answered = 0
    for seed in range(2, 2 + TEXTS // AT_ONCE):
        lines = [line.split(" ") for line in recorder().lines(AT_ONCE, seed)]
        questions = "".join(f"{kind} {question}\n" for kind, question, _ in lines)
        ran = subprocess.run([program], input=questions, capture_output=True, text=True, timeout=600, check=True)
        answers = ran.stdout.splitlines()
        assert len(answers) == len(lines)
        different = [(question, expected, found) for (_, question, expected), found in zip(lines, answers) if expected != found]
        assert not different, f"{len(different)} differ, first {different[:3]}"
        asked += len(lines)
        answered += sum(answer != "nan" for answer in answers)
    assert asked > TEXTS and answered > asked // 2
