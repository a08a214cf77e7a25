"""PowerTransformer: powers and logarithms, which differ in their last bits between numpy and the C library: inexact."""

from dataclasses import replace

from .block import FLOAT32, checked
from .refusal import Where, finite, refuse, require_fitted
from .scalers import standard


def power(where, block, work):
    """PowerTransformer: the power of each column, then its own StandardScaler where it standardises."""
    transformer = where.transformer
    require_fitted(where, "lambdas_")
    block = checked(block, where, work, keep="float")
    columns = []
    for position, column in enumerate(block.columns):
        if column.dtype == FLOAT32:
            refuse(where, "a float32 matrix: numpy's float32 powers have bits of their own", "give it float64 columns")
        if transformer.method == "box-cox":
            _positive(where, column, work)
        made = work.steps.step(
            "power",
            column.column,
            inexact="PowerTransformer",
            **{"method": transformer.method, "lambda": finite(where, transformer.lambdas_[position], f"of column {position}").hex()},
        )
        columns.append(replace(column, column=made, may_be_infinite=True, field=None))
    block = block.with_columns(columns)
    if not transformer.standardize:
        return block
    return standard(Where(where.path, transformer._scaler), block, work)


def _positive(where, column, work):
    """Box-Cox refuses what is not positive: its logarithm is NaN or infinite."""
    if column.may_be_nan:
        refuse(where, "method='box-cox' of a column that may be missing", "put a SimpleImputer before it")
    logarithm = work.steps.step(
        "power", column.column, inexact="PowerTransformer", **{"method": "box-cox", "lambda": 0.0.hex()}
    )
    work.steps.require(logarithm)
    work.steps.require(logarithm, "finite")
