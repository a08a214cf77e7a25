"""One export, top to bottom: load, compile, judge the sample, choose golden rows, reload, write."""

import json

import numpy

from . import baseline, bundle_writer, feature_schema, golden_rows, sample_rows
from .plan_compiler import document_text
from .problems import CannotReproduce, ExportFailed
from .training_run import TrainingRun


def export_bundle(source, sample_path, out, coerce=None, key=None):
    """Writes the bundle directory `out` from the training run `source` and returns the summary, a list of lines.

    coerce: "pandas", or None for what the schema says; key: a signing.PrivateKey that signs it, or None. Raises ExportFailed or
    CannotReproduce; then nothing is written.
    """
    bundle_writer.check_place(out)
    run = TrainingRun(source, sample_path, coerce)
    version, task_name, version_text = run.identity(out.name)
    sample = sample_rows.read(sample_path, run.plan.schema)
    verdicts, features = _judge_sample(run.oracle, sample)
    if not len(features):
        raise ExportFailed(f"{sample_path.name}: serving would refuse every row: {_refusals(verdicts)}")
    golden = golden_rows.choose(run.oracle, run.plan, verdicts, features)
    _check_refusals(run.oracle, golden)
    summary = _summary(run, sample, verdicts, golden, version)
    summary += _check_values(run.forest, features)
    served = [verdict for verdict in verdicts if not verdict.errors]
    summary += run.check_whole(served)
    inexact = run.inexact_bounds(served, golden.scored)
    summary += [f"note: step {entry['step']} ({entry['what']}) is inexact: within {entry['ulp']} ulp of scikit-learn" for entry in inexact]
    with bundle_writer.StagedBundle(out) as staged:
        staged.write(run.forest.file, run.forest.document_text())
        _check_reloaded(run.forest, staged.path / run.forest.file, features, golden)
        staged.write("preprocess.json", document_text(run.plan.document))
        staged.write("feature_schema.yaml", feature_schema.write(run.plan.schema))
        if run.pipeline_file is None:
            staged.write("encoders.json", bundle_writer.encoders_text(run.plan))
            staged.write("scaler.json", bundle_writer.scaler_text(run.plan))
        staged.write("version.txt", version_text)
        staged.write("baseline.json", _baseline_text(run, verdicts, features))
        staged.write("golden.jsonl", "".join(line + "\n" for line in golden_rows.lines(golden)))
        for name in ("config.yaml", "evaluation.json"):
            if name in run.sources:
                staged.write(name, run.sources[name])
        serving_text = run.sources.get("serving.yaml", b"").decode("utf-8")
        if run.forest.iterations_line:
            serving_text += ("\n" if serving_text and not serving_text.endswith("\n") else "") + run.forest.iterations_line
        if serving_text or "serving.yaml" in run.sources:
            staged.write("serving.yaml", serving_text)
        made_from = {
            "files": [
                {"path": name, "size": len(data), "sha256": bundle_writer.digest(data)} for name, data in run.sources.items()
            ],
            "sample": {
                "path": sample_path.name,
                "rows": len(sample.rows),
                "sha256": bundle_writer.digest(sample_path.read_bytes()),
            },
        }
        staged.publish(bundle_writer.manifest(version, task_name, made_from, run.forest, inexact), key)
    return summary


def _judge_sample(oracle, sample):
    """(verdicts, features of the rows to score); a row with a key twice is refused like serving does."""
    verdicts = oracle.judge(sample.rows, "sample row")
    accepted = [number for number, verdict in enumerate(verdicts) if not verdict.errors]
    nothing = numpy.zeros((0, len(oracle.schema.features)), oracle.feature_type.name)
    features = nothing if oracle.features is None else oracle.features
    for number in sample.duplicates:
        verdicts[number].errors = verdicts[number].errors or [("", "DUPLICATE_FIELD")]
    return verdicts, features[[number not in sample.duplicates for number in accepted]]


def _baseline_text(run, verdicts, features):
    """Of the features as the model reads them: a sentinel for missing is NaN there."""
    read = numpy.array([verdict.bits for verdict in verdicts if not verdict.errors], f"u{features.itemsize}").view(features.dtype)
    return baseline.text(run.plan.schema, verdicts, read, run.forest.predict(features)[1])


def _check_refusals(oracle, golden):
    """Where a category is refused, the encoder itself must refuse it too."""
    for verdict in golden.refused:
        if len(verdict.errors) == 1 and verdict.errors[0][1] == "UNKNOWN_CATEGORY":
            try:
                oracle.training_path.features([verdict.row])
            except ValueError:
                continue
            raise CannotReproduce(f"{verdict.errors[0][0]}: its encoder accepts a category that preprocess.json refuses")


