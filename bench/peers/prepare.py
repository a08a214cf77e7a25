"""Makes what peers_bench opens: every peer's form of our reference models. Runs in the throw-away environment, with the peers installed.

    prepare.py --data build/bench-data --out FOLDER 50x4x30 100x6x30

    FOLDER/xgboost.so onnxruntime.so lightgbm.so                     links into the wheels
    FOLDER/100x6x30/model.onnx tl2cgen.so lightgbm.txt lleaves_row.so lleaves_rows.so

What is there is kept. Prints one JSON object: {"versions": {peer: version}, "absent": {what: why}, "leaves": {shape: [XGBoost's, LightGBM's]}}.
A peer that cannot be prepared (a wheel that has changed, a compiler that crashed or did not end) is absent where that was; the others are
measured. For that, each file is made by a process of its own.

XGBoost's model goes to tl2cgen (by treelite) and to ONNX (by onnxmltools) as it is. LightGBM cannot read it, so it trains one of its own of
the same shape: as many trees, as deep at most, as many leaves a tree as XGBoost's have on average, on the same rows, with classes drawn
from XGBoost's probabilities. lleaves compiles that one.
"""

import argparse
import functools
import importlib.metadata
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import xgboost

COMPILER = ("gcc", "-O3", "-march=native", "-fPIC")
TREES_PER_FILE = 25  # keeps the compiler's memory small
LARGE_LEAVES = 20_000
TRAINED_ON = 20_000  # rows, as bench/models.py does
LIBRARIES = {"xgboost": ("xgboost", "lib/libxgboost.so"), "lightgbm": ("lightgbm", "lib/lib_lightgbm.so"),
             "onnxruntime": ("onnxruntime", "capi/libonnxruntime.so*")}
DISTRIBUTIONS = {"xgboost": ("xgboost-cpu",), "lightgbm": ("lightgbm",), "onnxruntime": ("onnxruntime", "onnxmltools"),
                 "tl2cgen": ("tl2cgen", "treelite"), "lleaves": ("lleaves", "llvmlite")}


class Shape:
    """One reference model: its numbers, its rows, its booster."""

    def __init__(self, data, name):
        self.name = name
        self.trees, self.depth, self.features = (int(number) for number in name.split("x"))
        self.model = data / name / "model.ubj"
        self.rows = numpy.fromfile(data / name / "rows.f32", dtype=numpy.float32).reshape(-1, self.features)[:TRAINED_ON]
        self.booster = xgboost.Booster(model_file=str(self.model))

    @functools.cached_property
    def leaves_a_tree(self):
        """On average."""
        return sum(text.count("leaf=") for text in self.booster.get_dump()) / self.trees

    @functools.cached_property
    def classes(self):
        """Drawn from the booster's own probabilities, from a fixed seed."""
        probabilities = self.booster.inplace_predict(self.rows)
        return (numpy.random.default_rng(0).random(len(probabilities)) < probabilities).astype(int)


def library_of(out, peer):
    """Links the wheel's shared library."""
    package, pattern = LIBRARIES[peer]
    folder = pathlib.Path(importlib.util.find_spec(package).origin).parent
    found = [path for path in folder.glob(pattern) if not path.is_symlink()]
    if len(found) != 1:
        raise FileNotFoundError(f"{folder}/{pattern}: {len(found)} of them")
    link = out / f"{peer}.so"
    link.unlink(missing_ok=True)
    link.symlink_to(found[0])


def onnx_of(shape, file):
    """Written by onnxmltools' own converter."""
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType
    classifier = xgboost.XGBClassifier()
    classifier.load_model(str(shape.model))
    made = onnxmltools.convert_xgboost(classifier, initial_types=[("rows", FloatTensorType([None, shape.features]))])
    onnxmltools.utils.save_model(made, str(file))


