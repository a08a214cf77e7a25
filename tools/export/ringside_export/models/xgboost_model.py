"""The XGBoost model: what it is, what it predicts, and whether it can be exported.

The oracle of margins and values is `Booster.predict(DMatrix)`, one thread or many (rows are independent). For gbtree the
scikit-learn wrapper's in-place path gives the same bits, and that is checked; for DART it rounds differently in 1.7.4,
and the rows where it does are counted for the user. Categorical splits compare codes, which are numbers like any other here.
"""

import json

import numpy
import pandas
import xgboost

from .. import float_type, golden_walks
from ..fitted import class_name
from ..problems import CannotReproduce, ExportFailed
from . import xgboost_objectives, xgboost_releases
from .model import Model, Splits, refuse

_INSTEAD = "use XGBClassifier, XGBRegressor, XGBRanker or Booster"
_ESTIMATORS = (xgboost.XGBClassifier, xgboost.XGBRegressor, xgboost.XGBRanker)
_LABELLED = ("binary:logistic", "multi:softprob", "multi:softmax")


class XgboostModel(Model):
    """A Booster, and the estimator around it. release: of the XGBoost that wrote the model."""

    library = "xgboost"
    library_version = xgboost.__version__
    file = "model.json"
    output_type = float_type.FLOAT32

    def __init__(self, booster, wrapper, notes, release, what):
        self.booster = booster
        self.wrapper = wrapper
        self.notes = notes
        self.release = release
        self.missing = _missing(wrapper)
        self.all_rounds = booster.num_boosted_rounds()
        self.rounds = self.all_rounds
        self._what = what
        config = json.loads(booster.save_config())["learner"]
        self.objective = config["objective"]["name"]
        self.kind = config["gradient_booster"]["name"]
        self.class_count = int(config["learner_model_param"]["num_class"])
        self.target_count = int(config["learner_model_param"].get("num_target", "1"))
        self.feature_count = int(config["learner_model_param"]["num_feature"])
        self.feature_names = booster.feature_names
        kinds = enumerate(booster.feature_types or ())
        self.category_features = [number for number, kind in kinds if kind == "c"]

    @property
    def classifies(self):
        if type(self.wrapper) in (xgboost.XGBRegressor, xgboost.XGBRanker) or self.target_count > 1:
            return False
        return self.objective in _LABELLED

    def feature_type(self, said):
        if said == "float64":
            raise ExportFailed("feature_schema.yaml: feature_dtype: XGBoost reads float32; leave it out")
        return float_type.FLOAT32

    def use_rounds(self, rounds):
        if self.kind == "gblinear" and rounds != "all":
            raise ExportFailed("serving.yaml: iterations: gblinear has no rounds to choose from; its weights are of all of them")
        super().use_rounds(rounds)

    @property
    def iterations_line(self):
        best = self.booster.attr("best_iteration")
        if self._rounds_said or self.kind == "gblinear":
            return ""
        if (best is None or int(best) + 1 == self.all_rounds) and self.rounds == self.all_rounds:
            return ""
        return f"iterations: {'all' if self.rounds == self.all_rounds else self.rounds}\n"

    def predict(self, features):
        return _predict(self.booster, self._matrix(features), self._range)

    def reloaded_predict(self, path, features):
        return _predict(xgboost.Booster(model_file=str(path)), self._matrix(features), self._range)

    def usual_predict(self, features):
        if self.wrapper is None:
            return None
        asked = {"iteration_range": self._range} if self._rounds_said else {}  # else its own choice, which must be ours
        if self.kind == "gblinear" and self.feature_names is not None:  # not predicted in place, and then names are asked for
            features = pandas.DataFrame(features, columns=self.feature_names)
        margins = self.wrapper.predict(features, output_margin=True, **asked)
        if type(self.wrapper) is xgboost.XGBClassifier and self.objective != "multi:softmax":
            values = self.wrapper.predict_proba(features, **asked)
            values = values[:, 1:] if self.objective == "binary:logistic" and self.target_count == 1 else values
        else:
            values = self.wrapper.predict(features, **asked)
        return margins.reshape(len(features), -1), values.reshape(len(features), -1)

    def usual_may_differ(self):
        return self.kind == "dart"  # in-place prediction rounds in another way until 3.2

    def own_values(self, margins):
        return xgboost_objectives.values(self.objective, margins)

    def require_same_values(self, margins):
        xgboost_releases.require_same_values(self._what, self.release, self.objective, margins)

    def label(self, values, threshold):
        if self.objective == "multi:softmax":
            return int(values[0])  # the value is the class
        if len(values) > 1:
            return int(numpy.argmax(values))
        return int(threshold.reached(values[0]) if threshold is not None else values[0] > numpy.float32(0.5))

    def leaves(self, features):
        if self.kind == "gblinear":
            return numpy.zeros((len(features), 0), numpy.int64)
        leaves = self.booster.predict(self._matrix(features), pred_leaf=True, iteration_range=self._range)
        return leaves.reshape(len(features), -1).astype(numpy.int64)

    def splits(self):
        found, leaf_counts = {}, []
        for tree in self.trees():
            left = numpy.asarray(tree["left_children"])
            leaf_counts.append(int((left == -1).sum()))
            numerical = (left != -1) & (numpy.asarray(tree.get("split_type") or [0] * len(left)) == 0)
            for index, value in zip(
                numpy.asarray(tree["split_indices"])[numerical].tolist(),
                numpy.asarray(tree["split_conditions"], numpy.float32)[numerical].tolist(),
            ):
                if numpy.isfinite(value):
                    found.setdefault(index, set()).add(value)
        return Splits({index: sorted(values) for index, values in sorted(found.items())}, leaf_counts)

    def document_text(self):
        """The model as XGBoost's JSON, under the release that wrote it."""
        saved = bytes(self.booster.save_raw(raw_format="json")).decode("utf-8")
        return saved if self.release == xgboost_releases.RUNNING else xgboost_releases.under(saved, self.release)

    def trees(self):
        """The trees that predict, as in the JSON; none of gblinear."""
        gradient = json.loads(self.document_text())["learner"]["gradient_booster"]
        if self.kind == "gblinear":
            return []
        trees = (gradient["gbtree"] if "gbtree" in gradient else gradient)["model"]["trees"]
        return trees[: len(trees) * self.rounds // max(self.all_rounds, 1)]

    def walk_paths(self):
        trees = self.walk_trees()
        return None if trees is None else [golden_walks.xgboost_path(*tree) for tree in trees]

    def walk_trees(self):
        """[(tree, output, weight)]: the trees of the rounds that predict, as the booster holds them, whatever text the bundle gets. weight:
        (number, value) of a dart tree, else None. None where there are categorical splits, vector leaves or no trees."""
        gradient = json.loads(bytes(self.booster.save_raw(raw_format="json")))["learner"]["gradient_booster"]
        if self.kind == "gblinear":
            return None
        model = (gradient["gbtree"] if "gbtree" in gradient else gradient)["model"]
        trees = model["trees"][: len(model["trees"]) * self.rounds // max(self.all_rounds, 1)]
        if any(tree.get("categories_nodes") or int(tree["tree_param"].get("size_leaf_vector", 1)) > 1 for tree in trees):
            return None
        drops = gradient.get("weight_drop")
        return [
            (tree, output, None if drops is None else (number, drops[number]))
            for number, (tree, output) in enumerate(zip(trees, model["tree_info"]))
        ]

    @property
    def _range(self):
        return (0, 0 if self.kind == "gblinear" else self.rounds)

    def _matrix(self, features):
        typed = {"feature_types": self.booster.feature_types, "enable_categorical": True} if self.category_features else {}
        return xgboost.DMatrix(features, missing=float(self.missing), feature_names=self.feature_names, **typed)


def _predict(booster, matrix, rounds):
    rows = matrix.num_row()
    margins = booster.predict(matrix, output_margin=True, iteration_range=rounds).reshape(rows, -1)
    values = booster.predict(matrix, iteration_range=rounds).reshape(rows, -1)
    return margins.astype(numpy.float32, copy=False), values.astype(numpy.float32, copy=False)


def open_file(path):
    """XgboostModel of a model that XGBoost saved: model.json, model.ubj, or model.bin in the legacy binary format. It answers as
    `Booster.predict` does. Raises ExportFailed or CannotReproduce."""
    release = xgboost_releases.of_model_file(path.read_bytes(), path.name)
    try:
        booster = xgboost.Booster(model_file=str(path))
    except xgboost.core.XGBoostError as error:
        raise ExportFailed(f"{path.name}: XGBoost cannot read it: {str(error).splitlines()[0]}") from None
    return open_model(booster, release, path.name)


def open_model(model, release=None, file="model.pkl"):
    """XgboostModel of an unpickled model. release: that wrote it, None for the one that runs here.

    Raises CannotReproduce with the class, the reason and what to do instead.
    """
    notes = []
    release = xgboost_releases.RUNNING if release is None else release
    what = f"{file}: {class_name(model)}"
    best = None
    if isinstance(model, xgboost.XGBModel) and release != xgboost_releases.RUNNING:
        raise CannotReproduce(
            f"{what}: written by xgboost {xgboost_releases.text(release)}, this is {xgboost.__version__}, and what it holds moves between "
            f"releases; run the exporter where the model was trained, or give it model.json as get_booster().save_model wrote it there"
        )
    if type(model) in _ESTIMATORS:
        try:
            booster = model.get_booster()
        except Exception:
            raise ExportFailed(f"{what}: it is not fitted") from None
        if numpy.isinf(_missing(model)):
            raise CannotReproduce(f"{what}: missing={model.missing!r}: infinity is refused as NOT_FINITE and is never missing")
        best = _best_iteration(booster, model, notes)
        wrapper = model
    elif type(model) is xgboost.Booster:
        booster, wrapper = model, None
        if booster.attr("best_iteration") is not None:
            notes.append(
                f"the Booster stopped early (best_iteration {booster.attr('best_iteration')}) but Booster.predict uses all its "
                f"trees, and so does the bundle; `iterations` in serving.yaml serves fewer"
            )
    else:
        for known in (*_ESTIMATORS, xgboost.Booster):
            if isinstance(model, known):
                raise CannotReproduce(f"{what}: a subclass of {known.__name__} may compute something else; {_INSTEAD}")
        raise CannotReproduce(f"{what}: not a model that this version reproduces; {_INSTEAD}")
    forest = XgboostModel(booster, wrapper, notes, release, what)
    if best is not None:
        forest.rounds = best + 1
    if release != xgboost_releases.RUNNING:
        notes.append(f"{file} was written by xgboost {xgboost_releases.text(release)}, and the bundle answers as that release does")
    _check(forest, what)
    return forest


def _missing(wrapper):
    """What the wrapper takes for missing, as the float32 that XGBoost compares; NaN where that is all."""
    missing = getattr(wrapper, "missing", None)
    return numpy.float32(numpy.nan if missing is None else missing)


def _best_iteration(booster, model, notes):
    """The round after which the wrapper's predict stops, or None where it uses all."""
    try:
        best = int(model.best_iteration)
    except AttributeError:
        return None
    linear = model.get_params().get("booster") == "gblinear"  # no rounds to choose from
    if linear or best + 1 >= booster.num_boosted_rounds():
        return None
    notes.append(
        f"early stopping: rounds 0 to {best} of {booster.num_boosted_rounds()} answer, as {type(model).__name__}.predict uses; "
        f"`iterations` in serving.yaml can say otherwise"
    )
    return best


def _check(forest, what):
    if forest.kind not in ("gbtree", "dart", "gblinear"):
        raise CannotReproduce(f"{what}: booster {forest.kind} is not in this version; {_INSTEAD}")
    known = xgboost_objectives.KNOWN
    if forest.objective not in known:
        raise CannotReproduce(f"{what}: objective {forest.objective} is not in this version; train with one of {', '.join(known)}")
    xgboost_releases.require_same_bits(what, forest.release, forest.kind, forest.objective)
    if forest.category_features:
        xgboost_releases.require_same_categories(what, forest.release)
    if type(forest.wrapper) is xgboost.XGBClassifier and forest.objective not in _LABELLED:
        refuse(
            what,
            f"objective {forest.objective} gives no probability a class",
            "use binary:logistic or multi:softprob, or XGBRegressor",
        )
    if type(forest.wrapper) is xgboost.XGBRegressor and forest.objective.startswith("multi:"):
        raise CannotReproduce(f"{what}: objective {forest.objective} has classes; use XGBClassifier")
