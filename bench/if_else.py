"""The trees of a booster as C: nested if/else, one function a tree, compiled to a shared object. The `if/else codegen` reference.

    extern "C" float margin(const float* row);     base margin first, then each tree's leaf in order: XGBoost's own float32 sum

Compiled with -O3 -march=native, and without fused operations, so that its sum has the same bits. Thresholds and leaves are hex
floats. A missing value (NaN) follows its default: `x < t` is false for NaN and goes right, `!(x >= t)` is true and goes left.
Limits: numerical splits, one output, gbtree; a binary:logistic base score.
"""

import json
import math
import struct
import subprocess
import tempfile
import pathlib

FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-fno-plt")
TREES_PER_FILE = 25  # keeps the compiler's memory small


def float32(value):
    """A C literal of exactly this float32."""
    return struct.unpack("f", struct.pack("f", value))[0].hex() + "f"


def tree_function(number, tree):
    """static-free C of one tree, written without recursion: a list is a stack of pieces still to be said."""
    pieces, todo = [f"float tree_{number}(const float* x) {{ "], [0]
    while todo:
        at = todo.pop()
        if isinstance(at, str):
            pieces.append(at)
        elif tree["left_children"][at] < 0:
            pieces.append(f"return {float32(tree['split_conditions'][at])};")
        else:
            value, threshold = f"x[{tree['split_indices'][at]}]", float32(tree["split_conditions"][at])
            condition = f"!({value} >= {threshold})" if tree["default_left"][at] else f"{value} < {threshold}"
            pieces.append(f"if ({condition}) {{ ")
            todo += [" }", tree["right_children"][at], " } else { ", tree["left_children"][at]]
    return "".join(pieces) + " }\n"


def sources(booster):
    """C texts: the trees, some a file, then the sum."""
    document = json.loads(bytes(booster.save_raw("json")))
    trees = document["learner"]["gradient_booster"]["model"]["trees"]
    score = float(document["learner"]["learner_model_param"]["base_score"])
    base = -math.log(1.0 / score - 1.0)
    for first in range(0, len(trees), TREES_PER_FILE):
        numbers = range(first, min(first + TREES_PER_FILE, len(trees)))
        yield "".join(tree_function(number, trees[number]) for number in numbers)
    declared = "".join(f"float tree_{number}(const float* x);\n" for number in range(len(trees)))
    summed = "".join(f"  sum += tree_{number}(x);\n" for number in range(len(trees)))
    yield f"{declared}float margin(const float* x) {{\n  float sum = {float32(base)};\n{summed}  return sum;\n}}\n"


def compile_booster(booster, out):
    """Writes the shared object `out`."""
    with tempfile.TemporaryDirectory() as folder:
        objects = []
        for number, text in enumerate(sources(booster)):
            source = pathlib.Path(folder) / f"part_{number}.c"
            source.write_text(text)
            objects.append(str(source.with_suffix(".o")))
            subprocess.run(["gcc", *FLAGS, "-c", str(source), "-o", objects[-1]], check=True)
        subprocess.run(["gcc", "-shared", *objects, "-o", str(out)], check=True)
