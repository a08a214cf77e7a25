"""Goal: bench/peers/run says that PyPI is out of reach and ends well, refuses what it does not know, and tells right bits from wrong ones.
Method: pip pointed at a port that nobody listens on; the real program with peers that need no wheel: the distribution's own XGBoost
opened a second time, and trees in C that are right for no row. Invented counters for the table."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/peers"), str(ROOT / "bench")]

import environment  # noqa: E402
import figures  # noqa: E402
import lines  # noqa: E402

BUILD = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build/release/bin")).parent
DATA = ROOT / "build/bench-data"
WORK = "peers/50x4x30 1 row/spin"


def run(*arguments, **variables):
    return subprocess.run([str(ROOT / "bench/peers/run"), *arguments], env=dict(os.environ, **variables), capture_output=True, text=True, check=False,
                          timeout=200)


def counters(**values):
    """One run: p50 of each side; p99 is twice that."""
    return {f"{side}|{percentile}": value * times for side, value in values.items() for percentile, times in (("p50", 1), ("p99", 2))}


def test_it_is_skipped_with_a_message_where_pypi_is_out_of_reach(tmp_path):
    ran = run("50x4x30", "--environment", str(tmp_path), PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull)
    assert ran.returncode == 0, ran.stderr
    assert "skipped: PyPI is out of reach" in ran.stdout
    assert not (tmp_path / "env/complete").exists()


def test_another_failure_of_pip_is_not_taken_for_being_out_of_reach():
    assert environment.is_out_of_reach("ERROR: Could not find a version that satisfies the requirement lleaves (from versions: none)")
    assert not environment.is_out_of_reach("ERROR: Could not find a version that satisfies the requirement llvmlite<0.1 (from versions: 0.43.0, 0.44.0)")
    assert not environment.is_out_of_reach("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")


@pytest.mark.parametrize("wrong", [["2x2x2"], ["--rows", "3"]])
def test_what_it_does_not_know_is_refused_before_anything_is_installed(wrong):
    ran = run(*wrong, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert ran.returncode == 2
    assert "50x4x30" in ran.stderr or "512" in ran.stderr


def test_times_are_of_a_row_and_the_ratio_is_the_median_of_the_runs_ratios():
    runs = [counters(ours=64, tl2cgen=640) | {"tl2cgen|equal": 0.75}, counters(ours=128, tl2cgen=2560) | {"tl2cgen|equal": 0.5},
            counters(ours=256, tl2cgen=768) | {"tl2cgen|equal": 0.75}]
    ours, peer = lines.lines_of("100x6x30", 64, runs, {"tl2cgen": "tl2cgen 1.0.0"}, "a machine")
    assert (ours["side"], ours["p50"], ours["ratio_p50"], ours["equal_bits"]) == ("ours", 2, 1, 1.0)
    assert peer == {"bench": "peers", "work": "100x6x30 64 rows", "side": "tl2cgen", "version": "tl2cgen 1.0.0", "unit": "us a row", "p50": 12.0, "p99": 24.0,
                    "ratio_p50": 10.0, "ratio_p99": 10.0, "equal_bits": 0.5, "equal_to": "xgboost 1.7.4", "runs": 3, "machine": "a machine"}


def test_the_table_names_a_work_once_and_says_whose_bits_are_equal():
    runs = [counters(ours=1, xgboost=9, lightgbm=3, lleaves=2) | {"xgboost|equal": 1.0, "lleaves|equal": 0.505} | counters(**{"xgboost 1.7.4": 8})]
    heading, *rows = lines.table(lines.lines_of("50x4x30", 1, runs, {}, "m")).splitlines()
    assert "times ours" in heading
    assert [row[:22].strip() for row in rows] == ["50x4x30 1 row", "", "", "", ""]
    assert [row[23:36].strip() for row in rows] == ["ours", "xgboost 1.7.4", "xgboost", "lightgbm", "lleaves"]
    assert [row.split("  ")[-1] for row in rows] == ["all of xgboost 1.7.4's", "its own", "all of xgboost 1.7.4's", "its own", "50.5 % of lightgbm's"]


@pytest.mark.skipif(not (BUILD / "bin/peers_bench").exists(), reason="benchmarks are not built in this preset")
def test_a_peer_of_the_same_bits_is_counted_whole_and_one_of_other_bits_not_at_all(tmp_path):
    (tmp_path / "50x4x30").mkdir()
    linked = subprocess.run(["ldd", BUILD / "bin/peers_bench"], capture_output=True, text=True, check=True).stdout
    (tmp_path / "xgboost.so").symlink_to(next(line.split()[2] for line in linked.splitlines() if "libxgboost" in line))
    source = tmp_path / "wrong.c"
    source.write_text("void predict(void* row, int margin, float* value) { (void)row; (void)margin; *value += 2.0f; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", tmp_path / "50x4x30/tl2cgen.so"], check=True)
    subprocess.run(["/usr/bin/python3", ROOT / "bench/models.py", "--out", DATA, "50x4x30"], check=True, timeout=200)
    ran = subprocess.run([BUILD / "bin/peers_bench", "--data", DATA, "--peers", tmp_path, "--rounds", "2", "--slice-us", "0",
                          f"--benchmark_filter={WORK}/", "--benchmark_format=json"], capture_output=True, text=True, check=False, timeout=100)
    assert ran.returncode == 0, ran.stderr
    found = figures.read_run(ran.stdout)[WORK]
    assert (found["xgboost|equal"], found["tl2cgen|equal"]) == (1.0, 0.0)
    assert "xgboost 1.7.4|equal" not in found and json.loads(ran.stdout)["benchmarks"][0]["tl2cgen|calls"] > 0
