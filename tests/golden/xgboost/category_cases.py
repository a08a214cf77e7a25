"""Categorical splits: one category or a set of them, bitsets beyond one and two words, and codes that are no category."""

import numpy as np

from margin_cases import normal_margins
from model_made import Made, case

HIST = {"tree_method": "hist", "max_depth": 3}
ONE_HOT = {**HIST, "max_cat_to_onehot": 1000}
SETS = {**HIST, "max_cat_to_onehot": 1}
UBJ = ("ubj",)


def categorical(release, params, sizes, note, label=None, rounds=2, **more):
    """gauss and counts as numbers, then a column of codes a size."""
    columns, real = release.data.with_categories(sizes)
    label = real if label is None else label(real)
    return release.trained(
        {"objective": "reg:squarederror", "max_bin": 32, **params},
        label,
        rounds=rounds,
        columns=columns,
        feature_types=["q", "q"] + ["c"] * len(sizes),
        note=note,
        categories={2 + number: size for number, size in enumerate(sizes)},
        **more,
    )


def classes_of(real):
    """Three classes."""
    return np.digitize(real, np.quantile(real, [0.33, 0.7]))


@case(since=(1, 6), formats=UBJ)
def category_one_hot(release):
    return categorical(release, ONE_HOT, [5, 8], "one category a split goes right")


@case(since=(1, 6))
def category_sets(release):
    return categorical(release, SETS, [9, 6], "sets of categories")


@case(since=(1, 6))
def category_sets_32(release):
    return categorical(release, SETS, [32, 33, 31], "around one word of bits")


@case(since=(1, 6), formats=UBJ)
def category_sets_70(release):
    return categorical(release, SETS, [70, 64, 65], "more than two words of bits")


@case(since=(1, 6))
def category_one_hot_130(release):
    return categorical(release, ONE_HOT, [130], "one high category: a long bitset with one bit")


@case(since=(1, 6))
def category_approx(release):
    return categorical(release, {**SETS, "tree_method": "approx"}, [12], "tree_method=approx")


@case(since=(1, 6))
def category_multiclass(release):
    return categorical(
        release, {**SETS, "objective": "multi:softprob", "num_class": 3}, [11, 40], "sets, three classes", classes_of, 1
    )


@case(since=(1, 6))
def category_dart(release):
    return categorical(release, {**SETS, "booster": "dart", "rate_drop": 0.4, "one_drop": 1}, [11, 40], "sets and dart", rounds=3)


@case(since=(1, 6))
def category_parallel_margin(release):
    return categorical(
        release,
        {**SETS, "num_parallel_tree": 2, "subsample": 0.8},
        [40],
        "sets, two trees a round, base_margin",
        rounds=1,
        margins=normal_margins,
    )


@case(since=(1, 6))
def category_missing_minus_999(release):
    return categorical(
        release, {**SETS, "objective": "binary:logistic"}, [10], "sets, missing=-999", lambda real: real > 0, missing=-999.0
    )


@case(since=(2, 0))
def category_vector_leaf(release):
    columns, real = release.data.with_categories([10, 40])
    return release.trained(
        {**SETS, "max_bin": 32, "multi_strategy": "multi_output_tree", "objective": "reg:squarederror"},
        np.stack([real, columns[:, 0] - real], axis=1),
        rounds=2,
        columns=columns,
        feature_types=["q", "q", "c", "c"],
        categories={2: 10, 3: 40},
        note="sets and vector leaves",
    )


def from_frame(release, texts):
    """Trained on a pandas frame with a category column; asked with plain codes."""
    import pandas
    import xgboost

    columns, real = release.data.with_categories([7, 40])
    names = [f"kind {number}" for number in range(40)] if texts else list(range(100, 500, 10))
    frame = pandas.DataFrame({"gauss": columns[:, 0], "counts": columns[:, 1]})
    for column, size in ((2, 7), (3, 40)):
        codes = np.where(np.isnan(columns[:, column]), -1, columns[:, column]).astype(int)
        frame[f"codes{size}"] = pandas.Categorical.from_codes(codes, categories=names[:size])
    matrix = xgboost.DMatrix(frame, real, enable_categorical=True, nthread=1)
    booster = release.boosted({**SETS, "max_bin": 32, "objective": "reg:squarederror"}, matrix, 2)

    def compare(booster, _rows, _margins, _values):
        backwards = frame.copy()
        for size in (7, 40):
            backwards[f"codes{size}"] = backwards[f"codes{size}"].cat.reorder_categories(names[:size][::-1])
        plain = booster.predict(
            xgboost.DMatrix(
                columns, feature_names=list(frame), feature_types=["float", "float", "c", "c"], enable_categorical=True, nthread=1
            )
        )
        answers = [booster.predict(xgboost.DMatrix(asked, enable_categorical=True, nthread=1)) for asked in (frame, backwards)]
        equal = ["the same values" if np.array_equal(plain, answer) else "OTHER values" for answer in answers]
        return f"asked with the frame it gives {equal[0]} as with its codes, with categories reordered {equal[1]}"

    return Made(
        booster=booster,
        columns=columns,
        feature_names=list(frame),
        feature_types=["float", "float", "c", "c"],
        categories={2: 7, 3: 40},
        check=compare,
        note=f"trained on a pandas frame with {'texts' if texts else 'integers'} as categories, asked with plain codes",
    )


@case(since=(1, 6), formats=UBJ)
def category_frame_texts(release):
    return from_frame(release, True)


@case(since=(1, 6))
def category_frame_integers(release):
    return from_frame(release, False)


@case(since=(1, 5), until=(1, 5))
def category_by_hand(release):
    """1.5 trains categorical splits on a GPU only, but reads them: a numerical split is turned into one on category 2."""
    columns, real = release.data.with_categories([6])
    made = release.trained({"objective": "reg:squarederror"}, real, columns=np.nan_to_num(columns), rounds=2)

    def change(document, _text):
        import json

        for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
            splits = [
                node
                for node, (left, feature) in enumerate(zip(tree["left_children"], tree["split_indices"]))
                if left != -1 and feature == 2
            ]
            tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"] = splits, list(range(len(splits))), []
            tree["categories"] = [2 + number % 3 for number in range(len(splits))]
            tree["categories_sizes"] = [1] * len(splits)
            for node in splits:
                tree["split_type"][node] = 1
                tree["split_conditions"][node] = float(2)
        return json.dumps(document)

    return release.edited(
        made.booster,
        change,
        columns=columns,
        feature_types=["q", "q", "c"],
        categories={2: 6},
        odd_categories=False,
        infinite=False,
        note="written by hand; 1.5 checks no range, so only codes that are in the bitset's words are asked",
    )
