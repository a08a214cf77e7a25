"""Goal: a slowdown that is put in on purpose makes bench/gate fail, and a benchmark of a wrong answer measures nothing.
Method: the real programs with small counts, on the smallest model. The slowdown is the harness's own (RINGSIDE_BENCH_SLOWDOWN), far beyond what
a busy machine does to a ratio, so that no verdict here depends on how quiet it is; that the gate passes is shown with a baseline that is beaten."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build/release/bin")).parent
DATA = ROOT / "build/bench-data"
WORK = "forest/50x4x30 1 row/spin"

pytestmark = pytest.mark.skipif(not (BUILD / "bin/forest_bench").exists(), reason="benchmarks are not built in this preset")


def gate(baselines, *arguments, **environment):
    command = [ROOT / "bench/gate", WORK, "--build", BUILD, "--baselines", baselines, "--runs", "3", "--rounds", "10", *arguments]
    return subprocess.run([str(word) for word in command], env=dict(os.environ, **environment), capture_output=True, text=True, check=False, timeout=250)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    """What the gate itself writes."""
    folder = tmp_path_factory.mktemp("baselines")
    written = gate(folder, "--update")
    assert written.returncode == 0, written.stdout + written.stderr
    return folder


def test_a_baseline_keeps_the_ratio_of_every_run(baseline):
    document = json.loads(next(baseline.glob("*.json")).read_text())
    assert {row["reference_name"] for row in document["figures"]} == {"xgboost C API 1.7.4", "if/else codegen"}
    assert all(row["work"] == WORK and row["unit"] == "us p95" and len(row["ratios"]) == 3 for row in document["figures"])


def test_a_slowdown_put_in_on_purpose_fails(baseline):
    judged = gate(baseline, RINGSIDE_BENCH_SLOWDOWN="6")
    assert judged.returncode == 1, judged.stdout + judged.stderr
    assert f"SLOWER  {WORK}" in judged.stdout
    assert "measuring them again" in judged.stderr


def test_what_is_not_slower_than_its_baseline_passes(baseline, tmp_path):
    """Against a baseline of a tenth of the ratios."""
    source = next(baseline.glob("*.json"))
    document = json.loads(source.read_text())
    for row in document["figures"]:
        row["ratios"] = [ratio / 10 for ratio in row["ratios"]]
    (tmp_path / source.name).write_text(json.dumps(document))
    judged = gate(tmp_path)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "2 ok" in judged.stdout


def test_without_any_baseline_the_gate_fails_and_says_what_to_do(tmp_path):
    judged = gate(tmp_path)
    assert judged.returncode == 1
    assert "--update" in judged.stderr


def test_a_side_with_another_answer_ends_the_benchmark(baseline, tmp_path):
    """The compiled trees are replaced by ones that answer 0."""
    assert baseline
    shutil.copytree(DATA / "50x4x30", tmp_path / "50x4x30", ignore=shutil.ignore_patterns("models"))
    source = tmp_path / "wrong.c"
    source.write_text("float margin(const float* x) { (void)x; return 0.0f; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", tmp_path / "50x4x30/if_else.so"], check=True)
    ran = subprocess.run([BUILD / "bin/forest_bench", "--data", tmp_path, "--rounds", "2", f"--benchmark_filter={WORK}/"], capture_output=True, text=True,
                         check=False, timeout=100)
    assert ran.returncode == 1
    assert "if/else codegen answers row 0" in ran.stderr and "nothing was measured" in ran.stderr
