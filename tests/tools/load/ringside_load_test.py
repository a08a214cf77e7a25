"""Goal: ringside-load measures a real engine, says what it saw in text, JSON and a page, and ends with the status that every program has.
Method: an engine on the committed bundles, the demo's rows, and runs of a fraction of a second. Nothing is said of how fast anything is."""

import json
import os
import pathlib
import subprocess
import time

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build/release/bin"))
SCHEMA = json.loads((ROOT / "schemas/load_report.schema.json").read_text())
WATCHDOG_S = 120


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    """Where an engine serves loan_default_v1.0.0, and v1.1.0 by name."""
    folder = tmp_path_factory.mktemp("engine")
    command = [BIN / "ringsided", "--models", ROOT / "models", "--bundle", "loan_default_v1.0.0", "--run-dir", folder / "run", "--state-dir", folder / "state"]
    with open(folder / "log", "w", encoding="utf-8") as log, subprocess.Popen(command, stderr=log, stdout=log) as engine:
        end = time.monotonic() + WATCHDOG_S
        while not (folder / "run/loan_default/data.sock").exists():
            assert engine.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.02)
        yield folder / "run"
        engine.terminate()


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The demo's rows, without the field that v1.0.0 knows only once v1.1.0 is loaded beside it."""
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    lines = (ROOT / "tests/golden/loan_default_demo.jsonl").read_text().splitlines()
    rows = [{name: value for name, value in json.loads(line)["row"].items() if name != "total_il_high_credit_limit"} for line in lines]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def load(run_dir, *arguments):
    command = [BIN / "ringside-load", "--run-dir", run_dir, *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=WATCHDOG_S)


def report_of(done):
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    assert sum(report["statuses"].values()) == report["rows"]
    assert sum(second["calls"] for second in report["seconds"]) == report["calls"]
    latency = report["latency_us"]
    ordered = [latency[name] for name in ("min", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max")]
    assert ordered == sorted(ordered) and ordered[0] > 0
    return report


@pytest.mark.parametrize("wait", ["spin", "adaptive", "park"])
def test_closed_loop_scores_every_row(run_dir, rows, wait):
    report = report_of(load(run_dir, "--mode", "closed", "--duration", "300ms", "--input", rows, "--wait", wait, "--json"))
    assert report["rows"] == report["calls"] == report["statuses"]["ok"] > 0
    assert report["versions"] == {"loan_default_v1.0.0": report["rows"]}
    assert report["rate"] is None and report["first_trouble"] is None


def test_batches_of_several_threads(run_dir, rows):
    report = report_of(load(run_dir, "--mode", "closed", "--duration", "300ms", "--threads", "2", "--batch", "64", "--input", rows, "--json"))
    assert report["rows"] == 64 * report["calls"] == report["statuses"]["ok"] > 0


def test_open_loop_sends_exactly_what_is_due(run_dir, rows):
    report = report_of(load(run_dir, "--mode", "open", "--rate", "500", "--threads", "2", "--duration", "1s", "--input", rows, "--json"))
    assert report["calls"] + report["not_sent"] == 500
    assert report["latency_from"] == "intended send time"


def test_a_rate_beyond_the_engine_is_told_and_not_hidden(run_dir, rows):
    """Ten million a second for 10 ms: far more is due than can be sent, and the latencies say how far behind it was."""
    report = report_of(load(run_dir, "--mode", "open", "--rate", "1e7", "--duration", "10ms", "--input", rows, "--json"))
    assert report["calls"] + report["not_sent"] == 100_000
    assert report["elapsed_s"] > 2 * report["duration_s"]
    assert report["latency_us"]["max"] > 1e6 * report["duration_s"]


def test_a_version_may_be_asked_for_by_name(run_dir, rows):
    end = time.monotonic() + WATCHDOG_S
    while (done := load(run_dir, "--mode", "closed", "--duration", "50ms", "--version", "loan_default_v1.1.0", "--input", rows, "--json")).returncode != 0:
        assert time.monotonic() < end, done.stderr  # it is loaded in the background
    assert list(report_of(done)["versions"]) == ["loan_default_v1.1.0"]


def test_rows_that_the_engine_refuses_are_counted_by_status(run_dir, tmp_path, rows):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(rows.read_text().splitlines()[0] + '\n{"no_such_field":1}\n')
    report = report_of(load(run_dir, "--mode", "closed", "--duration", "100ms", "--input", bad, "--json"))
    assert report["statuses"]["invalid"] > 0 and report["statuses"]["ok"] > 0
    assert "no_such_field EXTRA_FIELD" in report["first_trouble"]


def test_no_scored_row_at_all_is_a_failure(run_dir, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"no_such_field":1}\n')
    done = load(run_dir, "--mode", "closed", "--duration", "100ms", "--input", bad)
    assert done.returncode == 1
    assert "no row was scored" in done.stderr


def test_text_and_page_are_for_people(run_dir, rows, tmp_path):
    done = load(run_dir, "--mode", "closed", "--duration", "100ms", "--input", rows, "--html", tmp_path / "report.html")
    assert done.returncode == 0
    assert "throughput" in done.stdout and "p99.99" in done.stdout
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!doctype html>") and "<polyline" in page


@pytest.mark.parametrize(("arguments", "word"), [
    (["--mode", "open"], "--rate"),
    (["--mode", "closed", "--rate", "5"], "--rate"),
    (["--mode", "sideways"], "--mode"),
    (["--mode", "closed", "--duration", "soon"], "--duration"),
    (["--mode", "closed", "--duration", "2h"], "--duration"),
    (["--mode", "closed", "--deadline", "-1s"], "--deadline"),
    (["--mode", "closed", "--threads", "0"], "--threads"),
    (["--mode", "closed", "--batch", "513"], "--batch"),
    (["--mode", "closed", "--batch", "0"], "--batch"),
])
def test_usage_errors_end_with_2(run_dir, rows, arguments, word):
    done = load(run_dir, "--input", rows, *arguments)
    assert done.returncode == 2
    assert word in done.stderr + done.stdout


def test_without_an_engine_it_ends_with_3(tmp_path, rows):
    done = load(tmp_path, "--mode", "closed", "--task", "loan_default", "--input", rows)
    assert done.returncode == 3
    assert done.stderr.startswith("ringside-load: ") and "--run-dir and --task" in done.stderr, "flags, not the library's options"


def test_run_dir_and_task_may_come_from_the_environment_as_for_ringside(run_dir, rows):
    command = [BIN / "ringside-load", "--mode", "closed", "--duration", "50ms", "--input", rows]
    environment = dict(os.environ, RINGSIDE_RUN_DIR=str(run_dir), RINGSIDE_TASK="loan_default")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    assert done.returncode == 0, done.stderr


def test_a_broken_line_of_input_is_named(run_dir, tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"age":1}\n{"age":\n')
    done = load(run_dir, "--mode", "closed", "--input", broken)
    assert done.returncode == 1
    assert "broken.jsonl:2" in done.stderr
