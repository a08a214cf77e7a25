"""Goal: no answer without its record, whatever becomes of the engine; nothing that a field keeps back in any file.
Method: real engines, killed while rows are being answered; journal files are read here, from the layout that schemas/journal/README.md
draws, independently of the C++ reader.
"""
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import threading

import pytest

from tests.support.engine_process import BIN, EngineProcess, ROOT, run_program

PREDICTION, GAP = 1, 3
RECORDED = {"RINGSIDE_JOURNAL_ENABLED": "true"}


def records(engine):
    """(type, writer, epoch, sequence, bytes) of every file, in the order of the files."""
    for path in sorted(engine.state_dir.glob("*/journal/*.rsj")):
        data = path.read_bytes()
        assert data[:8] == b"RNISJRN1"
        at = 256
        while at + 32 <= len(data):
            size, _, sequence, _, kind, writer, epoch = struct.unpack_from("<IIQQHHI", data, at)
            if size == 0 or at + size > len(data):
                break
            yield kind, writer, epoch, sequence, data[at:at + size]
            at += size


def request_id(record):
    """Of a prediction, by README.md's drawing."""
    fields, values, margins, features, errors, id_bytes = struct.unpack_from("<HHHHBB", record, 70)
    flags, = struct.unpack_from("<H", record, 68)
    at = 128 + (fields + 63) // 64 * 24 + fields * 8 + errors * 32
    at += ((values + margins) * (8 if flags & 4 else 4) + 7) // 8 * 8 + (features * (8 if flags & 8 else 4) + 7) // 8 * 8 + fields
    return record[at:at + id_bytes].decode()


def copy_of_bundle(source, target, sensitive, more=()):
    """The same bundle with some fields' privacy changed, and a manifest that agrees."""
    shutil.copytree(source, target)
    schema = target / "feature_schema.yaml"
    text = schema.read_text()
    for field, privacy in sensitive.items():
        assert f"{{name: {field}, " in text
        text = text.replace(f"{{name: {field}, ", f"{{name: {field}, sensitive: {privacy}, ")
    schema.write_text(text.replace("fields:\n", "\n".join(["fields:", *more]) + "\n", 1))
    manifest = json.loads((target / "manifest.json").read_text())
    data = schema.read_bytes()
    entry, = (file for file in manifest["files"] if file["path"] == "feature_schema.yaml")
    entry.update(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    if more:  # training saw nothing of these fields
        (target / "baseline.json").unlink(missing_ok=True)
        manifest["files"] = [file for file in manifest["files"] if file["path"] != "baseline.json"]
    (target / "manifest.json").write_text(json.dumps(manifest))


def demo_rows(count, prefix):
    lines = (ROOT / "tests/golden/loan_default_demo.jsonl").read_text().splitlines()
    for i in range(count):
        row = json.loads(lines[i % len(lines)])
        yield json.dumps({**row["row"], "request_id": f"{prefix}-{i}", "user_id": f"kingfisher-user-{i % 7}"})


# Three kills each. RINGSIDE_KILLED_LIVES=334 are a thousand.
@pytest.mark.parametrize("seed", range(int(os.environ.get("RINGSIDE_KILLED_LIVES", "7"))))
def test_every_answer_that_a_client_received_has_its_record_and_none_twice(seed):
    chance = random.Random(seed)
    received = set()
    with EngineProcess(ROOT / "models", "--bundle", "loan_default_v1.0.0", environment=RECORDED) as engine:
        for turn in range(3):
            client = subprocess.Popen([str(BIN / "ringside"), "--run-dir", str(engine.run_dir), "predict", "--input", "-"], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1)

            def feed(client=client, turn=turn):
                try:
                    for line in demo_rows(20_000, f"turn{turn}"):
                        client.stdin.write(line + "\n")
                    client.stdin.close()
                except OSError:
                    pass  # it has ended, as its engine has

            feeder = threading.Thread(target=feed)
            feeder.start()
            kill_at = chance.randrange(1, 3_000)
            for count, line in enumerate(client.stdout):
                answer = json.loads(line)
                if answer["status"] not in ("ok", "invalid"):
                    break  # from here on its engine is gone
                received.add(answer["request_id"])
                if count == kill_at:
                    engine.kill()
            engine.kill()
            client.kill()
            client.wait()
            feeder.join()
            engine.start()
        assert engine.stop() == 0
        kept = [record for record in records(engine) if record[0] == PREDICTION]
        ids = [request_id(record[4]) for record in kept]
        assert len(received) > 10
        assert received <= set(ids)
        assert len(ids) == len(set(ids))
        sequences = [record[3] for record in records(engine) if record[0] in (PREDICTION, GAP)]
        assert sequences == list(range(1, len(sequences) + 1))
        assert not [record for record in records(engine) if record[0] == GAP]


def test_no_file_holds_what_must_not_be_kept(tmp_path):
    models = tmp_path / "models"
    sensitive = {"addr_state": "drop", "sub_grade": "hash", "verification_status": "mask"}
    copy_of_bundle(ROOT / "models/loan_default_v1.0.0", models / "loan_default_v1.0.0", sensitive)
    with EngineProcess(models, "--bundle", "loan_default_v1.0.0", environment=RECORDED) as engine:
        rows = tmp_path / "rows.jsonl"
        lines = list(demo_rows(3, "r"))
        for i, token in enumerate(("addr_state", "sub_grade", "verification_status")):
            lines.append(json.dumps({**json.loads(lines[0]), "request_id": f"bad-{i}", token: f"kingfisher-{token}-kingfisher"}))
        lines.append(json.dumps({**json.loads(lines[0]), "request_id": "type", "funded_amnt": "kingfisher-number"}))
        rows.write_text("\n".join(lines) + "\n")
        engine.predict(rows)
        status = json.dumps(engine.admin("GET", "/status")[1])
        assert engine.stop() == 0
        assert len([record for record in records(engine) if record[0] == PREDICTION]) == len(lines)
        for path in [*engine.directory.rglob("*"), *engine.landing.rglob("*")]:
            if path.is_file():
                assert b"kingfisher" not in path.read_bytes(), path
        assert "kingfisher" not in status


def test_a_journal_that_cannot_be_opened_is_told_and_nothing_is_served(tmp_path):
    done = run_program("ringsided", "--models", ROOT / "models", "--run-dir", tmp_path / "r", "--state-dir", tmp_path / "s",
                       environment={"RINGSIDE_JOURNAL_ENABLED": "true", "RINGSIDE_JOURNAL_LANDING_DIR": str(tmp_path / "landing")})
    if "is not tmpfs" not in done.stderr + done.stdout:
        pytest.skip("the temporary folder is on tmpfs")
    assert done.returncode == 1
    assert "journal.landing_on_disk" in done.stderr + done.stdout
