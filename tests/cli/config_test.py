"""Goal: what can change without a restart changes by signal, route and command; the rest is named; a bad configuration changes nothing; and
the schema of the file accepts what the engine accepts.
Method: the real programs; the file rewritten under a running engine."""
import json
import signal

import jsonschema
import pytest
import yaml

from tests.cli.conftest import ROOT
from tests.cli.documents import SCHEMAS, check_admin, check_cli
from tests.support.engine_process import EngineProcess, run_program

SCHEMA = json.loads((SCHEMAS / "engine_config.schema.json").read_text())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "engine.yaml"
    path.write_text("log: {level: info}\nlimits: {clients_max: 8}\n")
    return path


@pytest.fixture
def configured(file):
    with EngineProcess(ROOT / "models", "--config", file) as engine:
        yield engine


def keys(engine):
    status, document = engine.admin("GET", "/config")
    check_admin("GET", "/config", status, document)
    return {key["key"]: key for key in document["keys"]}


def test_reload_takes_live_keys_and_names_the_others(configured, file):
    file.write_text("log: {level: warn}\nlimits: {clients_max: 9}\nworkers: {count: 3}\n")
    done = configured.cli("reload", "--json")
    document = json.loads(done.stdout)
    check_cli("reload", document)
    assert {change["key"]: (change["from"], change["to"]) for change in document["applied"]} == {
        "log.level": ("info", "warn"), "limits.clients_max": ("8", "9")}
    assert [change["key"] for change in document["need_restart"]] == ["workers.count"]
    now = keys(configured)
    assert (now["log.level"]["value"], now["log.level"]["source"], now["log.level"]["reload"]) == ("warn", f"{file}:1", "live")
    assert (now["workers.count"]["value"], now["workers.count"]["reload"]) == ("1", "restart")
    assert configured.cli("reload").stdout == "needs a restart: workers.count: '1' -> '3'\n"


def test_sighup_does_the_same(configured, file):
    file.write_text("limits: {clients_max: 10}\n")
    configured.process.send_signal(signal.SIGHUP)
    configured.wait_for(lambda: keys(configured)["limits.clients_max"]["value"] == "10", "the reload")
    assert keys(configured)["limits.clients_max"]["source"] == f"{file}:1"


def test_a_wrong_value_changes_nothing_and_everything_wrong_is_said(configured, file):
    file.write_text("log: {level: warn}\nworkers: {count: 0}\nlimits: {row_max: 1}\n")
    done = configured.cli("reload")
    assert done.returncode == 2 and done.stdout == ""
    for words in ("2 problems, nothing was changed", "workers.count", f"{file}:2", "did you mean limits.rows_max?", f"{file}:3"):
        assert words in done.stderr
    assert keys(configured)["log.level"]["value"] == "info"
    file.write_text("access: {data: {users: [nobody_of_this_name]}}\n")
    done = configured.cli("reload")
    assert done.returncode == 2 and "nobody_of_this_name" in done.stderr


def test_a_lower_limit_holds_for_who_comes_next(configured, file, rows, good_row):
    path = rows([good_row])
    file.write_text("limits: {clients_max: 1}\n")
    assert configured.cli("reload").returncode == 0
    assert configured.predict(path)[0]["status"] == "ok"
    assert keys(configured)["limits.clients_max"]["value"] == "1"


def test_config_shows_values_and_sources(configured, file):
    lines = {line.split()[0]: line.split() for line in configured.cli("config").stdout.splitlines()}
    assert lines["limits.clients_max"][1:] == ["8", f"{file}:2", "live"]
    assert lines["workers.count"][1:] == ["1", "default", "restart"]
    assert configured.cli("config", "show").returncode == 0
    check_cli("config", json.loads(configured.cli("config", "--json").stdout))


GOOD = ["{}", "workers: {count: 2, cpus: [2, 3]}\naccess: {data: {groups: [ads, 1001]}}", "bundle_signature: {mode: off}",
        "journal: {enabled: true, sample: 0.5, when_full: gap}\nlog: {level: debug, file: /tmp/x}"]
BAD = ["workers: {count: 0}", "workers: {cuont: 1}", "journal: {sample: 2}", "journal: {enabled: perhaps}", "log: {level: loud}", "models: ''"]


@pytest.mark.parametrize("text", GOOD + BAD)
def test_schema_and_engine_agree(tmp_path, text):
    file = tmp_path / "engine.yaml"
    file.write_text(text)
    errors = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text)))
    done = run_program("ringsided", "--config", file, "--check-config")
    assert (not errors, done.returncode == 0) == (text in GOOD, text in GOOD), (errors, done.stderr)


def test_help_and_schema_are_printed_without_an_engine():
    assert run_program("ringsided", "--help-config").stdout.startswith("| key | type |")
    assert json.loads(run_program("ringsided", "--config-schema").stdout) == SCHEMA
