"""Goal: what `ringside --json` prints and what admin.sock answers is what schemas/ says, in good and in bad cases.
Method: the real programs; every document is held to its schema."""
import json

import pytest

from tests.cli.conftest import NEW, OLD, ROOT
from tests.cli.documents import OPENAPI, check_admin, check_cli, check_file
from tests.support.engine_process import run_program


def object_of(done):
    lines = done.stdout.splitlines()
    assert len(lines) == 1 and done.stderr == "", (done.stdout, done.stderr)
    return json.loads(lines[0])


@pytest.mark.parametrize("command", ["status", "versions", "schema", "history"])
def test_command_prints_one_object_of_its_schema(engine, command):
    done = engine.cli(command, "--json")
    assert done.returncode == 0
    check_cli(command, object_of(done))


def test_status_holds_at_least_the_promised_keys(engine):
    status = object_of(engine.cli("--json", "status"))
    assert {"task", "ready", "current", "previous", "canary", "shadow"} <= status.keys()
    assert (status["task"], status["ready"], status["current"]) == ("loan_default", True, OLD)


def test_versions_show_state_roles_and_metadata(engine):
    versions = {version["version"]: version for version in object_of(engine.cli("versions", "--json"))}
    assert versions[OLD]["roles"] == ["current"] and versions[NEW]["roles"] == []
    assert versions[OLD]["state"] == versions[NEW]["state"] == "resident"
    assert versions[OLD]["evaluation"]["auc"] == "0.72"  # models/loan_default_v1.0.0/evaluation.json
    assert versions[OLD]["metadata"]["task_name"] == "loan_default" and versions[OLD]["golden_rows"] > 100


def test_schema_of_another_version_has_its_fields(engine):
    fields = {version: {field["name"] for field in object_of(engine.cli("schema", "--version", version, "--json"))["fields"]}
              for version in (OLD, NEW)}
    assert fields[OLD] < fields[NEW]


def test_predict_prints_one_object_a_row(engine, rows, good_row):
    lines = [good_row, "{", {**good_row, "zip": 1}, {**good_row, "request_id": "r", "user_id": "u", "trace_id": "t"}]
    answers = engine.predict(rows(lines), "--features")
    for answer in answers:
        check_cli("predict", answer)
    assert [answer["status"] for answer in answers] == ["ok", "invalid", "invalid", "ok"]
    assert [answer["row"] for answer in answers] == [0, None, 2, 3]
    assert answers[1]["errors"][0]["code"] == "MALFORMED" and answers[1]["errors"][0]["field"] is None
    assert answers[2]["errors"] == [{"field": "zip", "code": "EXTRA_FIELD", "message": answers[2]["errors"][0]["message"]}]
    assert answers[3]["request_id"] == "r"


@pytest.mark.parametrize("options, status", [
    (("--version", "no_such_version"), "unknown_version"),
    (("--deadline", "1ns"), "timeout"),
])
def test_rows_without_a_score_have_the_same_schema(engine, rows, good_row, options, status):
    answer, = engine.predict(rows([good_row]), *options)
    check_cli("predict", answer)
    assert answer["status"] == status
    assert len(answer["request_id"]) == 36 and answer["trace_id"] == answer["request_id"]


def test_check_prints_what_is_wrong(models):
    check_cli("check", object_of(run_program("ringside", "check", models / OLD, "--json")))
    schema = models / OLD / "feature_schema.yaml"
    schema.write_text(schema.read_text() + "\n")
    done = run_program("ringside", "--json", "check", models / OLD)
    found = object_of(done)
    check_cli("check", found)
    assert done.returncode == 5 and not found["ok"]
    assert any(problem["file"] == "feature_schema.yaml" for problem in found["problems"])


def test_changes_print_from_and_to(own_engine):
    for arguments, status, ends in [(("switch", NEW, "--dry-run"), "dry_run_good", (OLD, NEW)),
                                    (("switch", NEW, "--reason", "why"), "switched", (OLD, NEW)),
                                    (("switch", NEW), "already_current", (NEW, NEW)),
                                    (("rollback",), "switched", (NEW, OLD))]:
        done = own_engine.cli("--json", *arguments)
        document = object_of(done)
        check_cli("change", document)
        assert (done.returncode, document["status"], (document["from"], document["to"])) == (0, status, ends)


@pytest.mark.parametrize("arguments", [
    ("switch", "no_such_version"), ("rollback",), ("schema", "--version", "no"), ("switch", OLD, "--forced"), ("statuss",),
])
def test_errors_are_objects_with_their_exit_status(engine, arguments):
    done = engine.cli(*arguments, "--json")
    document = object_of(done)
    check_cli("error", document)
    assert document["exit_status"] == done.returncode != 0
    assert document["next"].startswith("ringside ")


def answers_json(methods):
    return "get" in methods and "application/json" in methods["get"]["responses"]["200"].get("content", {"application/json": {}})


def is_asked_elsewhere(path, methods):
    """What needs parameters, such as /model/compare, or a journal: their own tests ask."""
    return path.startswith("/audit") or any(parameter["required"] for parameter in methods["get"].get("parameters", ()))


@pytest.mark.parametrize("path", [path for path, methods in OPENAPI["paths"].items() if answers_json(methods) and not is_asked_elsewhere(path, methods)])
def test_admin_answers_as_described(engine, path):
    status, document = engine.admin("GET", path)
    assert status == 200
    check_admin("GET", path, status, document)
    status, refused = engine.admin("POST", path, {})
    assert status == 405 and refused["error"]


def test_admin_switch_and_rollback_answer_as_described(own_engine):
    for target, body, want in [("/model/switch", {"version": "no"}, 404), ("/model/switch", {"version": 7}, 400),
                               ("/model/switch", b"\xff", 400), ("/model/rollback", None, 409),
                               (f"/model/switch?version={NEW}", None, 200), ("/model/switch", {"version": NEW}, 200),
                               ("/model/rollback", {"reason": "why"}, 200)]:
        status, document = own_engine.admin("POST", target, body)
        assert status == want, document
        check_admin("POST", target.partition("?")[0], status, document)


def test_admin_error_carries_the_callers_trace(engine):
    trace = "0af7651916cd43dd8448eb211c80319c"
    assert engine.admin("GET", "/no", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})[1]["trace_id"] == trace
    assert engine.admin("GET", "/no", headers={"X-Request-Id": "r-7"})[1]["trace_id"] == "r-7"


def test_admin_failed_check_says_file_and_finding(models, own_engine):
    bad = models / "loan_default_v9.0.0"
    bad.mkdir()
    status, document = own_engine.admin("POST", "/model/switch", {"version": bad.name})
    assert status == 422
    check_admin("POST", "/model/switch", status, document)
    assert document["detail"][0]["file"] == "manifest.json"
    check_cli("versions", own_engine.admin("GET", "/model/versions")[1])


def test_kept_choice_is_what_its_schema_says(own_engine):
    assert own_engine.cli("switch", NEW).returncode == 0
    kept = json.loads((own_engine.state_dir / "loan_default" / "traffic.json").read_text())
    check_file("traffic.schema.json", kept)
    assert kept == {"format_version": 1, "current": NEW, "seen_current": OLD, "previous": OLD}


def test_committed_bundles_pass_check():
    for version in (OLD, NEW):
        assert object_of(run_program("ringside", "check", ROOT / "models" / version, "--json"))["ok"]
