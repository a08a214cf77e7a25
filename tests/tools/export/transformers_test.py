"""Goal: each transformer's traps, one at a time: where an obvious implementation gives other bits, or another answer.

Method: a transformer fitted on a few rows; `features` compares the steps with scikit-learn on the row and returns what both say.
"""

import math

import numpy
import pandas
import pytest
import sklearn.preprocessing as preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline

from ringside_export.plain_steps import Inexact
from ringside_export.transformers import encoders, registry
from small_pipeline import Compiled

NUMBERS = pandas.DataFrame({"a": [1.0, 2.5, -3.0, 7.0, 0.0, 11.25]})
TEXTS = pandas.DataFrame({"t": ["x", "y", "x", "z", "x", "y"]}, dtype=object)


def with_missing(value):
    return pandas.DataFrame({"t": ["x", "y", value, "x"]}, dtype=object)


def test_sparse_scaler_multiplies_by_the_reciprocal_and_a_dense_one_divides():
    dense = Compiled(preprocessing.StandardScaler(with_mean=False), NUMBERS)
    columns = ColumnTransformer([("a", "passthrough", ["a"]), ("t", preprocessing.OneHotEncoder(), ["t"])], sparse_threshold=1.0)
    sparse = Compiled(Pipeline([("c", columns), ("s", preprocessing.StandardScaler(with_mean=False))]), NUMBERS.join(TEXTS))
    assert [step["op"] for step in dense.steps] == ["number", "divide"]
    assert "multiply" in {step["op"] for step in sparse.steps} and "divide" not in {step["op"] for step in sparse.steps}
    differ = [value for value in numpy.arange(1.0, 300.0) if dense.features(a=value)[0] != sparse.features(a=value, t="x")[0]]
    assert not differ or len(differ) < 300  # equal as float32, most of them; the bits were compared in features()


def test_zero_that_is_not_stored_is_missing_and_a_product_that_underflows_is_stored():
    columns = ColumnTransformer([("a", "passthrough", ["a"]), ("t", preprocessing.OneHotEncoder(), ["t"])], sparse_threshold=1.0)
    plain = Compiled(columns, NUMBERS.join(TEXTS))
    assert plain.plan.document["zero_is_missing"]
    assert math.isnan(plain.features(a=-0.0, t="x")[0]) and plain.features(a=1e-300, t="x")[0] == 0.0
    scaled = Compiled(Pipeline([("c", columns), ("s", preprocessing.MaxAbsScaler())]), NUMBERS.join(TEXTS))
    assert "zero_is_missing" not in scaled.plan.document
    assert math.isnan(scaled.features(a=0.0, t="x")[0]) and scaled.features(a=5e-324, t="x")[0] == 0.0


def test_frame_of_float32_is_scaled_in_float32_and_one_other_column_makes_it_float64():
    narrow = Compiled(preprocessing.StandardScaler(), NUMBERS.astype("float32"))
    assert [step.get("width") for step in narrow.steps] == [None, None, "float32", "float32"]
    mixed = Compiled(preprocessing.StandardScaler(), NUMBERS.astype("float32").assign(b=range(6)))
    assert {step.get("width") for step in mixed.steps} == {None}
    for value in numpy.random.default_rng(1).normal(0, 10, 200).tolist():
        narrow.features(a=value)
        mixed.features(a=value, b=3)


def test_value_beyond_float32_is_refused_by_the_schema():
    narrow = Compiled(preprocessing.MaxAbsScaler(), NUMBERS.astype("float32"))
    assert narrow.plan.schema.index["a"].maximum == float(numpy.finfo("float32").max)


def test_infinity_that_clipping_would_hide_is_refused():
    squared = Pipeline([("s", preprocessing.FunctionTransformer(numpy.square)), ("m", preprocessing.MinMaxScaler(clip=True))])
    compiled = Compiled(squared, NUMBERS)
    assert compiled.features(a=1e200) == [("a", "NOT_FINITE")] and compiled.training_refuses(a=1e200)
    assert math.isnan(compiled.features(a=None)[0])


@pytest.mark.parametrize("encoder", [preprocessing.OneHotEncoder(handle_unknown="ignore"), preprocessing.OrdinalEncoder()])
@pytest.mark.parametrize("missing", [None, math.nan])
def test_missing_text_is_the_category_that_training_saw(encoder, missing):
    compiled = Compiled(encoder, with_missing(missing))
    assert compiled.frame.missing["t"] is None if missing is None else math.isnan(compiled.frame.missing["t"])
    step = next(step for step in compiled.steps if step["op"] in ("indicators", "encode"))
    assert step["missing"] == (2 if step["op"] == "indicators" else "0x1.0000000000000p+1" if missing is None else "nan")
    compiled.features(t=None)


