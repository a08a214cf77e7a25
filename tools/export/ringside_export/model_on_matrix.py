"""The model's own predict on the very matrix that the pipeline gives it, dense, sparse or a frame: what the user runs.

The expectations of a bundle come from the booster on features in which NaN stands for what a sparse matrix does not store. Here
it is shown that this is the same thing.
"""

import numpy

from .problems import CannotReproduce

ROWS = 20000


def check(forest, path, verdicts):
    """What to tell: one line. verdicts: of served rows; path: the PipelinePath. Raises CannotReproduce at the first difference."""
    model = forest.wrapper
    if model is None or forest.kind == "dart" or forest.rounds != forest.all_rounds or not verdicts:
        return []
    verdicts = verdicts[:ROWS]
    matrix = path.matrix([verdict.row for verdict in verdicts])
    if hasattr(model, "predict_proba"):
        found = numpy.asarray(model.predict_proba(matrix))
        found = found[:, 1:] if found.shape[1] == 2 else found
    else:
        found = numpy.asarray(model.predict(matrix)).reshape(len(verdicts), -1)
    expected = numpy.array([verdict.values for verdict in verdicts])
    bits = numpy.ascontiguousarray(found, found.dtype).view(numpy.uint32 if found.dtype == numpy.float32 else numpy.uint64)
    different = numpy.argwhere(bits != expected) if bits.shape == expected.shape else numpy.zeros((1, 2), int)
    if len(different):
        raise CannotReproduce(
            f"values: row {different[0][0]}: {type(model).__name__} on the pipeline's own matrix and on its features differ; "
            f"{len(different)} values do"
        )
    kind = "a sparse matrix" if hasattr(matrix, "tocsr") else type(matrix).__name__
    return [f"pipeline: {type(model).__name__} on {kind}, as the pipeline gives it, answers the same on {len(verdicts)} rows"]
