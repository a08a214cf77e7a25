"""Goal: `ringside` does what its help says, ends with the promised status, and an error says what to type next.
Method: the real programs, called as an operator calls them."""
import json
import os
import shutil
import socket
import struct
import subprocess

import pytest

from tests.cli.conftest import NEW, OLD, ROOT, golden
from tests.cli.documents import check_cli
from tests.support.engine_process import BIN, WATCHDOG_S, run_program


@pytest.mark.parametrize("arguments, status, said", [
    ((), 2, "ringside --help"),
    (("no_such_command",), 2, "no command 'no_such_command'"),
    (("status", "--no-such-option"), 2, "ringside status --help"),
    (("switch",), 2, "VERSION is required"),
    (("switch", "v", "--forced"), 2, "--forced"),
    (("predict",), 2, "--input is required"),
    (("predict", "--input", "/no/such/file"), 2, "/no/such/file"),
    (("predict", "--input", "/"), 2, "is a directory"),
    (("predict", "--input", "-", "--batch", "0"), 2, "--batch"),
    (("predict", "--input", "-", "--deadline", "5 parsecs"), 2, "500us"),
    (("status", "--run-dir", "/no/such/folder"), 3, "start ringsided"),
    (("status", "--run-dir", "/no/such/folder", "--task", "t"), 3, "no engine answers at /no/such/folder/t/admin.sock"),
    (("predict", "--run-dir", "/no/such/folder", "--input", "-"), 3, "next: start ringsided, or give --run-dir and --task"),
    (("predict", "--run-dir", "/no/such/folder", "--task", "t", "--input", "-"), 3, "--run-dir and --task"),
    (("predict", "--input", "-", "--version", ""), 2, "ringside predict --help"),
    (("schema", "--version", ""), 2, "ringside schema --help"),
    (("status", "--task", "../../x"), 2, "'../../x' is not a plain name"),
    (("predict", "--input", "-", "--task", ".."), 2, "'..' is not a plain name"),
    (("check", "/no/such/folder"), 5, "next: give the directory of a bundle"),
    (("check", ROOT / "models"), 5, "next: give the directory of a bundle"),
    (("check", ROOT / "models/loan_default_v1.0.0", "--task", "another"), 5, "next: give the --task that the bundle is of"),
])
def test_command_that_cannot_be_done_ends_with_status_and_reason(arguments, status, said):
    done = run_program("ringside", *arguments, stdin="")
    assert done.returncode == status
    assert done.stderr.startswith("error: ") and said in done.stderr and done.stdout == ""


@pytest.mark.parametrize("command", ["status", "versions", "schema", "check", "switch", "rollback", "predict"])
def test_help_has_an_example_and_the_exit_statuses(command):
    done = run_program("ringside", command, "--help")
    assert done.returncode == 0
    assert f"Example:\n  ringside {command}" in done.stdout and "Exit status: 0 done" in done.stdout


def test_global_options_stand_before_or_after_the_command(engine):
    before = run_program("ringside", "--run-dir", engine.run_dir, "--task", "loan_default", "--json", "status")
    after = run_program("ringside", "status", "--json", "--task", "loan_default", "--run-dir", engine.run_dir)
    by_environment = run_program("ringside", "status", "--json", environment={"RINGSIDE_RUN_DIR": str(engine.run_dir)})
    for done in (before, after, by_environment):
        assert done.returncode == 0 and json.loads(done.stdout)["task"] == "loan_default"


def test_text_for_people_names_what_matters(engine):
    assert OLD in engine.cli("status").stdout
    assert NEW in engine.cli("versions").stdout
    assert "funded_amnt" in engine.cli("schema").stdout
    assert engine.cli("schema", "--version", "no").returncode == 4


def test_one_of_several_tasks_must_be_named(engine, tmp_path):
    other = engine.run_dir / "another_task"
    other.mkdir()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(other / "admin.sock"))
    try:
        done = engine.cli("status")
        assert done.returncode == 2 and "another_task, loan_default" in done.stderr and "--task" in done.stderr
        assert engine.cli("status", "--task", "loan_default").returncode == 0
        (other / "data.sock").touch()
        done = engine.cli("predict", "--input", "-", stdin="")
        assert done.returncode == 2 and "another_task, loan_default" in done.stderr and "next: give --task" in done.stderr
        refused = engine.cli("status", "--task", "another_task")  # a socket that nobody serves
        assert refused.returncode == 3
    finally:
        listener.close()
        for path in other.iterdir():
            path.unlink()
        other.rmdir()


