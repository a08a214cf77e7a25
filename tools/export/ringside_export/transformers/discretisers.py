"""KBinsDiscretizer and Binarizer: a number becomes its bin, or one bit."""

from dataclasses import replace

import numpy

from .block import ARRAY, SPARSE, Block, Number, checked, without_infinity
from .refusal import refuse, require_fitted


def no_nan(block, work):
    """check_array(force_all_finite=True): NaN is an error of the field."""
    for column in block.columns:
        if column.may_be_nan:
            work.steps.require(column.column)


def bins(where, block, work):
    """KBinsDiscretizer: how many inner edges are not above the value, then a column a bin where it encodes."""
    discretiser = where.transformer
    require_fitted(where, "bin_edges_")
    block = checked(block, where, work, keep="float")
    if discretiser.dtype is not None:
        block = block.with_columns(replace(column, dtype=numpy.dtype(discretiser.dtype)) for column in block.columns)
        if numpy.dtype(discretiser.dtype) == numpy.float32:
            narrow = (replace(one, column=work.steps.step("float32", one.column), may_be_infinite=True) for one in block.columns)
            block = block.with_columns(without_infinity(column, work) for column in narrow)
    no_nan(block, work)
    columns = []
    for position, column in enumerate(block.columns):
        edges = [float(edge) for edge in discretiser.bin_edges_[position][1:-1]]
        if any(one >= other for one, other in zip(edges, edges[1:])):
            refuse(where, f"the edges of column {position} do not rise", "use fewer bins")
        made = work.steps.step("bins", column.column, edges=[edge.hex() for edge in edges])
        if discretiser.encode == "ordinal":
            columns.append(Number(made, column.dtype))
            continue
        count = int(discretiser.n_bins_[position])
        outs = work.steps.indicators(
            made,
            None,
            count,
            categories=[float(number).hex() for number in range(count)],
            slots=list(range(count)),
            missing="zeros",
            unseen="zeros",
        )
        columns.extend(Number(one, column.dtype, indicator=True) for one in outs)
    return Block(tuple(columns), SPARSE if discretiser.encode == "onehot" else ARRAY)


def binarize(where, block, work):
    """Binarizer: 1 above the threshold, else 0; in a sparse matrix 0 is not stored."""
    threshold = where.transformer.threshold
    block = checked(block, where, work, keep="numeric", sparse=True)
    if block.container == SPARSE and threshold < 0:
        refuse(where, "a threshold below 0 cannot be told apart in a sparse matrix", "set sparse_output=False before it")
    no_nan(block, work)
    columns = []
    for column in block.columns:
        # numpy compares an array with a number in the array's own width.
        width = numpy.result_type(numpy.zeros(1, column.dtype), threshold)
        value = float(numpy.asarray(threshold).astype(width)) if width.kind == "f" else float(threshold)
        made = work.steps.step("binarize", column.column, threshold=value.hex())
        columns.append(Number(made, column.dtype, indicator=True))
    return block.with_columns(columns)
