"""QuantileTransformer: interpolation from both sides between the quantiles that training found.

uniform is exact. normal goes through the inverse of the normal distribution, which scipy, C and Python round differently.
"""

import numpy

from .block import FLOAT32, Number, checked
from .refusal import finite, refuse, require_fitted


def quantile(where, block, work):
    """QuantileTransformer of a dense matrix."""
    transformer = where.transformer
    require_fitted(where, "quantiles_")
    block = checked(block, where, work, keep="float")
    normal = transformer.output_distribution == "normal"
    references = [finite(where, value, "references_").hex() for value in transformer.references_]
    columns = []
    for position, column in enumerate(block.columns):
        quantiles = [finite(where, value, f"of column {position}") for value in transformer.quantiles_[:, position]]
        if column.dtype == FLOAT32:
            if normal:
                refuse(where, "output_distribution='normal' of a float32 matrix", "give it float64 columns")
            if any(float(numpy.float32(end)) != end for end in (quantiles[0], quantiles[-1])):
                refuse(where, "a float32 matrix, and quantiles_ that are none", "fit and transform the same dtype")
        made = work.steps.step(
            "quantile",
            column.column,
            width=column.dtype,
            inexact="QuantileTransformer" if normal else None,
            quantiles=[value.hex() for value in quantiles],
            references=references,
            distribution=transformer.output_distribution,
        )
        steep = _too_steep(quantiles, transformer.references_)
        columns.append(Number(made, column.dtype, column.may_be_nan or steep, may_be_infinite=steep))
    return block.with_columns(columns)


def _too_steep(quantiles, references):
    """Whether a slope between two quantiles is infinite: they are so near that interpolating between them can give NaN."""
    with numpy.errstate(all="ignore"):
        slopes = numpy.diff(references) / numpy.diff(quantiles)
    return bool(numpy.isinf(slopes[numpy.diff(quantiles) > 0]).any())
