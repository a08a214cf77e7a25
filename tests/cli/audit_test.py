"""Goal: what was predicted can be found, counted, verified, scored again and written out, with an engine and without one; what was touched is told.
Method: a real engine with a journal; the answers of `predict` are what records are compared with.
"""
import csv
import io
import json
import subprocess

import pytest

from tests.cli.conftest import NEW, OLD, ROOT
from tests.cli.documents import check_admin, check_cli, check_file
from tests.support.engine_process import EngineProcess, run_program

ROWS = 200


def demo_rows(count):
    lines = (ROOT / "tests/golden/loan_default_demo.jsonl").read_text().splitlines()
    for i in range(count):
        row = json.loads(lines[i % len(lines)])["row"]
        if i % 20 == 19:
            row = {**row, "funded_amnt": "a text"}
        yield json.dumps({**row, "request_id": f"r{i}", "user_id": f"kingfisher-{i % 7}"})


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A running engine that answered ROWS rows, and the answers."""
    folder = tmp_path_factory.mktemp("audit")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / "audit.key"], check=True)
    subprocess.run(["openssl", "pkey", "-in", folder / "audit.key", "-pubout", "-out", folder / "audit.pem"], check=True)
    rows = folder / "rows.jsonl"
    rows.write_text("\n".join(demo_rows(ROWS)) + "\n")
    environment = {"RINGSIDE_JOURNAL_ENABLED": "true", "RINGSIDE_JOURNAL_CHECKPOINT_KEY": str(folder / "audit.key"),
                   "RINGSIDE_JOURNAL_FILE_BYTES": "65536"}
    with EngineProcess(ROOT / "models", "--bundle", OLD, environment=environment) as engine:
        engine.wait_until_loaded()
        engine.keys = folder / "audit.pem"
        answers = engine.predict(rows)
        engine.wait_for(lambda: engine.admin("GET", "/status")[1]["journal"]["index"]["records"] == ROWS, "the index")
        yield engine, answers


def query(engine, *arguments):
    done = engine.cli("audit", "query", "--json", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    for record in records:
        check_file("audit_record.schema.json", record)
    return records


def test_a_record_says_what_its_answer_said(recorded):
    engine, answers = recorded
    records = {record["request_id"]: record for record in query(engine, "--limit", "1000")}
    assert len(records) == ROWS
    for answer in answers:
        record = records[answer["request_id"]]
        if answer["status"] == "ok":
            assert record["status"] == "success"
            assert (record["score"], record["margins"], record["prediction"]) == (answer["score"], [answer["margin"]], answer["label"])
            assert record["model_version"] == answer["version"] and record["filled"] == answer["filled"]
        else:
            assert record["status"] == answer["status"] == "invalid"
            assert [error["code"] for error in record["errors"]] == [error["code"] for error in answer["errors"]]
        assert record["user_id_hashed"] and "kingfisher" not in json.dumps(record)


def test_records_are_found_by_every_filter_and_page_by_page(recorded):
    engine, _ = recorded
    assert [record["request_id"] for record in query(engine, "--request-id", "r37")] == ["r37"]
    users = query(engine, "--user", "kingfisher-3")
    assert [record["request_id"] for record in users] == [f"r{i}" for i in reversed(range(ROWS)) if i % 7 == 3]
    assert len(query(engine, "--status", "invalid")) == ROWS // 20
    assert len(query(engine, "--version", OLD, "--from", "-1h", "--limit", "1000")) == ROWS
    assert query(engine, "--version", NEW) == query(engine, "--to", "-1h") == []
    page, seen = query(engine, "--limit", "150"), []
    while page:
        seen += [record["request_id"] for record in page]
        page = query(engine, "--limit", "150", "--cursor", page[-1]["cursor"])
    assert seen == [f"r{i}" for i in reversed(range(ROWS))]
    assert engine.cli("audit", "query", "--from", "yesterday").returncode != 0


def test_text_and_csv_are_for_people_and_spreadsheets(recorded):
    engine, _ = recorded
    text = engine.cli("audit", "query", "--request-id", "r37").stdout
    assert "r37" in text and "success" in text
    rows = list(csv.DictReader(io.StringIO(engine.cli("audit", "query", "--format", "csv", "--limit", "30").stdout, newline="")))
    assert [row["request_id"] for row in rows] == [f"r{i}" for i in range(ROWS - 1, ROWS - 31, -1)]


def test_the_routes_are_as_they_are_described(recorded):
    engine, _ = recorded
    for target in ("/audit?limit=3", "/audit?user_id=kingfisher-1&status=success", "/audit/stats", "/audit/stats?by=status"):
        status, document = engine.admin("GET", target)
        assert status == 200
        check_admin("GET", target.split("?")[0], 200, document)
    for target in ("/audit?limit=0", "/audit?color=red", "/audit/stats?by=color"):
        status, document = engine.admin("GET", target)
        assert status == 400
        check_admin("GET", target.split("?")[0], 400, document)
    check_cli("status", engine.admin("GET", "/status")[1])


def test_counts_by_version_hour_and_status(recorded):
    engine, _ = recorded
    stats = json.loads(engine.cli("--json", "audit", "stats", "--by", "version,status").stdout)
    check_cli("audit_stats", stats)
    assert {(count["version"], count["status"]): count["rows"] for count in stats["counts"]} == {(OLD, "success"): 190, (OLD, "invalid"): 10}


def test_export_writes_all_of_it_or_nothing(recorded, tmp_path):
    engine, _ = recorded
    done = engine.cli("audit", "export", "--out", tmp_path / "all.jsonl", "--json")
    check_cli("audit_export", json.loads(done.stdout))
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == ROWS
    assert engine.cli("audit", "export", "--out", tmp_path / "no/such/folder.csv", "--format", "csv").returncode == 1


def test_replay_scores_every_bit_again(recorded):
    engine, _ = recorded
    done = engine.cli("--json", "audit", "replay", "--models", ROOT / "models", "--limit", "500")
    said = json.loads(done.stdout)
    check_cli("audit_replay", said)
    assert (done.returncode, said["equal"], said["different"]) == (0, 190, 0)
    assert said["not_replayable"] == {"it was not scored": 10}
    done = engine.cli("--json", "audit", "replay", "--models", ROOT / "models", "--with", NEW, "--limit", "500")
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["different"] > 0 and said["equal"] + said["different"] == 190
    assert said["differences"][0]["replayed"]["version"] == NEW


# The last test of this engine: it stops it.
def test_without_an_engine_the_index_is_read_and_what_was_touched_is_told(recorded, rows):
    engine, _ = recorded
    place = ("--state-dir", engine.state_dir)
    later = rows([{**json.loads(next(demo_rows(1))), "user_id": "later"}])

    def is_signed():  # a block ends with the first write after a second, or after a MiB
        engine.predict(later)
        return list(engine.state_dir.glob("*/checkpoints"))

    engine.wait_for(is_signed, "a checkpoint")
    assert engine.stop() == 0
    for again in range(2):
        found = run_program("ringside", "audit", "query", "--json", "--user", "kingfisher-3", *place)
        assert found.returncode == 0 and len(found.stdout.splitlines()) == len([i for i in range(ROWS) if i % 7 == 3]), found.stderr
        for path in engine.state_dir.glob("*/index/*"):
            path.unlink()  # it is made again
    verify = ("ringside", "--json", "audit", "verify", "--keys", engine.keys, *place)
    good = run_program(*verify)
    report = json.loads(good.stdout)
    check_cli("audit_verify", report)
    assert good.returncode == 0 and report["ok"] and report["checkpoints"] >= 1
    victim = sorted(engine.state_dir.glob("*/journal/*.rsj"))[0]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    bad = run_program(*verify)
    report = json.loads(bad.stdout)
    check_cli("audit_verify", report)
    assert bad.returncode == 5 and report["problem"]["file"] == victim.name
    assert report["problem"]["begin"] <= len(data) // 2
