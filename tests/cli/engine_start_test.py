"""Goal: `ringsided` starts with the configuration and the version that the documentation promises, or ends at once and says why.
Method: the real program with good and bad arguments, files, variables and models."""
import json
import os
import pwd
import shutil
import signal

import pytest

from tests.cli.conftest import NEW, OLD, golden
from tests.cli.documents import check_cli, check_file
from tests.support.engine_process import EngineProcess, run_program


def fields_of(version):
    return {name for line in golden(version) if line["kind"] == "score" for name in line["row"]}


def current(engine):
    return engine.admin("GET", "/status")[1]["current"]


def test_check_config_shows_every_value_with_its_source(tmp_path):
    file = tmp_path / "engine.yaml"
    file.write_text("workers: {count: 2}\nlimits: {rows_max: 64}\n")
    done = run_program("ringsided", "--config", file, "--check-config", "--wait", "park",
                       environment={"RINGSIDE_LIMITS_ROWS_MAX": "32"})
    assert done.returncode == 0
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    assert lines["workers.count"][1:] == ["2", f"{file}:1"]
    assert lines["limits.rows_max"][1:] == ["32", "RINGSIDE_LIMITS_ROWS_MAX"]
    assert lines["workers.wait"][1:] == ["park", "--wait"]
    assert lines["reference.xgboost"][1:] == ["true", "default"]


def test_every_configuration_problem_is_said_at_once(tmp_path):
    file = tmp_path / "engine.yaml"
    file.write_text("workers: {count: 0}\nlimits: {row_max: 1}\n")
    done = run_program("ringsided", "--config", file, "--wait", "never")
    assert done.returncode == 2
    for words in ("3 problems", "workers.count", "did you mean limits.rows_max?", "--wait", f"{file}:2"):
        assert words in done.stderr


def test_help_lists_every_key():
    done = run_program("ringsided", "--help")
    assert done.returncode == 0 and "limits.rows_max" in done.stdout and "Exit status:" in done.stdout


def test_broken_link_ends_the_start_with_the_link_that_would_be_right(models, tmp_path):
    (models / "current").unlink()
    os.symlink("loan_default_v1.0", models / "current")
    done = run_program("ringsided", "--models", models, "--run-dir", tmp_path / "r", "--state-dir", tmp_path / "s")
    assert done.returncode == 5
    assert f"ln -sfn {OLD} {models}/current" in done.stderr


def test_altered_bundle_ends_the_start_and_nothing_else_is_tried(models, tmp_path):
    (models / OLD / "preprocess.json").write_text("{}")
    done = run_program("ringsided", "--models", models, "--run-dir", tmp_path / "r", "--state-dir", tmp_path / "s")
    assert done.returncode == 5 and "preprocess.json" in done.stderr


@pytest.mark.parametrize("arguments, environment", [
    (("--bundle", NEW), {"MODEL_PATH": OLD}),
    ((), {"MODEL_PATH": NEW}),
    ((), {"MODEL_PATH": NEW, "RINGSIDE_BUNDLE": OLD}),
    ((), {"RINGSIDE_BUNDLE": NEW}),
])
def test_starting_version_is_the_one_named_first(models, arguments, environment):
    with EngineProcess(models, *arguments, environment=environment) as engine:
        assert current(engine) == NEW


def test_last_choice_survives_a_restart_until_the_link_moves(own_engine, models):
    assert current(own_engine) == OLD
    assert own_engine.cli("switch", NEW).returncode == 0
    assert own_engine.stop() == 0
    own_engine.start()
    assert current(own_engine) == NEW, own_engine.log_text()

    assert own_engine.stop() == 0
    (models / "current").unlink()
    os.symlink(f"../models/{OLD}", models / "current")  # another word for the same place is a move all the same
    own_engine.start()
    assert current(own_engine) == OLD, own_engine.log_text()


def events(engine, action):
    return [event for event in engine.admin("GET", "/model/history")[1] if event["action"] == action]


def test_rollback_leads_to_the_same_version_after_a_restart(own_engine):
    assert own_engine.cli("switch", NEW).returncode == 0
    check_file("traffic.schema.json", json.loads((own_engine.state_dir / "loan_default" / "traffic.json").read_text()))
    own_engine.kill()
    own_engine.start()
    assert own_engine.admin("GET", "/status")[1]["previous"] == OLD
    assert own_engine.cli("rollback").returncode == 0
    assert current(own_engine) == OLD
    own_engine.kill()
    own_engine.start()  # a rollback leaves no previous version, and none comes back
    assert (current(own_engine), own_engine.admin("GET", "/status")[1]["previous"]) == (OLD, None)
    assert own_engine.cli("rollback").returncode == 4


def test_previous_version_that_broke_is_told_at_the_start_and_ends_no_start(own_engine, models):
    assert own_engine.cli("switch", NEW).returncode == 0
    assert own_engine.stop() == 0
    (models / OLD / "preprocess.json").write_text("{}")
    own_engine.start()
    assert own_engine.admin("GET", "/status")[1]["previous"] is None
    assert f"{OLD} was the previous version, and there is none to roll back to: preprocess.json" in own_engine.log_text()


def test_history_says_which_rule_chose_the_starting_version_and_what_answered_before(own_engine, models):
    assert [(event["from"], event["to"], event["reason"]) for event in events(own_engine, "start")] == [
        (None, OLD, f"chosen by {models}/current")]
    assert own_engine.cli("switch", NEW).returncode == 0
    assert own_engine.stop() == 0
    own_engine.start()
    kept = own_engine.state_dir / "loan_default" / "traffic.json"
    start = events(own_engine, "start")[0]
    assert (start["from"], start["to"], start["reason"]) == (NEW, NEW, f"chosen by the last operator's choice ({kept})")
    assert own_engine.stop() == 0
    (models / "current").unlink()
    os.symlink(f"../models/{OLD}", models / "current")
    own_engine.start()
    start = events(own_engine, "start")[0]
    assert (start["from"], start["to"]) == (NEW, OLD)
    assert start["reason"] == f"chosen by {models}/current, which moved after the last operator's choice"
    assert own_engine.admin("GET", "/status")[1]["previous"] == NEW  # as after the switch that the move stands for


