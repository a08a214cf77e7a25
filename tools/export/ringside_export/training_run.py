"""A training run's directory: which files it may hold, what they say together, and the oracle that they make."""

import json
import re
from dataclasses import replace

import numpy
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder

from . import feature_schema, model_on_matrix, pandas_categories, pandas_rows, pickles, pipeline_run, serving, yaml_text
from .fitted import class_name
from .inexact import Measure, NumpyFunctions
from .models import opening
from .oracle import Oracle
from .pipeline_run import PIPELINE_FILES
from .plan_compiler import compile_plan
from .problems import CannotReproduce, ExportFailed
from .strict_rows import StrictCheck
from .training_frame import DTYPES_FILE
from .training_path import TrainingPath

REQUIRED = {  # of loose pickles, and what to do when it is not there
    "encoders.pkl": "or a fitted Pipeline: model.pkl itself, or pipeline.pkl or preprocessor.pkl beside it (README.md of the exporter)",
    "feature_schema.yaml": "write one: the fields that callers send and the model's features (README.md of the exporter shows one)",
}
CARRIED = ("config.yaml", "evaluation.json", "serving.yaml")
MEASURED_MAX = 5000  # rows of the sample on which inexact steps are measured
_VERSION = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*?)_(v[0-9]+\.[0-9]+\.[0-9]+|[0-9]{8}(\.[0-9]+)?)\Z")
_VERSION_KEYS = ("version", "task_name", "trained_on", "features", "model_type", "obs_window", "metrics", "label")


