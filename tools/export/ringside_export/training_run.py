"""A training run's directory: which files it may hold, what they say together, and the oracle that they make."""

import json
import re
from dataclasses import replace

import numpy
from sklearn.preprocessing import LabelEncoder

from . import booster, feature_schema, pandas_rows, pickles, releases, serving, yaml_text
from .fitted import class_name
from .oracle import Oracle
from .plan_compiler import compile_plan
from .problems import CannotReproduce, ExportFailed
from .training_path import TrainingPath

REQUIRED = {  # and what to do when it is not there
    "encoders.pkl": "a fitted Pipeline or ColumnTransformer is not read by this version: save encoders and scaler by themselves",
    "feature_schema.yaml": "write one: the fields that callers send and the model's features (README.md of the exporter shows one)",
}
MODELS = ("model.pkl", "model.json", "model.ubj", "model.bin")  # one of them
CARRIED = ("config.yaml", "evaluation.json", "serving.yaml")
_VERSION = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*?)_(v[0-9]+\.[0-9]+\.[0-9]+|[0-9]{8}(\.[0-9]+)?)\Z")
_VERSION_KEYS = ("version", "task_name", "trained_on", "features", "model_type", "obs_window", "metrics", "label")


class TrainingRun:
    """Everything that `directory` holds, loaded and judged fit to be exported.

    plan, forest, classes, oracle: the pipeline; notes: what to tell the user; sources: file name -> bytes as read.
    Raises ExportFailed or CannotReproduce.
    """

    def __init__(self, directory, coerce=None):
        if not directory.is_dir():
            raise ExportFailed(f"{directory}: no such directory; it is the one that training wrote, with model.pkl")
        self.directory = directory
        model_file = self._model_file()
        for name in REQUIRED:
            if not (directory / name).is_file():
                raise ExportFailed(f"{directory / name}: missing; {REQUIRED[name]}")
        names = (*REQUIRED, model_file, "scaler.pkl", "version.txt", *CARRIED)
        self.sources = {name: (directory / name).read_bytes() for name in sorted(names) if (directory / name).is_file()}
        schema = feature_schema.read(directory / "feature_schema.yaml")
        if coerce is not None:
            schema = replace(schema, coerce=coerce, index={})
        if schema.coerce == "pandas":
            pandas_rows.check_release()
        encoders = pickles.load(directory / "encoders.pkl")
        scaler = pickles.load(directory / "scaler.pkl") if "scaler.pkl" in self.sources else None
        self.forest = self._open_model(directory / model_file)
        if not isinstance(encoders, dict) or not all(isinstance(name, str) for name in encoders):
            raise CannotReproduce(
                f"encoders.pkl: {class_name(encoders)}: expected a dict from field name to fitted encoder; save each "
                f"encoder under its field's name"
            )
        fields = {name: encoder for name, encoder in encoders.items() if name in schema.index}
        self.plan = compile_plan(schema, fields, scaler)
        self.classes = self._classes({name: encoder for name, encoder in encoders.items() if name not in schema.index})
        self.plan.document["classes"] = self.classes
        self.notes = self.plan.notes + self._coercion_notes() + self.forest.notes
        self._check_order()
        chosen = self._serving()
        self.threshold = chosen.threshold
        if chosen.iterations is not None:
            self.forest.use_rounds(chosen.iterations)
        if not numpy.isnan(self.forest.missing):
            self.plan.document["missing"] = float(self.forest.missing).hex()
        self._check_carried()
        training_path = TrainingPath(self.plan.schema, {name: fields[name] for name in self.plan.parameters}, scaler)
        self.oracle = Oracle(self.plan.schema, self.plan.document, training_path, self.forest, self.threshold)

    def _coercion_notes(self):
        bools = [item.name for item in self.plan.schema.fields if item.dtype == "bool" and self.plan.schema.coerce == "pandas"]
        if not bools:
            return []
        return [f"coerce: pandas takes every text but '' for true, 'False' too, as astype(bool) does: {', '.join(bools)}"]

    def _model_file(self):
        found = [name for name in MODELS if (self.directory / name).is_file()]
        if not found:
            raise ExportFailed(f"{self.directory / 'model.pkl'}: missing; or one of {', '.join(MODELS[1:])}, as save_model wrote it")
        if len(found) > 1:
            raise ExportFailed(f"{self.directory}: {' and '.join(found)}: which is the model? Leave one")
        return found[0]

    def _open_model(self, path):
        if path.name != "model.pkl":
            return booster.open_file(path)
        model = pickles.load(path)
        return booster.open_model(model, releases.of_pickle(self.sources[path.name]))

    def _classes(self, others):
        count = max(self.forest.class_count, 2) if self.forest.classifies else 0
        if not others:
            return list(range(count))
        if len(others) > 1:
            raise ExportFailed(
                f"encoders.pkl: {', '.join(sorted(others))} are no fields of the schema; one may be, the target's encoder"
            )
        name, encoder = next(iter(others.items()))
        if type(encoder) is not LabelEncoder:
            raise CannotReproduce(
                f"encoders.pkl['{name}']: {class_name(encoder)}: it is no field of the schema, and the target's encoder "
                f"must be a LabelEncoder; remove it or add the field"
            )
        found = list(numpy.asarray(encoder.classes_).tolist())
        if not count:
            raise CannotReproduce(
                f"encoders.pkl['{name}']: it is no field of the schema, and a model with objective "
                f"{self.forest.objective} has no classes; remove it or add the field"
            )
        if len(found) != count:
            raise CannotReproduce(
                f"encoders.pkl['{name}']: it is no field of the schema, and its {len(found)} classes do not fit the "
                f"model's {count}; remove it or add the field"
            )
        if not all(type(label) in (str, int) for label in found):
            raise CannotReproduce(f"encoders.pkl['{name}']: the target's classes must be text or integers, found {found[:4]}")
        return found

    def _check_order(self):
        features, names = list(self.plan.schema.features), self.forest.feature_names
        if len(features) != self.forest.feature_count:
            raise ExportFailed(
                f"feature_schema.yaml: final_feature_cols has {len(features)} names, the model was trained on "
                f"{self.forest.feature_count} features"
            )
        if names is not None and list(names) != features:
            at = next(number for number, (one, other) in enumerate(zip(names, features)) if one != other)
            raise ExportFailed(
                f"feature_schema.yaml: final_feature_cols[{at}] is '{features[at]}', the model was trained on '{names[at]}'"
            )

    def _serving(self):
        if "serving.yaml" not in self.sources:
            return serving.Serving()
        return serving.read(self.directory / "serving.yaml", len(self.classes) == 2)

    def _check_carried(self):
        if "config.yaml" in self.sources:
            yaml_text.read(self.directory / "config.yaml")
        if "evaluation.json" in self.sources:
            try:
                json.loads(self.sources["evaluation.json"])
            except ValueError as error:
                raise ExportFailed(f"evaluation.json: not JSON: {error}") from None

    def identity(self, out_name):
        """(version, task_name, text of version.txt) of a bundle directory called `out_name`."""
        match = _VERSION.match(out_name)
        task_name = match.group(1) if match else None
        if match is None:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", out_name):
                raise ExportFailed(f"--out: '{out_name}' is no safe directory name (letters, digits, '_', '-', '.', at most 128)")
            self.notes.append(
                f"'{out_name}' is neither <task>_vX.Y.Z nor <task>_<yyyyMMdd>[.N]: the engine loads it with a warning"
            )
        if "version.txt" not in self.sources:
            task_name = task_name or out_name
            kind = f"{type(self.forest.wrapper).__name__ if self.forest.wrapper is not None else 'Booster'} ({self.forest.kind})"
            text = (
                f"version: {yaml_text.scalar(out_name)}\ntask_name: {yaml_text.scalar(task_name)}\n"
                f"features: {len(self.plan.schema.features)}\nmodel_type: {yaml_text.scalar(kind)}\n"
            )
            return out_name, task_name, text
        document = yaml_text.read(self.directory / "version.txt")
        if not isinstance(document, dict):
            raise ExportFailed("version.txt: expected a YAML mapping such as 'version: loan_default_v1.0.0'")
        for key in ("version", "task_name", "label"):
            value = document.get(key, "" if key == "version" else out_name)
            if not isinstance(value, str) or not 0 < len(value.encode("utf-8")) <= 128:
                raise ExportFailed(f"version.txt: {key}: expected a name of at most 128 bytes")
        said = document["version"]
        if _VERSION.match(said) and said != out_name:
            raise ExportFailed(f"version.txt: version: expected '{out_name}' (the name of --out), found '{said}'")
        said_task = document.get("task_name", task_name or out_name)
        if task_name is not None and said_task != task_name:
            raise ExportFailed(f"version.txt: task_name: expected '{task_name}' (from the name of --out), found '{said_task}'")
        for key in document:
            if key not in _VERSION_KEYS:
                self.notes.append(f"version.txt: the key '{key}' is carried over but has no meaning to the engine")
        return out_name, said_task, self.sources["version.txt"].decode("utf-8")