def test_missing_text_that_training_did_not_see_is_refused_by_an_encoder_that_refuses():
    compiled = Compiled(preprocessing.OrdinalEncoder(), TEXTS)
    assert compiled.features(t=None) == [("t", "NULL_NOT_ALLOWED")] and compiled.training_refuses(t=None)
    assert compiled.features(t="w") == [("t", "UNKNOWN_CATEGORY")] and compiled.training_refuses(t="w")


def test_integer_categories_match_numbers_by_value():
    compiled = Compiled(preprocessing.OrdinalEncoder(), pandas.DataFrame({"n": [3, 1, 7]}))
    assert compiled.features(n=7) == [2.0] and compiled.features(n=2) == [("n", "UNKNOWN_CATEGORY")]


def test_bool_categories_and_bool_columns():
    frame = pandas.DataFrame({"b": [True, False, True], "c": [1.5, 2.0, 3.0]})
    compiled = Compiled(preprocessing.OneHotEncoder(sparse_output=False), frame[["b"]])
    assert compiled.features(b=True) == [0.0, 1.0]
    assert Compiled(preprocessing.StandardScaler(), frame).features(b=False, c=2.0)


def test_dropped_category_and_shared_column_of_infrequent_ones():
    frame = pandas.DataFrame({"t": ["a"] * 5 + ["b"] * 5 + ["c", "d"]}, dtype=object)
    encoder = preprocessing.OneHotEncoder(drop="first", min_frequency=3, handle_unknown="infrequent_if_exist", sparse_output=False)
    compiled = Compiled(encoder, frame)
    assert [compiled.features(t=text) for text in ("a", "b", "c", "d", "new")] == [[0, 0], [1, 0], [0, 1], [0, 1], [0, 1]]


def test_encoder_whose_only_category_is_dropped_still_refuses_others():
    frame = TEXTS.assign(u=["k"] * 6)
    compiled = Compiled(preprocessing.OneHotEncoder(drop="first", sparse_output=False), frame)
    assert all(step.get("outs") != [] for step in compiled.steps)
    assert compiled.features(t="y", u="k") == [1.0, 0.0] and compiled.features(t="y", u="m") == [("u", "UNKNOWN_CATEGORY")]


def test_imputed_text_is_encoded_as_what_stands_for_it():
    filled = Pipeline([("i", SimpleImputer(strategy="most_frequent", add_indicator=True)), ("o", preprocessing.OrdinalEncoder())])
    compiled = Compiled(filled, with_missing(math.nan))
    assert compiled.features(t=None) == [0.0, 1.0] and compiled.features(t="y") == [1.0, 0.0]


def test_text_that_means_missing_is_replaced():
    frame = pandas.DataFrame({"t": ["x", "?", "x", "y"]}, dtype=object)
    filled = Pipeline([("i", SimpleImputer(missing_values="?", strategy="most_frequent")), ("o", preprocessing.OrdinalEncoder())])
    compiled = Compiled(filled, frame)
    assert compiled.features(t="?") == [0.0] and compiled.features(t=None) == [("t", "NULL_NOT_ALLOWED")]
    assert compiled.training_refuses(t=None)


def test_column_that_was_all_missing_is_dropped_or_kept():
    frame = NUMBERS.assign(e=math.nan)
    assert len(Compiled(SimpleImputer(), frame).features(a=1.0)) == 1
    assert Compiled(SimpleImputer(keep_empty_features=True), frame).features(a=1.0, e=4.0) == [1.0, 4.0]


def test_statistic_is_cast_to_an_integer_column():
    compiled = Compiled(SimpleImputer(missing_values=-1, strategy="constant", fill_value=3), pandas.DataFrame({"n": [1, -1, 4]}))
    assert compiled.features(n=-1) == [3.0]


@pytest.mark.parametrize("value", [-3.0, 0.0, 5.0, 11.25, 1e300, -1e300, 2.5, 2.4999999999999996, 1e-320])
@pytest.mark.parametrize("count", [1, 2, 6, 5])
def test_quantiles_are_interpolated_from_both_sides(value, count):
    Compiled(preprocessing.QuantileTransformer(n_quantiles=count), NUMBERS).features(a=value)


@pytest.mark.parametrize("encode", ["ordinal", "onehot", "onehot-dense"])
def test_value_on_an_edge_is_in_the_upper_bin(encode):
    compiled = Compiled(preprocessing.KBinsDiscretizer(3, encode=encode, strategy="uniform"), NUMBERS)
    edge = float(compiled.transformer.bin_edges_[0][1])
    assert compiled.features(a=edge) != compiled.features(a=math.nextafter(edge, -math.inf))
    assert compiled.features(a=None) == [("a", "NULL_NOT_ALLOWED")] and compiled.training_refuses(a=None)


def test_binarizer_of_float32_compares_in_float32():
    compiled = Compiled(preprocessing.Binarizer(threshold=0.1), NUMBERS.astype("float32"))
    assert compiled.features(a=0.1) == [0.0]