def test_log_has_a_line_for_each_change_and_none_for_a_request(own_engine, models, rows, good_row):
    (models / NEW / "version.txt").write_text("version: other\n")
    shutil.copytree(models / OLD, models / "broken")
    (models / "broken" / "preprocess.json").write_text("{}")
    own_engine.wait_for(lambda: "load failed: broken by ringsided: preprocess.json" in own_engine.log_text(), "a failed load in the log")
    before = own_engine.log_text()
    own_engine.predict(rows([good_row, {"no": "row"}, "not json"]))
    assert own_engine.cli("label", "prod", OLD, "--reason", "spring\ncohort").returncode == 0
    assert own_engine.cli("label", "prod", OLD).returncode == 0  # nothing to do
    assert own_engine.cli("rollback").returncode == 4
    lines = [json.loads(line) for line in own_engine.log_text()[len(before):].splitlines()]
    said = [line for line in lines if "trace_id" not in line]  # requests of operators have lines of their own, rows have none
    assert len(said) == 2, said
    who = f"uid {os.getuid()} ({pwd.getpwuid(os.getuid()).pw_name})"
    assert (said[0]["level"], said[0]["message"]) == (
        "info", f'label done: {OLD} by {who}, reason "spring\\x0acohort": \'prod\' selects {OLD}')
    assert said[1]["level"] == "warn" and said[1]["message"].startswith("rollback refused: ")


def test_directory_of_another_name_serves_with_a_warning_wherever_somebody_looks(models):
    (models / NEW).rename(models / "candidate (2)")
    warning = f"the directory 'candidate (2)' is not called as the version in it, {NEW}"
    with EngineProcess(models) as engine:
        assert engine.cli("switch", NEW).returncode == 0
        assert f"{NEW}: {warning}" in engine.log_text()
        versions = {row["version"]: row for row in json.loads(engine.cli("versions", "--json").stdout)}
        assert versions[NEW]["warnings"] == [warning] and versions[OLD]["warnings"] == []
        assert versions[NEW]["directory"] == f"{models}/candidate (2)"
        assert f"warning: {warning}" in engine.cli("versions").stdout
        assert engine.stop() == 0
        engine.start()  # the choice that was kept is a version, and is found again
        assert current(engine) == NEW
        assert engine.cli("switch", OLD).returncode == 0 and engine.cli("switch", NEW, "--persist").returncode == 0
        assert os.readlink(models / "current") == "candidate (2)"
    done = run_program("ringside", "check", models / "candidate (2)")
    assert done.returncode == 0 and f"warning: {warning}" in done.stdout
    document = json.loads(run_program("ringside", "check", models / "candidate (2)", "--json").stdout)
    check_cli("check", document)
    assert document["ok"] and document["warnings"] == [warning] and document["problems"] == []


def test_field_of_a_later_version_is_dropped_from_the_first_call_on(models, rows, good_row):
    """Rows sent as soon as the engine is ready meet it before the later version is loaded, as often as not: hence several starts."""
    later = next(field for field in fields_of(NEW) - fields_of(OLD))
    path = rows([{**good_row, later: 1}] * 50)
    for _ in range(5):
        with EngineProcess(models) as engine:
            assert {answer["status"] for answer in engine.predict(path)} == {"ok"}


def test_unreadable_choice_is_an_error_and_not_passed_over(own_engine):
    assert own_engine.stop() == 0
    kept = own_engine.state_dir / "loan_default" / "traffic.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text('{"format_version":')
    done = run_program("ringsided", "--models", own_engine.models, "--run-dir", own_engine.run_dir,
                       "--state-dir", own_engine.state_dir)
    assert done.returncode == 5 and str(kept) in done.stderr


def test_second_engine_for_the_same_sockets_is_refused_and_the_first_goes_on(engine):
    done = run_program("ringsided", "--models", engine.models, "--run-dir", engine.run_dir, "--state-dir", engine.state_dir)
    assert done.returncode == 1 and "another engine already serves" in done.stderr
    assert current(engine) == OLD


def test_killed_engine_leaves_sockets_that_the_next_one_replaces(own_engine):
    own_engine.kill()
    assert own_engine.admin_socket().exists()
    own_engine.start()
    assert current(own_engine) == OLD


def test_terminated_engine_ends_with_zero_and_removes_its_admin_socket(own_engine):
    socket = own_engine.admin_socket()
    own_engine.process.send_signal(signal.SIGTERM)
    assert own_engine.process.wait(timeout=120) == 0
    assert not socket.exists()


def test_rows_of_a_call_are_limited_as_configured(models, rows, good_row):
    with EngineProcess(models, environment={"RINGSIDE_LIMITS_ROWS_MAX": "2"}) as engine:
        path = rows([good_row] * 3)
        assert [answer["status"] for answer in engine.predict(path, "--batch", "2")] == ["ok"] * 3
        done = engine.cli("predict", "--input", path, "--batch", "3")
        assert done.returncode == 2 and "--batch 2" in done.stderr


def test_admin_shows_the_configuration_in_force(models):
    with EngineProcess(models, "--wait", "park") as engine:
        keys = {row["key"]: row for row in json.loads(json.dumps(engine.admin("GET", "/config")[1]))["keys"]}
        assert (keys["workers.wait"]["value"], keys["workers.wait"]["source"]) == ("park", "--wait")
