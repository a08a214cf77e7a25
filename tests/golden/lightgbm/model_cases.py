"""The LightGBM models: each a few small trees, aimed at one thing that the text format or the arithmetic may do.

@case(since=(3, 2))
def linear_tree(data): return trained(data, {...}, data.real)
"""

import dataclasses
import typing

import lightgbm
import numpy as np

from aimed_rows import TrainingData  # noqa: F401  what a case is given

VERSION = tuple(int(part) for part in lightgbm.__version__.split(".")[:2])
CASES = {}  # name -> (first release, function), in the order they are written down
SHARED = {
    "num_threads": 1,
    "seed": 7,
    "verbosity": -1,
    "num_leaves": 6,
    "min_data_in_leaf": 4,
    "min_data_in_bin": 1,
    "learning_rate": 0.3,
    "feature_pre_filter": False,
    "deterministic": True,
}


@dataclasses.dataclass
class Made:
    """A model and how it is to be asked."""

    booster: typing.Any
    note: str
    columns: typing.Any
    categories: typing.Optional[dict] = None
    iteration_range: typing.Optional[tuple] = None
    keep_all: bool = False  # save_model keeps only the best iterations unless told otherwise
    check: typing.Optional[typing.Callable] = None  # (rows, values) -> a remark, or None


def case(since=(2, 3), name=None):
    """Registers a case for releases from `since` on."""

    def register(make):
        assert (name or make.__name__) not in CASES
        CASES[name or make.__name__] = (since, make)
        return make

    return register


def trained(data, params, label, note, rounds=2, columns=None, weight=None, group=None, iteration_range=None):
    """Trains on the narrow columns unless given others."""
    columns = data.narrow if columns is None else columns
    params = {**SHARED, **params}
    dataset = lightgbm.Dataset(columns, label, weight=weight, group=group, params=params)
    return Made(lightgbm.train(params, dataset, rounds), note, columns, iteration_range=iteration_range)


OBJECTIVES = {  # name -> (label, parameters, note)
    "regression": ("real", {}, "boost_from_average is in the first tree's leaves"),
    "regression_l1": ("real", {}, "leaves renewed after growing"),
    "huber": ("real", {"alpha": 0.7}, ""),
    "fair": ("real", {"fair_c": 0.8}, ""),
    "quantile": ("real", {"alpha": 0.3}, ""),
    "mape": ("positive", {}, ""),
    "poisson": ("counted", {}, "exp of the sum"),
    "gamma": ("positive", {}, "exp of the sum"),
    "tweedie": ("counted", {"tweedie_variance_power": 1.3}, "exp of the sum"),
    "cross_entropy": ("unit", {}, "sigmoid of the sum"),
    "cross_entropy_lambda": ("unit", {}, "log1p of exp of the sum"),
    "binary": ("binary", {}, "sigmoid:1 in the objective's text"),
    "lambdarank": ("relevance", {}, "rankings leave the sum alone"),
}
VARIANTS = {  # name -> (objective, label, parameters, note)
    "binary_sigmoid": ("binary", "binary", {"sigmoid": 0.7}, "sigmoid:0.7 scales the sum before exp"),
    "binary_sigmoid_large": ("binary", "binary", {"sigmoid": 40.0, "learning_rate": 1.0}, "saturated probabilities"),
    "binary_sigmoid_misread": ("binary", "binary", {"sigmoid": 1.14}, "sigmoid:1.14 is read as 1.1400000000000001"),
    "binary_unbalanced": ("binary", "classes_rare", {"is_unbalance": True}, ""),
    "binary_not_from_average": ("binary", "binary", {"boost_from_average": False}, "no average in the first tree"),
    "regression_sqrt": ("regression", "real", {"reg_sqrt": True}, "reg_sqrt: the signed square of the sum"),
    "regression_l1_sqrt": ("regression_l1", "real", {"reg_sqrt": True}, "reg_sqrt: the signed square of the sum"),
    "fair_sqrt": ("fair", "real", {"reg_sqrt": True}, "reg_sqrt: the signed square of the sum"),
    "mape_sqrt": ("mape", "positive", {"reg_sqrt": True}, "reg_sqrt: the signed square of the sum"),
    "quantile_sqrt": ("quantile", "real", {"reg_sqrt": True, "alpha": 0.3}, "reg_sqrt: the signed square of the sum"),
    "huber_sqrt": ("huber", "real", {"reg_sqrt": True}, "reg_sqrt is not for huber"),
    "poisson_sqrt": ("poisson", "counted", {"reg_sqrt": True}, "reg_sqrt is not for poisson"),
    "rank_xendcg": ("rank_xendcg" if VERSION >= (3, 0) else "xendcg", "relevance", {}, "rankings leave the sum alone"),
    "multiclass": ("multiclass", "classes", {"num_class": 3}, "softmax in double"),
    "multiclass_two": ("multiclass", "binary", {"num_class": 2}, "two classes, two trees a round"),
    "multiclassova": ("multiclassova", "classes", {"num_class": 3}, "a sigmoid a class"),
    "multiclassova_sigmoid": ("multiclassova", "classes", {"num_class": 3, "sigmoid": 1.7}, "a scaled sigmoid a class"),
}
RANDOM_FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7, "feature_fraction": 0.8}
BOOSTING = {  # name -> (label, parameters, rounds, note)
    "rf_binary": ("binary", {"objective": "binary", **RANDOM_FOREST}, 3, "average_output, then the sigmoid"),
    "rf_regression": ("real", {"objective": "regression", **RANDOM_FOREST}, 3, "average_output"),
    "rf_multiclass": (
        "classes",
        {"objective": "multiclass", "num_class": 3, **RANDOM_FOREST},
        2,
        "average_output, three classes",
    ),
    "dart": (
        "binary",
        {"objective": "binary", "boosting": "dart", "drop_rate": 0.5, "skip_drop": 0.0},
        5,
        "weights are in the leaves",
    ),
    "goss": ("real", {"objective": "regression", "boosting": "goss"}, 3, "sampling by gradients"),
    "extra_trees": ("real", {"objective": "regression", "extra_trees": True}, 3, "thresholds at random"),
    "many_trees": ("real", {"objective": "regression", "num_leaves": 2}, 20, "sums in double in tree order"),
    "deep_chain": ("real", {"objective": "regression", "num_leaves": 16, "min_data_in_leaf": 1}, 1, "leaf-wise, lopsided"),
    "one_leaf": ("real", {"objective": "regression", "min_gain_to_split": 1e9}, 2, "trees without a split"),
    "large_average": ("shifted", {"objective": "regression", "learning_rate": 0.01}, 4, "a large average and small steps"),
}
MISSING = {  # name -> parameters, note
    "missing_nan": ({}, "NaN is missing where training saw it, else zero"),
    "missing_zero": ({"zero_as_missing": True}, "zero_as_missing: |x| up to 1e-35f and NaN are missing"),
    "missing_none": ({"use_missing": False}, "use_missing=false: NaN is zero"),
}


