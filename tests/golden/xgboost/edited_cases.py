"""Files that save_model would not write but load_model reads: numbers in other spellings, thresholds that are no plain number.

The release itself computes what is expected of them.
"""

import json
import re

import numpy as np

from model_made import case


def edited(release, change, note, depth=3, rounds=2, **made):
    """A small logistic model, changed."""
    booster = release.trained(
        {"objective": "binary:logistic", "max_depth": depth, "base_score": 0.5}, release.data.binary, rounds=rounds
    ).booster
    return release.edited(booster, change, note=note, **made)


def with_base_score(text, spelling):
    """The file with another base_score."""
    changed, count = re.subn(r'"base_score":"[^"]*"', lambda _: f'"base_score":"{spelling}"', text)
    assert count == 1
    return changed


def with_array(document, name, change):
    """Compact JSON with the array `name` of each tree replaced; change(tree, values as texts) -> texts."""
    for number, tree in enumerate(document["learner"]["gradient_booster"]["model"]["trees"]):
        values = change(tree, [repr(float(value)) for value in tree[name]])
        tree[name] = f"@{number}@"
        tree["texts"] = values
    texts = [tree.pop("texts") for tree in document["learner"]["gradient_booster"]["model"]["trees"]]
    text = json.dumps(document, separators=(",", ":"))
    for number, values in enumerate(texts):
        text = text.replace(f'"@{number}@"', "[" + ",".join(values) + "]")
    return text


# The first four lie between two floats: exactly in the middle, just above, just below; a double on the way rounds twice.
LONG_NUMBERS = (
    "1.00000005960464477539062500000000000000000001",
    "1.000000059604644775390625",
    "1.0000000596046447753906249999999999",
    "0.100000005215406417846679687500000000000001",
    "-0.3000000119209289550781250000",
    "0.00000000000000000000000012345678901E23",
    "1.17549428075736429e-38",
    "7.0064923216240853e-46",
    "7.0064923216240862e-46",
    "123456789.123456789E-9",
)


@case()
def edited_long_numbers(release):
    def change(tree, values):
        leaves = [node for node, left in enumerate(tree["left_children"]) if left == -1]
        for number, node in enumerate(leaves):
            values[node] = LONG_NUMBERS[number % len(LONG_NUMBERS)]
        return values

    return edited(
        release,
        lambda document, _text: with_array(document, "split_conditions", change),
        "leaves with more digits than nine, and doubles' digits in thresholds: straight to float32",
        depth=4,
        rounds=1,
    )


@case()
def edited_thresholds(release):
    odd = ("-0.0", "0.0", "1e-45", "-1e-40", "3.4028235e38", "-3.4028235E38", "1.5e+0")

    def change(tree, values):
        splits = [node for node, left in enumerate(tree["left_children"]) if left != -1]
        for number, node in enumerate(splits):
            values[node] = odd[(number + 3 * tree["id"]) % len(odd)]
        return values

    return edited(
        release,
        lambda document, _text: with_array(document, "split_conditions", change),
        "thresholds: zeros of both signs, subnormal, the largest",
    )


@case()
def edited_thresholds_not_finite(release):
    odd = ("NaN", "Infinity", "-Infinity", "NaN")

    def change(tree, values):
        splits = [node for node, left in enumerate(tree["left_children"]) if left != -1]
        for number, node in enumerate(splits):
            values[node] = odd[(number + tree["id"]) % len(odd)]
        return values

    return edited(
        release,
        lambda document, _text: with_array(document, "split_conditions", change),
        "thresholds NaN, Infinity and -Infinity",
    )


@case()
def edited_leaves_not_finite(release):
    odd = ("NaN", "Infinity", "-Infinity", "1e38", "-0.0", "3e38")

    def change(tree, values):
        leaves = [node for node, left in enumerate(tree["left_children"]) if left == -1]
        for number, node in enumerate(leaves):
            values[node] = odd[(number + 2 * tree["id"]) % len(odd)]
        return values

    return edited(
        release,
        lambda document, _text: with_array(document, "split_conditions", change),
        "leaves NaN, Infinity, -Infinity, and sums that overflow",
    )


@case()
def edited_integer_literals(release):
    def change(tree, values):
        return ["2" if left == -1 else "0" for left in tree["left_children"]]

    return edited(
        release,
        lambda document, _text: with_array(document, "split_conditions", change),
        "leaves and thresholds without a point",
        depth=1,
    )


@case()
def edited_spacing(release):
    def change(document, _text):
        learner = document["learner"]
        learner["unknown"] = {"nested": [1, {"deep": None}, "te\\xt \u00fc"], "empty": {}, "none": []}
        document["learner"] = dict(reversed(list(learner.items())))
        return json.dumps(document, indent=1) + "\n"

    return edited(release, change, "white space, keys in another order, keys nobody knows, doubles' digits")


@case()
def edited_booleans(release):
    def change(document, _text):
        for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
            tree["default_left"] = [bool(value) for value in tree["default_left"]]
        return json.dumps(document, separators=(",", ":"))

    return edited(release, change, "default_left as true and false")


@case()
def edited_swapped_trees(release):
    def change(document, _text):
        trees = document["learner"]["gradient_booster"]["model"]["trees"]
        trees[0], trees[1] = trees[1], trees[0]
        return json.dumps(document, separators=(",", ":"))

    return edited(release, change, "trees in another order than their ids")


def base_score_spelled(release, spelling):
    """A release that cannot read the spelling says nothing and takes the default; the note tells."""
    params = {"objective": "binary:logistic", "max_depth": 1, "base_score": 0.5}
    made = release.trained(params, release.data.binary, rounds=1, note=f"base_score spelled {spelling!r}")

    def compare(_booster, rows, margins, _values):
        unchanged = made.booster.predict(release.matrix(rows), output_margin=True).reshape(margins.shape)
        return "this release silently takes it for 0.5" if np.array_equal(unchanged, margins) else None

    return release.edited(made.booster, lambda _document, text: with_base_score(text, spelling), note=made.note, check=compare)


def register_base_scores():
    """Spellings of the same model's base_score."""
    spellings = {
        "long": "2.7182818284590452353602874713526625E-1",
        "plain": "0.25",
        "bracketed": "[7E-1]",
        "round": "(2.5E-1)",
        "blanks": " 2.5E-1",
    }
    for name, spelling in spellings.items():
        case(name=f"edited_base_score_{name}")(lambda release, spelling=spelling: base_score_spelled(release, spelling))


register_base_scores()


@case(since=(3, 1))
def edited_base_score_scalar_softprob(release):
    booster = release.trained(
        {"objective": "multi:softprob", "num_class": 3, "max_depth": 2}, release.data.classes, rounds=1
    ).booster
    return release.edited(booster, lambda _document, text: with_base_score(text, "2.5E-1"), note="a scalar for three classes")
