#!/usr/bin/python3
"""Makes what the benchmarks work on: reference models with distinct rows, as model files, bundles and compiled if/else code.

    models.py --out build/bench-data 50x4x30 100x6x30 plan echo8 echo16

A shape is trees x depth x features. Each becomes a folder of --out, made once and kept (delete it to make it anew):

    100x6x30/rows.f32        65,536 distinct rows, float32, row after row; 2 % of the cells are NaN (missing)
    100x6x30/model.ubj       the booster as XGBoost saved it
    100x6x30/if_else.so      the same trees compiled to C (bench/if_else.py)
    100x6x30/models/bench_100x6x30_v1.0.0/    the bundle, exported by tools/export like anybody's

`plan` is a bundle of 30 scaled numbers, 3 labels and 5 one-hot fields with a small model; plan/numbers.f64 and plan/codes.i32 are
its rows, plan/plan.pkl its fitted encoders for the scikit-learn side. `echoN` is a bundle of N numbers and a single stump: the
cheapest model there can be. `switch` is three versions of one task with the same fields (switch/rows.f32; two in switch/models/, a third in
switch/arriving/), each trained otherwise. Everything is made from fixed seeds; runs with Debian's own python3 (scikit-learn, XGBoost 1.7.4).
"""

import argparse
import fcntl
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys

# Threads that spin at OpenMP's barriers make training endless where others are at work on the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy  # noqa: E402
import xgboost  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler  # noqa: E402

import if_else  # noqa: E402

FORMAT = 1  # Raise it when what is made changes: kept folders of another format are made anew.
ROWS = 65_536
SAMPLE_ROWS = 300  # of a bundle with few features; the exporter replays every cell several times in plain Python
SAMPLE_CELLS = 20_000
EXPORT = pathlib.Path(__file__).resolve().parents[1] / "tools" / "export" / "ringside-export"

# shape -> (rows trained on, share of labels flipped). Noise keeps the trees of the large forests full.
SHAPES = {"50x4x30": (20_000, 0.2), "100x6x30": (20_000, 0.01), "500x8x100": (20_000, 0.01), "1000x10x500": (12_000, 0.2)}
ECHOES = {"echo8": 8, "echo16": 16}
SWITCH_FEATURES = 30
NUMBERS, LABELS, ONE_HOTS = 30, 3, 5
CLASSES_OF_LABEL, CLASSES_OF_ONE_HOT = 50, 6