def test_every_golden_row_keeps_its_bits_alone_and_in_batches(engine, rows):
    lines = golden(OLD)
    path = rows([line["row"] if line["kind"] == "score" else json.dumps(line["row"]) for line in lines])
    for batch in ("1", "7", "512"):
        answers = engine.predict(path, "--batch", batch)
        assert [answer["row"] for answer in answers] == list(range(len(lines)))
        for line, answer in zip(lines, answers):
            if line["kind"] == "score":
                assert answer["status"] == "ok" and answer["label"] == line["label"], (line, answer)
                assert float32_bits(answer["score"]) == line["values"][0] and float32_bits(answer["margin"]) == line["margin"][0]


def float32_bits(number):
    return struct.pack(">f", number).hex()


def test_rows_keep_their_order_around_broken_and_empty_lines(engine, rows, good_row):
    lines = [good_row, "not json", "", good_row, "[]", {**good_row, "user_id": "a"}, "", {**good_row, "user_id": "b"}, "{"]
    answers = engine.predict(rows(lines), "--batch", "4")
    assert [answer["row"] for answer in answers] == [0, None, 3, None, 5, 7, None]
    messages = [answer["errors"][0]["message"] for answer in answers if answer["row"] is None]
    assert [message.split(":")[0] for message in messages] == ["line 2", "line 5", "line 9"]
    assert all(answer["status"] == "ok" for answer in answers if answer["row"] is not None)


def test_input_of_other_systems_is_read_as_it_is(engine, rows, good_row):
    line = json.dumps(good_row)
    answers = engine.predict(rows(["\ufeff" + line + "\r", "\r", line + "\r", line[:-1] + ",\r"]))
    assert [(answer["row"], answer["status"]) for answer in answers] == [(0, "ok"), (2, "ok"), (None, "invalid")]
    message = answers[2]["errors"][0]["message"]
    assert message == f"line 4: expected a key in double quotes, found the end of the line at byte {len(line) + 1}"


def test_lines_that_are_no_rows_are_counted_by_the_engine(engine, rows, good_row):
    def invalid():
        return engine.admin("GET", "/status")[1]["counters"]["rows"]["invalid"]

    before = invalid()
    for batch in ("1", "64"):
        answers = engine.predict(rows([good_row, "{", "[]", good_row]), "--batch", batch)
        assert [answer["status"] for answer in answers] == ["ok", "invalid", "invalid", "ok"]
    assert invalid() == before + 4


def test_rows_come_from_standard_input_too(engine, good_row):
    done = engine.cli("predict", "--input", "-", stdin=json.dumps(good_row))  # without a last newline
    assert done.returncode == 0 and json.loads(done.stdout)["status"] == "ok"


def calls_of(engine, path, batch):
    before = engine.admin("GET", "/status")[1]["counters"]["calls"]
    answers = engine.predict(path, "--batch", batch)
    return engine.admin("GET", "/status")[1]["counters"]["calls"] - before, answers


@pytest.mark.parametrize("lines, batch, calls", [
    ([{}] * 10, "4", 3),
    ([{"user_id": "a"}, {"user_id": "b"}, {"user_id": "a"}], "512", 3),
    ([{"user_id": "a"}, {"user_id": "a"}, {"user_id": "b"}, {"user_id": "b"}, {}], "512", 3),
    ([{"trace_id": "a"}, {"trace_id": "b"}], "512", 2),
    ([{"route_tags": ["x=y"]}, {"route_tags": {"x": "y"}}, {"route_tags": []}], "512", 2),
    ([{"request_id": "a"}, {"request_id": "b"}], "512", 1),
])
def test_rows_of_different_users_never_share_a_call(engine, rows, good_row, lines, batch, calls):
    made, answers = calls_of(engine, rows([{**good_row, **line} for line in lines]), batch)
    assert made == calls and all(answer["status"] == "ok" for answer in answers)


