"""The XGBoost model: what it is, what it predicts, and whether it can be exported.

The oracle of margins and values is `Booster.predict(DMatrix)`, one thread or many (rows are independent). For gbtree the
scikit-learn wrapper's in-place path gives the same bits, and that is checked; for DART it rounds differently in 1.7.4,
and the rows where it does are counted for the user.
"""

import json

import numpy
import xgboost

from . import objectives
from .fitted import class_name
from .problems import CannotReproduce, ExportFailed

_INSTEAD = "use XGBClassifier, XGBRegressor or Booster with booster gbtree or dart"


class Forest:
    """A booster that is ready to be exported. Thread safety: as xgboost.Booster, one thread at a time."""

    def __init__(self, booster, wrapper, notes):
        self.booster = booster
        self.wrapper = wrapper
        self.notes = notes
        config = json.loads(booster.save_config())["learner"]
        self.objective = config["objective"]["name"]
        self.kind = config["gradient_booster"]["name"]
        self.class_count = int(config["learner_model_param"]["num_class"])
        self.feature_count = int(config["learner_model_param"]["num_feature"])
        self.feature_names = booster.feature_names

    @property
    def classifies(self):
        """Whether answers have a label: a probability a class."""
        if type(self.wrapper) is xgboost.XGBRegressor:
            return False
        return self.objective in ("binary:logistic", "multi:softprob")

    def predict(self, features):
        """(margins, values) of float32 features (rows, n): float32 arrays (rows, outputs)."""
        return _predict(self.booster, self._matrix(features))

    def leaves(self, features):
        """The node index of the leaf that each row reaches in each tree: int array (rows, trees)."""
        leaves = self.booster.predict(self._matrix(features), pred_leaf=True)
        return leaves.reshape(len(features), -1).astype(numpy.int64)

    def document(self):
        """The model as XGBoost's JSON, parsed."""
        return json.loads(bytes(self.booster.save_raw(raw_format="json")))

    def _matrix(self, features):
        return xgboost.DMatrix(features, missing=numpy.nan, feature_names=self.feature_names)

    def reloaded_predict(self, path, features):
        """As `predict`, by a booster freshly loaded from the saved file at `path`."""
        return _predict(xgboost.Booster(model_file=str(path)), self._matrix(features))

    def wrapper_predict(self, features):
        """(margins, values) by the scikit-learn wrapper's usual path, or None for a bare Booster."""
        if self.wrapper is None:
            return None
        margins = self.wrapper.predict(features, output_margin=True)
        if type(self.wrapper) is xgboost.XGBClassifier:
            values = self.wrapper.predict_proba(features)
            values = values[:, 1:] if self.objective == "binary:logistic" else values
        else:
            values = self.wrapper.predict(features)
        return margins.reshape(len(features), -1), values.reshape(len(features), -1)


def _predict(booster, matrix):
    rows = matrix.num_row()
    margins = booster.predict(matrix, output_margin=True).reshape(rows, -1)
    values = booster.predict(matrix).reshape(rows, -1)
    return margins.astype(numpy.float32, copy=False), values.astype(numpy.float32, copy=False)


def open_model(model):
    """Forest of an unpickled model. Raises CannotReproduce with the class, the reason and what to do instead."""
    notes = []
    what = f"model.pkl: {class_name(model)}"
    if type(model) in (xgboost.XGBClassifier, xgboost.XGBRegressor):
        try:
            booster = model.get_booster()
        except Exception:
            raise ExportFailed(f"{what}: it is not fitted") from None
        if not (isinstance(model.missing, float) and numpy.isnan(model.missing)):
            raise CannotReproduce(
                f"{what}: missing={model.missing!r}: only NaN is missing in a bundle; train with missing=nan, and "
                f"turn the sentinel into NaN before"
            )
        booster = _sliced(booster, model, notes)
        wrapper = model
    elif type(model) is xgboost.Booster:
        booster, wrapper = model, None
        if booster.attr("best_iteration") is not None:
            notes.append(
                f"the Booster stopped early (best_iteration {booster.attr('best_iteration')}) but Booster.predict uses all its "
                f"trees, and so does the bundle; save booster[:best_iteration + 1] to serve fewer"
            )
    else:
        for known in (xgboost.XGBClassifier, xgboost.XGBRegressor, xgboost.Booster):
            if isinstance(model, known):
                raise CannotReproduce(f"{what}: a subclass of {known.__name__} may compute something else; {_INSTEAD}")
        raise CannotReproduce(f"{what}: not a model that this version reproduces; {_INSTEAD}")
    forest = Forest(booster, wrapper, notes)
    _check(forest, what)
    return forest


def _sliced(booster, model, notes):
    try:
        best = int(model.best_iteration)
    except AttributeError:
        return booster
    if best + 1 >= booster.num_boosted_rounds():
        return booster
    notes.append(
        f"early stopping: rounds 0 to {best} of {booster.num_boosted_rounds()} are exported, as "
        f"{type(model).__name__}.predict uses"
    )
    sliced = booster[0 : best + 1]
    sliced.feature_names = booster.feature_names
    return sliced


def _check(forest, what):
    if forest.kind not in ("gbtree", "dart"):
        raise CannotReproduce(f"{what}: booster {forest.kind} is not in this version; {_INSTEAD}")
    if forest.objective not in objectives.KNOWN:
        raise CannotReproduce(
            f"{what}: objective {forest.objective} is not in this version; train with one of " f"{', '.join(objectives.KNOWN)}"
        )
    labels = forest.objective in ("binary:logistic", "multi:softprob")
    if type(forest.wrapper) is xgboost.XGBClassifier and not labels:
        raise CannotReproduce(
            f"{what}: objective {forest.objective} gives no probability a class; use binary:logistic or "
            f"multi:softprob, or XGBRegressor"
        )
    if type(forest.wrapper) is xgboost.XGBRegressor and forest.objective == "multi:softprob":
        raise CannotReproduce(f"{what}: objective multi:softprob has classes; use XGBClassifier")
    if any(kind == "c" for kind in forest.booster.feature_types or ()):
        raise CannotReproduce(
            f"{what}: enable_categorical splits are not in this version; encode with LabelEncoder or OneHotEncoder"
        )
    learner = forest.document()["learner"]
    gradient = learner["gradient_booster"]
    trees = (gradient["gbtree"] if forest.kind == "dart" else gradient)["model"]["trees"]
    if int(learner["learner_model_param"].get("num_target", "1")) > 1:
        raise CannotReproduce(f"{what}: several targets are not in this version; train one model a target")
    for number, tree in enumerate(trees):
        if any(tree.get("split_type", ())) or tree.get("categories"):
            raise CannotReproduce(
                f"{what}: tree {number} has categorical splits, which are not in this version; encode with "
                f"LabelEncoder or OneHotEncoder"
            )


def thresholds(forest):
    """feature index -> sorted distinct float32 split thresholds; and the number of leaves of each tree."""
    gradient = forest.document()["learner"]["gradient_booster"]
    trees = (gradient["gbtree"] if forest.kind == "dart" else gradient)["model"]["trees"]
    found, leaf_counts = {}, []
    for tree in trees:
        left = numpy.asarray(tree["left_children"])
        inner = left != -1
        leaf_counts.append(int((~inner).sum()))
        for index, value in zip(
            numpy.asarray(tree["split_indices"])[inner].tolist(),
            numpy.asarray(tree["split_conditions"], numpy.float32)[inner].tolist(),
        ):
            found.setdefault(index, set()).add(value)
    return {index: sorted(values) for index, values in sorted(found.items())}, leaf_counts
