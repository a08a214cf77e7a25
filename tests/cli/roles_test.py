"""Goal: canary, pins and labels do what their help says, answer whom they should, and hold after kill -9; documents keep to their schemas.
Method: the real programs; answers are asked for by `predict`, whose user_id is the route key."""
import json
import os
import signal

import pytest

from tests.cli.conftest import NEW, OLD
from tests.cli.documents import check_admin, check_cli, check_file

KEYS = [f"u{i}" for i in range(300)]


def arms(engine, rows, row, keys=KEYS, *options, tags=None):
    """Who answers each key: (version, arm)."""
    lines = [{**row, "user_id": key, **({"route_tags": tags} if tags else {})} for key in keys]
    answers = engine.predict(rows(lines), *options)
    assert all(answer["status"] == "ok" for answer in answers), answers[0]
    return {key: (answer["version"], answer["arm"]) for key, answer in zip(keys, answers)}


def done(engine, *arguments):
    """The document of a command that must succeed."""
    ended = engine.cli(*arguments, "--json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    document = json.loads(ended.stdout)
    check_cli("role_change", document)
    return document


def roles(engine):
    document = engine.admin("GET", "/model/versions")[1]
    check_cli("versions", document)
    return {version["version"]: version for version in document}


def test_canary_grows_by_keys_and_ends_with_rollback(own_engine, rows, good_row):
    engine = own_engine
    assert done(engine, "canary", NEW, "--percent", "20")["status"] == "canary_set"
    first = arms(engine, rows, good_row)
    taken = {key for key, answer in first.items() if answer == (NEW, "canary")}
    assert 30 < len(taken) < 90 and all(answer == (OLD, "current") for key, answer in first.items() if key not in taken)
    done(engine, "canary", NEW, "--percent", "50.25")
    second = arms(engine, rows, good_row)
    assert taken < {key for key, answer in second.items() if answer == (NEW, "canary")}
    assert roles(engine)[NEW]["roles"] == ["canary"] and roles(engine)[NEW]["canary_percent"] == 50.25
    status = json.loads(engine.cli("status", "--json").stdout)
    check_cli("status", status)
    assert (status["canary"], status["canary_percent"], status["canary_salt"]) == (NEW, 50.25, NEW)
    assert "50.25 %" in engine.cli("status").stdout and "canary 50.25 %" in engine.cli("versions").stdout
    assert done(engine, "canary", "off")["status"] == "canary_off"
    assert set(arms(engine, rows, good_row).values()) == {(OLD, "current")}


def test_same_key_has_the_same_arm_in_another_engine_and_after_a_crash(own_engine, rows, good_row):
    engine = own_engine
    done(engine, "canary", NEW, "--percent", "40", "--salt", "spring")
    done(engine, "pin", "u1", NEW)
    done(engine, "pin", "--tag", "segment=vip", OLD)
    done(engine, "label", "prod", NEW)
    before = arms(engine, rows, good_row)
    check_file("traffic.schema.json", json.loads((engine.state_dir / "loan_default" / "traffic.json").read_text()))
    engine.process.send_signal(signal.SIGKILL)
    engine.kill()
    engine.start()
    assert arms(engine, rows, good_row) == before  # from the first call on
    assert before["u1"] == (NEW, "pin")
    assert set(arms(engine, rows, good_row, ["x", "y"], tags={"segment": "vip"}).values()) == {(OLD, "pin")}
    assert set(arms(engine, rows, good_row, ["u2"], "--label", "prod").values()) == {(NEW, "label")}
    assert set(arms(engine, rows, good_row, ["u1"], "--version", OLD).values()) == {(OLD, "version")}


def test_switch_to_the_canary_promotes_it_and_rollback_ends_it(own_engine):
    engine = own_engine
    done(engine, "canary", NEW, "--percent", "1")
    assert "no canary any more" in engine.cli("switch", NEW).stdout
    assert roles(engine)[NEW]["roles"] == ["current"]
    done(engine, "canary", OLD, "--percent", "1")
    assert "has ended" in engine.cli("rollback").stdout
    assert engine.admin("GET", "/status")[1]["canary"] is None


def test_list_of_pins_is_used_whole_or_not_at_all(own_engine, tmp_path, rows, good_row):
    engine, path = own_engine, tmp_path / "pins.txt"
    path.write_text(f"# of the spring test\nu1 {NEW}\n\na b\t{OLD}\r\nu2   {OLD}\n")
    document = done(engine, "pin", "--file", path)
    assert (document["status"], document["pins"]) == ("pinned", 3)
    assert arms(engine, rows, good_row, ["u1", "u2", "a b", "u3"]) == {
        "u1": (NEW, "pin"), "u2": (OLD, "pin"), "a b": (OLD, "pin"), "u3": (OLD, "current")}
    for text, status, said in [(f"u9 {NEW}\nu8\n", 2, "line 2: expected KEY VERSION"), (f"u9 {NEW}\nu9 {OLD}\n", 2, "stands on line 1"),
                               (f"{'k' * 129} {NEW}\n", 2, "128 bytes"), (f"u9 {NEW}\nu8 no_such\n", 4, "no_such"), ("\n", 2, "no pins")]:
        path.write_text(text)
        ended = engine.cli("pin", "--file", path)
        assert ended.returncode == status and said in ended.stderr, ended.stderr
    listed = json.loads(engine.cli("pins", "--json").stdout)
    check_cli("pins", listed)
    assert (listed["keys"], listed["versions"]) == (3, {NEW: 1, OLD: 2})


def test_large_list_goes_in_several_requests(own_engine, tmp_path):
    path = tmp_path / "pins.txt"
    path.write_text("".join(f"user{i:060} {(OLD, NEW)[i % 2]}\n" for i in range(40_000)))
    assert done(own_engine, "pin", "--file", path)["pins"] == 40_000
    listed = own_engine.cli("pins", "--all").stdout.splitlines()
    assert len(listed) == len(set(listed)) == 40_000 and f"key\tuser{7:060}\t{NEW}" in listed
    own_engine.kill()
    own_engine.start()
    assert own_engine.cli("pins", "--key", f"user{7:060}").stdout == f"key\tuser{7:060}\t{NEW}\n"
    assert done(own_engine, "unpin", "--all")["pins"] == 0
    assert own_engine.cli("pins", "--key", f"user{7:060}").stdout == "not pinned\n"


def test_pins_that_cannot_be_read_end_the_start_and_say_what_to_do(own_engine):
    done(own_engine, "pin", "u1", NEW)
    own_engine.kill()
    path = own_engine.state_dir / "loan_default" / "pins.tsv"
    path.write_text(path.read_text().replace("commit 1", "commit 2"))
    with pytest.raises(AssertionError, match="ended with 5"):
        own_engine.start()
    assert "pins.tsv line 3: expected commit 1; next:" in own_engine.log_text()


def test_problem_of_a_request_is_said_once_with_what_to_type_next(engine):
    ended = engine.cli("canary", NEW, "--percent", "0.001")
    assert ended.stderr == "error: percent: at most two decimals\nnext: ringside canary --help\n"


def test_versions_shows_the_labels_of_operators_in_their_column(own_engine):
    for name in ("prod", "spring"):
        done(own_engine, "label", name, NEW)
    done(own_engine, "pin", "u1", NEW)
    table = {line.split()[0]: line for line in own_engine.cli("versions").stdout.splitlines()[:3]}
    assert table["version"].endswith("  labels")
    assert table[NEW].endswith("  prod, spring") and "  pinned 1  " in table[NEW], table
    assert table[OLD].endswith("  -"), table


@pytest.mark.parametrize("arguments, said", [
    (("canary", "off"), "there is no canary"),
    (("unpin", "nobody"), "not pinned"),
    (("unpin", "--all"), "nothing is pinned"),
    (("label", "prod", "--remove"), "there is no label 'prod'"),
])
def test_what_is_so_already_is_done_and_stands_in_no_history(engine, arguments, said):
    before = engine.admin("GET", "/model/history")[1]
    ended = engine.cli(*arguments)
    assert (ended.returncode, ended.stdout) == (0, f"nothing to do: {said}\n")
    assert done(engine, *arguments)["status"] == "unchanged"
    assert engine.admin("GET", "/model/history")[1] == before


@pytest.mark.parametrize("arguments, status, said", [
    (("canary", "no_such", "--percent", "5"), 4, "no version no_such"),
    (("canary", OLD, "--percent", "5"), 4, "current version"),
    (("canary", NEW), 2, "--percent is required"),
    (("canary", NEW, "--percent", "100.5"), 2, "0 to 100"),
    (("canary", NEW, "--percent", "0.001"), 2, "two decimals"),
    (("canary", "off", "--percent", "5"), 2, "neither --percent"),
    (("pin", "u1"), 2, "KEY VERSION"),
    (("pin", "u1", "no_such"), 4, "no version no_such"),
    (("pin", "--tag", "vip", NEW), 2, "KEY=VALUE"),
    (("pin", "k" * 129, NEW), 2, "128 bytes"),
    (("pin", "--file", "/no/such/file"), 2, "/no/such/file"),
    (("pin", "--file", "/"), 2, "is a directory"),
    (("unpin",), 2, "--all"),
    (("label", "prod"), 2, "NAME VERSION"),
    (("label", OLD, NEW), 4, "must not hide it"),
])
def test_what_cannot_be_done_says_why_and_changes_nothing(engine, arguments, status, said):
    ended = engine.cli(*arguments)
    assert ended.returncode == status and said in ended.stderr, ended.stderr
    document = json.loads(engine.cli(*arguments, "--json").stdout)
    check_cli("error", document)
    after = engine.admin("GET", "/status")[1]
    assert (after["canary"], after["pins"], after["labels"]) == (None, {"keys": 0, "tags": 0}, {})


@pytest.mark.parametrize("command", ["canary", "pin", "unpin", "pins", "label"])
def test_help_has_an_example(engine, command):
    ended = engine.cli(command, "--help")
    assert ended.returncode == 0 and f"Example:\n  ringside {command}" in ended.stdout


def test_admin_answers_as_described(own_engine):
    for target, body, want in [("/model/canary", {"version": NEW, "percent": 5, "reason": "why"}, 200), ("/model/canary", {"off": True}, 200),
                               ("/model/canary", {"version": "no", "percent": 5}, 404), ("/model/canary", {"version": OLD, "percent": 5}, 409),
                               ("/model/canary", {"version": NEW, "percent": 101}, 400), ("/model/pin", {"version": NEW, "keys": ["ü"]}, 200),
                               ("/model/unpin", {"keys": ["ü"]}, 200), ("/model/unpin", {}, 400), ("/model/label", {"label": "p", "version": NEW}, 200),
                               ("/model/label", {"label": "q", "remove": True}, 200)]:
        status, document = own_engine.admin("POST", target, body)
        assert status == want, document
        check_admin("POST", target, status, document)


def test_canary_that_is_not_resident_is_loaded_first(models, own_engine, rows, good_row):
    own_engine.kill()
    os.rename(models / NEW, models.parent / NEW)  # it comes once the engine has looked through models/
    own_engine.start()
    os.rename(models.parent / NEW, models / NEW)
    assert done(own_engine, "canary", NEW, "--percent", "100")["version"] == NEW
    assert set(arms(own_engine, rows, good_row, ["u1"]).values()) == {(NEW, "canary")}
