"""The XGBoost model: what it is, what it predicts, and whether it can be exported.

The oracle of margins and values is `Booster.predict(DMatrix)`, one thread or many (rows are independent). For gbtree the
scikit-learn wrapper's in-place path gives the same bits, and that is checked; for DART it rounds differently in 1.7.4,
and the rows where it does are counted for the user.
"""

import json

import numpy
import xgboost

from . import objectives, releases
from .fitted import class_name
from .problems import CannotReproduce, ExportFailed

_INSTEAD = "use XGBClassifier, XGBRegressor or Booster with booster gbtree or dart"


class Forest:
    """A booster that is ready to be exported. Thread safety: as xgboost.Booster, one thread at a time.

    release: of the XGBoost that wrote the model; missing: a float32 that is missing beside NaN, or NaN;
    rounds: how many boosting rounds predict (`use_rounds` changes it), of `all_rounds`.
    """

    def __init__(self, booster, wrapper, notes, release):
        self.booster = booster
        self.wrapper = wrapper
        self.notes = notes
        self.release = release
        self.missing = _missing(wrapper)
        self.all_rounds = booster.num_boosted_rounds()
        self.rounds = self.all_rounds
        self._said = False
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

    def use_rounds(self, rounds):
        """What serving.yaml says of `iterations`: a number, or "all". Raises ExportFailed for rounds that there are not."""
        if rounds != "all" and not 1 <= rounds <= self.all_rounds:
            raise ExportFailed(f"serving.yaml: iterations: {rounds} is not within the model's 1 to {self.all_rounds} rounds")
        self.rounds = self.all_rounds if rounds == "all" else rounds
        self._said = True

    @property
    def iterations_line(self):
        """The line that serving.yaml needs so that the engine answers with the rounds that predict here, or nothing."""
        best = self.booster.attr("best_iteration")
        if self._said or (best is None or int(best) + 1 == self.all_rounds) and self.rounds == self.all_rounds:
            return ""
        return f"iterations: {'all' if self.rounds == self.all_rounds else self.rounds}\n"

    def predict(self, features):
        """(margins, values) of float32 features (rows, n): float32 arrays (rows, outputs)."""
        return _predict(self.booster, self._matrix(features), self.rounds)

    def leaves(self, features):
        """The node index of the leaf that each row reaches in each tree: int array (rows, trees)."""
        leaves = self.booster.predict(self._matrix(features), pred_leaf=True, iteration_range=(0, self.rounds))
        return leaves.reshape(len(features), -1).astype(numpy.int64)

    def document(self):
        """The model as XGBoost's JSON, parsed."""
        return json.loads(self.document_text())

    def document_text(self):
        """The model as XGBoost's JSON, under the release that wrote it."""
        saved = bytes(self.booster.save_raw(raw_format="json")).decode("utf-8")
        return saved if self.release == releases.RUNNING else releases.under(saved, self.release)

    def trees(self):
        """The trees that predict, as in the JSON."""
        gradient = self.document()["learner"]["gradient_booster"]
        trees = (gradient["gbtree"] if self.kind == "dart" else gradient)["model"]["trees"]
        return trees[: len(trees) * self.rounds // max(self.all_rounds, 1)]

    def tree_parts(self):
        """[(tree, output, weight)] of the trees that predict, as the booster holds them, whatever text the bundle gets; weight is
        (number, value) for dart, else None."""
        saved = json.loads(bytes(self.booster.save_raw(raw_format="json")))
        gradient = saved["learner"]["gradient_booster"]
        model = (gradient["gbtree"] if self.kind == "dart" else gradient)["model"]
        drops = gradient.get("weight_drop")
        count = len(model["trees"]) * self.rounds // max(self.all_rounds, 1)
        return [
            (tree, output, None if drops is None else (number, drops[number]))
            for number, (tree, output) in enumerate(zip(model["trees"][:count], model["tree_info"]))
        ]

    def _matrix(self, features):
        return xgboost.DMatrix(features, missing=float(self.missing), feature_names=self.feature_names)

    def reloaded_predict(self, path, features):
        """As `predict`, by a booster freshly loaded from the saved file at `path`."""
        return _predict(xgboost.Booster(model_file=str(path)), self._matrix(features), self.rounds)

    def wrapper_predict(self, features):
        """(margins, values) by the scikit-learn wrapper's usual path, or None for a bare Booster."""
        if self.wrapper is None:
            return None
        asked = {"iteration_range": (0, self.rounds)} if self._said else {}  # else its own choice, which must be ours
        margins = self.wrapper.predict(features, output_margin=True, **asked)
        if type(self.wrapper) is xgboost.XGBClassifier:
            values = self.wrapper.predict_proba(features, **asked)
            values = values[:, 1:] if self.objective == "binary:logistic" else values
        else:
            values = self.wrapper.predict(features, **asked)
        return margins.reshape(len(features), -1), values.reshape(len(features), -1)


def _predict(booster, matrix, rounds):
    rows = matrix.num_row()
    margins = booster.predict(matrix, output_margin=True, iteration_range=(0, rounds)).reshape(rows, -1)
    values = booster.predict(matrix, iteration_range=(0, rounds)).reshape(rows, -1)
    return margins.astype(numpy.float32, copy=False), values.astype(numpy.float32, copy=False)


def open_file(path):
    """Forest of a model that XGBoost saved: model.json, model.ubj, or model.bin in the legacy binary format. It answers as
    `Booster.predict` does. Raises ExportFailed or CannotReproduce."""
    release = releases.of_model_file(path.read_bytes(), path.name)
    try:
        booster = xgboost.Booster(model_file=str(path))
    except xgboost.core.XGBoostError as error:
        raise ExportFailed(f"{path.name}: XGBoost cannot read it: {str(error).splitlines()[0]}") from None
    return open_model(booster, release, path.name)


def open_model(model, release=None, file="model.pkl"):
    """Forest of an unpickled model. release: that wrote it, None for the one that runs here.

    Raises CannotReproduce with the class, the reason and what to do instead.
    """
    notes = []
    release = releases.RUNNING if release is None else release
    what = f"{file}: {class_name(model)}"
    best = None
    if isinstance(model, xgboost.XGBModel) and release != releases.RUNNING:
        raise CannotReproduce(
            f"{what}: written by xgboost {releases.text(release)}, this is {xgboost.__version__}, and what it holds moves between "
            f"releases; run the exporter where the model was trained, or give it model.json as get_booster().save_model wrote it there"
        )
    if type(model) in (xgboost.XGBClassifier, xgboost.XGBRegressor):
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
        for known in (xgboost.XGBClassifier, xgboost.XGBRegressor, xgboost.Booster):
            if isinstance(model, known):
                raise CannotReproduce(f"{what}: a subclass of {known.__name__} may compute something else; {_INSTEAD}")
        raise CannotReproduce(f"{what}: not a model that this version reproduces; {_INSTEAD}")
    forest = Forest(booster, wrapper, notes, release)
    if best is not None:
        forest.rounds = best + 1
    if release != releases.RUNNING:
        notes.append(f"{file} was written by xgboost {releases.text(release)}, and the bundle answers as that release does")
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
    if best + 1 >= booster.num_boosted_rounds():
        return None
    notes.append(
        f"early stopping: rounds 0 to {best} of {booster.num_boosted_rounds()} answer, as {type(model).__name__}.predict uses; "
        f"`iterations` in serving.yaml can say otherwise"
    )
    return best


def _check(forest, what):
    if forest.kind not in ("gbtree", "dart"):
        raise CannotReproduce(f"{what}: booster {forest.kind} is not in this version; {_INSTEAD}")
    if forest.objective not in objectives.KNOWN:
        raise CannotReproduce(
            f"{what}: objective {forest.objective} is not in this version; train with one of " f"{', '.join(objectives.KNOWN)}"
        )
    releases.require_same_bits(what, forest.release, forest.kind, forest.objective)
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
            f"{what}: enable_categorical splits are not in this version: they compare the codes that pandas gave in training, which "
            f"no file holds; encode with LabelEncoder or OneHotEncoder"
        )
    learner = forest.document()["learner"]
    if int(learner["learner_model_param"].get("num_target", "1")) > 1:
        raise CannotReproduce(f"{what}: several targets are not in this version; train one model a target")
    for number, tree in enumerate(forest.trees()):
        if any(tree.get("split_type", ())) or tree.get("categories"):
            raise CannotReproduce(
                f"{what}: tree {number} has categorical splits, which are not in this version; encode with "
                f"LabelEncoder or OneHotEncoder"
            )


def thresholds(forest):
    """feature index -> sorted distinct float32 split thresholds; and the number of leaves of each tree."""
    found, leaf_counts = {}, []
    for tree in forest.trees():
        left = numpy.asarray(tree["left_children"])
        inner = left != -1
        leaf_counts.append(int((~inner).sum()))
        for index, value in zip(
            numpy.asarray(tree["split_indices"])[inner].tolist(),
            numpy.asarray(tree["split_conditions"], numpy.float32)[inner].tolist(),
        ):
            found.setdefault(index, set()).add(value)
    return {index: sorted(values) for index, values in sorted(found.items())}, leaf_counts
