"""Goal: every record of a journal is one line of a file, once, whatever becomes of the shipper and of the journal's files meanwhile.
Method: journals written here byte by byte (written_journal.py) and one by a real engine; ringside-ship killed at random moments.
"""
import json
import random

import pytest

from tests.support.engine_process import EngineProcess, ROOT, run_program
from tests.tools.ship.ship_fixtures import Ship, lines_of
from tests.tools.ship.written_journal import VERSION, WrittenJournal, crc32c, gap, prediction, version_record


@pytest.fixture
def journal(tmp_path):
    written = WrittenJournal(tmp_path / "journal")
    written.begin(1)
    return written


@pytest.fixture
def ship(tmp_path):
    return Ship(tmp_path, {"jsonl": {"folder": str(tmp_path / "out")}})


def sequences(tmp_path):
    return [line["sequence"] for line in lines_of(tmp_path / "out")]


def test_the_checksum_is_crc32c():
    assert crc32c(b"123456789") == 0xE3069283


def test_a_prediction_has_the_names_of_the_contract(tmp_path, journal, ship):
    journal.add(prediction(sequence=7, request_id=b"r7", user=b"u1", score=0.16465956), gap(sequence=8, rows=5))
    ship.once()
    line, missing = lines_of(tmp_path / "out")
    assert line == {
        "timestamp": "2025-11-25T10:45:02.123456789Z", "type": "prediction", "key": "fedcba9876543210-0-7", "instance": "host1",
        "task": "loan_default", "writer": 0, "sequence": 7, "epoch": 1, "rows": 1, "connection": 1, "ticket": 7, "row": 0, "status_alone": False,
        "request_id": "r7", "user_id": "u1", "user_key": None, "trace_id": None, "model_version": VERSION, "asked": None, "arm": "current",
        "status": "success", "code": None, "reason": None, "errors": [], "input_features": {"age": 27, "home": "rent"}, "input_size": 2,
        "prediction": 1, "score": 0.16465956, "values": [0.16465956], "margins": [-1.5], "features": [None], "filled": ["age"], "unknown": [],
        "clamped": [], "outputs_withheld": False, "features_withheld": False, "inputs_cut": False, "latency_ms": 0.0015, "queue_ms": 0.0001,
        "decode_ms": 0.0002, "preprocess_ms": 0.0003, "forest_ms": 0.0004, "client": {"uid": 1000, "pid": 4242, "name": "test"},
        "client_ip": None}
    assert (missing["type"], missing["sequence"], missing["rows"], missing["reason"]) == ("gap", 8, 5, "answered")


@pytest.mark.parametrize("status, code, name, reason", [
    (3, 5, "rejected", "rate_limit"), (3, 0, "rejected", None), (5, 2, "unavailable", "journal_down"), (2, 0, "timeout", None)])
def test_an_answer_without_a_score_says_why(tmp_path, journal, ship, status, code, name, reason):
    journal.add(prediction(1, status=status, code=code, fields=0, row=0xFFFF, rows=8))
    ship.once()
    line, = lines_of(tmp_path / "out")
    assert (line["status"], line["reason"], line["row"], line["rows"]) == (name, reason, None, 8)


