"""Columns of pandas' category dtype: which number stands for which category, and who says so.

Both libraries see the codes that pandas gives to a column's categories. LightGBM writes the categories into its model, in the order
of the frame's columns. XGBoost before 3.1 does not, and what it writes since is not read here: feature_schema.yaml has to say it:

    - {name: city, dtype: str, encode: category}                             # LightGBM
    - {name: city, dtype: str, encode: category, categories: [ams, ber]}     # XGBoost: list(frame["city"].cat.categories)
    - {name: city, dtype: int, encode: category, categories: codes}          # XGBoost: callers send the codes themselves

What is none of the categories has no code, and neither has a missing value: both are NaN for the model, as pandas makes them.
"""

import json
from dataclasses import dataclass

import numpy
import pandas

from .problems import CannotReproduce, ExportFailed

CODES = "codes"


@dataclass(frozen=True)
class CategoryCodes:
    """categories: texts or integers in the order of their codes."""

    categories: tuple

    def codes(self, column):
        """The codes of a pandas column, as float64; NaN for what is no category."""
        codes = pandas.Categorical(column, categories=list(self.categories)).codes
        return numpy.where(codes == -1, numpy.nan, codes.astype("float64"))


def of_run(schema, model):
    """{field: CategoryCodes} of the fields that say `encode: category`, but those whose callers send codes.

    Raises ExportFailed or CannotReproduce where schema and model do not agree on which these are.
    """
    said = [schema.index[name] for name in schema.features if name in schema.index and schema.index[name].encode == "category"]
    for item in schema.fields:
        if item.encode == "category" and item not in said:
            raise ExportFailed(f"feature_schema.yaml: {item.name}: 'encode: category', but it is not in final_feature_cols")
        if item.encode == "category" and (item.dtype not in ("str", "int") or item.type == "numeric"):
            raise ExportFailed(f"feature_schema.yaml: {item.name}: 'encode: category' is for str and int, and not for what is scaled")
    if model.pandas_categories is None:
        return _said_by_schema(said, schema, model)
    return _said_by_model(said, model)


def _said_by_model(said, model):
    lists = model.pandas_categories
    if len(said) != len(lists):
        raise CannotReproduce(
            f"feature_schema.yaml: columns of the model's frame that were of pandas' category dtype: {len(lists)} "
            f"({'; '.join(_shown(categories) for categories in lists) or 'none'}); fields that say 'encode: category': {len(said)} "
            f"({', '.join(item.name for item in said) or 'none'}); say it of exactly those"
        )
    return {item.name: _codes(item, categories) for item, categories in zip(said, lists)}


def _said_by_schema(said, schema, model):
    names = {schema.features[number] for number in model.category_features if number < len(schema.features)}
    for name in sorted(names - {item.name for item in said}):
        raise CannotReproduce(
            f"feature_schema.yaml: {name}: the model's splits compare its category codes (enable_categorical), and what they stand "
            f"for is read from no XGBoost model; say 'encode: category' and 'categories: [...]', as list(frame[{name!r}].cat.categories) gives them, or "
            f"'categories: codes' where callers send the codes"
        )
    for item in said:
        if item.name not in names:
            raise ExportFailed(f"feature_schema.yaml: {item.name}: 'encode: category', but it is a number like any other to the model")
        if item.categories is None:
            raise ExportFailed(f"feature_schema.yaml: {item.name}: say its 'categories', which the model does not hold, or 'codes'")
        if item.categories == CODES and item.dtype != "int":
            raise ExportFailed(f"feature_schema.yaml: {item.name}: 'categories: codes' is for dtype int")
    return {item.name: _codes(item, list(item.categories)) for item in said if item.categories != CODES}


def _codes(item, categories):
    wanted = {"str": str, "int": int}[item.dtype]
    wrong = [category for category in categories if type(category) is not wanted]
    if wrong:
        raise CannotReproduce(
            f"feature_schema.yaml: {item.name}: dtype {item.dtype}, and {wrong[0]!r} is one of its categories ({_shown(categories)}); "
            f"a category is a text or an integer, as the dtype says"
        )
    if item.categories not in (None, tuple(categories)):
        raise ExportFailed(f"feature_schema.yaml: {item.name}: categories: the model has others: {_shown(categories)}")
    return CategoryCodes(tuple(categories))


def _shown(categories):
    text = json.dumps(categories, ensure_ascii=False, default=str)
    return text if len(text) < 60 else text[:60] + "…"
