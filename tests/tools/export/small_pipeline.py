"""A fitted transformer over a small frame, compiled: what the tests of single transformers have in common."""

import numpy

from ringside_export.feature_schema import Field, Schema
from ringside_export.float_type import FLOAT32
from ringside_export.inexact import NumpyFunctions
from ringside_export.pipeline_compiler import compile_pipeline
from ringside_export.pipeline_path import PipelinePath
from ringside_export.plain_interpreter import PlainInterpreter
from ringside_export.training_frame import TrainingFrame, field_dtype


class Compiled:
    """`transformer`, fitted here on `frame` unless it is already, and its steps."""

    def __init__(self, transformer, frame, fitted=False, as_array=False):
        dtypes = {name: frame.dtypes[name] for name in frame.columns}
        passes = {name: "pass" if dtype.kind in "fO" else "reject" for name, dtype in dtypes.items()}
        fields = tuple(Field(name, field_dtype(dtype), on_missing=passes[name]) for name, dtype in dtypes.items())
        self.frame = TrainingFrame(list(frame.columns), dtypes, as_array)
        self.transformer = transformer if fitted else transformer.fit(frame.to_numpy() if as_array else frame)
        self.plan = compile_pipeline(Schema(fields, ()), self.frame, self.transformer, "pipeline.pkl", None)
        self.steps = self.plan.document["steps"]
        self.interpreter = PlainInterpreter(self.plan.document, NumpyFunctions())
        self.path = PipelinePath(self.plan.schema, self.frame, self.transformer)

    def features(self, **row):
        """The features of one row by the steps, as floats, or its errors; scikit-learn must say the same."""
        row = {name: row.get(name) for name in self.frame.names}
        ran = self.interpreter.run(row)
        if ran.errors:
            return ran.errors
        expected = numpy.ascontiguousarray(self.path.features([row]), numpy.float32)
        bits = expected.view(numpy.uint32).copy()
        bits[numpy.isnan(expected)] = FLOAT32.nan_bits
        assert ran.bits == bits[0].tolist(), (row, self.steps)
        return expected[0].tolist()

    def training_refuses(self, **row):
        """Whether scikit-learn ends in an error for the row."""
        try:
            self.path.features([{name: row.get(name) for name in self.frame.names}])
        except ValueError:
            return True
        return False
