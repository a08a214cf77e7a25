"""Every class that is reproduced, by exact class, and what to do instead of the others."""

import sklearn.preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from ..problems import ExportFailed
from . import composition, discretisers, encoders, functions, imputers, powers, quantiles, scalers
from .block import Text, outcome
from .refusal import refuse
from .steps import Steps

COMPILERS = {
    StandardScaler: scalers.standard,
    MinMaxScaler: scalers.min_max,
    MaxAbsScaler: scalers.max_abs,
    RobustScaler: scalers.robust,
    OneHotEncoder: encoders.one_hot,
    OrdinalEncoder: encoders.ordinal,
    SimpleImputer: imputers.simple,
    KBinsDiscretizer: discretisers.bins,
    Binarizer: discretisers.binarize,
    QuantileTransformer: quantiles.quantile,
    PowerTransformer: powers.power,
    FunctionTransformer: functions.function,
    Pipeline: composition.pipeline,
    ColumnTransformer: composition.column_transformer,
    FeatureUnion: composition.feature_union,
}
if hasattr(sklearn.preprocessing, "TargetEncoder"):  # from 1.3 on
    COMPILERS[sklearn.preprocessing.TargetEncoder] = encoders.target

_COMPOSED = (Pipeline, ColumnTransformer, FeatureUnion)  # they read no column themselves

_TREES = "leave the numbers as they are: trees do not need it"
_TEXTS = "compute the features before the row is sent"
INSTEAD = {
    "Normalizer": "it mixes the columns of a row; " + _TREES,
    "PolynomialFeatures": "trees find products by themselves; or send the product as a field",
    "SplineTransformer": "use KBinsDiscretizer, or leave the numbers as they are",
    "KernelCenterer": _TREES,
    "LabelEncoder": "it is for the target: save it in encoders.pkl under the target's name; for a feature use OrdinalEncoder",
    "LabelBinarizer": "use OneHotEncoder",
    "MultiLabelBinarizer": "send a bool field a label",
    "MissingIndicator": "use SimpleImputer(add_indicator=True)",
    "KNNImputer": "it compares with the training rows; use SimpleImputer, or let the trees see what is missing",
    "IterativeImputer": "it runs models of its own; use SimpleImputer, or let the trees see what is missing",
    "PCA": _TREES,
    "TruncatedSVD": _TREES,
    "SelectKBest": "fit again on the columns that it chose",
    "SelectFromModel": "fit again on the columns that it chose",
    "VarianceThreshold": "fit again on the columns that it chose",
    "CountVectorizer": _TEXTS,
    "TfidfVectorizer": _TEXTS,
    "HashingVectorizer": _TEXTS,
    "FeatureHasher": _TEXTS,
    "DictVectorizer": "send each key as a field, and use OneHotEncoder",
}


class Work:
    """One compilation: the steps so far, and what it learnt of the fields.

    texts: field -> its categories in order of first use; refusing: fields of which some text is refused; limits: field -> (low,
    high, why); missing: text field -> {"nan", "None"}, how fitted objects know what is missing in it.
    """

    def __init__(self):
        self.steps = Steps()
        self.texts = {}
        self.refusing = set()
        self.limits = {}
        self.missing = {}

    def compile(self, where, block):
        """The block that the fitted `where.transformer` makes of `block`. Raises CannotReproduce."""
        compiler = COMPILERS.get(type(where.transformer))
        if compiler is None:
            _refuse_class(where)
        if type(where.transformer) not in _COMPOSED:
            for column in block.columns:
                require_sent(column)
        done = compiler(where, block, self)
        return done if type(where.transformer) is Pipeline else outcome(where.transformer, done)

    def know(self, field, lookup):
        """An encoder reads the text `field`."""
        self.texts.setdefault(field, {}).update(dict.fromkeys(lookup.categories))
        if lookup.unseen is None:
            self.refusing.add(field)

    def saw_missing(self, field, kind):
        """A fitted object knows what is missing in the text `field` as `kind`, "nan" or "None"."""
        self.missing.setdefault(field, set()).add(kind)

    def limit(self, field, low, high, why):
        """Values of `field` outside low to high cannot be served as training computed them."""
        before = self.limits.get(field, (low, high, why))
        self.limits[field] = (max(low, before[0]), min(high, before[1]), why)


def require_sent(column):
    """Refuses a column that callers do not send."""
    if isinstance(column, Text) and column.absent:
        raise ExportFailed(
            f"feature_schema.yaml: the pipeline reads '{column.field}', which is no field, or is role: meta; declare it as a field"
        )


def _refuse_class(where):
    kind = type(where.transformer)
    for known in COMPILERS:
        if issubclass(kind, known):
            refuse(where, f"a subclass of {known.__name__} may compute something else", f"use {known.__name__} itself")
    accepted = ", ".join(sorted(known.__name__ for known in COMPILERS))
    refuse(where, f"not one of the classes that are reproduced ({accepted})", INSTEAD.get(kind.__name__, "use one of these"))