def test_square_of_an_integer_is_limited_to_what_does_not_wrap():
    compiled = Compiled(preprocessing.FunctionTransformer(numpy.square), pandas.DataFrame({"n": [1, 2, 3]}))
    assert compiled.plan.schema.index["n"].maximum == 3037000499 and compiled.features(n=3037000499)


def test_bool_that_is_squared_among_integers_has_no_limits():
    columns = ColumnTransformer([("b", "passthrough", ["b"]), ("n", "passthrough", ["n"])])
    squared = Pipeline([("c", columns), ("s", preprocessing.FunctionTransformer(numpy.square))])
    compiled = Compiled(squared, pandas.DataFrame({"b": [True, False, True], "n": [1, 2, 3]}))
    assert compiled.features(b=True, n=-7) == [1.0, 49.0]
    fields = compiled.plan.schema.index
    assert (fields["b"].minimum, fields["b"].maximum, fields["n"].maximum) == (None, None, 3037000499)


def test_weight_is_cast_to_the_width_of_the_matrix():
    weighted = ColumnTransformer([("a", "passthrough", ["a"])], transformer_weights={"a": 0.3})
    for value in numpy.random.default_rng(2).normal(0, 1, 50).tolist():
        Compiled(weighted, NUMBERS.astype("float32")).features(a=value)


def test_columns_are_found_by_name_position_slice_mask_and_selector():
    frame = NUMBERS.assign(b=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], c=range(6))
    for columns in (["a", "c"], [0, 2], slice("a", "b"), slice(0, 2), [True, False, True], -1, lambda one: ["c", "a"]):
        columns = [columns] if columns == -1 else columns
        chosen = ColumnTransformer([("s", preprocessing.MinMaxScaler(), columns)], remainder="passthrough")
        Compiled(chosen, frame).features(a=3.0, b=2.0, c=5)


def test_feature_that_stands_twice_is_copied():
    union = FeatureUnion([("one", "passthrough"), ("other", "passthrough")])
    assert Compiled(Pipeline([("s", preprocessing.MaxAbsScaler()), ("u", union)]), NUMBERS).features(a=-0.0) == [0.0, 0.0]


def test_array_has_columns_by_position():
    frame = NUMBERS.assign(b=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    compiled = Compiled(preprocessing.RobustScaler(), frame, as_array=True)
    compiled.features(a=1.0, b=2.0)


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_power_has_numpys_bits_with_numpys_functions_and_is_told_as_inexact(method):
    frame = NUMBERS.abs() + 0.5
    compiled = Compiled(Pipeline([("i", SimpleImputer()), ("p", preprocessing.PowerTransformer(method=method))]), frame)
    assert set(compiled.plan.inexact.values()) == {"PowerTransformer"}
    for value in (0.25, 3.0, 1e10):
        compiled.features(a=value)
    if method == "box-cox":
        assert compiled.features(a=-1.0) == [("a", "NULL_NOT_ALLOWED")] and compiled.training_refuses(a=-1.0)
        assert compiled.features(a=0.0) == [("a", "NOT_FINITE")] and compiled.training_refuses(a=0.0)


def test_c_librarys_functions_are_near_numpys():
    assert abs(Inexact().yeo_johnson(3.0, 0.3) - 1.7190) < 1e-3 and Inexact.normal(0.5) == 0.0
    assert Inexact.normal(0.0) == -5.199337582605575 and Inexact.log1p(-2.0) != Inexact.log1p(-2.0)


class TargetEncoder:
    """The fitted state of scikit-learn 1.4's, which is not installed here."""

    def __init__(self, classes):
        self.categories_ = [numpy.array(["x", "y", math.nan], dtype=object)]
        self.encodings_ = [numpy.array([0.25, 0.5, 0.125]) * number for number in range(1, classes + 1)]
        self.target_mean_ = 0.375 if classes == 1 else numpy.array([0.375, 0.75, 1.0])
        self.feature_names_in_ = numpy.array(["t"], dtype=object)

    def get_feature_names_out(self, names):
        return [f"{names[0]}_{number}" for number in range(len(self.encodings_))]


@pytest.mark.parametrize("classes, unseen", [(1, [0.375]), (3, [0.375, 0.75, 1.0])])
def test_target_encoder_gives_the_mean_for_what_is_unseen(classes, unseen, monkeypatch):
    monkeypatch.setitem(registry.COMPILERS, TargetEncoder, encoders.target)
    compiled = Compiled(TargetEncoder(classes), TEXTS, fitted=True)
    floats = [numpy.array(compiled.interpreter.run({"t": text}).bits, "uint32").view("float32").tolist() for text in ("y", "z", None)]
    assert floats == [[0.5 * n for n in range(1, classes + 1)], unseen, [0.125 * n for n in range(1, classes + 1)]]
