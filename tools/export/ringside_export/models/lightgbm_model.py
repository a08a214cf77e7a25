"""A LightGBM model: what it is, what it predicts, and whether it can be exported.

The oracle is `Booster.predict` on the numpy matrix that training would give: raw scores and values, in double. A text model holds
the rounds that answer and no more, so nothing else has to say how many those are: a Booster predicts up to its best iteration, and
so do the estimators.
"""

import numpy

from .. import float_type, golden_walks, pickles
from ..fitted import class_name
from ..problems import CannotReproduce, ExportFailed
from .lightgbm_text import TextModel
from .lightgbm_width import telling_thresholds, width_of_thresholds
from .model import Model, refuse

try:
    import lightgbm
except ImportError:
    raise ExportFailed(f"the model: {pickles.absent('lightgbm')}") from None

_INSTEAD = "use LGBMClassifier, LGBMRegressor, LGBMRanker or Booster"
_ESTIMATORS = (lightgbm.LGBMClassifier, lightgbm.LGBMRegressor, lightgbm.LGBMRanker)


class LightgbmModel(Model):
    """A Booster, and the estimator around it."""

    library = "lightgbm"
    library_version = lightgbm.__version__
    file = "model.txt"
    output_type = float_type.FLOAT64
    missing = numpy.float32(numpy.nan)  # what is missing is said split by split
    zero_if_not_stored = True

    def __init__(self, booster, wrapper, notes, what):
        self.booster = booster
        self.wrapper = wrapper
        self.notes = notes
        self._what = what
        self._width_said = None
        self.text_model = TextModel(booster.model_to_string(num_iteration=-1), what)
        self.all_rounds = self.text_model.rounds
        self.rounds = booster.best_iteration if 0 < booster.best_iteration < self.all_rounds else self.all_rounds
        self.objective = self.text_model.objective.name or "custom"
        self.kind = self.text_model.parameter("boosting") or ("rf" if self.text_model.average_output else "gbdt")
        self.class_count = self.text_model.objective.outputs if self.text_model.objective.is_multiclass else 0
        self.feature_count = len(self.text_model.feature_names)
        unnamed = [f"Column_{number}" for number in range(self.feature_count)]
        self.feature_names = None if self.text_model.feature_names == unnamed else self.text_model.feature_names
        self.pandas_categories = booster.pandas_categorical or []
        if self.rounds < self.all_rounds:
            notes.append(
                f"early stopping: rounds 0 to {self.rounds - 1} of {self.all_rounds} answer, as predict uses, and the bundle's "
                f"model.txt holds no others; `iterations` in serving.yaml can say otherwise"
            )

    @property
    def classifies(self):
        if type(self.wrapper) in (lightgbm.LGBMRegressor, lightgbm.LGBMRanker):
            return False
        return self.text_model.objective.is_binary or self.text_model.objective.is_multiclass

    @property
    def own_classes(self):
        if not self.classifies or self.wrapper is None:
            return None
        return [self._class_label(label) for label in numpy.asarray(self.wrapper.classes_).tolist()]

    def _class_label(self, label):
        if type(label) in (str, int):
            return label
        if type(label) in (bool, float) and label == int(label):
            return int(label)  # a bundle's classes are text or integers
        refuse(self._what, f"its class {label!r} is neither text nor a whole number", "train on labels that are")

    def feature_name(self, name):
        return name.replace(" ", "_")  # as LightGBM writes it

    def feature_type(self, said):
        self._width_said = said
        return float_type.named(said or "float64")

    def require_width(self, features):
        if self._width_said == "float64":
            return
        splits = self.splits()
        if self._width_said is None and width_of_thresholds(telling_thresholds(splits, features)) == "float32":
            refuse(
                self._what,
                "its thresholds lie between float32 numbers, so training's frame was float32, and the features are float64",
                "say 'feature_dtype: float32' in feature_schema.yaml, or 'feature_dtype: float64' where that is wrong",
            )
        everywhere = [value for values in splits.thresholds.values() for value in values]
        if self._width_said == "float32" and width_of_thresholds(everywhere) == "float64":
            refuse(
                self._what,
                "its thresholds lie between numbers that are no float32, so training's frame was not float32",
                "take 'feature_dtype: float32' out of feature_schema.yaml",
            )

    def predict(self, features):
        return _predict(self.booster, features, self.rounds)

    def reloaded_predict(self, path, features):
        return _predict(lightgbm.Booster(model_file=str(path)), features, -1)  # all that the file holds

    def usual_predict(self, features):
        if self.wrapper is None:
            return None
        asked = {"num_iteration": self.rounds} if self._rounds_said else {}  # else its own choice, which must be ours
        margins = self.wrapper.predict(features, raw_score=True, **asked)
        if type(self.wrapper) is lightgbm.LGBMClassifier:
            values = self.wrapper.predict_proba(features, **asked)
            values = values[:, 1:] if self.text_model.objective.is_binary else values
        else:
            values = self.wrapper.predict(features, **asked)
        return _two_dimensional(margins, features), _two_dimensional(values, features)

    def own_values(self, margins):
        return self.text_model.objective.values(margins, self.rounds if self.text_model.average_output else 0)

    def label(self, values, threshold):
        if len(values) > 1:
            return int(numpy.argmax(values))
        if threshold is not None:
            return int(threshold.reached(values[0]))
        return int(numpy.argmax([1.0 - values[0], values[0]]))  # as LGBMClassifier.predict

    def leaves(self, features):
        leaves = self.booster.predict(features, pred_leaf=True, num_iteration=self.rounds, num_threads=1)
        return leaves.reshape(len(features), -1).astype(numpy.int64)

    def splits(self):
        return self.text_model.splits(self.rounds)

    def walk_paths(self):
        text = TextModel(self.document_text(), self._what)
        return [golden_walks.lightgbm_path(tree, number % text.outputs) for number, tree in enumerate(text.trees)]

    def document_text(self):
        return self.booster.model_to_string(num_iteration=self.rounds)


