"""Runs under one release of LightGBM: trains each case, saves it as text, loads the file again, and records what it predicts.

    python record.py --out FOLDER --report FILE [--case NAME …]     make_vectors.py starts it in the release's environment

The expectation is that of the *file*, read back by the release that wrote it, one thread; where the booster in memory, or one row
at a time, says otherwise, the note tells. A case that the release refuses is reported with its reason.
"""

import argparse
import json
import os
import pathlib
import platform

import lightgbm
import numpy as np

from aimed_rows import TrainingData, aimed_rows, bits
from model_cases import CASES, VERSION


def predict(booster, rows, iteration_range):
    """(raw scores, values), rows x outputs each."""
    named = {"num_threads": 1}
    if iteration_range is None:
        named["num_iteration"] = -1
    else:
        named["num_iteration"] = iteration_range[1] - iteration_range[0]
        if VERSION >= (3, 0):
            named["start_iteration"] = iteration_range[0]
    return tuple(
        np.asarray(booster.predict(rows, raw_score=raw, **named), np.float64).reshape(len(rows), -1) for raw in (True, False)
    )


def same(left, right):
    """Bit for bit, pairs of arrays."""
    return all(a.shape == b.shape and np.array_equal(a.view(np.uint64), b.view(np.uint64)) for a, b in zip(left, right))


def objective_of(text):
    """The line of the file, parameters included; empty where there is none."""
    return next((line[len("objective=") :] for line in text.splitlines() if line.startswith("objective=")), "")


def record(name, folder):
    """Makes one case and writes its files."""
    made = CASES[name][1](TrainingData())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    made.booster.save_model(str(path), **({"num_iteration": -1} if made.keep_all else {}))
    text = path.read_text(encoding="utf-8")
    loaded = lightgbm.Booster(model_file=str(path))
    rows = aimed_rows(text, made.columns, made.categories)
    expected = predict(loaded, rows, made.iteration_range)
    remarks = [made.note]
    alone = [predict(loaded, rows[number : number + 1], made.iteration_range) for number in range(len(rows))]
    if not same(tuple(np.concatenate(parts) for parts in zip(*alone)), expected):
        remarks.append("one row at a time gives other bits than all at once")
    if not made.check and not same(predict(made.booster, rows, made.iteration_range), expected):
        remarks.append("the booster in memory gives other bits than the file")
    if made.check:
        remarks.append(made.check(rows, expected[1]))
    document = {
        "release": lightgbm.__version__,
        "objective": objective_of(text),
        "note": "; ".join(remark for remark in remarks if remark),
        "missing": "7ff8000000000000",
        "base_margin": None,
        "iteration_range": made.iteration_range and [int(end) for end in made.iteration_range],
        "features64": bits(rows),
        "margins": bits(expected[0]),
        "values": bits(expected[1]),
    }
    (folder / f"{name}.expected.json").write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


def versions():
    """What else may move a bit."""
    import pandas
    import scipy
    import sklearn

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pandas.__version__,
        "scikit-learn": sklearn.__version__,
        "glibc": os.confstr("CS_GNU_LIBC_VERSION"),
        "machine": platform.machine(),
    }


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--report", required=True, type=pathlib.Path)
    parser.add_argument("--case", action="append", help="these only; all when absent")
    options = parser.parse_args()
    np.seterr(all="ignore")
    recorded, refused = [], {}
    for name, (since, _make) in CASES.items():
        if (options.case and name not in options.case) or VERSION < since:
            continue
        try:
            record(name, options.out)
            recorded.append(name)
        except Exception as error:  # a release says no in many ways; each is a finding, not a failure
            for left_over in options.out.glob(f"{name}.*"):
                left_over.unlink()
            refused[name] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"[:200]
    report = {"release": lightgbm.__version__, **versions(), "recorded": recorded, "refused": refused}
    options.report.write_text(json.dumps(report))


if __name__ == "__main__":
    main()
