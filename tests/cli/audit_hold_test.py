"""Goal: a hold is added, listed and ended from the command line, and old files go from a running engine but for what it holds.
Method: a real engine whose journal files are small; retention by size.
"""
import json

from tests.cli.conftest import OLD, ROOT
from tests.cli.documents import check_cli
from tests.support.engine_process import EngineProcess, run_program
from tests.cli.audit_test import demo_rows

ENVIRONMENT = {"RINGSIDE_JOURNAL_ENABLED": "true", "RINGSIDE_JOURNAL_FILE_BYTES": "65536", "RINGSIDE_JOURNAL_COMPRESS_AFTER_SECONDS": "0"}


def files(engine):
    return sorted(path.name for path in engine.state_dir.glob("*/journal/*.rsj*"))


def test_what_is_held_stays_and_the_rest_goes_and_verify_holds(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(demo_rows(600)) + "\n")
    with EngineProcess(ROOT / "models", "--bundle", OLD, environment=ENVIRONMENT) as engine:
        hold = ("ringside", "--json", "audit", "hold")
        place = ("--state-dir", engine.state_dir)
        engine.wait_for(lambda: engine.predict(rows, "--batch", "64") and len(files(engine)) >= 4, "several files")
        engine.wait_for(lambda: engine.admin("GET", "/status")[1]["journal"]["keeping"]["compressed"] >= 2, "files are packed")
        added = json.loads(run_program(*hold, "add", "--from", "2000-01-01", "--to", "2001-01-01", "--reason", "case 4711", *place).stdout)
        check_cli("audit_hold", added)
        assert added["id"] == "h1" and added["reason"] == "case 4711"
        assert run_program(*hold, "add", "--from", "tomorrow", "--reason", "x", *place).returncode == 2
        everything = json.loads(run_program(*hold, "add", "--reason", "all", *place).stdout)
        assert engine.stop() == 0
        before = files(engine)
        engine.environment["RINGSIDE_JOURNAL_KEEP_BYTES"] = "1"
        engine.start()
        engine.wait_for(lambda: engine.admin("GET", "/status")[1]["journal"]["keeping"]["held"] >= len(before), "the hold is seen")
        assert {name.split(".")[0] for name in before} <= {name.split(".")[0] for name in files(engine)}
        assert run_program(*hold, "remove", everything["id"], *place).returncode == 0
        assert run_program(*hold, "remove", everything["id"], *place).returncode == 4
        listed = json.loads(run_program(*hold, "list", *place).stdout)
        check_cli("audit_holds", listed)
        assert [bool(one["removed"]) for one in listed["holds"]] == [False, True]
        engine.wait_for(lambda: engine.admin("GET", "/status")[1]["journal"]["keeping"]["expired"] >= len(before), "old files go")
        report = json.loads(run_program("ringside", "--json", "audit", "verify", *place).stdout)
        assert report["ok"] and any("retention took files" in note for note in report["notes"])
