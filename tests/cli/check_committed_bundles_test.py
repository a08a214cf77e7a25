"""Goal: the engine loads the committed bundles that Debian's Python could not have made, and gives their Python's bits for every golden row.
Method: `ringside check`."""

import json

import pytest

from tests.cli.conftest import ROOT
from tests.cli.documents import check_cli
from tests.support.engine_process import run_program

BUNDLES = ROOT / "tests/golden/bundles"


@pytest.mark.parametrize("version", ["small_days_v1.0.0", "small_flow_v1.0.0", "small_loans_v1.0.0", "small_losses_v1.0.0", "small_targets_v1.0.0"])
def test_engine_agrees_with_python_in_every_bit(version):
    rows = [json.loads(line)["kind"] for line in (BUNDLES / version / "golden.jsonl").read_text().splitlines()]
    done = run_program("ringside", "check", BUNDLES / version, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    check_cli("check", document)
    assert (document["golden_rows"], document["golden_rejects"]) == (rows.count("score"), rows.count("reject"))
    assert document["golden_walks"] == document["golden_rows"]
