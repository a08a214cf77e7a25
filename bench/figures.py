"""What the programs report, run by run, to figures: medians over the runs, and the ratio of each run before its median.

    runs = [read_run(json_text), …]              # one Google Benchmark document a run
    for figure in figures_of(work, runs, machine): print(figure_line(figure))
"""

import json
import math
import os
import statistics



def read_run(text):
    """{name of work: {counter: value}} of one program's JSON. Counters are "<side>|p50" and so on, in microseconds."""
    return {one["label"]: {key: value for key, value in one.items() if "|" in key} for one in json.loads(text)["benchmarks"]}


def ratios(counters_of_runs, reference, percentile):
    """How many times better ours is, run by run."""
    return [counters[f"{reference}|{percentile}"] / counters[f"ours|{percentile}"] for counters in counters_of_runs]


def remarks(work, counters_of_runs):
    """What a run of `switch` counted, in words."""
    for counters in counters_of_runs:
        if "run|changes" in counters:
            yield (f"{work.work}: {counters['ours|calls']:,.0f} calls in {counters['run|changes']:.0f} windows, all {counters['run|answers']:,.0f} answers so far "
                   f"right, on time and single; capacity {counters['run|capacity']:,.0f} calls/s")


def significant(value, digits=4):
    """Rounded to so many significant digits."""
    return value if value == 0 else round(value, digits - 1 - math.floor(math.log10(abs(value))))


def figures_of(work, counters_of_runs, machine):
    """One dict a percentile and reference, as bench/run --json prints them."""
    for reference in work.references:
        for percentile in work.percentiles:
            yield {
                "bench": work.bench,
                "work": work.work,
                "ours": significant(statistics.median(counters[f"ours|{percentile}"] for counters in counters_of_runs)),
                "reference": significant(statistics.median(counters[f"{reference}|{percentile}"] for counters in counters_of_runs)),
                "reference_name": reference,
                "unit": f"us {percentile}",
                "ratio": significant(statistics.median(ratios(counters_of_runs, reference, percentile))),
                "mode": work.mode,
                "runs": len(counters_of_runs),
                "machine": machine,
            }


def machine_name(cpuinfo="/proc/cpuinfo"):
    """The processor and how many of it: figures of different names are not compared number by number."""
    values = {}
    with open(cpuinfo, encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            values.setdefault(key.strip(), value.strip())
    model = values.get("model name", os.uname().machine)
    family = f" family {values['cpu family']}" if "cpu family" in values else ""
    if values.get("cpu family") == "6" and "model" in values:  # of every Intel since 1995; hypervisors call them all "Xeon Processor" as well
        family += f" model {values['model']}"
    return f"{model}{family}, {os.cpu_count()} processors"
