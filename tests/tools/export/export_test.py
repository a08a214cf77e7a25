"""Goal: a bundle is written whole, the same each time, and only when everything agreed.

Method: the small run through `export_bundle` and through the program; one thing broken a test; the two data sets whole.
"""

import hashlib
import json
import os
import subprocess

import jsonschema
import joblib
import pytest
import xgboost
from sklearn.preprocessing import MinMaxScaler

import small_run
from ringside_export import export as export_module
from ringside_export import plain_steps, yaml_text
from ringside_export.models import xgboost_model
from ringside_export.export import export_bundle
from ringside_export.problems import CannotReproduce, ExportFailed

SCHEMAS = small_run.ROOT / "schemas"


def files_of(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def export(run, tmp_path, name="small_v1.0.0"):
    directory = run.write(tmp_path / "run")
    return export_bundle(directory, directory / "sample.jsonl", tmp_path / name)


def test_bundle_holds_the_files_of_the_format_and_no_others(bundle):
    assert sorted(files_of(bundle)) == [
        "baseline.json",
        "encoders.json",
        "feature_schema.yaml",
        "golden.jsonl",
        "manifest.json",
        "model.json",
        "preprocess.json",
        "scaler.json",
        "version.txt",
    ]


def test_manifest_lists_every_other_file_with_its_size_and_hash(bundle):
    listed = json.loads((bundle / "manifest.json").read_bytes())["files"]
    found = {name: data for name, data in files_of(bundle).items() if name != "manifest.json"}
    assert [entry["path"] for entry in listed] == sorted(found)
    for entry in listed:
        assert entry["size"] == len(found[entry["path"]])
        assert entry["sha256"] == hashlib.sha256(found[entry["path"]]).hexdigest()


@pytest.mark.parametrize("name", ["manifest", "preprocess"])
def test_json_files_keep_their_schema(bundle, name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(json.loads((bundle / f"{name}.json").read_text()), schema)


def test_feature_schema_keeps_its_schema(bundle):
    schema = json.loads((SCHEMAS / "feature_schema.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(yaml_text.read(bundle / "feature_schema.yaml"), schema)


def test_golden_lines_keep_their_schema(golden):
    schema = json.loads((SCHEMAS / "golden.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    assert golden
    for line in golden:
        validator.validate(line)


def test_schema_of_golden_lines_refuses_a_line_without_bits(golden):
    schema = json.loads((SCHEMAS / "golden.schema.json").read_text())
    line = {**golden[0], "features": ["41d8"]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(line, schema)


def test_same_inputs_give_the_same_bytes(run_directory, bundle, tmp_path):
    again = tmp_path / "small_v1.0.0"
    export_bundle(run_directory, run_directory / "sample.jsonl", again)
    assert files_of(again) == files_of(bundle)


def test_only_the_time_differs_without_source_date_epoch(run_directory, bundle, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    again = tmp_path / "small_v1.0.0"
    export_bundle(run_directory, run_directory / "sample.jsonl", again)
    ours, theirs = files_of(again), files_of(bundle)
    one, other = json.loads(ours.pop("manifest.json")), json.loads(theirs.pop("manifest.json"))
    assert ours == theirs
    assert {**one, "created": 0} == {**other, "created": 0}


def test_exporter_writes_the_fill_that_it_chose_and_says_so(tmp_path):
    summary = export(small_run.SmallRun(), tmp_path)
    assert "note: city: missing becomes 'unknown', which the encoder knows" in summary
    fields = {field["name"]: field for field in yaml_text.read(tmp_path / "small_v1.0.0" / "feature_schema.yaml")["fields"]}
    assert fields["city"]["fill"] == "unknown"
    assert all("fill" in field for field in fields.values() if field["on_missing"] == "fill")


def test_numbers_without_a_fill_become_zero_and_are_named(tmp_path):
    run = small_run.SmallRun()
    run.schema = run.schema.replace(", fill: 0}", "}").replace(", fill: 0.0}", "}")
    assert "note: a missing number becomes 0, as no fill is said: age, income" in export(run, tmp_path)
    fields = yaml_text.read(tmp_path / "small_v1.0.0" / "feature_schema.yaml")["fields"]
    assert [field["fill"] for field in fields[:2]] == ["0", "0.0"]


def test_optional_files_are_carried_over_byte_for_byte(tmp_path):
    run = small_run.SmallRun()
    run.files = {
        "config.yaml": "depth: 4\n",
        "evaluation.json": '{"auc": 0.5}',
        "version.txt": "version: v1.0\nlabel: best\n",
        "serving.yaml": "threshold: 0.35\n",
    }
    export(run, tmp_path)
    found = files_of(tmp_path / "small_v1.0.0")
    assert {name: found[name].decode() for name in run.files} == run.files


def test_threshold_of_serving_yaml_decides_the_label(tmp_path):
    run = small_run.SmallRun()
    run.files = {"serving.yaml": "threshold: 0.35\n"}
    export(run, tmp_path)
    values_and_labels = set()
    for line in (tmp_path / "small_v1.0.0" / "golden.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] == "score":
            values_and_labels.add((int(entry["values"][0], 16) >= 0x3EB33333, entry["label"]))
    assert values_and_labels == {(True, 1), (False, 0)}


def test_targets_encoder_names_the_classes(tmp_path):
    run = small_run.SmallRun()
    run.encoders["Class"] = small_run.LabelEncoder().fit(["bad", "good"])
    export(run, tmp_path)
    assert json.loads((tmp_path / "small_v1.0.0" / "preprocess.json").read_text())["classes"] == ["bad", "good"]


@pytest.mark.parametrize(
    "scaler",
    [
        None,
        MinMaxScaler(),
        MinMaxScaler(feature_range=(-1, 1), clip=True),
        small_run.StandardScaler(with_mean=False),
        small_run.StandardScaler(with_std=False),
    ],
    ids=["none", "minmax", "clip", "no mean", "no std"],
)
def test_every_kind_of_scaler_is_reproduced(scaler, tmp_path):
    summary = export(small_run.SmallRun(scaler=scaler), tmp_path)
    assert "sample: 400 of 400 rows give the same bits by scikit-learn and by preprocess.json" in summary


def test_dropped_category_has_no_column(tmp_path):
    run = small_run.SmallRun()
    home = run.raw[["home"]].dropna().astype(str)
    run.encoders["home"] = small_run.OneHotEncoder(drop="first", handle_unknown="ignore").fit(home)
    run.features = run.features.drop(columns="home_own")
    run.model = run.fit(xgboost.XGBClassifier(n_estimators=5, n_jobs=1))
    run.schema = run.schema.replace("home_own, ", "")
    export(run, tmp_path)
    steps = json.loads((tmp_path / "small_v1.0.0" / "preprocess.json").read_text())["steps"]
    assert [step for step in steps if step["op"] == "onehot"] == [
        {
            "op": "onehot",
            "field": "home",
            "categories": ["own", "rent"],
            "unseen": "zeros",
            "outs": ["home_rent"],
            "drop": ["own"],
        }
    ]


def nothing_is_left(tmp_path):
    return [path.name for path in tmp_path.iterdir() if path.name != "run"] == []


def test_a_difference_ends_the_export_and_leaves_nothing(tmp_path, monkeypatch):
    def off_by_one_ulp(step, inexact):
        original = divide(step, inexact)

        def run(values, columns, result):
            original(values, columns, result)
            if step["out"] == "income" and columns["income"] > 1.0:
                columns["income"] *= 1.0 + 2.0**-23

        return run

    divide = plain_steps._MAKERS["divide"]
    monkeypatch.setitem(plain_steps._MAKERS, "divide", off_by_one_ulp)
    with pytest.raises(CannotReproduce, match=r"sample row \d+, feature 'income': expected bits [0-9a-f]{8} .*found [0-9a-f]{8}"):
        export(small_run.SmallRun(), tmp_path)
    assert nothing_is_left(tmp_path)


def test_a_model_file_that_predicts_otherwise_ends_the_export_and_leaves_nothing(tmp_path, monkeypatch):
    other = small_run.SmallRun(xgboost.XGBClassifier(n_estimators=10, max_depth=2, n_jobs=1)).model.get_booster()
    text = bytes(other.save_raw("json")).decode("utf-8")
    monkeypatch.setattr(xgboost_model.XgboostModel, "document_text", lambda _forest: text)
    with pytest.raises(CannotReproduce, match="margins of sample rows: row 0.*the reloaded model.json"):
        export(small_run.SmallRun(), tmp_path)
    assert nothing_is_left(tmp_path)


def test_a_failure_while_writing_leaves_nothing(tmp_path, monkeypatch):
    def fail(_plan):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_module.bundle_writer, "scaler_text", fail)
    with pytest.raises(OSError):
        export(small_run.SmallRun(), tmp_path)
    assert nothing_is_left(tmp_path)


def test_a_bundle_that_exists_is_never_changed(run_directory, bundle):
    before = files_of(bundle)
    with pytest.raises(ExportFailed, match="exists already"):
        export_bundle(run_directory, run_directory / "sample.jsonl", bundle)
    assert files_of(bundle) == before


def test_rows_that_strict_serving_refuses_are_counted_and_not_scored(tmp_path):
    run = small_run.SmallRun()
    run.raw.loc[0, "age"] = "forty"
    run.raw.loc[1, "age"] = 35.5
    summary = export(run, tmp_path)
    assert "note: strict serving would refuse 2 rows of the sample: age INT_FRACTION x1, age TYPE_MISMATCH x1" in summary
    assert "sample: 398 of 400 rows give the same bits by scikit-learn and by preprocess.json" in summary


def test_a_row_with_a_key_twice_is_counted_and_not_scored(run_directory, tmp_path):
    sample = tmp_path / "sample.jsonl"
    sample.write_text((run_directory / "sample.jsonl").read_text() + '{"age":1,"age":2}\n')
    summary = export_bundle(run_directory, sample, tmp_path / "small_v1.0.0")
    assert "note: strict serving would refuse 1 row of the sample: DUPLICATE_FIELD x1" in summary


@pytest.mark.parametrize(
    "fixture, rows, name", [("loan_run", 9857, "loan_default_v1.1.0"), ("adult_run", 32561, "adult_income_v1.0.0")]
)
def test_every_row_of_a_data_set_gives_the_same_bits(fixture, rows, name, request, tmp_path):
    run = request.getfixturevalue(fixture)
    sample = next(run.glob("sample.*"))
    summary = export_bundle(run, sample, tmp_path / name)
    assert f"sample: {rows} of {rows} rows give the same bits by scikit-learn and by preprocess.json" in summary


def test_program_exports_and_says_what_it_covered(run_directory, tmp_path):
    done = small_run.run_program(
        "--from", run_directory, "--sample", run_directory / "sample.jsonl", "--out", tmp_path / "small_v1.0.0"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "thresholds of the trees, " in done.stdout and "next: ringside check " in done.stdout and (tmp_path / "small_v1.0.0" / "manifest.json").is_file()


@pytest.mark.parametrize(
    "arguments, status, message",
    [
        (["--from", "RUN", "--sample", "RUN/sample.jsonl"], 2, "--out"),
        (["--from", "RUN", "--sample", "RUN/sample.jsonl", "--out", "OUT", "--coerce", "numpy"], 2, "invalid choice: 'numpy'"),
        (["--from", "RUN", "--sample", "RUN/absent.csv", "--out", "OUT"], 1, "absent.csv: No such file"),
        (["--from", "ABSENT", "--sample", "RUN/sample.jsonl", "--out", "OUT"], 1, "ABSENT: no such directory"),
        (["--from", "RUN", "--sample", "RUN/sample.jsonl", "--out", "RUN/no/such/place_v1.0.0"], 1, "no/such: no such directory"),
        (["--from", "ABSENT", "--sample", "RUN/sample.jsonl", "--out", "RUN/no/such/place_v1.0.0"], 1, "no/such: no such directory"),
    ],
)
def test_program_ends_with_the_status_of_the_problem(arguments, status, message, run_directory, tmp_path):
    out = tmp_path / "small_v1.0.0"
    real = [argument.replace("RUN", str(run_directory)).replace("OUT", str(out)) for argument in arguments]
    done = small_run.run_program(*real)
    assert done.returncode == status and message in done.stderr and "Traceback" not in done.stderr
    assert not out.exists()


def test_program_ends_with_5_when_the_pipeline_cannot_be_reproduced(run_directory, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for name, data in files_of(run_directory).items():
        (run / name).write_bytes(data)
    joblib.dump({"home": object(), "city": object()}, run / "encoders.pkl")
    done = small_run.run_program(
        "--from", run, "--sample", run / "sample.jsonl", "--out", tmp_path / "small_v1.0.0", module="ringside_export"
    )
    assert done.returncode == 5 and "builtins.object" in done.stderr
    assert nothing_is_left(tmp_path)


def test_program_runs_from_any_folder(run_directory, tmp_path):
    done = subprocess.run(
        [str(small_run.EXPORT / "ringside-export"), "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    assert done.returncode == 0 and "--sample" in done.stdout


ODD_TEXTS = [
    "\u2028x",
    'a "b" \\',
    "no",
    "~",
    "é",
    "e\u0301",
    "\U0001d11e",
    "\x01",
    "\x85",
    "null",
    " lead",
    "#c",
    "a: b",
    "",
    "\ufeff",
]


def test_odd_texts_come_through_schema_steps_and_rows_unchanged(tmp_path):
    run = small_run.SmallRun()
    run.raw["city"] = [ODD_TEXTS[number % len(ODD_TEXTS)] for number in range(len(run.raw))]
    run.encoders["city"] = small_run.LabelEncoder().fit(run.raw["city"])
    run.features["city"] = run.encoders["city"].transform(run.raw["city"])
    run.model = run.fit(xgboost.XGBClassifier(n_estimators=5, n_jobs=1))
    run.schema = run.schema.replace("encode: label}", 'encode: label, fill: "\\u2028x"}')
    export(run, tmp_path)
    bundle = tmp_path / "small_v1.0.0"
    assert yaml_text.read(bundle / "feature_schema.yaml")["fields"][3]["fill"] == "\u2028x"
    steps = json.loads((bundle / "preprocess.json").read_text(encoding="utf-8"))["steps"]
    assert [step["classes"] for step in steps if step["op"] == "label"] == [sorted(ODD_TEXTS)]
    rows = [json.loads(line)["row"] for line in (bundle / "golden.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert set(ODD_TEXTS) <= {row.get("city") for row in rows}
