"""A release of XGBoost as the cases use it, and what a case hands over to be recorded.

@case(since=(1, 6))                 the releases that are asked for it; a later one that refuses says so in index.json
def multi_target(release): return release.trained({...}, release.data.targets)
"""

import dataclasses
import json
import typing

import numpy as np
import xgboost

from aimed_rows import TrainingData

VERSION = tuple(int(part) for part in xgboost.__version__.split(".")[:2])
CASES = {}  # name -> Case, in the order they are written down


@dataclasses.dataclass
class Case:
    make: typing.Callable
    since: tuple
    until: tuple
    formats: tuple


def case(since=(1, 2), until=(99, 0), formats=("json",), name=None):
    """Registers a case for the releases since..until, both included."""

    def register(make):
        known_as = name or make.__name__
        assert known_as not in CASES, known_as
        CASES[known_as] = Case(make, since, until, formats)
        return make

    return register


@dataclasses.dataclass
class Made:
    """A model and how it is to be asked."""

    booster: typing.Any = None
    text: typing.Optional[str] = None  # a model file written by hand, instead of a booster
    note: str = ""
    missing: float = np.nan
    margins: typing.Optional[typing.Callable] = None  # (rows, outputs) -> base_margin
    iteration_range: typing.Optional[tuple] = None
    trees_a_round: int = 1  # before 1.6 a file does not say it, and its rounds are single trees
    columns: typing.Any = None  # rows are drawn from these
    rows: typing.Any = None  # or are exactly these
    feature_names: typing.Optional[list] = None
    feature_types: typing.Optional[list] = None
    categories: typing.Optional[dict] = None
    odd_categories: bool = True
    infinite: bool = True
    check: typing.Optional[typing.Callable] = None  # (booster, rows, margins, values) -> a remark, or None


class Release:
    """Trains as this release does, on one thread."""

    def __init__(self):
        self.data = TrainingData()

    def matrix(self, columns, label=None, **more):
        """A DMatrix; categorical columns are allowed where feature_types names one."""
        if "c" in (more.get("feature_types") or []):
            more["enable_categorical"] = True
        more = {name: value for name, value in more.items() if value is not None}
        return xgboost.DMatrix(columns, label=label, nthread=1, **more)

    def trained(self, params, label, rounds=3, weights=None, bounds=None, groups=None, columns=None, **made):
        """Trains on the narrow columns (or `columns`), depth 3, exact, unless params say otherwise."""
        columns = self.data.narrow if columns is None else columns
        missing = made.get("missing", np.nan)
        if not np.isnan(missing):
            columns = np.where(np.isnan(columns), np.float32(missing), columns).astype(np.float32)
        if (isinstance(params["objective"], str) and params["objective"].startswith("survival:aft")) and bounds is None:
            bounds = (self.data.lower, self.data.upper)
        matrix = self.matrix(
            columns,
            label,
            missing=missing,
            feature_names=made.get("feature_names"),
            feature_types=made.get("feature_types"),
            weight=weights,
        )
        if bounds:
            matrix.set_float_info("label_lower_bound", bounds[0])
            matrix.set_float_info("label_upper_bound", bounds[1])
        if groups:
            matrix.set_group(groups)
        return Made(booster=self.boosted(params, matrix, rounds), columns=columns, **made)

    @staticmethod
    def boosted(params, matrix, rounds, **more):
        """xgboost.train with what all cases share."""
        shared = {"nthread": 1, "seed": 7, "max_depth": 3, "eta": 0.4, "verbosity": 0}
        if params.get("booster") != "gblinear":
            shared["tree_method"] = "exact"
        else:
            del shared["max_depth"]
        return xgboost.train({**shared, **params}, matrix, num_boost_round=rounds, **more)

    @staticmethod
    def edited(booster, change, **made):
        """The booster's JSON changed by hand: change(document, text) returns the new text."""
        text = saved_json(booster)
        return Made(text=change(json.loads(text), text), **made)


def saved_json(booster):
    """The text save_model writes; save_raw knew only the binary format at first."""
    import tempfile, pathlib

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.json"
        booster.save_model(str(path))
        return path.read_text(encoding="utf-8")


def loaded(path):
    """What this release reads from a file."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(str(path))
    return booster
