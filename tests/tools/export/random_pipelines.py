"""Random fitted pipelines and hostile rows: what the property test compares, here and in the engine.

    random_pipelines.py --rows 1000000 --seed 1 [--loose] [--out FILE.jsonl]

compares scikit-learn with the plain interpreter, bit for bit, on that many rows, and with --out writes the cases for the engine
(tests/engine/bundle/pipeline_rows.cc reads them): a line `{"schema":…,"document":…}` a pipeline, both as text, then its
rows, `{"row":{…},"features":["7fc00000",…],"unknown":[…]}` or `{"row":{…},"errors":[{"field":…,"code":…}]}`. Pipelines with
inexact steps are compared and not written, since there the engine has other bits; then `--rows` counts what is written.
"""

import argparse
import json
import math
import sys
import warnings

import numpy

from ringside_export import feature_schema
from ringside_export.feature_schema import Field, Schema
from ringside_export.float_type import FLOAT32
from ringside_export.inexact import NumpyFunctions
from ringside_export.pipeline_compiler import compile_pipeline
from ringside_export.pipeline_path import PipelinePath, RefusedByTraining
from ringside_export.plain_interpreter import PlainInterpreter
from ringside_export.plan_compiler import document_text
from ringside_export.problems import CannotReproduce
from ringside_export.sample_rows import dump
from ringside_export.strict_rows import StrictCheck
from ringside_export.training_frame import TrainingFrame
from random_loose import LooseCase
from random_transformers import Draw, cells, make_columns, make_pipeline

TRAINING_ROWS = 120


class Case:
    """One fitted pipeline, compiled. Raises what scikit-learn or the compiler raises where the draw makes no sense."""

    def __init__(self, seed):
        self.draw = draw = Draw(seed)
        self.columns = make_columns(draw)
        fields = tuple(_field(column) for column in self.columns)
        self.schema = Schema(fields, ("x",))
        as_array = len({column.dtype for column in self.columns}) == 1 and self.columns[0].kind != "text" and draw.chance(0.5)
        dtypes = {column.name: column.dtype for column in self.columns}
        self.frame = TrainingFrame(list(dtypes), dtypes, as_array)
        self.frame.missing.update({column.name: column.missing for column in self.columns if column.kind == "text"})
        self.pipeline = make_pipeline(draw, self.columns, not as_array)
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            training = self.frame.make(self.rows(TRAINING_ROWS, wild=False), self.schema)
            self.pipeline.fit(training, target(seed))
            self.pipeline.transform(training)
        self.plan = compile_pipeline(self.schema, self.frame, self.pipeline, "pipeline.pkl", None)
        self.path = PipelinePath(self.plan.schema, self.frame, self.pipeline)
        self.interpreter = PlainInterpreter(self.plan.document, NumpyFunctions())
        self.check = StrictCheck(self.plan.schema)

    def rows(self, count, wild=True):
        """`count` raw rows."""
        made = {column.name: cells(self.draw, column, count, wild) for column in self.columns}
        return [{name: made[name][place] for name in made} for place in range(count)]

    def edged(self, rows):
        """The rows, a third of the numbers on a constant of the steps, or beside it."""
        constants = sorted(set(_constants(self.plan.document)))
        numbers = [column for column in self.columns if column.kind == "float"]
        for row in rows if constants else []:
            for column in numbers:
                if self.draw.chance(0.3):
                    value = self.draw.one(constants)
                    beside = [math.nextafter(value, math.inf), math.nextafter(value, -math.inf)]
                    row[column.name] = self.draw.one([value, value, *beside, -value])
        return rows


def target(seed):
    """Two classes or numbers, for the transformers that look at them."""
    rng = numpy.random.default_rng(seed)
    return rng.integers(0, 2, TRAINING_ROWS) if seed % 2 else rng.normal(10, 3, TRAINING_ROWS)


def _constants(document):
    for step in document["steps"]:
        for key in ("edges", "quantiles", "categories", "threshold", "value", "low", "high"):
            for text in [step[key]] if isinstance(step.get(key), str) else step.get(key, []) if "in" in step else []:
                if text != "nan":
                    yield float.fromhex(text)


_DTYPES = {"float": "float", "int": "int", "codes": "int", "bool": "bool", "text": "str"}


