"""What a fitted pipeline makes of raw rows: the oracle of the features, for a Pipeline or ColumnTransformer."""

import warnings

import numpy
import scipy.sparse

from .problems import CannotReproduce


class RefusedByTraining(CannotReproduce, ValueError):
    """scikit-learn refuses a row; a ValueError as scikit-learn's own, and the end of an export that did not expect it."""


class PipelinePath:
    """`transformer` on the frame that training gave it. Not thread-safe (pandas)."""

    def __init__(self, schema, frame, transformer, not_stored=numpy.nan):
        """schema: with its fills; frame: a TrainingFrame; transformer: fitted; not_stored: what a sparse matrix leaves out."""
        self._not_stored = not_stored
        self._schema = schema
        self._frame = frame
        self._transformer = transformer

    def matrix(self, rows):
        """What the model is given for `rows`: a numpy array, a DataFrame or a scipy CSR matrix.

        Raises RefusedByTraining where scikit-learn refuses a row.
        """
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return self._transformer.transform(self._frame.make(rows, self._schema))
            except ValueError as error:
                raise RefusedByTraining(f"scikit-learn refuses a row that preprocess.json serves: {error}") from None

    def features(self, rows):
        """The matrix (len(rows), features) as the model reads it, in its own dtype; NaN is missing, and what a sparse matrix
        does not store is what the model takes it for. Raises RefusedByTraining."""
        return dense(self.matrix(rows), self._not_stored)


def dense(matrix, not_stored=numpy.nan):
    """A matrix with `not_stored` for what a sparse one does not store; of float32 or float64."""
    if scipy.sparse.issparse(matrix):
        stored = matrix.tocoo()
        made = numpy.full(matrix.shape, not_stored, dtype=matrix.dtype if matrix.dtype.kind == "f" else numpy.float64)
        made[stored.row, stored.col] = stored.data
        return made
    array = numpy.asarray(matrix)
    return array if array.dtype in (numpy.float32, numpy.float64) else array.astype(numpy.float64)