def test_batch_above_the_maximum_is_a_usage_error(engine, rows, good_row):
    done = engine.cli("predict", "--input", rows([good_row]), "--batch", "513")
    assert done.returncode == 2 and "512" in done.stderr and done.stdout == ""


def test_values_arrive_as_they_are_written(engine, rows, good_row):
    codes = []
    for text in ("35.5", "1e400", "9223372036854775808", '"x"', "[1]", "true", "NaN", "27.0", '"' + "x" * 5000 + '"'):
        line = json.dumps({**good_row, "funded_amnt": 0}).replace('"funded_amnt": 0', f'"funded_amnt": {text}')
        answer, = engine.predict(rows([line]))
        codes.append(answer["errors"][0]["code"] if answer["status"] == "invalid" else answer["status"])
    assert codes == ["INT_FRACTION", "NOT_FINITE", "INT_RANGE", "TYPE_MISMATCH", "TYPE_MISMATCH", "TYPE_MISMATCH",
                     "MISSING_REQUIRED", "ok", "TOO_LONG"]


@pytest.mark.parametrize("key, value, limit", [
    ("request_id", "r" * 65, "longer than 64 bytes"), ("user_id", "ü" * 65, "longer than 128 bytes"), ("trace_id", "t" * 65, "longer than 64 bytes"),
    ("route_tags", ["k=" + "v" * 127], "more than 16 of them, or one longer than 128 bytes"),
    ("route_tags", {f"k{number}": "v" for number in range(17)}, "more than 16 of them, or one longer than 128 bytes")])
def test_ids_and_tags_that_are_too_long_are_refused_and_never_cut(engine, rows, good_row, key, value, limit):
    refused, answered = engine.predict(rows([{**good_row, key: value}, good_row]))
    check_cli("predict", refused)
    assert refused["status"] == "invalid" and refused["errors"] == [{"field": key, "code": "TOO_LONG", "message": limit}]
    assert answered["status"] == "ok" and (key == "route_tags" or key == "user_id" or refused[key] == value)


def test_second_value_of_a_field_is_a_duplicate(engine, rows, good_row):
    line = json.dumps(good_row)[:-1] + ', "funded_amnt": 1}'
    answer, = engine.predict(rows([line]))
    assert [error["code"] for error in answer["errors"]] == ["DUPLICATE_FIELD"]


def test_switch_and_rollback_change_who_answers(own_engine, rows, good_row):
    path = rows([good_row])
    assert f"before: {OLD} (ringside rollback)" in own_engine.cli("switch", NEW).stdout
    assert own_engine.predict(path)[0]["version"] == NEW
    assert own_engine.predict(path, "--version", OLD)[0]["version"] == OLD
    back = own_engine.cli("rollback")
    assert back.returncode == 0 and f"before: {NEW} (ringside switch {NEW})" in back.stdout
    assert own_engine.predict(path)[0]["version"] == OLD
    assert own_engine.cli("rollback").returncode == 4
    assert os.readlink(own_engine.models / "current") == OLD


def test_history_says_who_did_what_and_why_and_survives_a_restart(own_engine):
    assert own_engine.cli("switch", NEW, "--reason", "spring cohort").returncode == 0
    assert own_engine.cli("switch", "nothing").returncode == 4
    assert own_engine.cli("rollback", "--reason", "worse").returncode == 0
    own_engine.kill()
    own_engine.start()
    events = [event for event in json.loads(own_engine.cli("history", "--json").stdout) if event["action"] != "load"]
    chosen = f"chosen by {own_engine.models}/current"
    assert events[0].pop("reason").startswith("chosen by the last operator's choice (")
    assert [(event["action"], event["outcome"], event.get("reason")) for event in events] == [
        ("start", "done", None), ("rollback", "done", "worse"), ("switch", "refused", None), ("switch", "done", "spring cohort"),
        ("start", "done", chosen)]
    assert (events[1]["from"], events[1]["to"]) == (NEW, OLD) and events[1]["actor"].startswith("uid ")
    assert "spring cohort" in own_engine.cli("history").stdout
    assert own_engine.cli("history", "--limit", "0").returncode == 2


