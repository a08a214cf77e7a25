"""Goal: a pipeline that cannot be reproduced is refused by the way to the transformer, its class, the reason and what to do instead.

Method: one transformer in a pipeline, fitted where scikit-learn can, and the compiler's message read.
"""

import numpy
import pandas
import pytest
import sklearn.preprocessing as preprocessing
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline

from ringside_export.problems import CannotReproduce
from small_pipeline import Compiled

NUMBERS = pandas.DataFrame({"a": [1.0, 2.5, 3.0, 7.0], "b": [0.0, 1.0, 0.5, 4.0]})
TEXTS = pandas.DataFrame({"t": ["x", "y", "x", "z"]}, dtype=object)
SPARSE = ColumnTransformer([("a", "passthrough", ["a"]), ("t", preprocessing.OneHotEncoder(), ["t"])], sparse_threshold=1.0)


class OwnImputer(SimpleImputer):
    """May compute anything."""


class OwnPipeline(Pipeline):
    """May compute anything."""


class DateParts(BaseEstimator):
    """Somebody's own transformer."""

    def fit(self, _rows, _target=None):
        return self

    def transform(self, rows):
        return rows


def sparse(step):
    return Pipeline([("c", SPARSE), ("s", step)])


def inside(step, columns="a"):
    return Pipeline([("c", ColumnTransformer([("x", step, [columns] if columns == "a" else columns)]))])


def function(func, **more):
    return preprocessing.FunctionTransformer(func, **more)


CLASSES = [
    (inside(DateParts()), "DateParts: not one of the classes that are reproduced (Binarizer, ", "use one of these"),
    (inside(preprocessing.Normalizer()), "Normalizer: not one of", "mixes the columns of a row"),
    (inside(preprocessing.PolynomialFeatures()), "PolynomialFeatures: not one of", "send the product as a field"),
    (inside(preprocessing.SplineTransformer(n_knots=2, degree=1)), "SplineTransformer: not one of", "use KBinsDiscretizer"),
    (inside(KNNImputer()), "KNNImputer: not one of", "compares with the training rows"),
    (inside(MissingIndicator(features="all")), "MissingIndicator: not one of", "SimpleImputer(add_indicator=True)"),
    (inside(PCA(1)), "PCA: not one of", "trees do not need it"),
    (inside(VarianceThreshold()), "VarianceThreshold: not one of", "fit again on the columns that it chose"),
    (inside(CountVectorizer(analyzer="char"), "t"), "CountVectorizer: not one of", "compute the features before the row is sent"),
    (inside(HashingVectorizer(n_features=4), "t"), "HashingVectorizer: not one of", "compute the features before the row is sent"),
    (inside(OwnImputer()), "OwnImputer: a subclass of SimpleImputer may compute something else", "use SimpleImputer itself"),
    (OwnPipeline([("s", preprocessing.MaxAbsScaler())]), "OwnPipeline: a subclass of Pipeline", "use Pipeline itself"),
    (FeatureUnion([("p", PCA(1))]), "'p': sklearn.decomposition", "trees do not need it"),
]
STATES = [
    (function(numpy.exp), "FunctionTransformer: func=exp: it holds arbitrary code", "or use numpy.abs, numpy.sqrt"),
    (function(lambda rows: rows), "func=<lambda>: it holds arbitrary code", "compute the value before the row is sent"),
    (function(numpy.abs, kw_args={"dtype": "float64"}), "kw_args=['dtype']", "leave them out"),
    (sparse(function(numpy.abs)), "numpy.absolute of a sparse matrix", "set sparse_output=False"),
    (sparse(SimpleImputer(add_indicator=True)), "SimpleImputer: it imputes a sparse matrix", "impute before encoding"),
    (sparse(preprocessing.QuantileTransformer(n_quantiles=2)), "it is given a sparse matrix", "sparse_threshold=0"),
    (inside(preprocessing.OrdinalEncoder(dtype=numpy.int8)), "OrdinalEncoder: dtype=int8", "32 bits or more"),
    (inside(preprocessing.PowerTransformer(method="box-cox")), "method='box-cox' of a column that may be missing", "SimpleImputer"),
]


@pytest.mark.parametrize("transformer, reason, instead", CLASSES + STATES, ids=[entry[1][:40] for entry in CLASSES + STATES])
def test_transformer_is_refused(transformer, reason, instead):
    with pytest.raises(CannotReproduce) as caught:
        Compiled(transformer, NUMBERS.join(TEXTS) if "'t'" in repr(transformer) or "Vectorizer" in repr(transformer) else NUMBERS)
    message = str(caught.value)
    assert message.startswith("pipeline.pkl: ") and reason in message and instead in message


NARROW = [
    (preprocessing.PowerTransformer(), "numpy's float32 powers"),
    (preprocessing.QuantileTransformer(n_quantiles=2, output_distribution="normal"), "'normal' of a float32 matrix"),
    (function(numpy.log1p), "numpy.log1p of float32"),
]


@pytest.mark.parametrize("transformer, reason", NARROW)
def test_inexact_step_of_float32_is_refused(transformer, reason):
    with pytest.raises(CannotReproduce, match=f"{reason}.*float64"):
        Compiled(transformer, NUMBERS.astype("float32"))


def test_way_to_the_transformer_is_in_the_message():
    nested = Pipeline([("prep", ColumnTransformer([("num", Pipeline([("first", PCA(1))]), ["a", "b"])]))])
    with pytest.raises(CannotReproduce, match="^pipeline.pkl: 'prep': 'num': 'first': sklearn.decomposition._pca.PCA: "):
        Compiled(nested, NUMBERS)


def test_text_that_reaches_the_model_or_a_scaler_is_refused():
    with pytest.raises(CannotReproduce, match="the text field 't' reaches the model unencoded"):
        Compiled(ColumnTransformer([("t", "passthrough", ["t"])]), TEXTS)
    numeric_texts = pandas.DataFrame({"t": ["1", "2"]}, dtype=object)
    with pytest.raises(CannotReproduce, match="StandardScaler: it takes numbers, and the text field 't' reaches it"):
        Compiled(preprocessing.StandardScaler(), numeric_texts)


def test_categories_that_were_fixed_width_texts_are_refused():
    encoder = preprocessing.OneHotEncoder().fit(numpy.array([["x"], ["y"]]))
    encoder.feature_names_in_ = numpy.array(["t"], dtype=object)
    with pytest.raises(CannotReproduce, match="the categories of 't' have dtype <U1: training compared fixed-width texts"):
        Compiled(encoder, TEXTS, fitted=True)


def test_transformer_that_is_not_fitted_is_refused():
    scaler = preprocessing.StandardScaler()
    with pytest.raises(CannotReproduce, match="StandardScaler: it is not fitted; fit it before saving"):
        Compiled(scaler, NUMBERS, fitted=True)


def test_array_of_objects_is_refused():
    with pytest.raises(CannotReproduce, match="fitted on an array of objects; fit it on a pandas DataFrame"):
        Compiled(preprocessing.OrdinalEncoder(), TEXTS, as_array=True)


def test_pipeline_that_leaves_no_column_is_refused():
    with pytest.raises(CannotReproduce, match="leaves no column for the model"):
        Compiled(ColumnTransformer([("n", "drop", ["a"])]), NUMBERS)


def test_selection_that_needs_the_target_is_refused_by_name():
    chosen = SelectKBest(k=1).fit(NUMBERS, [0, 1, 0, 1])
    with pytest.raises(CannotReproduce, match="SelectKBest: not one of .*fit again on the columns that it chose"):
        Compiled(chosen, NUMBERS, fitted=True)