def make_rows(features, flipped):
    """(65,536 distinct float32 rows, their classes)."""
    rows, classes = make_classification(n_samples=ROWS, n_features=features, n_informative=max(features // 2, 2), n_redundant=min(2, features // 4),
                                        flip_y=flipped, random_state=0)
    rows = rows.astype(numpy.float32)
    rows[numpy.random.default_rng(0).random(rows.shape) < 0.02] = numpy.nan
    return rows, classes


def train(rows, classes, trees, depth):
    """A fitted binary classifier."""
    settings = {"n_estimators": trees, "max_depth": depth, "learning_rate": 0.1, "tree_method": "hist", "n_jobs": os.cpu_count(), "random_state": 0}
    return xgboost.XGBClassifier(**settings).fit(rows, classes)


def json_rows(names, rows):
    """JSON Lines; a missing cell is left out."""
    for row in rows:
        yield json.dumps({name: value for name, value in zip(names, row) if value == value}) + "\n"


def export(folder, name, model, encoders, scaler, fields, features, sample, version="v1.0.0", models="models"):
    """Pickles to a bundle, through the exporter that everybody uses."""
    run = folder / "training_run"
    run.mkdir()
    for file, what in (("model.pkl", model), ("encoders.pkl", encoders), ("scaler.pkl", scaler)):
        (run / file).write_bytes(pickle.dumps(what))
    if scaler is None:
        (run / "scaler.pkl").unlink()
    schema = "schema_version: 1\nfields:\n" + "".join(f"  - {field}\n" for field in fields)
    (run / "feature_schema.yaml").write_text(schema + f"final_feature_cols: [{', '.join(features)}]\n")
    (run / "sample.jsonl").write_text("".join(sample))
    (folder / models).mkdir(exist_ok=True)
    out = folder / models / f"bench_{name}_{version}"
    done = subprocess.run([str(EXPORT), "--from", str(run), "--sample", str(run / "sample.jsonl"), "--out", str(out)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"models.py: {name}: the exporter failed:\n{done.stdout}{done.stderr}")
    shutil.rmtree(run)


def numeric_fields(count):
    """Names, and their lines of the schema: numbers that may be missing and are passed to the booster so."""
    names = [f"f{number:03}" for number in range(count)]
    return names, [f"{{name: {name}, dtype: float, type: numeric, on_missing: pass}}" for name in names]


def make_shape(folder, name):
    """A reference model."""
    trees, depth, features = (int(number) for number in name.split("x"))
    trained, flipped = SHAPES[name]
    rows, classes = make_rows(features, flipped)
    model = train(rows[:trained], classes[:trained], trees, depth)
    rows.tofile(folder / "rows.f32")
    model.get_booster().save_model(str(folder / "model.ubj"))
    if_else.compile_booster(model.get_booster(), folder / "if_else.so")
    names, fields = numeric_fields(features)
    sample = rows[:min(SAMPLE_ROWS, SAMPLE_CELLS // features)].astype(float).tolist()
    export(folder, name, model, {}, None, fields, names, json_rows(names, sample))


def make_echo(folder, name):
    """One stump over a few numbers: a round trip with next to nothing to compute."""
    features = ECHOES[name]
    rows, classes = make_rows(features, 0.1)
    model = train(rows[:2_000], classes[:2_000], 1, 1)
    rows.tofile(folder / "rows.f32")
    model.get_booster().save_model(str(folder / "model.ubj"))
    names, fields = numeric_fields(features)
    export(folder, name, model, {}, None, fields, names, json_rows(names, rows[:SAMPLE_ROWS].astype(float).tolist()))


def make_switch(folder, name):
    """Versions between which traffic moves: 100 trees each, of depth 6, grown from other rows, so that hardly a row has the same score twice."""
    rows, classes = make_rows(SWITCH_FEATURES, 0.01)
    rows.tofile(folder / "rows.f32")
    names, fields = numeric_fields(SWITCH_FEATURES)
    for number, (version, models) in enumerate({"v1.0.0": "models", "v1.1.0": "models", "v1.2.0": "arriving"}.items()):
        part = slice(number * 20_000, (number + 1) * 20_000)
        model = train(rows[part], classes[part], 100, 6)
        export(folder, name, model, {}, None, fields, names, json_rows(names, rows[:SAMPLE_ROWS].astype(float).tolist()), version, models)


def make_plan(folder, name):
    """30 numbers, 3 labels, 5 one-hot fields. Texts are `c<code>`, so rows can be kept as codes."""
    rng = numpy.random.default_rng(1)
    names, _ = numeric_fields(NUMBERS)
    labels = [f"label{number}" for number in range(LABELS)]
    one_hots = [f"onehot{number}" for number in range(ONE_HOTS)]
    numbers = rng.normal(50, 20, (ROWS, NUMBERS))
    codes = numpy.column_stack([rng.integers(0, CLASSES_OF_LABEL, (ROWS, LABELS)), rng.integers(0, CLASSES_OF_ONE_HOT, (ROWS, ONE_HOTS))]).astype(numpy.int32)
    texts = numpy.char.add("c", codes.astype(str)).astype(object)

    scaler = StandardScaler().fit(numbers)
    encoders = {label: LabelEncoder().fit(texts[:, number]) for number, label in enumerate(labels)}
    encoders |= {one_hot: OneHotEncoder(handle_unknown="ignore").fit(texts[:, LABELS + number:LABELS + number + 1]) for number, one_hot in enumerate(one_hots)}
    pieces = [scaler.transform(numbers)] + [encoders[label].transform(texts[:, number])[:, None] for number, label in enumerate(labels)]
    pieces += [encoders[one_hot].transform(texts[:, LABELS + number:LABELS + number + 1]).toarray() for number, one_hot in enumerate(one_hots)]
    features = numpy.hstack(pieces).astype(numpy.float32)
    columns = names + labels + [column for one_hot in one_hots for column in encoders[one_hot].get_feature_names_out([one_hot])]

    model = train(features[:4_000], (features[:4_000, 0] + features[:4_000, 1] > 0).astype(int), 2, 2)
    fields = [f"{{name: {field}, dtype: float, type: numeric, on_missing: reject}}" for field in names]
    fields += [f"{{name: {field}, dtype: str, type: categorical, encode: label, on_missing: reject}}" for field in labels]
    fields += [f"{{name: {field}, dtype: str, type: categorical, encode: onehot, on_missing: reject}}" for field in one_hots]
    sample = [json.dumps(dict(zip(names + labels + one_hots, row_numbers + row_texts))) + "\n"
              for row_numbers, row_texts in zip(numbers[:SAMPLE_ROWS].tolist(), texts[:SAMPLE_ROWS].tolist())]
    numbers.tofile(folder / "numbers.f64")
    codes.tofile(folder / "codes.i32")
    features[:4_096].tofile(folder / "features.f32")
    (folder / "plan.pkl").write_bytes(pickle.dumps({"scaler": scaler, "labels": [encoders[label] for label in labels],
                                                    "one_hots": [encoders[one_hot] for one_hot in one_hots]}))
    export(folder, name, model, encoders, scaler, fields, columns, sample)


MAKERS = {**{name: make_shape for name in SHAPES}, **{name: make_echo for name in ECHOES}, "plan": make_plan, "switch": make_switch}


def make(out, name):
    """Makes one folder unless it is there; whole or not at all. One maker at a time: the next one finds it made."""
    out.mkdir(parents=True, exist_ok=True)
    with open(out / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_locked(out, name)


def make_locked(out, name):
    """The same, with the lock held."""
    final = out / name
    if (final / "format").is_file() and (final / "format").read_text() == f"{FORMAT}\n":
        return
    print(f"models.py: making {name} …", flush=True)
    partial = out / f".{name}.{os.getpid()}"
    for stale in out.glob(f".{name}.*"):  # of a maker that was killed; nobody else is at it, we hold the lock
        shutil.rmtree(stale)
    partial.mkdir()
    try:
        MAKERS[name](partial, name)
        (partial / "format").write_text(f"{FORMAT}\n")
        if final.exists():
            shutil.rmtree(final)
        partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder for what is made, such as build/bench-data")
    parser.add_argument("names", nargs="+", choices=sorted(MAKERS), metavar="NAME", help=", ".join(MAKERS))
    options = parser.parse_args()
    for name in options.names:
        make(options.out, name)


if __name__ == "__main__":
    main()