def _check_values(forest, features):
    """Values from margins by our own arithmetic, and by the way that people usually ask: both must give the library's bits."""
    forest.require_width(features)
    margins, values = forest.predict(features)
    forest.require_same_values(margins)
    own = forest.own_values(margins)
    _same(forest, values, own, f"values of objective {forest.objective}", forest.library, "the formula")
    usual = forest.usual_predict(features)
    if usual is None:
        return []
    if not forest.usual_may_differ():
        _same(forest, margins, usual[0], "margins", "Booster.predict", "the model's own predict")
        _same(forest, values, usual[1], "values", "Booster.predict", "the model's own predict")
        return []
    differ = int((forest.output_type.array_bits(margins) != forest.output_type.array_bits(usual[0])).any(axis=1).sum())
    return [
        f"{forest.kind}: the oracle is Booster.predict(DMatrix); {type(forest.wrapper).__name__}.predict (in-place) rounds "
        f"differently on {differ} of {len(features)} sample rows"
    ]


def _check_reloaded(forest, path, features, golden):
    first = golden.scored[0].feature_type
    made = numpy.array([verdict.bits for verdict in golden.scored], first.bits_name).view(first.name)
    for what, rows in (("sample row", features), ("golden row", made)):
        for name, expected, found in zip(("margins", "values"), forest.predict(rows), forest.reloaded_predict(path, rows)):
            _same(forest, expected, found, f"{name} of {what}s", "the pickled model", f"the reloaded {forest.file}")


def _same(forest, expected, found, what, expected_by, found_by):
    one, other = (forest.output_type.array_bits(scores) for scores in (expected, found))
    different = numpy.argwhere(one != other) if one.shape == other.shape else numpy.zeros((1, 2), int)
    if len(different):
        row, column = different[0].tolist()
        hexes = [forest.output_type.hexes([bits[row, column]])[0] for bits in (one, other)]
        raise CannotReproduce(
            f"{what}: row {row}, output {column}: expected bits {hexes[0]} ({expected_by}), found {hexes[1]} ({found_by}); "
            f"{len(different)} values differ"
        )


def _refusals(verdicts):
    counts = {}
    for verdict in verdicts:
        for field, code in verdict.errors:
            counts[(field, code)] = counts.get((field, code), 0) + 1
    parts = [f"{field + ' ' if field else ''}{code} x{count}" for (field, code), count in sorted(counts.items())]
    return ", ".join(parts[:8]) + (f" and {len(parts) - 8} more" if len(parts) > 8 else "")


def _counted(number, one, many=None):
    return f"{number} {one if number == 1 else many or one + 's'}"


def _summary(run, sample, verdicts, golden, version):
    shown = golden.coverage
    scored = sum(not verdict.errors for verdict in verdicts)
    lines = [
        f"{version}: {_counted(len(run.plan.schema.fields), 'field')}, {_counted(len(run.plan.schema.features), 'feature')}, {run.forest.kind} "
        f"{run.forest.objective}, classes {json.dumps(run.classes, ensure_ascii=False)}"
    ]
    lines += [f"note: {note}" for note in run.notes]
    if sample.ignored:
        lines.append(f"note: columns of the sample that are no field were left out: {', '.join(sample.ignored)}")
    lines.append(f"sample: {scored} of {len(verdicts)} rows give the same bits by scikit-learn and by preprocess.json")
    if scored < len(verdicts):
        serving = "strict serving" if run.plan.schema.coerce == "strict" else "serving"
        lines.append(f"note: {serving} would refuse {_counted(len(verdicts) - scored, 'row')} of the sample: {_refusals(verdicts)}")
    thinned = f", {shown['thresholds_thinned_away']} left out" if shown["thresholds_thinned_away"] else ""
    lines += [
        f"proof: {_counted(len(golden.scored), 'row')} to score ({shown['rows_from_sample']} of the sample, {shown['rows_made']} made up for "
        f"the edges) and {shown['rows_refused']} to refuse go along, and are replayed before the bundle serves",
        f"proof: they come to all of the {shown['leaves_reached_by_sample']} leaves that the sample reaches (the trees have "
        f"{shown['leaves']}), and show {shown['categories']} of {_counted(shown['categories_known'], 'category', 'categories')}, "
        f"{shown['fields_missing']} of {_counted(shown['fields_that_may_be_missing'], 'field')} that may be missing, and "
        f"{_counted(shown['fields_unseen'], 'field')} with a value that training never saw",
        f"proof: of {_counted(shown['thresholds_of_numbers'], 'threshold')} of the trees, {shown['thresholds_exactly_hit']} are hit exactly and "
        f"{shown['thresholds_from_both_sides']} met from both sides, as near as the field's dtype allows{thinned}",
        f"proof: {_counted(shown['refusals'], 'way', 'ways')} to be refused, by field and code: {', '.join(shown['refusal_codes'])}",
    ]
    return lines
