"""Goal: what a field keeps back is in no file, log, error text, metric, answer of the audit or shared memory, nor would a crash write it down.
Method: a token in fields of every kind of privacy, in the user id, and in values that are refused; then everything that the engine left is
searched, while it runs, after a kill -9 and after a stop. A plain field shows that the search finds.
"""
import json
import pathlib

import pytest

from tests.integration.journal_test import RECORDED, copy_of_bundle
from tests.support.engine_process import EngineProcess, ROOT, run_program

TOKEN = "kingfisher"
KINDS = ("mask", "hash", "encrypt", "drop")


def models_with_tokens(folder, kinds):
    """The demo's bundle with a field of each kind that is recorded and not modelled."""
    models = folder / "models"
    copy_of_bundle(ROOT / "models/loan_default_v1.0.0", models / "loan_default_v1.0.0", {"sub_grade": "encrypt", "annual_inc": "encrypt"},
                   more=[f"  - {{name: kept_{kind}, dtype: str, role: meta, sensitive: {kind}}}" for kind in kinds])
    return models


def rows_with_tokens(kinds):
    plain = json.loads((ROOT / "tests/golden/loan_default_demo.jsonl").read_text().splitlines()[0])["row"]
    del plain["total_il_high_credit_limit"]  # the newer version's
    kept = {f"kept_{kind}": f"{TOKEN}-{kind}-{TOKEN}-tail" for kind in kinds}
    rows = [{**plain, **kept, "request_id": f"r{i}", "user_id": f"{TOKEN}-user-{i}"} for i in range(3)]
    rows += [{**rows[0], "request_id": f"bad-{name}", name: f"{TOKEN}-{name}"} for name in ("funded_amnt", "annual_inc", "sub_grade")]
    rows += [{**rows[0], "request_id": "extra", "not_a_field": f"{TOKEN}-extra"}, {**rows[0], "request_id": "twice", "kept_drop": 7}]
    return "".join(json.dumps(row) + "\n" for row in rows)


def places_with_token(*roots):
    found = []
    for root in roots:
        for path in pathlib.Path(root).rglob("*"):
            if path.is_file() and not path.is_symlink() and TOKEN.encode() in path.read_bytes():
                found.append(path)
    return found


@pytest.fixture(name="engine")
def _engine(tmp_path):
    with EngineProcess(models_with_tokens(tmp_path, KINDS), "--bundle", "loan_default_v1.0.0", environment=RECORDED) as engine:
        engine.rows = tmp_path / "rows.jsonl"
        engine.rows.write_text(rows_with_tokens(KINDS))
        yield engine


def test_the_token_is_nowhere(engine):
    answers = engine.predict(engine.rows)
    assert [answer["status"] for answer in answers[:3]] == ["ok"] * 3
    assert {answer["status"] for answer in answers[3:]} >= {"invalid"}
    told = [{key: value for key, value in answer.items() if key not in ("request_id",)} for answer in answers]
    assert TOKEN not in json.dumps(told)
    engine.wait_for(lambda: engine.admin("GET", "/status")[1]["journal"]["index"]["records"] == len(answers), "the index")
    for target in ("/status", "/audit?limit=100", "/audit/stats", "/model/versions"):
        assert TOKEN not in json.dumps(engine.admin("GET", target)[1]), target
    assert TOKEN not in engine.cli("metrics").stdout
    assert not places_with_token(engine.directory, engine.landing)
    engine.predict(engine.rows)
    engine.kill()
    assert list(engine.landing.rglob("*.ring")), "what a kill leaves is searched, too"
    assert not places_with_token(engine.directory, engine.landing)
    engine.start()
    assert engine.stop() == 0
    assert not places_with_token(engine.directory, engine.landing)


def test_a_crash_writes_no_memory(engine):
    limits = pathlib.Path(f"/proc/{engine.process.pid}/limits").read_text()
    core, = (line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_the_search_finds_a_token_that_may_be_kept(tmp_path):
    with EngineProcess(models_with_tokens(tmp_path, ("plain",)), "--bundle", "loan_default_v1.0.0", environment=RECORDED) as engine:
        rows = tmp_path / "rows.jsonl"
        rows.write_text(rows_with_tokens(("plain",)))
        engine.predict(rows)
        assert places_with_token(engine.landing), "in memory"
        assert engine.stop() == 0
        assert [path.suffix for path in places_with_token(engine.directory)] == [".rsj"]


def replay(engine, *arguments):
    done = run_program("ringside", "--json", "audit", "replay", "--state-dir", engine.state_dir, "--models", engine.models, *arguments)
    return done.returncode, json.loads(done.stdout)


def test_what_is_encrypted_is_read_and_scored_again_with_its_key_and_not_without(engine):
    engine.predict(engine.rows)
    assert engine.stop() == 0
    query = ("ringside", "--json", "audit", "query", "--state-dir", engine.state_dir, "--request-id", "r1")
    record = json.loads(run_program(*query).stdout)
    assert record["input_features"]["kept_encrypt"] == {"sealed": True} and record["features"] is None
    assert record["encryption"]["state"] == "not_asked" and record["features_sealed"]
    record = json.loads(run_program(*query, "--decrypt").stdout)
    assert record["input_features"]["kept_encrypt"] == f"{TOKEN}-encrypt-{TOKEN}-tail"
    assert record["encryption"]["state"] == "decrypted" and len(record["features"]) > 3
    status, said = replay(engine)
    assert status == 0 and said["equal"] == 0 and any("--decrypt" in reason for reason in said["not_replayable"])
    status, said = replay(engine, "--decrypt")
    assert status == 0 and said["equal"] >= 3 and said["different"] == 0
    listed = json.loads(run_program("ringside", "--json", "audit", "key", "list", "--state-dir", engine.state_dir).stdout)
    day, = {entry["day"] for entry in listed["days"]}
    refused = run_program("ringside", "audit", "key", "destroy", day, "--state-dir", engine.state_dir)
    assert refused.returncode == 4, "today's is in use"
    for path in engine.state_dir.glob("*/day_keys/*.keys"):
        path.rename(path.with_name("2000-01-01.keys"))
    assert run_program("ringside", "audit", "key", "destroy", "2000-01-01", "--state-dir", engine.state_dir).returncode == 0
    assert not list(engine.state_dir.glob("*/day_keys/*"))
    status, said = replay(engine, "--decrypt")
    assert status == 0 and said["equal"] == 0 and any("key is not there" in reason for reason in said["not_replayable"])
    assert json.loads(run_program("ringside", "--json", "audit", "verify", "--state-dir", engine.state_dir).stdout)["ok"]


def test_a_user_is_found_over_a_rotation_of_the_key(engine):
    engine.predict(engine.rows)
    assert engine.stop() == 0
    rotated = run_program("ringside", "--json", "audit", "key", "rotate", "--state-dir", engine.state_dir)
    assert rotated.returncode == 0, rotated.stderr
    engine.start()
    engine.predict(engine.rows)
    engine.wait_for(lambda: len(engine.cli("--json", "audit", "query", "--user", f"{TOKEN}-user-1").stdout.splitlines()) == 2, "both records")
    pseudonyms = {json.loads(line)["user_id"] for line in engine.cli("--json", "audit", "query", "--user", f"{TOKEN}-user-1").stdout.splitlines()}
    assert len(pseudonyms) == 2
    engine.stop()
    found = run_program("ringside", "--json", "audit", "query", "--state-dir", engine.state_dir, "--user", f"{TOKEN}-user-1").stdout
    assert len(found.splitlines()) == 2
