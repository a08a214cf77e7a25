"""Goal: a shadow scores what current answers, differs by what `predict --version` says of both, and never touches an answer.
Method: the real programs on the example bundles, whose schemas and plans differ; expected differences are computed from predictions by version."""
import json
import shutil
import struct

import pytest

from tests.cli.conftest import NEW, OLD
from tests.cli.documents import check_admin, check_cli, check_file


def done(engine, *arguments):
    """The document of a command that must succeed."""
    ended = engine.cli(*arguments, "--json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def report(engine):
    document = done(engine, "shadow")
    check_cli("shadow", document)
    check_cli("status", engine.admin("GET", "/status")[1])
    return document


def finished(engine, count):
    """The comparison once every row has been compared, shed or refused."""
    def seen():
        comparison = report(engine)["comparison"]
        return comparison["compared"] + comparison["shed"] + comparison["refused"] >= count
    engine.wait_for(seen, f"{count} rows of the shadow")
    return report(engine)["comparison"]


def varied(row, field, values):
    return [{**row, field: value} for value in values]


def test_shadow_differs_by_what_predictions_by_version_differ(own_engine, rows, good_row):
    engine = own_engine
    new_field = {"total_il_high_credit_limit": 50000}  # which OLD drops and NEW reads
    lines = [{**row, **extra} for row in varied(good_row, "int_rate", [5.5 + i / 7 for i in range(40)]) for extra in ({}, new_field)]
    path = rows(lines)
    old, new = (engine.predict(path, "--version", version) for version in (OLD, NEW))
    assert done(engine, "shadow", NEW)["status"] == "shadow_set"
    answers = engine.predict(path)
    assert [answer["score"] for answer in answers] == [answer["score"] for answer in old]
    comparison = finished(engine, len(lines))
    assert (comparison["compared"], comparison["shed"], comparison["refused"]) == (len(lines), 0, 0)
    differences = [abs(float32(a["score"]) - float32(b["score"])) for a, b in zip(old, new)]
    assert comparison["max_difference"] == pytest.approx(max(differences), rel=1e-12)
    assert comparison["mean_difference"] == pytest.approx(sum(differences) / len(lines), rel=1e-12)
    assert comparison["equal_margins"] == sum(a["margin"] == b["margin"] for a, b in zip(old, new))
    assert comparison["label_flips"] == sum(a["label"] != b["label"] for a, b in zip(old, new))
    assert comparison["no_difference"] + comparison["not_a_number"] + sum(cell["rows"] for cell in comparison["differences"]) == len(lines)
    assert "shadow" in {v["version"]: v for v in engine.admin("GET", "/model/versions")[1]}[NEW]["roles"]
    check_cli("versions", engine.admin("GET", "/model/versions")[1])
    assert NEW in engine.cli("shadow").stdout and "rows compared" in engine.cli("status").stdout


def test_shadow_survives_kill_and_ends_when_it_becomes_current(own_engine, rows, good_row):
    engine = own_engine
    done(engine, "shadow", NEW, "--percent", "50", "--reason", "why")
    check_file("traffic.schema.json", json.loads((engine.state_dir / "loan_default" / "traffic.json").read_text()))
    engine.kill()
    engine.start()
    document = report(engine)
    assert (document["shadow"], document["percent"]) == (NEW, 50)
    engine.predict(rows([good_row] * 100), "--batch", "10")
    assert 45 <= finished(engine, 45)["compared"] <= 55
    assert engine.cli("switch", NEW).returncode == 0
    assert report(engine)["shadow"] is None
    event = [event for event in engine.admin("GET", "/model/history")[1] if event["action"] == "shadow"][0]
    assert (event["to"], event["reason"], event["outcome"]) == (NEW, "why", "done")
    check_cli("history", engine.admin("GET", "/model/history")[1])


def test_shadow_off_ends_it_once(own_engine):
    done(own_engine, "shadow", NEW)
    assert done(own_engine, "shadow", "off")["status"] == "shadow_off"
    assert done(own_engine, "shadow", "off")["status"] == "unchanged"
    assert own_engine.cli("shadow").stdout.startswith("there is no shadow")


def test_flood_is_shed_and_answers_stay_right(own_engine, rows, good_row):
    engine = own_engine
    path = rows(varied(good_row, "int_rate", [5 + i % 97 / 5 for i in range(20_000)]))
    before = [answer["score"] for answer in engine.predict(path, "--batch", "512", "--version", OLD)]
    done(engine, "shadow", NEW)
    assert [answer["score"] for answer in engine.predict(path, "--batch", "512")] == before
    comparison = finished(engine, 20_000)
    assert comparison["shed"] > 0 and comparison["compared"] > 0
    assert comparison["shed"] + comparison["compared"] + comparison["refused"] == 20_000


@pytest.mark.parametrize("arguments, status, said", [
    (("shadow", "no_such"), 4, "no version no_such"),
    (("shadow", OLD), 4, "current version"),
    (("shadow", NEW, "--percent", "0"), 2, "--percent"),
    (("shadow", NEW, "--percent", "0.001"), 2, "two decimals"),
    (("shadow", "off", "--percent", "5"), 2, "no --percent"),
    (("shadow", "--percent", "5"), 2, "VERSION is required"),
])
def test_what_cannot_be_done_says_why_and_changes_nothing(engine, arguments, status, said):
    ended = engine.cli(*arguments)
    assert ended.returncode == status and said in ended.stderr, ended.stderr
    assert engine.admin("GET", "/status")[1]["shadow"] is None


def test_admin_answers_as_described(own_engine):
    for body, want in [({"version": NEW, "percent": 5, "reason": "why"}, 200), ({"off": True}, 200), ({"version": "no"}, 404),
                       ({"version": OLD}, 409), ({"version": NEW, "percent": 0}, 400), ({"off": True, "percent": 1}, 400)]:
        status, document = own_engine.admin("POST", "/model/shadow", body)
        assert status == want, document
        check_admin("POST", "/model/shadow", status, document)


def test_equal_bundle_is_equal_in_every_bit_by_the_same_features(models, own_engine, rows, good_row):
    engine, twin = own_engine, OLD + "-twin"
    shutil.copytree(models / OLD, models / twin)
    manifest = json.loads((models / twin / "manifest.json").read_text())
    manifest["version"] = twin
    (models / twin / "manifest.json").write_text(json.dumps(manifest))
    assert done(engine, "shadow", twin)["version"] == twin
    engine.predict(rows(varied(good_row, "int_rate", [5 + i / 50 for i in range(300)])), "--batch", "50")
    comparison = finished(engine, 300)
    assert comparison["input"] == "features" and comparison["compared"] == 300
    assert comparison["equal_margins"] == comparison["equal_values"] == comparison["no_difference"] == 300
    assert comparison["label_flips"] == comparison["max_difference"] == 0 and [one["psi"] for one in comparison["psi"]] == [0]
