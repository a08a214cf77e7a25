"""Goal: a model that another release of XGBoost wrote keeps that release's name and meaning, or is refused with the reason.

Method: models of the release that runs here, saved in each format, their bytes changed to name another release.
"""

import json
import re
import struct

import pytest
import xgboost

import small_run
from ringside_export.models import xgboost_releases
from ringside_export.export import export_bundle
from ringside_export.problems import CannotReproduce, ExportFailed


def legacy(booster, major, minor):
    """`booster` in the legacy binary format, as `major.minor` would have written it."""
    data = bytearray(booster.save_raw("deprecated"))
    assert data.startswith(b"binf")
    struct.pack_into("<II", data, 4 + 20, major, minor)
    return bytes(data)


def export(tmp_path, name, data, run=None):
    run = run or small_run.SmallRun()
    directory = run.write(tmp_path / "run")
    (directory / "model.pkl").unlink()
    (directory / name).write_bytes(data)
    summary = export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")
    return json.loads((tmp_path / "small_v1.0.0" / "model.json").read_text()), summary


@pytest.mark.parametrize("release", [(1, 3), (1, 5), (1, 7), (2, 0)])
def test_legacy_binary_is_converted_under_the_release_that_wrote_it(release, tmp_path):
    model = small_run.SmallRun().model.get_booster()
    document, summary = export(tmp_path, "model.bin", legacy(model, *release))
    assert document["version"] == [*release, 0]
    assert any(f"model.bin was written by xgboost {release[0]}.{release[1]}" in line for line in summary)
    trees = json.loads(bytes(model.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
    assert document["learner"]["gradient_booster"]["model"]["trees"] == trees


@pytest.mark.parametrize(
    "release, reason",
    [
        ((0, 0), "written by xgboost 0.0, this is"),
        ((1, 1), "run the exporter where the model was trained"),
        ((1, 2), "adds a gbtree's leaves in another order"),
        ((1, 4), "run the exporter where the model was trained"),
        ((3, 1), "run the exporter where the model was trained"),
    ],
)
def test_legacy_binary_whose_bits_cannot_be_shown_here_is_refused(release, reason, tmp_path):
    with pytest.raises(CannotReproduce, match=re.escape(reason)):
        export(tmp_path, "model.bin", legacy(small_run.SmallRun().model.get_booster(), *release))


def test_what_1_3_and_1_6_changed_is_refused():
    xgboost_releases.require_same_bits("m", (1, 4 + 1, None), "dart", "binary:logitraw")
    with pytest.raises(CannotReproduce, match="a dart's leaves"):
        xgboost_releases.require_same_bits("m", (1, 3, None), "dart", "binary:logistic")
    with pytest.raises(CannotReproduce, match="1.3.0 and 1.3.1"):
        xgboost_releases.require_same_bits("m", (1, 3, None), "gbtree", "binary:logitraw")
    margins = small_run.numpy.array([[0.0], [-89.0]])
    xgboost_releases.require_same_values("m", (1, 6, 2), "binary:logistic", margins)
    with pytest.raises(CannotReproduce, match="below a margin of -88"):
        xgboost_releases.require_same_values("m", (1, 5, 2), "binary:logistic", margins)


@pytest.mark.parametrize("name", ["model.json", "model.ubj"])
def test_saved_model_is_exported_as_its_booster_predicts(name, tmp_path):
    model = small_run.SmallRun().model.get_booster()
    document, _ = export(tmp_path, name, bytes(model.save_raw(name.removeprefix("model."))))
    assert document["version"] == list(xgboost_releases.RUNNING)
    assert document == json.loads(bytes(model.save_raw("json")))


def test_saved_model_of_a_later_release_is_refused(tmp_path):
    text = bytes(small_run.SmallRun().model.get_booster().save_raw("json")).replace(b'"version":[1,7,4]', b'"version":[3,4,1]')
    with pytest.raises(CannotReproduce, match="model.json: .*Booster: written by xgboost 3.4.1"):
        export(tmp_path, "model.json", text)


@pytest.mark.parametrize(
    "name, data", [("model.bin", b"binf"), ("model.bin", b"x" * 200), ("model.json", b"{}"), ("model.ubj", b"{")]
)
def test_what_is_no_model_is_refused(name, data, tmp_path):
    with pytest.raises((ExportFailed, CannotReproduce)):
        export(tmp_path, name, data)


def test_two_models_are_refused(tmp_path):
    run = small_run.SmallRun()
    directory = run.write(tmp_path / "run")
    (directory / "model.json").write_text("{}")
    with pytest.raises(ExportFailed, match="model.pkl and model.json: which is the model"):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


def test_release_of_a_pickle_is_read_from_each_spelling():
    header = struct.pack("<fIiiiII", 0.5, 3, 0, 1, 0, 1, 2)
    assert xgboost_releases.of_pickle(b"..CONFIG-offset:\xc2\x04\0\0\0\0\0\0binf" + header) == (1, 2, None)
    assert xgboost_releases.of_pickle(b'.."}}},"version":[1,3,3]},"Model":') == (1, 3, 3)
    assert xgboost_releases.of_pickle(b"..\x07version[#L\0\0\0\0\0\0\0\x03i\x01i\x06i\x02}") == (1, 6, 2)
    assert xgboost_releases.of_pickle(b"nothing") is None


def test_booster_pickled_by_another_release_is_taken_and_its_wrapper_is_not(tmp_path):
    run = small_run.SmallRun()
    wrapper = run.write(tmp_path / "wrapper")
    run.model = run.model.get_booster()
    bare = run.write(tmp_path / "bare")
    for directory in (wrapper, bare):
        data = (directory / "model.pkl").read_bytes()
        assert data.count(b"\x03i\x01i\x07i\x04}") >= 1
        (directory / "model.pkl").write_bytes(data.replace(b"\x03i\x01i\x07i\x04}", b"\x03i\x01i\x06i\x02}"))
    export_bundle(bare, bare / "sample.jsonl", tmp_path / "small_v1.0.0")
    assert json.loads((tmp_path / "small_v1.0.0" / "model.json").read_text())["version"] == [1, 6, 2]
    with pytest.raises(CannotReproduce, match="written by xgboost 1.6.2, this is .*save_model"):
        export_bundle(wrapper, wrapper / "sample.jsonl", tmp_path / "small_v1.0.1")


def test_the_library_that_runs_here_is_the_one_these_rules_are_about():
    assert xgboost.__version__.startswith("1.7."), "require_same_bits takes other releases for models that it cannot show"