def tl2cgen_of(shape, file):
    """C with the branches annotated from the rows, as its documentation advises; compiled file by file."""
    import tl2cgen
    import treelite
    model = treelite.frontend.load_xgboost_model(str(shape.model), format_choice="ubjson")
    with tempfile.TemporaryDirectory() as folder:
        inside = pathlib.Path(folder)
        tl2cgen.annotate_branch(model, tl2cgen.DMatrix(shape.rows), inside / "branches.json", nthread=1)
        parameters = {"annotate_in": str(inside / "branches.json"), "parallel_comp": -(-shape.trees // TREES_PER_FILE)}
        tl2cgen.generate_c_code(model, inside / "code", parameters)
        sources = sorted((inside / "code").glob("*.c"))
        for source in sources:
            subprocess.run([*COMPILER, "-c", source, "-o", source.with_suffix(".o")], check=True)
        subprocess.run([*COMPILER, "-shared", *(source.with_suffix(".o") for source in sources), "-lm", "-o", file], check=True)


def lightgbm_of(shape, file):
    """Trained to the shape."""
    import lightgbm
    settings = {"n_estimators": shape.trees, "max_depth": shape.depth, "num_leaves": round(shape.leaves_a_tree), "min_child_samples": 1, "learning_rate": 0.1,
                "n_jobs": 1, "random_state": 0, "verbose": -1}
    lightgbm.LGBMClassifier(**settings).fit(shape.rows, shape.classes).booster_.save_model(str(file))


def lleaves_of(shape, file):
    """LLVM's object, linked. As its documentation advises: no blocks of trees for one row, and the large code model without inlining for
    what crashes it or takes hours otherwise."""
    import lleaves
    large = shape.trees * shape.leaves_a_tree > LARGE_LEAVES
    settings = {"fblocksize": shape.trees} if file.name.endswith("row.so") else {}
    settings |= {"fcodemodel": "large", "finline": False} if large else {}
    with tempfile.TemporaryDirectory() as folder:
        compiled = pathlib.Path(folder) / "trees.o"
        lleaves.Model(model_file=str(file.parent / "lightgbm.txt")).compile(cache=str(compiled), **settings)
        subprocess.run(["gcc", "-shared", compiled, "-lm", "-o", file], check=True)


# file -> (whose, its maker), in this order: lleaves reads LightGBM's
MAKERS = {"model.onnx": ("onnxruntime", onnx_of), "tl2cgen.so": ("tl2cgen", tl2cgen_of), "lightgbm.txt": ("lightgbm", lightgbm_of),
          "lleaves_rows.so": ("lleaves", lleaves_of), "lleaves_row.so": ("lleaves", lleaves_of)}


def leaves_a_tree(shape, lightgbm_model):
    """[XGBoost's, LightGBM's]: how alike the two models are."""
    ours = round(shape.leaves_a_tree, 1)
    if not lightgbm_model.exists():
        return [ours, None]
    numbers = [int(line.split("=")[1]) for line in lightgbm_model.read_text().splitlines() if line.startswith("num_leaves=")]
    return [ours, round(sum(numbers) / len(numbers), 1)]


def make_one(data, folder, file):
    """One file of one shape: whole or not at all."""
    partial = folder / f"partial-{file}"
    MAKERS[file][1](Shape(data, folder.name), partial)
    partial.rename(folder / file)


def why_not(command, seconds):
    """Runs it; what it died of, or None."""
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"had not ended after {seconds} s"
    if done.returncode == 0:
        return None
    return f"ended with {done.returncode}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"


def make(out, data, names, seconds):
    """Everything for these shapes; the report."""
    absent, leaves = {}, {}
    for peer in LIBRARIES:
        try:
            library_of(out, peer)
        except (FileNotFoundError, AttributeError) as error:
            absent[peer] = str(error)
    for name in names:
        folder = out / name
        folder.mkdir(exist_ok=True)
        for file, (peer, _) in MAKERS.items():
            if not (folder / file).exists():
                print(f"prepare.py: {name}/{file} …", file=sys.stderr, flush=True)
                why = why_not([sys.executable, "-I", __file__, "--data", str(data), "--out", str(out), "--file", file, name], seconds)
                absent |= {f"{peer} of {name}": why} if why else {}
        leaves[name] = leaves_a_tree(Shape(data, name), folder / "lightgbm.txt")
    versions = {peer: " + ".join(f"{name} {importlib.metadata.version(name)}" for name in names) for peer, names in DISTRIBUTIONS.items()}
    return {"versions": versions, "absent": absent, "leaves": leaves}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=600, help="the longest that one file may take")
    parser.add_argument("--file", choices=MAKERS, help="this one alone, in this process")
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.file:
        make_one(options.data, options.out / options.names[0], options.file)
    else:
        print(json.dumps(make(options.out, options.data, options.names, options.seconds)))


if __name__ == "__main__":
    main()