def register_tables():
    """The tables above, as cases."""
    for name, (label, params, note) in OBJECTIVES.items():
        case(name=name)(
            lambda data, name=name, label=label, params=params, note=note: trained(
                data,
                {"objective": name, **params},
                getattr(data, label),
                note or "the value transform",
                group=[60, 80, 60] if label == "relevance" else None,
            )
        )
    for name, (objective, label, params, note) in VARIANTS.items():
        case(name=name)(
            lambda data, objective=objective, label=label, params=params, note=note: trained(
                data,
                {"objective": objective, **params},
                data.classes == 2 if label == "classes_rare" else getattr(data, label),
                note or "the value transform",
                group=[60, 80, 60] if label == "relevance" else None,
            )
        )
    for name, (label, params, rounds, note) in BOOSTING.items():
        case(name=name)(
            lambda data, label=label, params=params, rounds=rounds, note=note: trained(
                data, params, data.real + 1e6 if label == "shifted" else getattr(data, label), note, rounds
            )
        )
    for name, (params, note) in MISSING.items():
        case(name=name)(
            lambda data, params=params, note=note: trained(
                data, {"objective": "regression", "num_leaves": 12, **params}, data.real, note, 4, data.columns
            )
        )


register_tables()


def categorical(data, params, sizes, note, label=None, rounds=2):
    """gauss and sparse as numbers, then a column of codes a size."""
    columns, real = data.with_categories(sizes)
    label = real if label is None else label(real)
    named = list(range(2, 2 + len(sizes)))
    params = {**SHARED, "objective": "regression", "min_data_per_group": 2, "cat_smooth": 1.0, "cat_l2": 0.5, **params}
    dataset = lightgbm.Dataset(columns, label, categorical_feature=named, params=params)
    booster = lightgbm.train(params, dataset, rounds)
    return Made(booster, note, columns, {2 + number: size for number, size in enumerate(sizes)})


@case()
def categories_one_hot(data):
    return categorical(data, {"max_cat_to_onehot": 100}, [4, 9], "one category a split")


@case()
def categories_sets(data):
    return categorical(data, {"max_cat_to_onehot": 1}, [12, 7], "sets of categories go left; NaN and what is unknown right")


@case()
def categories_many(data):
    return categorical(data, {"max_cat_to_onehot": 1, "num_leaves": 10}, [33, 70, 32], "bitsets of several words")


