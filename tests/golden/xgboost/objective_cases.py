"""One small model an objective: the value transform of each, and the base score that the release estimates or defaults to."""

from model_made import case

SMALL = {"max_depth": 2, "eta": 0.7}
UBJ = ("ubj",)  # JSON where the release has no UBJSON

# name -> (first release, label, parameters, outputs that say more than the name)
OBJECTIVES = {
    "reg_squarederror": ((1, 2), "real", {"objective": "reg:squarederror"}),
    "reg_squaredlogerror": ((1, 2), "positive", {"objective": "reg:squaredlogerror"}),
    "reg_logistic": ((1, 2), "unit", {"objective": "reg:logistic"}),
    "reg_pseudohubererror": ((1, 2), "real", {"objective": "reg:pseudohubererror"}),
    "reg_pseudohubererror_slope": ((1, 6), "real", {"objective": "reg:pseudohubererror", "huber_slope": 0.5}),
    "reg_absoluteerror": ((1, 7), "real", {"objective": "reg:absoluteerror"}),
    "reg_gamma": ((1, 2), "positive", {"objective": "reg:gamma"}),
    "reg_tweedie": ((1, 2), "counted", {"objective": "reg:tweedie", "tweedie_variance_power": 1.3}),
    "count_poisson": ((1, 2), "counted", {"objective": "count:poisson"}),
    "survival_cox": ((1, 2), "censored", {"objective": "survival:cox"}),
    "binary_logitraw": ((1, 2), "binary", {"objective": "binary:logitraw"}),
    "binary_hinge": ((1, 2), "binary", {"objective": "binary:hinge"}),
    "binary_logistic_scale_pos_weight": ((1, 2), "binary", {"objective": "binary:logistic", "scale_pos_weight": 3.5}),
}
AFT = {
    name: {"objective": "survival:aft", "aft_loss_distribution": name, "aft_loss_distribution_scale": 1.2}
    for name in ("normal", "logistic", "extreme")
}
RANKINGS = {"rank_pairwise": "relevance", "rank_ndcg": "relevance", "rank_map": "binary"}
GROUPS = [40, 60, 20, 40]


def register_objectives():
    """The table above, as cases."""
    for name, (since, label, params) in OBJECTIVES.items():
        case(since, name=name)(
            lambda release, label=label, params=params: release.trained(
                {**SMALL, **params}, getattr(release.data, label), rounds=2, note="the value transform and the default base score"
            )
        )
    for name, params in AFT.items():
        case(name=f"survival_aft_{name}")(
            lambda release, params=params: release.trained(
                {**SMALL, **params, "tree_method": "hist"},
                None,
                rounds=2,
                note="exp of the margin: in float or in double, as this build has it",
            )
        )
    for name, label in RANKINGS.items():
        case(name=name)(
            lambda release, name=name, label=label: release.trained(
                {**SMALL, "objective": name.replace("_", ":", 1)},
                getattr(release.data, label),
                groups=GROUPS,
                rounds=2,
                note="rankings leave the margin alone",
            )
        )


register_objectives()


@case(formats=("json", "ubj", "bin"))
def binary_logistic(release):
    return release.trained(
        {"objective": "binary:logistic"},
        release.data.binary,
        rounds=4,
        columns=release.data.columns,
        note="the plain model: thresholds, missing, zeros, subnormals",
    )


@case(formats=UBJ)
def binary_logistic_hist(release):
    return release.trained(
        {"objective": "binary:logistic", "tree_method": "hist", "max_bin": 16},
        release.data.binary,
        rounds=3,
        columns=release.data.columns,
        note="thresholds are cut points of the histogram, which the data itself takes",
    )


@case(formats=UBJ)
def binary_logistic_deep(release):
    return release.trained(
        {"objective": "binary:logistic", "max_depth": 6, "min_child_weight": 0.01, "subsample": 0.9, "eta": 0.3},
        release.data.binary,
        rounds=2,
        columns=release.data.columns,
        note="lopsided trees of depth six",
    )


@case()
def binary_logistic_lossguide(release):
    return release.trained(
        {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 9, "max_depth": 0},
        release.data.binary,
        columns=release.data.columns,
        note="leaf-wise growth: node numbers in no level order",
    )


@case()
def reg_many_trees(release):
    return release.trained(
        {"objective": "reg:squarederror", "max_depth": 1, "eta": 0.3},
        release.data.real,
        rounds=10,
        note="float32 sums in tree order: reordering shows",
    )


@case(formats=("json", "ubj", "bin"))
def multi_softprob(release):
    return release.trained(
        {"objective": "multi:softprob", "num_class": 3, "max_depth": 2},
        release.data.classes,
        rounds=2,
        columns=release.data.columns,
        note="softmax: float exp, sum in double",
    )


@case()
def multi_softmax(release):
    return release.trained(
        {"objective": "multi:softmax", "num_class": 3}, release.data.classes, rounds=1, note="the index of the first largest"
    )


@case()
def multi_softprob_two_classes(release):
    return release.trained(
        {**SMALL, "objective": "multi:softprob", "num_class": 2}, release.data.binary, rounds=1, note="two groups, not one logit"
    )


def quantiles(release, alphas, note):
    """Deep trees and large steps, so that quantiles cross."""
    return release.trained(
        {"objective": "reg:quantileerror", "quantile_alpha": alphas, "tree_method": "hist", "eta": 1.3},
        release.data.real,
        rounds=2,
        note=note,
        check=lambda _booster, _rows, margins, values: (
            "values are the margins sorted" if (margins != values).any() else "values are the margins"
        ),
    )


@case(since=(2, 0), formats=UBJ)
def reg_quantileerror(release):
    return quantiles(release, [0.3, 0.4, 0.5], "several alphas whose predictions cross: 3.4 sorts the values")


@case(since=(2, 0), until=(3, 3))
def reg_quantileerror_unsorted(release):
    return quantiles(release, [0.9, 0.1], "alphas in no order, which 3.4 no longer trains")


@case(since=(2, 0))
def reg_quantileerror_one(release):
    return release.trained(
        {**SMALL, "objective": "reg:quantileerror", "quantile_alpha": 0.3, "tree_method": "hist"},
        release.data.real,
        rounds=1,
        note="one alpha, written as a number",
    )


@case(since=(3, 3), formats=UBJ)
def reg_expectileerror(release):
    return release.trained(
        {**SMALL, "objective": "reg:expectileerror", "expectile_alpha": [0.1, 0.5, 0.9], "tree_method": "hist"},
        release.data.real,
        rounds=2,
        note="cumulative softplus of the margins",
    )


@case(since=(3, 3))
def reg_expectileerror_one(release):
    return release.trained(
        {**SMALL, "objective": "reg:expectileerror", "expectile_alpha": 0.7, "tree_method": "hist"},
        release.data.real,
        note="one alpha",
    )


@case()
def custom_objective(release):
    """A Python objective leaves no trace but its trees: the file names the default objective."""
    import numpy as np

    matrix = release.matrix(release.data.narrow, release.data.real)

    def squared(predicted, matrix):
        return predicted - matrix.get_label(), np.ones_like(predicted)

    made = release.trained(
        {"objective": "reg:squarederror"}, release.data.real, rounds=0, note="trained with an objective of the caller's own"
    )
    made.booster = release.boosted({"base_score": 0.25}, matrix, 3, obj=squared)
    return made
