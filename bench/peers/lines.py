"""From what peers_bench counted to lines: microseconds a row, medians over runs, ratios within runs, and equal bits.

    for line in lines_of("100x6x30", 64, counters_of_runs, versions, machine): …
    print(table(lines))
"""

import statistics

import figures

PERCENTILES = ("p50", "p99")
LINKED = "xgboost 1.7.4"  # the reference that our side must equal, or nothing is measured
OF_LIGHTGBM = ("lightgbm", "lleaves")  # peers with a model of their own


def work_name(shape, rows):
    """As peers_bench calls it."""
    return f"{shape} {rows} row{'s' if rows > 1 else ''}"


def lines_of(shape, rows, counters_of_runs, versions, machine):
    """One dict a side, ours first, as --json prints them. `equal_bits`: share of rows; None where there is nothing to compare with."""
    sides = [name[:-len("|p50")] for name in counters_of_runs[0] if name.endswith("|p50")]
    for side in sorted(sides, key=lambda side: (side != "ours", side != LINKED, side in OF_LIGHTGBM, side)):
        line = {"bench": "peers", "work": work_name(shape, rows), "side": side, "version": versions.get(side, ""), "unit": "us a row"}
        for percentile in PERCENTILES:
            line[percentile] = figures.significant(statistics.median(run[f"{side}|{percentile}"] for run in counters_of_runs) / rows)
        for percentile in PERCENTILES:
            line[f"ratio_{percentile}"] = figures.significant(statistics.median(figures.ratios(counters_of_runs, side, percentile)))
        equal = [run[f"{side}|equal"] for run in counters_of_runs if f"{side}|equal" in run]
        line["equal_bits"] = 1.0 if side in ("ours", LINKED) else min(equal, default=None)
        line["equal_to"] = "lightgbm" if side in OF_LIGHTGBM else LINKED
        yield line | {"runs": len(counters_of_runs), "machine": machine}


def bits_text(line):
    """The last column."""
    if line["side"] == line["equal_to"]:
        return "its own"
    if line["equal_bits"] is None:
        return "–"
    share = "all" if line["equal_bits"] == 1 else f"{100 * line['equal_bits']:.1f} %"
    return f"{share} of {line['equal_to']}'s"


def table(lines):
    """For people."""
    rows = [f"{'work':22} {'side':14} {'p50':>9} {'p99':>9} {'times ours':>11} {'at p99':>8}  bits equal"]
    work = None
    for line in lines:
        rows.append(f"{line['work'] if line['work'] != work else '':22} {line['side']:14} {line['p50']:9.4g} {line['p99']:9.4g}"
                    f" {line['ratio_p50']:11.3g} {line['ratio_p99']:8.3g}  {bits_text(line)}")
        work = line["work"]
    return "\n".join(rows)
