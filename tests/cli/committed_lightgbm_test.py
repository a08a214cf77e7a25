"""Goal: the engine loads the committed LightGBM bundle and gives Python's bits for every golden row. Method: `ringside check`."""

import json

from tests.cli.conftest import ROOT
from tests.cli.documents import check_cli
from tests.support.engine_process import run_program

BUNDLE = ROOT / "tests/golden/bundles/small_loans_v1.0.0"


def test_engine_agrees_with_python_in_every_bit():
    rows = [json.loads(line)["kind"] for line in (BUNDLE / "golden.jsonl").read_text().splitlines()]
    done = run_program("ringside", "check", BUNDLE, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    check_cli("check", document)
    assert (document["golden_rows"], document["golden_rejects"]) == (rows.count("score"), rows.count("reject"))
