"""Several targets: a tree each, or one tree whose leaves are vectors."""

from model_made import case

HIST = {"tree_method": "hist", "max_depth": 2, "max_bin": 16}
VECTOR = {**HIST, "multi_strategy": "multi_output_tree"}
BOTH = ("json", "ubj")
UBJ = ("ubj",)


@case(since=(1, 6), formats=UBJ)
def targets_squarederror(release):
    return release.trained(
        {**HIST, "objective": "reg:squarederror"},
        release.data.targets,
        rounds=2,
        columns=release.data.columns,
        note="three targets, a tree each",
    )


@case(since=(1, 6))
def targets_logistic(release):
    return release.trained(
        {**HIST, "objective": "binary:logistic"}, release.data.labels, rounds=1, note="three labels, a tree each"
    )


@case(since=(1, 6))
def targets_forest_range(release):
    return release.trained(
        {**HIST, "objective": "reg:squarederror", "num_parallel_tree": 2, "subsample": 0.7, "max_depth": 1},
        release.data.targets,
        rounds=2,
        iteration_range=(1, 2),
        trees_a_round=2,
        note="three targets, two trees each, the second round",
    )


@case(since=(1, 7))
def targets_absoluteerror(release):
    return release.trained(
        {**HIST, "objective": "reg:absoluteerror"}, release.data.targets, rounds=1, note="three targets, a tree each"
    )


@case(since=(1, 6))
def targets_base_score(release):
    return release.trained(
        {**HIST, "objective": "binary:logistic", "base_score": 0.2},
        release.data.labels,
        rounds=1,
        note="one base_score for three labels",
    )


@case(since=(1, 6))
def targets_dart(release):
    return release.trained(
        {**HIST, "booster": "dart", "rate_drop": 0.4, "one_drop": 1, "objective": "reg:squarederror"},
        release.data.targets,
        rounds=3,
        note="dart, three targets",
    )


@case(since=(2, 0), formats=BOTH)
def vector_leaf(release):
    return release.trained(
        {**VECTOR, "objective": "reg:squarederror"},
        release.data.targets,
        rounds=3,
        columns=release.data.columns,
        note="leaves of three values",
    )


@case(since=(2, 0))
def vector_leaf_two(release):
    return release.trained(
        {**VECTOR, "max_depth": 4, "objective": "reg:squarederror"},
        release.data.targets[:, :2],
        rounds=2,
        note="leaves of two values, lopsided trees",
    )


@case(since=(2, 0))
def vector_leaf_many(release):
    import numpy as np

    data = release.data
    many = np.stack([data.real * np.cos(number) + data.columns[:, 0] * np.sin(number) for number in range(9)], axis=1)
    return release.trained({**VECTOR, "objective": "reg:squarederror"}, many, rounds=1, note="leaves of nine values")


@case(since=(2, 0))
def vector_leaf_logistic(release):
    return release.trained(
        {**VECTOR, "objective": "binary:logistic"}, release.data.labels, rounds=2, note="vector leaves, three labels"
    )


@case(since=(2, 0))
def vector_leaf_softprob(release):
    return release.trained(
        {**VECTOR, "objective": "multi:softprob", "num_class": 3},
        release.data.classes,
        rounds=2,
        note="vector leaves, three classes",
    )


@case(since=(2, 0))
def vector_leaf_quantile(release):
    return release.trained(
        {**VECTOR, "objective": "reg:quantileerror", "quantile_alpha": [0.3, 0.4, 0.5]},
        release.data.real,
        rounds=2,
        note="vector leaves, several alphas",
    )


@case(since=(2, 0))
def vector_leaf_absoluteerror(release):
    return release.trained({**VECTOR, "objective": "reg:absoluteerror"}, release.data.targets, rounds=2, note="vector leaves")


@case(since=(2, 0))
def vector_leaf_forest(release):
    return release.trained(
        {**VECTOR, "objective": "reg:squarederror", "num_parallel_tree": 2, "subsample": 0.7},
        release.data.targets,
        rounds=3,
        iteration_range=(0, 2),
        trees_a_round=2,
        note="vector leaves, two trees a round, two rounds of three",
    )


@case(since=(2, 0))
def vector_leaf_base_score(release):
    return release.trained(
        {**VECTOR, "objective": "reg:squarederror", "base_score": 1.5},
        release.data.targets,
        rounds=1,
        note="vector leaves, base_score given",
    )


@case(since=(2, 0))
def vector_leaf_root_only(release):
    return release.trained(
        {**VECTOR, "objective": "reg:squarederror", "min_child_weight": 1e9},
        release.data.targets,
        rounds=2,
        note="vector leaves, trees that are one leaf",
    )


@case(since=(2, 0))
def vector_leaf_dart(release):
    return release.trained(
        {**VECTOR, "booster": "dart", "rate_drop": 0.4, "one_drop": 1, "objective": "reg:squarederror"},
        release.data.targets,
        rounds=3,
        note="vector leaves and dart",
    )


@case(since=(2, 0))
def vector_leaf_base_margin(release):
    from margin_cases import normal_margins

    return release.trained(
        {**VECTOR, "objective": "reg:squarederror"},
        release.data.targets,
        rounds=1,
        margins=normal_margins,
        note="vector leaves with a base_margin",
    )
