#!/usr/bin/python3
"""Make tests/golden/loan_default_demo.jsonl: raw rows of loan_default.csv, a tenth of their cells removed, with Python's bits.

    make_demo_rows.py --data loan_default.csv --run loan_default_v1.0.0=RUN --run loan_default_v1.1.0=RUN --out FILE

RUN is a directory that train_example.py wrote. A row holds the fields of every version; each version is asked without the
fields that it does not know. Cells that a caller must send are never removed, so every row can be scored by every version.
"""

import argparse
import json
import pathlib

import numpy as np
import pandas as pd

import train_example
from ringside_export.problems import ExportFailed
from ringside_export.sample_rows import dump
from ringside_export.training_run import TrainingRun

ROWS = 300
SHARE_REMOVED = 0.1
SEED = 300


def demo_rows(data_path):
    """ROWS raw rows, spread over the file; a removed cell is absent from its row."""
    data = pd.read_csv(data_path, float_precision="round_trip").drop(columns="Class")
    rng = np.random.default_rng(SEED)
    chosen = data.iloc[np.sort(rng.choice(len(data), ROWS, replace=False))]
    rows = []
    for cells in chosen.to_dict("records"):
        keep = {name for name in cells if train_example.always_there(name) or rng.random() >= SHARE_REMOVED}
        rows.append({name: value for name, value in cells.items() if name in keep})
    return rows


def demo_lines(rows, runs):
    """One line a row. runs: version -> TrainingRun. Raises ExportFailed when a version refuses a row."""
    expectations = []
    for version, run in runs.items():
        known = run.plan.schema.index
        verdicts = run.oracle.judge([{name: cell for name, cell in row.items() if name in known} for row in rows], version)
        refused = [number for number, verdict in enumerate(verdicts) if verdict.errors]
        if refused:
            raise ExportFailed(f"{version} refuses row {refused[0]}: {verdicts[refused[0]].errors}")
        expectations.append([verdict.expectation() for verdict in verdicts])
    for row, *expected in zip(rows, *expectations):
        expect = json.dumps(dict(zip(runs, expected)), ensure_ascii=False, separators=(",", ":"))
        yield f'{{"row":{dump(row)},"expect":{expect}}}'


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, type=pathlib.Path, help="loan_default.csv")
    parser.add_argument("--run", required=True, action="append", metavar="VERSION=DIR", help="once a version")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    options = parser.parse_args()
    runs = {}
    for entry in options.run:
        version, _, directory = entry.partition("=")
        runs[version] = TrainingRun(pathlib.Path(directory))
    lines = list(demo_lines(demo_rows(options.data), runs))
    options.out.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    print(f"{options.out}: {len(lines)} rows")


if __name__ == "__main__":
    main()
