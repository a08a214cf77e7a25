"""Fitted encoders and scaler -> plain parameters, or a refusal that says what to do instead.

Only exact classes are taken (a subclass may override anything), and only states whose arithmetic is proven.
"""

from dataclasses import dataclass

import numpy
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler

from .problems import CannotReproduce

_INSTEAD = {
    "OrdinalEncoder": "use LabelEncoder a field, with a class 'unknown' for what training has not seen",
    "TargetEncoder": "it is not a function of the row alone that this version can export; use LabelEncoder or OneHotEncoder",
    "LabelBinarizer": "use OneHotEncoder",
    "RobustScaler": "use StandardScaler or MinMaxScaler, or leave numbers unscaled: trees do not need scaling",
    "MaxAbsScaler": "use MinMaxScaler, or leave numbers unscaled: trees do not need scaling",
    "PowerTransformer": "leave numbers unscaled: trees do not need scaling, and libm makes its result differ by host",
    "QuantileTransformer": "leave numbers unscaled: trees do not need scaling",
    "Normalizer": "leave numbers unscaled: trees do not need scaling",
    "FunctionTransformer": "it holds arbitrary code; compute the value before the row is sent",
    "Pipeline": "save encoders (a dict from field to encoder) and scaler by themselves",
    "ColumnTransformer": "save encoders (a dict from field to encoder) and scaler by themselves",
}


@dataclass(frozen=True)
class Label:
    """classes: the texts, in code order."""

    classes: tuple


@dataclass(frozen=True)
class OneHot:
    """categories in order; dropped: those without a column; unseen_zeros: unseen gives zeros, else it is refused;
    names: the columns' names, as get_feature_names_out says."""

    categories: tuple
    dropped: tuple
    unseen_zeros: bool
    names: tuple


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
    for known in (LabelEncoder, OneHotEncoder, StandardScaler, MinMaxScaler):
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
    """Label of a LabelEncoder; `what` names it in messages. Raises CannotReproduce."""
    if type(encoder) is not LabelEncoder:
        _refuse_class(what, encoder, "LabelEncoder")
    _fitted(what, encoder, "classes_")
    return Label(_texts(encoder.classes_, what, encoder, "classes_"))


def onehot(encoder, field_name, what):
    """OneHot of a OneHotEncoder fitted on the one column `field_name`. Raises CannotReproduce."""
    if type(encoder) is not OneHotEncoder:
        _refuse_class(what, encoder, "OneHotEncoder")
    _fitted(what, encoder, "categories_")
    if len(encoder.categories_) != 1:
        _refuse(what, encoder, f"it was fitted on {len(encoder.categories_)} columns", "fit one encoder a field")
    if encoder.min_frequency is not None or encoder.max_categories is not None:
        _refuse(
            what,
            encoder,
            "min_frequency and max_categories (infrequent categories) are not in this version",
            "fold rare values into 'unknown' before fitting",
        )
    if encoder.handle_unknown not in ("error", "ignore"):
        _refuse(what, encoder, f"handle_unknown={encoder.handle_unknown!r} is not in this version", "use 'ignore' or 'error'")
    categories = _texts(encoder.categories_[0], what, encoder, "categories_")
    seen = getattr(encoder, "feature_names_in_", None)
    if seen is not None and list(seen) != [field_name]:
        _refuse(what, encoder, f"it was fitted on the column '{seen[0]}', not '{field_name}'", "fit one encoder a field")
    names = tuple(str(name) for name in encoder.get_feature_names_out([field_name]))
    dropped = () if encoder.drop_idx_ is None or encoder.drop_idx_[0] is None else (categories[int(encoder.drop_idx_[0])],)
    return OneHot(categories, dropped, encoder.handle_unknown == "ignore", names)


def scale(scaler, fields):
    """Scale of a StandardScaler or MinMaxScaler over the numeric `fields` (names in schema order); None for no scaler.

    Raises CannotReproduce for another class or for columns that do not agree.
    """
    if scaler is None:
        return None
    what = "scaler.pkl"
    if type(scaler) not in (StandardScaler, MinMaxScaler):
        _refuse_class(what, scaler, "StandardScaler, MinMaxScaler or none")
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
    columns = []
    for i in range(len(fields)):
        ops = []
        if type(scaler) is StandardScaler:
            if scaler.with_mean:
                ops.append(("subtract", _finite(scaler, scaler.mean_[i], fields[i])))
            if scaler.with_std:
                ops.append(("divide", _finite(scaler, scaler.scale_[i], fields[i])))
        else:
            ops.append(("multiply", _finite(scaler, scaler.scale_[i], fields[i])))
            ops.append(("add", _finite(scaler, scaler.min_[i], fields[i])))
            if scaler.clip:
                ops.append(("clip", float(scaler.feature_range[0]), float(scaler.feature_range[1])))
        columns.append(tuple(ops))
    return Scale(type(scaler).__name__, tuple(columns))


def _finite(scaler, value, field_name):
    if not numpy.isfinite(value):
        _refuse("scaler.pkl", scaler, f"its parameter for '{field_name}' is {value}", "fit it on a column that has values")
    return float(value)