class TrainingRun:
    """Everything that `directory` holds, loaded and judged fit to be exported.

    plan, forest, classes, oracle: the pipeline; notes: what to tell the user; sources: file name -> bytes as read;
    pipeline_file: of the fitted Pipeline or ColumnTransformer, None for loose pickles.
    Raises ExportFailed or CannotReproduce.
    """

    def __init__(self, directory, sample_path=None, coerce=None):
        """sample_path: raw rows, from which a schema is derived where a pipeline comes without one; else not needed. coerce: "pandas", or
        None for what the schema says."""
        if not directory.is_dir():
            raise ExportFailed(f"{directory}: no such directory; it is the one that training wrote, with model.pkl")
        self.directory = directory
        model_file = self._model_file()
        names = (*REQUIRED, *PIPELINE_FILES, DTYPES_FILE, model_file, "scaler.pkl", "version.txt", *CARRIED)
        self.sources = {name: (directory / name).read_bytes() for name in sorted(names) if (directory / name).is_file()}
        model = pickles.load(directory / model_file) if model_file == "model.pkl" else None
        transformer = self._transformer(model)
        if self.pipeline_file == model_file:
            transformer, model = pipeline_run.split(model, model_file)
        encoders = self._encoders()
        self.forest = opening.open_file(directory / model_file) if model is None else opening.open_object(model, directory / model_file)
        self.functions = None  # for the interpreter's inexact steps
        self._coerce = coerce
        if self.pipeline_file is None:
            self.plan, training_path = self._make_loose_plan(encoders)
        else:
            self.plan, training_path = self._make_plan(transformer, sample_path)
        self.classes = self._classes({name: encoder for name, encoder in encoders.items() if name not in self.plan.schema.index})
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
        self.oracle = Oracle(self.plan.schema, self.plan.document, training_path, self.forest, self.threshold, self.functions)

    def _transformer(self, model):
        """The fitted object of a pipeline file, where there is one; sets pipeline_file."""
        found = [name for name in PIPELINE_FILES if name in self.sources] + (["model.pkl"] if isinstance(model, Pipeline) else [])
        if len(found) > 1:
            raise ExportFailed(f"{self.directory}: {' and '.join(found)} hold a pipeline: which one? Leave one")
        self.pipeline_file = found[0] if found else None
        if not found:
            for name, todo in REQUIRED.items():
                if name not in self.sources:
                    raise ExportFailed(f"{self.directory / name}: missing; {todo}")
            return None
        if "scaler.pkl" in self.sources:
            raise ExportFailed(f"{self.directory}: scaler.pkl beside {found[0]}: which one scales? Leave one")
        return None if found[0] == "model.pkl" else pickles.load(self.directory / found[0])

    def _encoders(self):
        if "encoders.pkl" not in self.sources:
            return {}
        encoders = pickles.load(self.directory / "encoders.pkl")
        if not isinstance(encoders, dict) or not all(isinstance(name, str) for name in encoders):
            raise CannotReproduce(
                f"encoders.pkl: {class_name(encoders)}: expected a dict from field name to fitted encoder; save each "
                f"encoder under its field's name"
            )
        return encoders

    def _coerced(self, schema):
        if self._coerce is not None:
            schema = replace(schema, coerce=self._coerce, index={})
        if schema.coerce == "pandas":
            pandas_rows.check_release()
        return schema

    def _make_loose_plan(self, encoders):
        schema = self._coerced(feature_schema.read(self.directory / "feature_schema.yaml"))
        fields = {name: encoder for name, encoder in encoders.items() if name in schema.index}
        coded = pandas_categories.of_run(schema, self.forest)
        for name in coded:
            if name in fields:
                raise ExportFailed(f"feature_schema.yaml: {name}: 'encode: category', but encoders.pkl has an encoder for it")
        fields.update(coded)
        scaler = pickles.load(self.directory / "scaler.pkl") if "scaler.pkl" in self.sources else None
        plan = compile_plan(schema, fields, scaler)
        feature_type = self.forest.feature_type(schema.feature_dtype).name
        if feature_type != "float32":
            plan.document["feature_dtype"] = feature_type
        return plan, TrainingPath(plan.schema, {name: fields[name] for name in plan.parameters}, scaler, feature_type)

    def _make_plan(self, transformer, sample_path):
        schema = None
        if "feature_schema.yaml" in self.sources:
            schema = feature_schema.read(self.directory / "feature_schema.yaml", features_said=False)
        said = self._coerce or (schema.coerce if schema is not None else "strict")
        if said == "pandas":
            raise CannotReproduce(
                f"{self.pipeline_file}: coerce: pandas is for loose pickles, whose training script coerced; a pipeline refuses what it was "
                f"not fitted on; leave it out"
            )
        plan, path = pipeline_run.make(self.directory, schema, transformer, self.pipeline_file, sample_path, self.forest)
        feature_type = self.forest.feature_type(plan.schema.feature_dtype).name
        if feature_type != "float32":
            plan.document["feature_dtype"] = feature_type
        if plan.inexact:
            self.functions = NumpyFunctions()
        return plan, path

    def check_whole(self, verdicts):
        """The model on the very matrix that the pipeline gives, dense or sparse, answers as on the features. Returns what to tell.

        verdicts: of rows that are served. Raises CannotReproduce.
        """
        if self.pipeline_file is None:
            return []
        return model_on_matrix.check(self.forest, self.oracle.training_path, verdicts)

    def inexact_bounds(self, sample_verdicts, golden_verdicts):
        """The entries of manifest.inexact, measured on what was judged."""
        if not self.plan.inexact:
            return []
        measure, check = Measure(self.plan.document, self.plan.inexact), StrictCheck(self.plan.schema)
        for verdict in sample_verdicts[:MEASURED_MAX] + golden_verdicts:
            measure.add(check.check(verdict.row).values)
        return measure.bounds()

    def _coercion_notes(self):
        bools = [item.name for item in self.plan.schema.fields if item.dtype == "bool" and self.plan.schema.coerce == "pandas"]
        if not bools:
            return []
        return [f"coerce: pandas takes every text but '' for true, 'False' too, as astype(bool) does: {', '.join(bools)}"]

    def _model_file(self):
        found = [name for name in opening.FILES if (self.directory / name).is_file()]
        if not found:
            raise ExportFailed(f"{self.directory / 'model.pkl'}: missing; or one of {', '.join(opening.FILES[1:])}, as save_model wrote it")
        if len(found) > 1:
            raise ExportFailed(f"{self.directory}: {' and '.join(found)}: which is the model? Leave one")
        return found[0]

    def _classes(self, others):
        count = max(self.forest.class_count, 2) if self.forest.classifies else 0
        own = self.forest.own_classes
        if not others:
            return list(range(count)) if own is None else own
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
        if own is not None and own != list(range(count)):
            raise CannotReproduce(
                f"encoders.pkl['{name}']: the model was not trained on its codes: its own classes are {own[:4]}; remove the encoder"
            )
        return found

    def _check_order(self):
        features, names = list(self.plan.schema.features), self.forest.feature_names
        called = [self.forest.feature_name(name) for name in features]
        if len(features) != self.forest.feature_count:
            raise ExportFailed(
                f"feature_schema.yaml: final_feature_cols has {len(features)} names, the model was trained on "
                f"{self.forest.feature_count} features"
            )
        if names is not None and list(names) != called:
            at = next(number for number, (one, other) in enumerate(zip(names, called)) if one != other)
            raise ExportFailed(
                f"feature_schema.yaml: final_feature_cols[{at}] is '{features[at]}', the model was trained on '{names[at]}'"
            )

    def _serving(self):
        if "serving.yaml" not in self.sources:
            return serving.Serving()
        return serving.read(self.directory / "serving.yaml", len(self.classes) == 2, self.forest.output_type.name)

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
            text = (
                f"version: {yaml_text.scalar(out_name)}\ntask_name: {yaml_text.scalar(task_name)}\n"
                f"features: {len(self.plan.schema.features)}\nmodel_type: {yaml_text.scalar(self.forest.type_name)}\n"
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
