"""Goal: what bench/run prints is what formats promise: medians over runs, the median of the runs' ratios, stable words.
Method: invented counters of three runs; the table of works and the script's own listing."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import figures  # noqa: E402
import measuring  # noqa: E402
import works  # noqa: E402

KEYS = ["bench", "work", "ours", "reference", "reference_name", "unit", "ratio", "mode", "runs", "machine"]


def counters(ours, reference):
    """One run of one work: every percentile of a side is the same."""
    found = {}
    for percentile in works.Work.percentiles:
        found[f"ours|{percentile}"] = ours
        for name in (works.XGBOOST, works.IF_ELSE):
            found[f"{name}|{percentile}"] = reference
    return found


def run(*arguments):
    return subprocess.run([str(ROOT / "bench/run"), *arguments], capture_output=True, text=True, check=False, timeout=60)


def the_work(name):
    return next(work for work in works.WORKS if work.name == name)


def test_a_figure_has_the_keys_that_formats_promise_in_their_order():
    lines = list(figures.figures_of(the_work("forest/100x6x30 1 row/spin"), [counters(0.5, 12.1)], "a machine"))
    assert [list(line) for line in lines] == [KEYS] * 6
    assert lines[0] == {"bench": "forest", "work": "100x6x30 1 row", "ours": 0.5, "reference": 12.1, "reference_name": "xgboost C API 1.7.4",
                        "unit": "us p50", "ratio": 24.2, "mode": "spin", "runs": 1, "machine": "a machine"}
    assert {line["reference_name"] for line in lines} == {works.XGBOOST, works.IF_ELSE}
    assert {line["unit"] for line in lines} == {"us p50", "us p95", "us p99"}


def test_the_ratio_is_the_median_of_the_runs_ratios_and_not_the_ratio_of_medians():
    runs = [counters(1.0, 10.0), counters(2.0, 40.0), counters(4.0, 12.0)]
    line = next(iter(figures.figures_of(the_work("forest/100x6x30 1 row/spin"), runs, "m")))
    assert (line["ours"], line["reference"], line["ratio"], line["runs"]) == (2.0, 12.0, 10.0, 3)


def test_a_programs_report_is_read_by_its_labels():
    report = {"benchmarks": [{"name": "x/iterations:2", "label": "forest/50x4x30 1 row/spin", "real_time": 3.0, "ours|p50": 0.25}]}
    assert figures.read_run(json.dumps(report)) == {"forest/50x4x30 1 row/spin": {"ours|p50": 0.25}}


def test_switch_tells_p999_alone_and_what_it_counted():
    work = the_work("switch/p99.9 in windows/spin")
    run_counters = {"ours|p99.9": 12.0, "p99.9 outside|p99.9": 10.0, "ours|calls": 500.0, "run|changes": 1050.0, "run|answers": 9000.0,
                    "run|capacity": 700000.0}
    [line] = figures.figures_of(work, [run_counters], "m")
    assert (line["unit"], line["reference_name"], line["ratio"]) == ("us p99.9", "p99.9 outside", 0.8333)
    [remark] = figures.remarks(work, [run_counters])
    assert "500 calls in 1050 windows, all 9,000 answers" in remark
    assert list(figures.remarks(the_work("forest/100x6x30 1 row/spin"), [counters(1.0, 2.0)])) == []


def test_a_page_is_drawn_of_switch_alone(tmp_path):
    refused = run("forest", "--html", str(tmp_path / "page.html"))
    assert refused.returncode == 2 and "--html is for switch" in refused.stderr


@pytest.mark.parametrize(("value", "rounded"), [(0, 0), (0.123456, 0.1235), (1234.56, 1235), (99999.0, 100000)])
def test_figures_are_rounded_to_four_digits(value, rounded):
    assert figures.significant(value) == rounded


def test_the_words_are_the_documented_ones():
    by_bench = {}
    for work in works.WORKS:
        by_bench.setdefault(work.bench, set()).add(work.work)
    models = ("50x4x30", "100x6x30", "500x8x100", "1000x10x500")
    shapes = {f"{model} {rows}" for model in models for rows in ("1 row", "8 rows", "64 rows", "512 rows")}
    missing = {f"{shape}, 20 % missing" for shape in shapes}
    costs = {f"{model} {what}" for model in models for what in ("2 threads", "load")}
    assert by_bench == {"forest": shapes | missing | costs, "roundtrip": shapes | {"loan_default 1 row"} | {f"two versions {rows}" for rows in ("1 row", "8 rows", "64 rows", "512 rows")}, "plan": {"30+5+3 fields 1 row", "30+5+3 fields 512 rows", "25 of 38 fields broadcast, 512 rows"},
                        "drift": {f"{features} features {rows}" for features in (30, 500) for rows in ("1 row", "64 rows")},
                        "journal": {"roundtrip on/off"},
                        "transport": {"echo 1x8 f32", "echo 1x16 f32"}, "decode": {"20 mixed fields 1 row", "20 mixed fields 1 row, digest", "100 floats 64 rows, packed f32",
                                       "100 floats 64 rows, packed f64"},
                        "operators": {"publication", "rollback to first answer", "asked beside a held worker", "changed beside a held worker"},
                        "pins": {"64 look-ups among a million"}, "shadow": {"every row once more, 1 row", "every row once more, 64 rows"},
                        "switch": {"p99.9 in windows", "p99.9 while loading"}}
    assert len({work.name for work in works.WORKS}) == len(works.WORKS)


def test_every_reference_says_how_it_is_set_up():
    for work in works.WORKS:
        assert work.bench in works.PROGRAM_IS
        assert set(work.references) <= set(works.REFERENCE_IS)


def test_list_shows_works_and_their_references():
    listed = run("--list")
    assert listed.returncode == 0
    lines = listed.stdout.splitlines()
    assert len(lines) == len(works.WORKS)
    assert any(line.startswith("roundtrip/100x6x30 1 row/adaptive") and "raw two-line + plan + forest" in line for line in lines)


def test_quick_lists_fewer():
    assert 0 < len(run("--list", "--quick").stdout.splitlines()) < len(works.WORKS)


def test_show_reference_tells_how_the_other_side_is_at_its_best():
    shown = run("--show-reference", "forest")
    assert shown.returncode == 0
    assert "nthread 1" in shown.stdout and "proxy DMatrix reused" in shown.stdout
    assert "scikit-learn" not in shown.stdout


@pytest.mark.parametrize("name", ["nonsense", "gateway", "forest/7x7x7"])
def test_a_name_that_is_not_measured_is_a_usage_error(name):
    refused = run("--list", name)
    assert refused.returncode == 2
    assert name in refused.stderr


@pytest.mark.parametrize(("names", "first", "count"), [(["plan"], "plan/30+5+3 fields 1 row/spin", 3),
                                                       (["roundtrip/100x6x30 1 row"], "roundtrip/100x6x30 1 row/spin", 2),
                                                       (["forest/50x4x30 1 row/spin"], "forest/50x4x30 1 row/spin", 1)])
def test_works_are_chosen_by_bench_or_by_their_beginning(names, first, count):
    chosen = works.chosen(names)
    assert (chosen[0].name, len(chosen)) == (first, count)


@pytest.mark.parametrize(("lines", "name"), [
    ("model name\t: AMD EPYC\ncpu family\t: 26\nmodel\t\t: 2\n", "AMD EPYC family 26"),
    ("model name\t: Intel(R) Xeon(R) Processor\ncpu family\t: 6\nmodel\t\t: 143\n", "Intel(R) Xeon(R) Processor family 6 model 143"),
    ("model name\t: Intel(R) Xeon(R) Processor\ncpu family\t: 6\nmodel\t\t: 207\n", "Intel(R) Xeon(R) Processor family 6 model 207"),
])
def test_processors_of_other_designs_are_other_machines(tmp_path, lines, name):
    (tmp_path / "cpuinfo").write_text(lines)
    assert figures.machine_name(tmp_path / "cpuinfo").startswith(name + ", ")


def test_a_filter_is_the_works_and_escapes_nothing_but_syntax():
    pattern = measuring.filter_of(works.WORKS)
    assert set(re.findall(r"\\(.)", pattern)) <= set(".^$*+?()[]{}|\\")
    for work in works.WORKS:
        assert re.match(pattern, f"{work.name}/iterations:60/real_time")
    assert not re.match(measuring.filter_of([work for work in works.WORKS if "%" in work.name]), "forest/50x4x30 1 row/spin/iterations:60")
