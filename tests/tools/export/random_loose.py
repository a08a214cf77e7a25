"""Random loose pickles for random_pipelines.py: LabelEncoder, OrdinalEncoder or OneHotEncoder a text field, and a scaler over the numbers."""

import warnings

import numpy
import pandas
from sklearn.preprocessing import LabelEncoder

from ringside_export.feature_schema import Field, Schema
from ringside_export.pipeline_path import RefusedByTraining
from ringside_export.plain_interpreter import PlainInterpreter
from ringside_export.plan_compiler import compile_plan
from ringside_export.strict_rows import StrictCheck
from ringside_export.training_path import TrainingPath
from random_transformers import Column, Draw, cells, one_hot, ordinal, scaler

TRAINING_ROWS = 120


class LooseCase:
    """What a dict of encoders and a scaler make of one frame; the same to its callers as random_pipelines.Case."""

    def __init__(self, seed):
        self.draw = draw = Draw(seed)
        kinds = [draw.one(["text", "text", "float", "int"]) for _ in range(int(draw.rng.integers(2, 7)))]
        dtypes = {"text": "object", "float": "float64", "int": "int64"}
        self.columns = [Column(f"{kind}{place}", kind, numpy.dtype(dtypes[kind])) for place, kind in enumerate(kinds)]
        training = pandas.DataFrame({column.name: cells(draw, column, TRAINING_ROWS, False) for column in self.columns})
        self.encoders, fields, features = {}, [], []
        for column in self.columns:
            field, produced = self._text(column, training) if column.kind == "text" else self._number(column)
            fields.append(field)
            features += produced
        numeric = [field.name for field in fields if field.type]
        self.scaler = scaler(draw).fit(self._numbers(training, fields)) if numeric and draw.chance(0.7) else None
        draw.rng.shuffle(features)
        self.plan = compile_plan(Schema(tuple(fields), tuple(features)), self.encoders, self.scaler)
        self.path = _LoosePath(TrainingPath(self.plan.schema, self.encoders, self.scaler))
        self.interpreter = PlainInterpreter(self.plan.document)
        self.check = StrictCheck(self.plan.schema)
        self.pipeline = (self.encoders, self.scaler)

    def rows(self, count, wild=True):
        """`count` raw rows."""
        made = {column.name: cells(self.draw, column, count, wild) for column in self.columns}
        return [{name: made[name][place] for name in made} for place in range(count)]

    def edged(self, rows):
        """The rows: cells are hostile enough, and scalers have no edges."""
        return rows

    def _number(self, column):
        passes = column.kind == "float" and self.draw.chance(0.4)
        fill = None if passes else 0 if column.kind == "int" else self.draw.one([0.0, -1.5])
        return Field(column.name, column.kind, type="numeric", fill=fill, on_missing="pass" if passes else "fill"), [column.name]

    def _text(self, column, training):
        fill = self.draw.one(["unknown", "a"])
        texts = training[column.name].where(training[column.name].notna(), fill).astype(object)
        texts.iloc[0] = fill  # a fill that the encoder refuses is refused
        kind = self.draw.one(["label", "label", "label", "ordinal", "onehot"])
        if kind == "label":
            self.encoders[column.name] = LabelEncoder().fit(texts)
        else:
            self.encoders[column.name] = (ordinal if kind == "ordinal" else one_hot)(self.draw).fit(texts.to_frame())
        encode = "onehot" if kind == "onehot" else "label"
        encoder = self.encoders[column.name]
        produced = encoder.get_feature_names_out([column.name]).tolist() if kind == "onehot" else [column.name]
        return Field(column.name, "str", type="categorical", encode=encode, fill=fill), produced

    @staticmethod
    def _numbers(training, fields):
        made = {}
        for field in fields:
            if field.type == "numeric":
                column = training[field.name].astype("float64")
                made[field.name] = column if field.on_missing == "pass" else column.fillna(field.fill)
        return pandas.DataFrame(made)


class _LoosePath:
    """A TrainingPath whose refusals are those of a PipelinePath."""

    def __init__(self, path):
        self._path = path

    def features(self, rows):
        """Array (len(rows), features). Raises RefusedByTraining."""
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return self._path.features(rows)
            except ValueError as error:
                raise RefusedByTraining(f"scikit-learn refuses a row that preprocess.json serves: {error}") from None
