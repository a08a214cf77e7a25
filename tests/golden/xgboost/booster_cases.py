"""The other boosters: dart, whose trees weigh, and gblinear, which has none."""

from margin_cases import normal_margins
from model_made import case

DART = {"booster": "dart", "rate_drop": 0.4, "one_drop": 1, "max_depth": 2}
LINEAR = {"booster": "gblinear", "updater": "coord_descent", "eta": 0.5}
BOTH = ("json", "ubj")
UBJ = ("ubj",)


@case(formats=BOTH)
def dart(release):
    return release.trained(
        {**DART, "objective": "binary:logistic", "skip_drop": 0.1},
        release.data.binary,
        rounds=5,
        columns=release.data.columns,
        note="weights of dropped trees",
    )


@case()
def dart_forest_normalised(release):
    return release.trained(
        {**DART, "objective": "reg:squarederror", "normalize_type": "forest", "sample_type": "weighted"},
        release.data.real,
        rounds=5,
        note="normalize_type=forest, sample_type=weighted",
    )


@case(formats=UBJ)
def dart_multiclass(release):
    return release.trained(
        {**DART, "objective": "multi:softprob", "num_class": 3, "max_depth": 1},
        release.data.classes,
        rounds=3,
        note="dart, three classes",
    )


@case()
def dart_parallel(release):
    return release.trained(
        {**DART, "objective": "binary:logistic", "num_parallel_tree": 2, "subsample": 0.7, "max_depth": 1},
        release.data.binary,
        rounds=4,
        trees_a_round=2,
        note="dart, two trees a round",
    )


@case()
def dart_first_rounds(release):
    return release.trained(
        {**DART, "objective": "binary:logistic"},
        release.data.binary,
        rounds=4,
        iteration_range=(0, 3),
        note="dart, the first three rounds",
    )


@case()
def dart_base_margin(release):
    return release.trained(
        {**DART, "objective": "reg:squarederror", "base_score": 2.5},
        release.data.real,
        rounds=3,
        margins=normal_margins,
        note="dart with a base_margin",
    )


@case()
def dart_never_dropped(release):
    return release.trained(
        {"booster": "dart", "objective": "reg:squarederror", "max_depth": 2},
        release.data.real,
        note="rate_drop=0: all weights are one",
    )


@case(formats=BOTH)
def gblinear_logistic(release):
    return release.trained(
        {**LINEAR, "objective": "binary:logistic"},
        release.data.binary,
        columns=release.data.columns,
        note="linear: bias last in the file, first in the sum",
    )


@case()
def gblinear_base_score(release):
    return release.trained(
        {**LINEAR, "objective": "reg:squarederror", "base_score": 7.25}, release.data.real, note="linear with a base_score"
    )


@case(formats=UBJ)
def gblinear_softprob(release):
    return release.trained(
        {**LINEAR, "objective": "multi:softprob", "num_class": 3},
        release.data.classes,
        note="linear, three classes: weights are feature-major",
    )


@case(since=(3, 1))
def gblinear_softprob_base_vector(release):
    return release.trained(
        {**LINEAR, "objective": "multi:softprob", "num_class": 3, "base_score": [0.1, 0.65, 0.25]},
        release.data.classes,
        note="linear, a base score a class: which of them counts",
    )


@case()
def gblinear_base_margin(release):
    return release.trained(
        {**LINEAR, "objective": "multi:softprob", "num_class": 3, "base_score": 0.3},
        release.data.classes,
        margins=normal_margins,
        note="linear with a base_margin",
    )


@case()
def gblinear_missing(release):
    return release.trained(
        {**LINEAR, "objective": "count:poisson"},
        release.data.counted,
        missing=-999.0,
        note="linear, missing=-999: what is missing adds nothing",
    )
