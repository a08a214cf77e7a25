"""How many trees count: none, a range of rounds, forests a round, the best iteration; and missing values by another name."""

import numpy as np
import xgboost

from model_made import VERSION, Made, case


@case(formats=("json", "ubj"))
def no_trees(release):
    return release.trained(
        {"objective": "binary:logistic", "base_score": 0.3}, release.data.binary, rounds=0, note="no tree at all"
    )


@case()
def no_trees_softprob(release):
    return release.trained({"objective": "multi:softprob", "num_class": 3}, release.data.classes, rounds=0, note="no tree at all")


@case()
def root_only(release):
    return release.trained(
        {"objective": "reg:squarederror", "min_child_weight": 1e9}, release.data.real, note="trees that are one leaf"
    )


@case()
def root_only_pruned(release):
    return release.trained(
        {"objective": "binary:logistic", "gamma": 1e9}, release.data.binary, note="trees pruned to their roots: deleted nodes"
    )


@case(formats=("ubj",))
def pruned(release):
    return release.trained(
        {"objective": "reg:squarederror", "gamma": 4, "max_depth": 4},
        release.data.real,
        rounds=2,
        columns=release.data.columns,
        note="pruned while training: deleted nodes stay in the file",
    )


def updated(release, params):
    """A trained model gone over once more."""
    made = release.trained({"objective": "binary:logistic", "max_depth": 4}, release.data.binary, rounds=2)
    matrix = release.matrix(release.data.narrow[:80], release.data.binary[:80])
    made.booster = release.boosted(
        {"objective": "binary:logistic", "process_type": "update", **params}, matrix, 2, xgb_model=made.booster
    )
    return made


@case()
def refreshed(release):
    made = updated(release, {"updater": "refresh", "refresh_leaf": 1})
    made.note = "leaves refreshed on other rows"
    return made


@case()
def prune_update(release):
    made = updated(release, {"updater": "prune", "gamma": 1.5, "max_depth": 3})
    made.note = "pruned afterwards by process_type=update"
    return made


@case()
def forest_all(release):
    return forest(release, None, 2, "three trees a round")


@case()
def forest_first_rounds(release):
    return forest(release, (0, 2), 1, "three trees a round, the first two rounds")


@case(since=(1, 4))
def forest_middle_rounds(release):
    return forest(release, (1, 2), 1, "three trees a round, the second round alone")


def forest(release, iteration_range, depth, note):
    """A random forest of three trees a round."""
    return release.trained(
        {
            "objective": "binary:logistic",
            "num_parallel_tree": 3,
            "subsample": 0.7,
            "colsample_bynode": 0.6,
            "max_depth": depth,
            "tree_method": "hist",
            "max_bin": 16,
        },
        release.data.binary,
        iteration_range=iteration_range,
        trees_a_round=3,
        note=note,
    )


@case(since=(1, 4))
def rounds_from_middle(release):
    return release.trained(
        {"objective": "multi:softprob", "num_class": 3, "max_depth": 1},
        release.data.classes,
        rounds=3,
        iteration_range=(1, 3),
        note="rounds one and two of three, three classes",
    )


@case(since=(1, 4))
def forest_multiclass_rounds(release):
    return release.trained(
        {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.7, "max_depth": 1},
        release.data.classes,
        rounds=2,
        iteration_range=(0, 1),
        trees_a_round=2,
        note="two trees a class and round",
    )


def stopped_early(release, classes=2, booster="gbtree", best=True):
    """XGBClassifier with early stopping; what its predict_proba says is compared with the range it stands for."""
    data, chosen = release.data, np.arange(160) % 2 == 0
    labels = data.binary if classes == 2 else data.classes
    more = {"booster": booster, "num_parallel_tree": 2 if classes > 2 else 1, "subsample": 0.8}
    patience = {"early_stopping_rounds": 2 if classes == 2 else 1, "eval_metric": "logloss" if classes == 2 else "mlogloss"}
    objective = "binary:logistic" if classes == 2 else "multi:softprob"
    shared = {
        "n_estimators": 20 if classes == 2 else 4,
        "max_depth": 2 if classes == 2 else 1,
        "learning_rate": 1.3 if classes == 2 else 0.8,
        "n_jobs": 1,
        "random_state": 3,
        "tree_method": "exact",
        "verbosity": 0,
        "objective": objective,
        **more,
    }
    if (1, 3) <= VERSION < (2, 0):
        shared["use_label_encoder"] = False
    sets = {"eval_set": [(data.narrow[~chosen], labels[~chosen])], "verbose": False}
    if VERSION >= (1, 6):
        model = xgboost.XGBClassifier(**shared, **patience).fit(data.narrow[chosen], labels[chosen], **sets)
    else:
        model = xgboost.XGBClassifier(**shared).fit(data.narrow[chosen], labels[chosen], **sets, **patience)
    booster = model.get_booster()
    end = int(booster.attr("best_iteration")) + 1

    def compare(_booster, rows, _margins, values):
        wrapped = model.predict_proba(rows).astype(np.float32)
        wrapped = wrapped[:, 1:] if classes == 2 else wrapped
        equal = np.array_equal(wrapped.view(np.uint32), values.view(np.uint32))
        return (
            f"predict_proba of XGBClassifier gives {'these values' if equal else 'OTHER values'}; best_iteration {end - 1} of "
            f"{booster_rounds(booster, more['num_parallel_tree'], classes)} rounds"
        )

    return Made(
        booster=booster,
        columns=data.narrow,
        iteration_range=(0, end) if best else None,
        trees_a_round=more["num_parallel_tree"],
        check=compare,
        note="early stopping, " + ("iteration_range=(0, best_iteration+1)" if best else "all trees, as Booster.predict has it"),
    )


def booster_rounds(booster, parallel, classes):
    """Trees over trees a round."""
    return len(booster.get_dump()) // parallel // (1 if classes == 2 else classes)


@case(formats=("ubj",))
def early_stopping_best(release):
    return stopped_early(release)


@case()
def early_stopping_all(release):
    return stopped_early(release, best=False)


@case()
def early_stopping_multiclass_forest(release):
    return stopped_early(release, classes=3)


@case()
def missing_minus_999(release):
    return release.trained(
        {"objective": "binary:logistic"},
        release.data.binary,
        missing=-999.0,
        rounds=2,
        columns=release.data.columns,
        note="missing=-999; NaN stays missing",
    )


@case()
def missing_zero(release):
    return release.trained(
        {"objective": "binary:logistic"},
        release.data.binary,
        missing=0.0,
        rounds=2,
        columns=release.data.columns,
        note="missing=0: both zeros are missing, and NaN is",
    )


@case()
def missing_subnormal(release):
    return release.trained(
        {"objective": "binary:logistic"},
        release.data.binary,
        missing=float(np.float32(1e-40)),
        rounds=2,
        columns=release.data.columns,
        note="missing is a subnormal number",
    )


@case(formats=("json", "ubj"))
def feature_names(release):
    names = ["plain", "with blank", "Größe", 'quo"ted', "back\\slash", "tab\tbed"]
    return release.trained(
        {"objective": "binary:logistic", "max_depth": 2},
        release.data.binary,
        rounds=1,
        feature_names=names,
        feature_types=["float", "int", "q", "float", "float", "i"],
        columns=release.data.columns,
        note="names that need escapes, and types",
    )