def _field(column):
    dtype = "float" if column.dtype.kind == "f" else _DTYPES[column.kind]
    return Field(column.name, dtype, on_missing="pass" if column.dtype.kind in "fO" else "reject")


def cases(seed, kind=Case):
    """Cases one after another, without end. Draws that scikit-learn cannot fit, or that are refused, are passed over."""
    while True:
        seed += 1
        try:
            yield seed, kind(seed)
        except (ValueError, TypeError, CannotReproduce, AttributeError, IndexError, OverflowError):
            continue


def judge(case, rows):
    """[(row, values, Ran or errors)]: what is served, and what is refused with which errors."""
    for row in rows:
        checked = case.check.check(row)
        if checked.errors:
            continue
        yield row, case.interpreter.run(checked.values)


def compare(case, rows, refused_max=6):
    """(rows served, differences in words, lines for the engine). Of refused rows, a few are shown to scikit-learn too."""
    served, bits, problems, lines, refused = [], [], [], [], []
    for row, ran in judge(case, rows):
        if ran.errors:
            refused.append((row, ran.errors))
            lines.append({"row": row, "errors": [{"field": field, "code": code} for field, code in sorted(ran.errors)]})
        else:
            served.append(row)
            bits.append(ran.bits)
            unknown = sorted(set(ran.unknown))
            lines.append({"row": row, "features": [f"{value:08x}" for value in ran.bits], "unknown": unknown})
    for row, errors in refused[:refused_max]:
        if any(code != "NOT_FINITE" for _, code in errors):
            try:
                case.path.features([row])
                problems.append(f"scikit-learn serves a row that is refused with {errors}: {row}")
            except RefusedByTraining:
                pass
    if served:
        problems += _differences(case, served, numpy.array(bits, numpy.uint32))
    return len(served), problems, lines


def _differences(case, served, found):
    try:
        features = case.path.features(served)
    except RefusedByTraining as error:
        return [f"{error}"]
    with numpy.errstate(all="ignore"):
        features = numpy.ascontiguousarray(features, numpy.float32)
    expected = features.view(numpy.uint32).copy()
    expected[numpy.isnan(features)] = FLOAT32.nan_bits
    different = numpy.argwhere(expected != found)
    return [
        f"feature {case.plan.schema.features[feature]}: {expected[row, feature]:08x} by scikit-learn, {found[row, feature]:08x} here: "
        f"{served[row]}"
        for row, feature in different[:3].tolist()
    ]


def case_line(case):
    """The line that opens a case for the engine."""
    return {"schema": feature_schema.write(case.plan.schema), "document": document_text(case.plan.document)}


def line_text(line):
    """A row's line as strict JSON: infinity does not occur, NaN is null."""
    rest = {key: value for key, value in line.items() if key != "row"}
    return f'{{"row":{dump(line["row"])},{json.dumps(rest, ensure_ascii=False, separators=(",", ":"))[1:]}'


def main(arguments=None):
    """Compares until `--rows` rows were served; exit status 1 at a difference."""
    parser = argparse.ArgumentParser(description="scikit-learn against the plain interpreter on random pipelines.")
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--rows-each", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loose", action="store_true", help="loose encoders and scalers in place of pipelines (random_loose.py)")
    parser.add_argument("--out", help="the cases, for the engine")
    options = parser.parse_args(arguments)
    total = pipelines = unwritten = 0
    out = open(options.out, "w", encoding="utf-8") if options.out else None
    for seed, case in cases(options.seed * 1_000_000, LooseCase if options.loose else Case):
        served, problems, lines = compare(case, case.edged(case.rows(options.rows_each)))
        if problems:
            print(f"seed {seed}: {case.pipeline}", *problems, sep="\n")
            return 1
        if out and case.plan.inexact:
            unwritten += served
            continue
        if out:
            out.write(json.dumps(case_line(case), ensure_ascii=False) + "\n" + "".join(line_text(line) + "\n" for line in lines))
        total, pipelines = total + served, pipelines + 1
        if total >= options.rows:
            break
    if out:
        out.close()
    print(f"{pipelines} pipelines, {total} rows served, every feature bit as scikit-learn's")
    if out:
        print(f"besides, {unwritten} rows through inexact steps, not written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