def test_what_a_real_engine_answered_is_what_is_shipped(tmp_path):
    rows = tmp_path / "rows.jsonl"
    golden = (ROOT / "tests/golden/loan_default_demo.jsonl").read_text().splitlines()
    asked = [{**json.loads(line)["row"], "request_id": f"r{i}", "user_id": "u"} for i, line in enumerate(golden[:50])]
    asked[7]["funded_amnt"] = "many"
    rows.write_text("".join(json.dumps(row) + "\n" for row in asked))
    with EngineProcess(ROOT / "models", "--bundle", VERSION, environment={"RINGSIDE_JOURNAL_ENABLED": "true"}) as engine:
        answers = {answer["request_id"]: answer for answer in engine.predict(rows, "--batch", "8")}
        assert engine.stop() == 0
        folder, = engine.state_dir.glob("*/journal")
        Ship(tmp_path, {"jsonl": {"folder": str(tmp_path / "out")}}, journal=folder).once()
    shipped = {line["request_id"]: line for line in lines_of(tmp_path / "out")}
    assert shipped.keys() == answers.keys()
    for request_id, answer in answers.items():
        line = shipped[request_id]
        assert len(line["user_id"]) == 32 and len(line["user_key"]) == 8  # hashed by default
        assert line["task"] == "loan_default"
        if answer["status"] == "ok":
            assert (line["status"], line["model_version"], line["arm"]) == ("success", answer["version"], answer["arm"])
            assert (line["score"], line["margins"], line["prediction"]) == (answer["score"], [answer["margin"]], answer["label"])
            assert (line["filled"], line["unknown"], line["clamped"]) == (answer["filled"], answer["unknown"], answer["clamped"])
        else:
            assert line["status"] == "invalid" and line["score"] is None
            assert [error["code"] for error in line["errors"]] == ["TYPE_MISMATCH"]
    assert shipped["r7"]["input_features"]["funded_amnt"] == {"not_read": True}
    kept = shipped["r0"]["input_features"]
    given = {name: value for name, value in asked[0].items() if name in kept}  # this version has no use for the others
    assert len(given) > 10
    assert {name: kept[name] for name in given} == given


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_each_record_is_one_line(tmp_path, journal, seed):
    chance = random.Random(seed)
    ship = Ship(tmp_path, {"jsonl": {"folder": str(tmp_path / "out"), "file_bytes": 20_000}}, batch={"rows": 7})
    sequence, number = 0, 1
    for life in range(12):
        with ship.running() as process:
            for _ in range(chance.randrange(1, 6)):
                if chance.random() < 0.2:
                    number += 1
                    journal.begin(number)
                journal.add(*(prediction(sequence + i) for i in range(1, 21)))
                sequence += 20
            if chance.random() < 0.5:
                ship.wait_for(lambda: (tmp_path / "out").exists() and len(sequences_so_far(tmp_path)) > chance.random() * sequence,
                              "some have arrived")
            process.kill()
    ship.once()
    assert sequences(tmp_path) == list(range(1, sequence + 1))
    assert len(list((tmp_path / "out").glob("*.jsonl"))) > 1
    status = ship.status()
    assert (status["lag_bytes"], status["rows"], status["missing_records"]) == (0, sequence, 0)


def sequences_so_far(tmp_path):
    return b"".join(path.read_bytes() for path in (tmp_path / "out").glob("*.jsonl")).splitlines()


@pytest.mark.parametrize("bytes_of_next", [1, 100, 2_000, 5_000])
def test_what_was_written_before_a_crash_and_is_not_in_the_cursor_is_completed(tmp_path, journal, ship, bytes_of_next):
    journal.add(*(prediction(i) for i in range(1, 4)))
    ship.once()
    before = (ship.state / "cursor.json").read_bytes()
    out, = (tmp_path / "out").glob("*.jsonl")
    length = out.stat().st_size
    journal.add(*(prediction(i) for i in range(4, 14)))
    ship.once()
    whole = out.read_bytes()
    (ship.state / "cursor.json").write_bytes(before)
    out.write_bytes(whole[:length + bytes_of_next])
    ship.once()
    assert out.read_bytes() == whole


def test_what_somebody_else_wrote_stays_on_lines_of_its_own(tmp_path, journal, ship):
    journal.add(prediction(1))
    ship.once()
    out, = (tmp_path / "out").glob("*.jsonl")
    with open(out, "a") as file:
        file.write("a note")
    journal.add(prediction(2))
    ship.once()
    first, note, second = out.read_text().splitlines()
    assert (json.loads(first)["sequence"], note, json.loads(second)["sequence"]) == (1, "a note", 2)


def test_a_record_half_written_is_waited_for(tmp_path, journal, ship):
    journal.add(prediction(1))
    whole = prediction(2)
    with ship.running():
        ship.wait_until_shipped()
        for begin, end in ((0, 1), (1, 31), (31, 33), (33, len(whole) - 1)):
            journal.add(whole[begin:end])
            assert ship.status()["lag_bytes"] == end
            assert len(sequences_so_far(tmp_path)) == 1
        journal.add(whole[-1:])
        ship.wait_until_shipped()
    assert sequences(tmp_path) == [1, 2]
    assert ship.status()["rereads"] == 0


def test_an_end_that_was_written_again_in_another_order_loses_nothing(tmp_path, journal, ship):
    journal.add(prediction(1))
    short = journal.path.stat().st_size
    journal.add(prediction(2, request_id=b"x" * 40))
    ship.once()
    with open(journal.path, "r+b") as file:
        file.truncate(short)
    journal.add(prediction(1, writer=1), prediction(2, request_id=b"x" * 40), prediction(3))
    journal.begin(2)
    ship.once()
    keys = {line["key"] for line in lines_of(tmp_path / "out")}
    assert len(keys) == 4
    assert ship.status()["rereads"] == 1


def test_a_file_that_is_sealed_is_read_on_from_where_it_was_plain(tmp_path, journal, ship):
    journal.add(*(prediction(i) for i in range(1, 4)))
    ship.once()
    journal.add(*(prediction(i) for i in range(4, 11)))
    journal.seal()
    journal.begin(2)
    journal.add(*(prediction(i) for i in range(11, 21)))
    journal.seal()
    journal.begin(3)
    assert ship.status()["lag_bytes"] > 0
    ship.once()
    assert sequences(tmp_path) == list(range(1, 21))
    status = ship.status()
    assert [status[name] for name in ("lag_bytes", "broken_bytes", "lost_files", "missing_records", "rereads")] == [0] * 5


