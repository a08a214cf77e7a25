"""Goal: the engine's log is one JSON object a line, its level changes at once, requests are found in it by their trace id, and a rotated file is
opened anew.
Method: the real programs; the log file read back."""
import json
import os
import signal

import pytest

from tests.cli.conftest import NEW, ROOT
from tests.cli.documents import check_cli
from tests.support.engine_process import EngineProcess, run_program


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_an_object_with_time_level_task_and_message(own_engine):
    assert own_engine.cli("switch", NEW).returncode == 0
    assert own_engine.stop() == 0
    said = lines(own_engine.log_text())
    assert len(said) > 3
    for line in said:
        assert {"time", "level", "thread", "message"} <= line.keys() and line["task"] == "loan_default"
    assert any(line["thread"] == "rs-roles" and "switch done" in line["message"] for line in said)


def test_a_change_is_logged_with_actor_and_trace_id(own_engine):
    trace = "0af7651916cd43dd8448eb211c80319c"
    own_engine.admin("POST", "/model/switch", {"version": NEW}, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    own_engine.admin("POST", "/model/switch", {"version": "no"}, headers={"X-Request-Id": "r-7"})
    by_trace = {line["trace_id"]: line for line in lines(own_engine.log_text()) if "trace_id" in line}
    assert by_trace[trace]["message"] == "POST /model/switch: 200" and by_trace[trace]["actor"].startswith("uid ")
    assert by_trace["r-7"]["message"] == "POST /model/switch: 404"


def test_level_changes_at_once_and_config_says_by_whom(own_engine):
    assert own_engine.cli("log-level").stdout == "info\n"
    done = own_engine.cli("log-level", "error", "--json")
    assert done.returncode == 0
    check_cli("log_level", json.loads(done.stdout))
    before = len(own_engine.log_text())
    assert own_engine.cli("switch", NEW).returncode == 0
    assert own_engine.log_text()[before:] == ""
    key, = [key for key in own_engine.admin("GET", "/config")[1]["keys"] if key["key"] == "log.level"]
    assert key["value"] == "error" and key["source"].startswith("uid ")
    assert own_engine.cli("log-level", "loud").returncode == 2


@pytest.fixture
def log_file(tmp_path):
    return tmp_path / "engine.log"


def test_a_rotated_file_is_opened_anew_on_sighup(log_file):
    with EngineProcess(ROOT / "models", environment={"RINGSIDE_LOG_FILE": str(log_file)}) as engine:
        engine.wait_until_loaded()
        assert engine.log_text() == "" and lines(log_file.read_text())
        os.rename(log_file, log_file.with_suffix(".1"))
        engine.process.send_signal(signal.SIGHUP)
        engine.wait_for(lambda: log_file.exists() and "configuration read again" in log_file.read_text(), "a line in the new file")
        assert all(lines(log_file.read_text()))


def test_under_journald_lines_begin_with_their_priority(tmp_path):
    # Standard error is the file that EngineProcess opens; its device and inode are what journald would have said of its stream.
    with EngineProcess(ROOT / "models") as engine:
        assert engine.stop() == 0
        found = os.stat(engine.log)
        engine.environment = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        before = len(engine.log_text())
        engine.start()
        said = engine.log_text()[before:].splitlines()
        assert said and all(line.startswith("<6>{") for line in said)


def test_log_file_that_cannot_be_opened_ends_the_start(tmp_path):
    done = run_program("ringsided", "--models", ROOT / "models", "--run-dir", tmp_path, environment={"RINGSIDE_LOG_FILE": "/no/such/folder/log"})
    assert done.returncode == 2 and "log.file: cannot open /no/such/folder/log" in done.stderr
