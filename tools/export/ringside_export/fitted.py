"""Fitted encoders and scaler -> plain parameters, or a refusal that says what to do instead.

Only exact classes are taken (a subclass may override anything), and only states whose arithmetic is proven.
"""

from dataclasses import dataclass

import numpy
from sklearn.preprocessing import (
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from .problems import CannotReproduce
from .transformers.encoders import one_hot_slots, ordinal_values

_INSTEAD = {
    "TargetEncoder": "put it into a ColumnTransformer, saved as pipeline.pkl",
    "LabelBinarizer": "use OneHotEncoder",
    "PowerTransformer": "put it into a ColumnTransformer, saved as pipeline.pkl, or leave numbers unscaled: trees do not need scaling",
    "QuantileTransformer": "put it into a ColumnTransformer, saved as pipeline.pkl, or leave numbers unscaled: trees do not need scaling",
    "Normalizer": "leave numbers unscaled: trees do not need scaling",
    "FunctionTransformer": "it holds arbitrary code; compute the value before the row is sent",
    "Pipeline": "save it as pipeline.pkl beside the model, without encoders.pkl and scaler.pkl",
    "ColumnTransformer": "save it as pipeline.pkl beside the model, without encoders.pkl and scaler.pkl",
}


@dataclass(frozen=True)
class Label:
    """classes: the texts, in code order."""

    classes: tuple


@dataclass(frozen=True)
class OneHot:
    """categories in order; dropped: those without a column; unseen_zeros: unseen gives zeros, else it is refused;
    names: the columns' names, as get_feature_names_out says. slots: of categories that share columns (infrequent ones), the
    place of each in names, or "zeros"; unseen_slot: likewise; None where every category has a column of its own."""

    categories: tuple
    dropped: tuple
    unseen_zeros: bool
    names: tuple
    slots: tuple = None
    unseen_slot: object = None


@dataclass(frozen=True)
class Ordinal:
    """categories in order; values: what each gives; unseen: what any other text gives, None where it is refused."""

    categories: tuple
    values: tuple
    unseen: float


@dataclass(frozen=True)
class Scale:
    """One operation on one numeric field after another: ops[i] = [(op, value…), …] for the scaler's i-th column."""

    kind: str
    ops: tuple


def class_name(thing):
    """module.Class of an object, for messages."""
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _refuse(what, thing, reason, instead):
    raise CannotReproduce(f"{what}: {class_name(thing)}: {reason}; {instead}")


def _refuse_class(what, thing, accepted):
    for known in (LabelEncoder, OrdinalEncoder, OneHotEncoder, StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler):
        if isinstance(thing, known) and type(thing) is not known:
            _refuse(what, thing, f"a subclass of {known.__name__} may compute something else", f"use {known.__name__} itself")
    instead = _INSTEAD.get(type(thing).__name__, f"use {accepted}")
    _refuse(what, thing, f"not one of the classes that this version reproduces ({accepted})", instead)


def _texts(values, what, thing, attribute):
    values = numpy.asarray(values)
    if values.dtype.kind == "U":
        _refuse(
            what,
            thing,
            f"{attribute} has dtype {values.dtype}: transform casts its input to that width first, so a longer "
            "text is cut and silently encoded as another class",
            "fit it on an object column (pandas keeps text as object), not on a numpy text array",
        )
    if values.dtype.kind in "iufb":
        _refuse(
            what,
            thing,
            f"{attribute} has dtype {values.dtype}: transform casts its input to that type first, so 1.5 is "
            "silently encoded as 1 and 'False' as True",
            "fit it on text (column.astype(str)), or declare the field int or float and do not encode it",
        )
    for value in values.tolist():
        if type(value) is not str:
            _refuse(
                what,
                thing,
                f"{attribute} holds {value!r} of type {type(value).__name__}",
                "fill missing values and turn the column into text before fitting",
            )
    texts = tuple(values.tolist())
    for text in texts:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            _refuse(what, thing, f"{attribute} holds a text that is not valid Unicode", "clean the column before fitting")
    return texts


def _fitted(what, thing, attribute):
    if not hasattr(thing, attribute):
        _refuse(what, thing, "it is not fitted", "fit it before saving")


def label(encoder, what):
    """Label of a LabelEncoder, Ordinal of an OrdinalEncoder; `what` names it in messages. Raises CannotReproduce."""
    if type(encoder) is OrdinalEncoder:
        return _ordinal(encoder, what)
    if type(encoder) is not LabelEncoder:
        _refuse_class(what, encoder, "LabelEncoder or OrdinalEncoder")
    _fitted(what, encoder, "classes_")
    return Label(_texts(encoder.classes_, what, encoder, "classes_"))


def _ordinal(encoder, what):
    _fitted(what, encoder, "categories_")
    _one_column(what, encoder)
    categories = _texts(encoder.categories_[0], what, encoder, "categories_")
    values, unseen = ordinal_values(encoder, 0)
    return Ordinal(categories, tuple(values), unseen)


def _one_column(what, encoder):
    if len(encoder.categories_) != 1:
        _refuse(what, encoder, f"it was fitted on {len(encoder.categories_)} columns", "fit one encoder a field")


def onehot(encoder, field_name, what):
    """OneHot of a OneHotEncoder fitted on the one column `field_name`. Raises CannotReproduce."""
    if type(encoder) is not OneHotEncoder:
        _refuse_class(what, encoder, "OneHotEncoder")
    _fitted(what, encoder, "categories_")
    _one_column(what, encoder)
    categories = _texts(encoder.categories_[0], what, encoder, "categories_")
    seen = getattr(encoder, "feature_names_in_", None)
    if seen is not None and list(seen) != [field_name]:
        _refuse(what, encoder, f"it was fitted on the column '{seen[0]}', not '{field_name}'", "fit one encoder a field")
    names = tuple(str(name) for name in encoder.get_feature_names_out([field_name]))
    slots, unseen, _ = one_hot_slots(encoder, 0)
    in_order = [slot for slot in slots if slot != "zeros"] == list(range(len(names)))
    if not in_order or unseen not in (None, "zeros"):  # infrequent categories share a column, the last
        return OneHot(categories, (), unseen is not None, names, tuple(slots), unseen)
    dropped = tuple(category for category, slot in zip(categories, slots) if slot == "zeros")
    return OneHot(categories, dropped, unseen is not None, names)


def scale(scaler, fields):
    """Scale of a scaler over the numeric `fields` (names in schema order); None for no scaler.

    Raises CannotReproduce for another class or for columns that do not agree.
    """
    if scaler is None:
        return None
    what = "scaler.pkl"
    if type(scaler) not in (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler):
        _refuse_class(what, scaler, "StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler or none")
    _fitted(what, scaler, "n_features_in_")
    names = getattr(scaler, "feature_names_in_", None)
    if names is not None and list(names) != list(fields):
        _refuse(
            what,
            scaler,
            f"it was fitted on {list(names)}, the schema's fields of type numeric are {list(fields)}",
            "give 'type: numeric' to exactly the scaled fields, in the scaler's order",
        )
    if scaler.n_features_in_ != len(fields):
        _refuse(
            what,
            scaler,
            f"it was fitted on {scaler.n_features_in_} columns, the schema has {len(fields)} fields of type numeric",
            "give 'type: numeric' to exactly the scaled fields, in the scaler's order",
        )
    operations = _operations(scaler)
    columns = []
    for i, field_name in enumerate(fields):
        ops = [(op, _finite(scaler, values[i], field_name)) for op, values in operations]
        if type(scaler) is MinMaxScaler and scaler.clip:
            ops.append(("clip", float(scaler.feature_range[0]), float(scaler.feature_range[1])))
        columns.append(tuple(ops))
    return Scale(type(scaler).__name__, tuple(columns))


def _operations(scaler):
    """[(op, a value a column)] of a scaler, in its order."""
    if type(scaler) is MinMaxScaler:
        return [("multiply", scaler.scale_), ("add", scaler.min_)]
    if type(scaler) is MaxAbsScaler:
        return [("divide", scaler.scale_)]
    if type(scaler) is StandardScaler:
        said = (("subtract", scaler.with_mean, "mean_"), ("divide", scaler.with_std, "scale_"))
    else:
        said = (("subtract", scaler.with_centering, "center_"), ("divide", scaler.with_scaling, "scale_"))
    return [(op, getattr(scaler, values)) for op, wanted, values in said if wanted]


def _finite(scaler, value, field_name):
    if not numpy.isfinite(value):
        _refuse("scaler.pkl", scaler, f"its parameter for '{field_name}' is {value}", "fit it on a column that has values")
    return float(value)