@case()
def categories_multiclass(data):
    return categorical(
        data,
        {"objective": "multiclass", "num_class": 3, "max_cat_to_onehot": 2},
        [40, 8],
        "sets, three classes",
        lambda real: np.digitize(real, np.quantile(real, [0.3, 0.7])),
        1,
    )


@case()
def categories_zero_missing(data):
    return categorical(data, {"zero_as_missing": True, "max_cat_to_onehot": 1}, [10], "zero_as_missing with categories")


@case()
def categories_missing_none(data):
    return categorical(data, {"use_missing": False, "max_cat_to_onehot": 1}, [10], "use_missing=false with categories")


@case(since=(3, 2))
def linear_tree(data):
    return trained(
        data,
        {"objective": "regression", "linear_tree": True, "num_leaves": 5},
        data.real,
        "linear leaves; NaN in a used feature gives leaf_value",
        3,
        data.columns,
    )


@case(since=(3, 2))
def linear_tree_binary(data):
    return trained(
        data, {"objective": "binary", "linear_tree": True, "linear_lambda": 0.1, "num_leaves": 4}, data.binary, "linear leaves", 3
    )


@case(since=(3, 2))
def linear_tree_categories(data):
    return categorical(data, {"linear_tree": True, "max_cat_to_onehot": 1}, [9], "linear leaves and sets", rounds=3)


@case()
def no_trees(data):
    params = {**SHARED, "objective": "binary"}
    return Made(
        lightgbm.Booster(params, lightgbm.Dataset(data.narrow, data.binary, params=params)), "no tree at all", data.narrow
    )


@case()
def feature_names(data):
    params = {**SHARED, "objective": "binary"}
    names = ["plain", "Größe" if VERSION >= (3, 0) else "Groesse", "dotted.name"]
    dataset = lightgbm.Dataset(data.narrow, data.binary, feature_name=names, params=params)
    return Made(lightgbm.train(params, dataset, 1), "feature_names given", data.narrow)


@case()
def custom_objective(data):
    def squared(predicted, dataset):
        return predicted - dataset.get_label(), np.ones_like(predicted)

    dataset = lightgbm.Dataset(data.narrow, data.real, params=SHARED)
    if VERSION >= (4, 0):
        booster = lightgbm.train({**SHARED, "objective": squared}, dataset, 2)
    else:
        booster = lightgbm.train(SHARED, dataset, 2, fobj=squared)
    return Made(booster, "an objective of the caller's own: the file names none that transforms", data.narrow)


@case()
def rounds_first(data):
    return trained(data, {"objective": "binary"}, data.binary, "the first two rounds of four", 4, iteration_range=(0, 2))


@case(since=(3, 0))
def rounds_from_middle(data):
    return trained(
        data,
        {"objective": "multiclass", "num_class": 3, "num_leaves": 3},
        data.classes,
        "rounds one and two of four",
        4,
        iteration_range=(1, 3),
    )


@case(since=(3, 0))
def rf_rounds(data):
    return trained(
        data,
        {"objective": "regression", **RANDOM_FOREST},
        data.real,
        "average over the rounds that count, not all",
        4,
        iteration_range=(0, 2),
    )


def stopped_early(data, keep_all, ranged, note):
    """Early stopping as train() leaves it (it throws later rounds away), or with all rounds kept (keep_training_booster)."""
    chosen = np.arange(len(data.real)) % 2 == 0
    params = {**SHARED, "objective": "binary", "metric": "binary_logloss", "learning_rate": 0.6}
    first = lightgbm.Dataset(data.narrow[chosen], data.binary[chosen], params=params)
    second = lightgbm.Dataset(data.narrow[~chosen], data.binary[~chosen], params=params, reference=first)
    named = {"valid_sets": [second], "keep_training_booster": keep_all}
    if VERSION >= (3, 3):
        named["callbacks"] = [lightgbm.early_stopping(2, verbose=False)]
    else:
        named.update(early_stopping_rounds=2, verbose_eval=False)
    booster = lightgbm.train(params, first, 30, **named)
    best, rounds = booster.best_iteration, booster.current_iteration()

    def compare(rows, values):
        equal = np.array_equal(booster.predict(rows, num_threads=1).view(np.uint64), values[:, 0].view(np.uint64))
        said = "these values" if equal else "OTHER values"
        return f"Booster.predict without num_iteration gives {said} in memory; best_iteration {best} of {rounds}"

    return Made(booster, note, data.narrow, keep_all=keep_all, iteration_range=(0, best) if ranged else None, check=compare)


@case()
def early_stopping_saved_best(data):
    return stopped_early(data, False, False, "early stopping: only the best iterations are left")


@case()
def early_stopping_best(data):
    return stopped_early(data, True, True, "early stopping: all iterations in the file, the best ones asked")


@case()
def early_stopping_all(data):
    return stopped_early(data, True, False, "early stopping: all iterations in the file, all asked")