def test_link_that_moves_is_followed_and_a_new_bundle_is_listed(own_engine, models, rows, good_row):
    (models / "fresh").symlink_to(NEW)
    os.replace(models / "fresh", models / "current")
    own_engine.wait_for(lambda: own_engine.predict(rows([good_row]))[0]["version"] == NEW, "the link to be followed")
    own_engine.wait_for(lambda: "models/current" in own_engine.cli("history").stdout, "the switch to be recorded")
    shutil.rmtree(models / OLD)  # previous: a role, so it answers on
    own_engine.wait_for(lambda: "its directory is gone" in own_engine.cli("versions").stdout, "the loss to be noticed")
    assert own_engine.cli("rollback").returncode == 0
    assert own_engine.predict(rows([good_row]))[0]["version"] == OLD


def test_persisted_switch_moves_the_link(own_engine):
    assert own_engine.cli("switch", NEW, "--persist").returncode == 0
    assert os.readlink(own_engine.models / "current") == NEW


@pytest.mark.parametrize("file, content", [("manifest.json", None), ("manifest.json", "{"), ("preprocess.json", "{}"),
                                           ("model.json", "")])
def test_version_that_fails_its_check_leaves_the_serving_one_alone(own_engine, models, rows, good_row, file, content):
    bad = models / "loan_default_v9.0.0"
    shutil.copytree(models / NEW, bad)
    (bad / file).unlink()
    if content is not None:
        (bad / file).write_text(content)
    done = own_engine.cli("switch", bad.name)
    assert done.returncode == 5 and file in done.stderr and "next: ringside versions" in done.stderr
    assert own_engine.predict(rows([good_row]))[0]["version"] == OLD
    assert bad.name in own_engine.cli("versions").stdout


def test_engine_that_dies_is_exit_status_three(own_engine, rows, good_row):
    path = rows([good_row])
    own_engine.kill()
    for arguments in (("predict", "--input", path), ("status",), ("switch", NEW)):
        assert own_engine.cli(*arguments).returncode == 3, arguments


class Piped:
    """`ringside predict` that is given a row, and asked for its answer, at a time."""
    def __init__(self, engine, *options):
        self.process = subprocess.Popen([str(BIN / "ringside"), "--run-dir", str(engine.run_dir), "predict", "--input", "-", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=WATCHDOG_S)

    def ask(self, row):
        self.process.stdin.write(json.dumps(row) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=WATCHDOG_S)


@pytest.mark.parametrize("deadline", ["0", "3600s"])
def test_rows_after_the_engines_death_are_not_waited_for(own_engine, good_row, deadline):
    with Piped(own_engine, "--deadline", deadline) as predict:  # if each row were waited for, this would take hours
        assert predict.ask(good_row)["status"] == "ok"
        own_engine.kill()
        for number in range(1, 500):
            answer = predict.ask({**good_row, "request_id": "r"} if number % 2 else good_row)
            check_cli("predict", answer)
            assert answer["status"] in ("lost", "unavailable") and answer["row"] == number
            assert answer["request_id"] == "r" if number % 2 else len(answer["request_id"]) == 36
        assert (answer["status"], answer["reason"]) == ("unavailable", "unreachable")
        own_engine.start()  # it was given up: half an input with and half without scores helps nobody
        assert predict.ask(good_row)["reason"] == "unreachable"
        assert predict.end() == 3


def test_engine_that_was_started_again_answers_further_rows(own_engine, good_row):
    with Piped(own_engine) as predict:
        assert predict.ask(good_row)["status"] == "ok"
        own_engine.kill()
        own_engine.start()
        assert [predict.ask(good_row)["status"] for _ in range(3)][1:] == ["ok", "ok"]


def test_strangers_are_refused_by_the_kernels_word(own_engine):
    if os.geteuid() != 0:
        pytest.skip("needs root, to be another user for once")
    path = own_engine.admin_socket()
    ask = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
           "s.sendall(b'GET /status HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')\nprint(s.recv(65536).decode())")
    os.chmod(path, 0o666)  # so that the socket's mode does not refuse first
    for folder in (path.parent, *path.parent.parents[:2]):
        os.chmod(folder, 0o755)
    done = subprocess.run(["/usr/bin/python3", "-c", ask, str(path)], user=12_345, group=12_345, extra_groups=[], cwd="/",
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("HTTP/1.1 403") and "access.admin.users" in done.stdout
