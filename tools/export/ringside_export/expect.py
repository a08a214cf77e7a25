"""What Python says of every row of a sample, from the pickled objects themselves:

    python3 -m ringside_export.expect --from DIR --sample FILE --out FILE.jsonl [--bundle DIR]

One line a row, in order: {"row":{…},"expect":{"features":[…],"margin":[…],"values":[…],"label":…,"filled":[…],
"unknown":[…]}}, or {"row":{…},"expect":{"errors":[…]}} where strict serving refuses it. With --bundle, that bundle's own
preprocess.json, schema and model must give the same bits (else exit 5). Exit status as of the exporter.
"""

import argparse
import json
import pathlib
import sys

import numpy

from . import feature_schema, sample_rows
from .oracle import Oracle
from .problems import CannotReproduce, ExportFailed
from .training_run import TrainingRun


def expected_lines(oracle, sample):
    """A str a row, without the line's end. Raises CannotReproduce when the interpreter disagrees."""
    verdicts = oracle.judge(sample.rows, "row")
    for number in sorted(sample.duplicates):
        verdicts[number].errors = verdicts[number].errors or [("", "DUPLICATE_FIELD")]
    return [line(verdict) for verdict in verdicts]


def line(verdict):
    """One Verdict as a line of JSON."""
    expect = json.dumps(verdict.expectation(), ensure_ascii=False, separators=(",", ":"))
    return f'{{"row":{sample_rows.dump(verdict.row)},"expect":{expect}}}'


def bundle_oracle(run, bundle):
    """The oracle of `run` with the plan and schema of the directory `bundle` in place of the ones compiled now."""
    schema = feature_schema.read(bundle / "feature_schema.yaml")
    document = json.loads((bundle / "preprocess.json").read_text(encoding="utf-8"))
    if tuple(document["features"]) != schema.features:
        raise CannotReproduce(f"{bundle}: preprocess.json and feature_schema.yaml name different features")
    return Oracle(schema, document, run.oracle.training_path, run.forest, run.threshold, run.functions)


def _check_model(run, bundle, features):
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    found = run.forest.reloaded_predict(bundle / manifest["model"]["file"], features)
    bits = run.forest.output_type.array_bits
    for what, one, other in zip(("margin", "value"), run.forest.predict(features), found):
        different = numpy.argwhere(bits(one) != bits(other))
        if len(different):
            raise CannotReproduce(f"{bundle}: the {what} of scored row {different[0][0]} differs from the pickled model's")


def main(arguments=None):
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="ringside_export.expect", description="Python's bits for every row of a sample.")
    parser.add_argument("--from", dest="source", required=True, type=pathlib.Path, metavar="DIR")
    parser.add_argument("--sample", required=True, type=pathlib.Path, metavar="FILE")
    parser.add_argument("--out", required=True, type=pathlib.Path, metavar="FILE.jsonl")
    parser.add_argument("--bundle", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        run = TrainingRun(options.source, options.sample)
        oracle = run.oracle if options.bundle is None else bundle_oracle(run, options.bundle)
        sample = sample_rows.read(options.sample, oracle.schema)
        lines = expected_lines(oracle, sample)
        if options.bundle is not None and oracle.features is not None:
            _check_model(run, options.bundle, oracle.features)
        options.out.write_text("".join(text + "\n" for text in lines), encoding="utf-8")
        return 0
    except OSError as error:
        print(f"expect: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except (ExportFailed, CannotReproduce) as problem:
        print(f"expect: {problem}", file=sys.stderr)
        return problem.exit_status


if __name__ == "__main__":
    sys.exit(main())
