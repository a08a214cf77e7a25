"""Goal: bench/gateway runs, both sides agree in every bit, and it prints what formats promise.
Method: the shortest run there is; nothing is concluded from its figures."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build" / "release" / "bin")).parent


def test_a_short_run_prints_every_work_and_reference():
    done = subprocess.run([ROOT / "bench" / "gateway", "--json", "--seconds", "2", "--rounds", "1", "--build", BUILD], capture_output=True, text=True,
                          timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    if "skipped" in done.stdout:
        pytest.skip(done.stdout.strip())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["work"], line["reference_name"]) for line in lines] == [(work, f"fastapi {workers}") for work in ("requests/s", "p99")
                                                                           for workers in ("1 worker", "2 workers")]
    assert all(line["bench"] == "gateway" and line["ours"] > 0 and line["reference"] > 0 and line["ratio"] > 0 for line in lines)
