"""Runs under one release of XGBoost: trains each case, saves it, loads the file again, and records what it predicts.

    python record.py --out FOLDER --report FILE [--case NAME …]     make_vectors.py starts it in the release's environment

The expectation is always that of the *file*, read back by the release that wrote it; where the booster in memory says otherwise,
the note tells. A case that the release refuses is reported with its reason.
"""

import argparse
import json
import os
import pathlib
import platform
import re

import numpy as np
import xgboost

import booster_cases, category_cases, edited_cases, margin_cases, objective_cases, round_cases, target_cases  # noqa: F401
from aimed_rows import aimed_rows, bits, compact, infinite_rows
from model_made import CASES, VERSION, Release, loaded, saved_json

MARGINS_SEED = 23
FORMATS = {"json": ((1, 0), (99, 0)), "ubj": ((1, 6), (99, 0)), "bin": ((0, 0), (2, 0))}  # the releases that write each


class Asked:
    """A booster and the way its case asks it."""

    def __init__(self, release, made, booster):
        self.release, self.made, self.booster = release, made, booster

    def matrix(self, rows, base_margin):
        made = self.made
        matrix = self.release.matrix(
            rows, missing=made.missing, feature_names=made.feature_names, feature_types=made.feature_types
        )
        if base_margin is not None:
            shape = base_margin.shape
            matrix.set_base_margin(base_margin.ravel() if shape[1] == 1 or VERSION < (1, 6) else base_margin)
        return matrix

    def range_named(self):
        """iteration_range, or what said the same before 1.4."""
        if self.made.iteration_range is None:
            return {}
        if VERSION >= (1, 4):
            return {"iteration_range": self.made.iteration_range}
        assert self.made.iteration_range[0] == 0
        return {"ntree_limit": self.made.iteration_range[1]}

    def predict(self, rows, base_margin=None):
        """(margins, values), rows x outputs each."""
        matrix = self.matrix(rows, base_margin)
        return tuple(
            np.asarray(self.booster.predict(matrix, output_margin=margin, **self.range_named()), np.float32).reshape(
                len(rows), -1
            )
            for margin in (True, False)
        )

    def predict_inplace(self, rows, base_margin=None):
        """Likewise through inplace_predict; raises where the release cannot."""
        named = {"missing": self.made.missing}
        if self.made.iteration_range is not None:
            named["iteration_range"] = self.made.iteration_range
        if base_margin is not None:
            named["base_margin"] = base_margin.ravel() if base_margin.shape[1] == 1 else base_margin
        if self.made.feature_names:
            named["validate_features"] = False
        return tuple(
            np.asarray(self.booster.inplace_predict(rows, predict_type=kind, **named), np.float32).reshape(len(rows), -1)
            for kind in ("margin", "value")
        )


def same(left, right):
    """Bit for bit, pairs of arrays."""
    return all(a.shape == b.shape and np.array_equal(a.view(np.uint32), b.view(np.uint32)) for a, b in zip(left, right))


def remark_on_rows(asked, rows, base_margin, expected):
    """One row at a time must give the same bits; else a remark."""
    alone = [
        asked.predict(rows[number : number + 1], None if base_margin is None else base_margin[number : number + 1])
        for number in range(len(rows))
    ]
    together = tuple(np.concatenate(parts) for parts in zip(*alone))
    return [] if same(together, expected) else ["one row at a time gives other bits than all at once"]


def with_infinities(asked, rows, expected, remarks):
    """Adds rows with infinities when a way to ask about them agrees with predict(DMatrix) on all other rows."""
    made = asked.made
    more = infinite_rows(rows)
    for way in (asked.predict_inplace, asked.predict):
        try:
            if not same(way(rows), expected):
                margins = way(rows)[0]
                count = int(np.any(margins.view(np.uint32) != expected[0].view(np.uint32), axis=1).sum())
                remarks.append(f"inplace_predict gives other margins for {count} of {len(rows)} rows")
                continue
            answers = way(more)
        except Exception:  # whatever the release raises: it does not take infinities this way
            continue
        return np.concatenate([rows, more]), tuple(np.concatenate(pair) for pair in zip(expected, answers))
    return rows, expected