def _two_dimensional(scores, features):
    return numpy.asarray(scores, numpy.float64).reshape(len(features), -1)


def _predict(booster, features, rounds):
    asked = {"num_iteration": rounds, "num_threads": 1}
    return (
        _two_dimensional(booster.predict(features, raw_score=True, **asked), features),
        _two_dimensional(booster.predict(features, **asked), features),
    )


def open_file(path):
    """LightgbmModel of a model.txt, as Booster.save_model wrote it. Raises ExportFailed or CannotReproduce."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ExportFailed(f"{path.name}: not UTF-8 at byte {error.start}") from None
    try:
        TextModel(text, path.name)  # as it stands: what is saved again names this release's format
    except (KeyError, ValueError) as error:
        raise ExportFailed(f"{path.name}: not a whole LightGBM model: {type(error).__name__}: {error}") from None
    try:
        booster = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise ExportFailed(f"{path.name}: LightGBM cannot read it: {str(error).splitlines()[0]}") from None
    return open_model(booster, path.name)


def open_model(model, file="model.pkl"):
    """LightgbmModel of an unpickled model. Raises CannotReproduce with the class, the reason and what to do instead."""
    what = f"{file}: {class_name(model)}"
    notes = []
    if type(model) in _ESTIMATORS:
        try:
            booster = model.booster_
        except Exception:
            raise ExportFailed(f"{what}: it is not fitted") from None
        wrapper = model
    elif type(model) is lightgbm.Booster:
        booster, wrapper = model, None
    else:
        for known in (*_ESTIMATORS, lightgbm.Booster):
            if isinstance(model, known):
                refuse(what, f"a subclass of {known.__name__} may compute something else", _INSTEAD)
        raise CannotReproduce(f"{what}: not a model that this version reproduces; {_INSTEAD}")
    forest = LightgbmModel(booster, wrapper, notes, what)
    _check(forest, what)
    return forest


def _check(forest, what):
    wrapper, objective = forest.wrapper, forest.text_model.objective
    if wrapper is None:
        return
    for name in ("pred_early_stop", "predict_raw_score", "raw_score", "is_predict_raw_score"):
        if wrapper.get_params().get(name):
            refuse(what, f"{name} is how one asks, and no part of the model", "train without it")
    if type(wrapper) is lightgbm.LGBMClassifier:
        if not (objective.is_binary or objective.is_multiclass):
            refuse(
                what,
                f"objective {forest.objective} gives values and no probability a class: neither model.txt nor the engine knows labels beside it",
                "train with binary, multiclass or multiclassova (for two classes binary is the loss of cross_entropy), or use LGBMRegressor, "
                "which serves the value alone",
            )
        outputs = 2 if objective.is_binary else objective.outputs
        if len(wrapper.classes_) != outputs:
            refuse(what, f"it has {len(wrapper.classes_)} classes, objective {forest.objective} has {outputs}", "train on all of them")
    elif objective.is_multiclass:
        refuse(what, f"objective {forest.objective} has classes", "use LGBMClassifier")