def test_records_that_are_no_rows_are_no_lag(tmp_path, journal, ship):
    journal.add(prediction(1))
    ship.once()
    journal.add(version_record())
    assert ship.status()["lag_bytes"] == len(version_record())
    ship.once()
    assert ship.status()["lag_bytes"] == 0


def test_a_broken_end_is_left_and_counted_once_a_newer_file_is_there(tmp_path, journal, ship):
    journal.add(prediction(1), prediction(2)[:-1] + b"\xff")
    ship.once()
    assert sequences(tmp_path) == [1]
    assert ship.status()["broken_bytes"] == 0
    journal.begin(2)
    journal.add(prediction(2))
    ship.once()
    assert sequences(tmp_path) == [1, 2]
    assert ship.status()["broken_bytes"] == len(prediction(2))


def test_a_file_removed_before_it_was_read_is_counted(tmp_path, journal, ship):
    journal.add(prediction(1))
    ship.once()
    journal.path.unlink()
    journal.begin(4)
    journal.add(prediction(9))
    ship.once()
    status = ship.status()
    assert (status["lost_files"], status["missing_records"]) == (3, 7)
    assert sequences(tmp_path) == [1, 9]


def test_a_record_without_its_version_is_a_dead_letter(tmp_path, journal, ship):
    journal.add(prediction(1, version=5), prediction(2))
    ship.once()
    assert sequences(tmp_path) == [2]
    letter, = ship.dead_letters()
    assert letter["reason"] == "cannot be read: no version record of ordinal 5 stands before it"
    assert (letter["file"], letter["record"], ship.status()["dead_letters"]) == (1, None, 1)


def test_full_dead_letters_stop_shipping_and_nothing_is_thrown_away(tmp_path, journal):
    ship = Ship(tmp_path, {"jsonl": {"folder": str(tmp_path / "out")}}, dead_letters={"bytes": 200})
    journal.add(prediction(1, version=5), prediction(2, version=5), prediction(3))
    done = ship.once(expected=1)
    assert "is full" in done.stderr
    assert len(ship.dead_letters()) == 1
    (ship.state / "dead_letters.jsonl").rename(tmp_path / "looked_into.jsonl")
    (ship.config).write_text(ship.config.read_text().replace('"bytes": 200', '"bytes": 20000'))
    ship.once()
    assert sequences(tmp_path) == [3]


def test_memory_does_not_grow_with_the_journal(tmp_path, journal):
    ship = Ship(tmp_path, {"jsonl": {"folder": str(tmp_path / "out"), "file_bytes": 1 << 20, "keep_files": 1}}, batch={"bytes": 1 << 20})
    large = prediction(1, text=b"x" * 60_000)

    def peak_kib():
        with ship.running() as process:
            ship.wait_until_shipped()
            text = open(f"/proc/{process.pid}/status").read()
            return int(text.split("VmHWM:")[1].split()[0])

    journal.add(*[large] * 40)
    small = peak_kib()
    journal.add(*[large] * 2_000)  # 120 MB
    assert peak_kib() < small + 20_000
    assert len(list((tmp_path / "out").glob("*.jsonl"))) <= 2


def test_a_second_process_and_another_journal_are_refused(tmp_path, journal, ship):
    journal.add(prediction(1))
    with ship.running():
        ship.wait_until_shipped()
        assert ship.status()["running"] is True
        assert "another ringside-ship" in ship.once(expected=4).stderr
    assert ship.status()["running"] is False
    WrittenJournal(tmp_path / "other").begin(1)
    other = Ship(tmp_path, {"jsonl": {"folder": str(tmp_path / "out")}}, journal=tmp_path / "other")
    assert "takes a state of its own" in other.once(expected=4).stderr


def test_a_configuration_is_refused_with_every_problem_and_its_line(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("journal: /j\nbatch:\n  rows: 0\n  row: 5\nclickhouse:\n  url: ftp://x\njsonl: {folder: /o}\njournal: /k\n")
    done = run_program("ringside-ship", "--config", path)
    assert done.returncode == 2
    said = [line.replace(str(path), "F") for line in done.stderr.splitlines()]
    assert "F:1: state: is missing" in said
    assert "F:3: batch.rows: 0 is not a whole number from 1 to 1000000" in said
    assert "F:4: batch.row: unknown key; README.md lists them" in said
    assert "F:6: clickhouse.url: ftp://x is no http:// or https:// URL" in said
    assert any(line.startswith("F:7: jsonl: a second sink") for line in said)
    assert "F:8: journal: stands here twice" in said
