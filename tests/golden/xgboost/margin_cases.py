"""What a sum begins with: base_score in every spelling the release knows, and a base_margin that replaces it."""

import numpy as np

from model_made import case

SMALL = {"max_depth": 1}
EXTREMES = np.array(
    [
        0.0,
        -0.0,
        88.7,
        -88.7,
        88.6999,
        -88.6999,
        88.70001,
        -88.70001,
        100,
        -100,
        103.5,
        -103.5,
        16.6,
        -16.6,
        1e30,
        -1e30,
        3e38,
        -3e38,
        1e-30,
        1e-45,
        -1e-45,
        np.nan,
        np.inf,
        -np.inf,
    ],
    np.float32,
)


def normal_margins(rng, rows, outputs):
    """What a caller would give."""
    return rng.normal(size=(rows, outputs)) * 2


def extreme_margins(rng, rows, outputs):
    """Where exp saturates, where ties are, and what is no number."""
    drawn = EXTREMES[rng.randint(0, len(EXTREMES), size=(rows, outputs))]
    drawn[: len(EXTREMES), 0] = EXTREMES[:rows]
    drawn[::5] = drawn[::5, :1]  # equal in all outputs
    return drawn


def register_base_scores():
    """objective x base_score."""
    scores = {
        "logistic_base_03": ("binary:logistic", 0.3, "binary", {}),
        "logistic_base_tiny": ("binary:logistic", 1e-7, "binary", {}),
        "logistic_base_near_one": ("binary:logistic", 0.9999999, "binary", {}),
        "logistic_base_zero": ("binary:logistic", 0.0, "binary", {}),
        "logistic_base_one": ("binary:logistic", 1.0, "binary", {}),
        "squarederror_base_large": ("reg:squarederror", 1e6, "real", {}),
        "squarederror_base_negative": ("reg:squarederror", -0.1, "real", {}),
        "poisson_base_2": ("count:poisson", 2.0, "counted", {}),
        "gamma_base_15": ("reg:gamma", 1.5, "positive", {}),
        "tweedie_base_07": ("reg:tweedie", 0.7, "counted", {}),
        "cox_base_08": ("survival:cox", 0.8, "censored", {}),
        "aft_base_3": ("survival:aft", 3.0, None, {"tree_method": "hist"}),
        "hinge_base_03": ("binary:hinge", 0.3, "binary", {}),
        "logitraw_base_03": ("binary:logitraw", 0.3, "binary", {}),
        "pairwise_base_03": ("rank:pairwise", 0.3, "relevance", {}),
        "softprob_base_03": ("multi:softprob", 0.3, "classes", {"num_class": 3}),
    }
    for name, (objective, score, label, more) in scores.items():
        case(name=f"base_score_{name}")(
            lambda release, objective=objective, score=score, label=label, more=more: release.trained(
                {**SMALL, "objective": objective, "base_score": score, **more},
                label and getattr(release.data, label),
                rounds=1,
                groups=[100, 60] if objective.startswith("rank") else None,
                note=f"base_score={score!r} given",
            )
        )


def register_margins():
    """objective x base_margin."""
    models = {
        "logistic": ("binary:logistic", "binary", {}),
        "softprob": ("multi:softprob", "classes", {"num_class": 3}),
        "softmax": ("multi:softmax", "classes", {"num_class": 3}),
        "poisson": ("count:poisson", "counted", {}),
        "hinge": ("binary:hinge", "binary", {}),
    }
    kinds = {"base_margin": normal_margins, "base_margin_extreme": extreme_margins}
    for kind, margins in kinds.items():
        for name, (objective, label, more) in models.items():
            if kind != "base_margin" or name in ("logistic", "softprob"):
                case(name=f"{kind}_{name}")(
                    lambda release, objective=objective, label=label, more=more, margins=margins, kind=kind: release.trained(
                        {"max_depth": 1, "objective": objective, "base_score": 0.4, **more},
                        getattr(release.data, label),
                        rounds=1,
                        margins=margins,
                        note=kind.replace("_", " ") + ": it replaces the base score",
                    )
                )


register_base_scores()
register_margins()


@case(since=(2, 0))
def base_score_estimated_logistic(release):
    return release.trained(
        {**SMALL, "objective": "binary:logistic", "scale_pos_weight": 2.0},
        release.data.classes > 0,
        rounds=1,
        note="base_score estimated from the labels",
    )


@case(since=(2, 0))
def base_score_estimated_off(release):
    return release.trained(
        {**SMALL, "objective": "reg:squarederror", "boost_from_average": 0},
        release.data.real,
        rounds=1,
        note="boost_from_average=0",
    )


@case(since=(3, 1), formats=("json", "ubj"))
def base_score_vector_softprob(release):
    return release.trained(
        {**SMALL, "objective": "multi:softprob", "num_class": 3, "base_score": [0.1, 0.65, 0.25]},
        release.data.classes,
        rounds=1,
        note="a base score a class",
    )


@case(since=(3, 1))
def base_score_vector_logistic_targets(release):
    return release.trained(
        {**SMALL, "objective": "binary:logistic", "base_score": [0.1, 0.5, 0.8], "tree_method": "hist"},
        release.data.labels,
        rounds=1,
        note="a base score a target, in probabilities",
    )


@case(since=(3, 1))
def base_score_vector_quantile(release):
    return release.trained(
        {
            **SMALL,
            "objective": "reg:quantileerror",
            "quantile_alpha": [0.2, 0.8],
            "tree_method": "hist",
            "base_score": [1.5, -0.5],
        },
        release.data.real,
        rounds=1,
        note="a base score an alpha, in the order that 3.4 sorts away",
    )


@case(since=(3, 3))
def base_score_expectile(release):
    return release.trained(
        {**SMALL, "objective": "reg:expectileerror", "expectile_alpha": [0.2, 0.8], "tree_method": "hist", "base_score": 0.5},
        release.data.real,
        rounds=1,
        note="base_score through the inverse of softplus",
    )