def save(release, made, formats, folder, name):
    """Writes the model's files; returns the booster read back from each by the file's kind, the one that counts first."""
    folder.mkdir(parents=True, exist_ok=True)
    boosters = {}
    for kind in [kind for kind in formats if FORMATS[kind][0] <= VERSION <= FORMATS[kind][1]] or ["json"]:
        path = folder / f"{name}.{kind}"
        if made.text is not None:
            path.write_text(made.text, encoding="utf-8")
        else:
            made.booster.save_model(str(path))
        boosters[kind] = loaded(path)
    return boosters


def record(release, name, folder):
    """Makes one case and writes its files."""
    case = CASES[name]
    made = case.make(release)
    remarks = [made.note]
    by_trees = VERSION < (1, 6) and made.trees_a_round > 1 and made.iteration_range is not None
    if by_trees:
        made.iteration_range = tuple(end * made.trees_a_round for end in made.iteration_range)
        remarks.append("the file does not say how many trees a round has, so the range counts trees")
    boosters = save(release, made, case.formats, folder, name)
    document = json.loads(made.text if made.text is not None else saved_json(made.booster))
    columns = release.data.narrow if made.columns is None else made.columns
    rows = (
        made.rows if made.rows is not None else aimed_rows(document, columns, made.missing, made.categories, made.odd_categories)
    )
    (first_kind, first), *others = boosters.items()
    asked = Asked(release, made, first)
    base_margin = None
    if made.margins is not None:
        outputs = asked.predict(rows)[0].shape[1]
        base_margin = np.asarray(made.margins(np.random.RandomState(MARGINS_SEED), len(rows), outputs), np.float32)
    expected = asked.predict(rows, base_margin)
    remarks += remark_on_rows(asked, rows, base_margin, expected)
    for kind, booster in others + ([("the booster in memory", made.booster)] if made.booster and not by_trees else []):
        if not same(Asked(release, made, booster).predict(rows, base_margin), expected):
            remarks.append(f"{kind} gives other bits than the .{first_kind}")
    if made.check:
        remarks.append(made.check(first, rows, *expected))
    if made.infinite and base_margin is None:
        rows, expected = with_infinities(asked, rows, expected, remarks)
    elif base_margin is not None:
        remarks.append(remark_on_inplace(asked, rows, base_margin, expected))
    (folder / f"{name}.expected.json").write_text(
        compact(
            {
                "release": xgboost.__version__,
                "objective": document["learner"]["objective"]["name"],
                "note": "; ".join(remark for remark in remarks if remark),
                "missing": bits([[made.missing]])[0][0],
                "base_margin": None if base_margin is None else bits(base_margin),
                "iteration_range": made.iteration_range and list(made.iteration_range),
                "features": bits(rows),
                "margins": bits(expected[0]),
                "values": bits(expected[1]),
            }
        ),
        encoding="utf-8",
    )


def remark_on_inplace(asked, rows, base_margin, expected):
    """Whether inplace_predict honours the base_margin as predict(DMatrix) does."""
    try:
        margins = asked.predict_inplace(rows, base_margin)[0]
    except Exception:
        return None
    count = int(np.any(margins.view(np.uint32) != expected[0].view(np.uint32), axis=1).sum())
    return f"inplace_predict gives other margins for {count} of {len(rows)} rows" if count else None


def versions():
    """What else may move a bit."""
    import scipy, pandas, sklearn

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pandas.__version__,
        "scikit-learn": sklearn.__version__,
        "glibc": os.confstr("CS_GNU_LIBC_VERSION"),
        "machine": platform.machine(),
    }


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--report", required=True, type=pathlib.Path)
    parser.add_argument("--case", action="append", help="these only; all when absent")
    options = parser.parse_args()
    np.seterr(all="ignore")
    recorded, refused = [], {}
    for name, case in CASES.items():
        if (options.case and name not in options.case) or not case.since <= VERSION <= case.until:
            continue
        try:
            record(Release(), name, options.out)
            recorded.append(name)
        except Exception as error:  # a release says no in many ways; each is a finding, not a failure
            for left_over in options.out.glob(f"{name}.*"):
                left_over.unlink()
            said = re.sub(r"^\[[\d:]+\] \S+?([^/\s]+:\d+): ", r"\1: ", str(error).strip().split("\n")[0])
            refused[name] = f"{type(error).__name__}: {said}"[:200]
    options.report.write_text(
        json.dumps({"release": xgboost.__version__, **versions(), "recorded": recorded, "refused": refused})
    )


if __name__ == "__main__":
    main()
