"""What training did to a raw row, done again with the pickled objects on a pandas frame: the oracle of the features."""

import warnings

import numpy
import pandas
from sklearn.preprocessing import LabelEncoder, OrdinalEncoder

from .pandas_categories import CategoryCodes


class TrainingPath:
    """The pickled encoders and scaler, applied in the order of `formats.md`. Not thread-safe (pandas)."""

    def __init__(self, schema, encoders, scaler, feature_dtype="float32"):
        """schema: with its fills; encoders: field -> fitted encoder; scaler: fitted, or None; feature_dtype: the model's matrix."""
        self._feature_dtype = feature_dtype
        self._schema = schema
        self._encoders = encoders
        self._scaler = scaler
        self._numeric = [item.name for item in schema.fields if item.type == "numeric" and item.role != "meta"]

    def features(self, rows):
        """Array (len(rows), features) of `feature_dtype`, of rows that serving accepts; NaN is missing.

        rows: dicts from field to None, bool, int, float or str; an absent key is missing.
        Raises ValueError from scikit-learn where an encoder refuses a category.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = self._typed(rows)
            frame = self._encoded(frame)
            if self._scaler is not None and self._numeric:
                named = hasattr(self._scaler, "feature_names_in_")
                scaled = self._scaler.transform(frame[self._numeric] if named else frame[self._numeric].to_numpy())
                for i, name in enumerate(self._numeric):
                    frame[name] = scaled[:, i]
            return frame[list(self._schema.features)].astype(self._feature_dtype).to_numpy()

    def _typed(self, rows):
        columns = {}
        for item in self._schema.fields:
            if item.role == "meta":
                continue
            column = pandas.Series([row.get(item.name) for row in rows], dtype=object)
            if item.dtype == "int":
                number = self._number(column)
                # With a missing value among them pandas keeps integers as floats; they are cut off all the same, and have one zero.
                whole = numpy.trunc(number) + 0.0
                column = whole if item.on_missing == "pass" else number.fillna(item.fill or 0).astype("int64")
            elif item.dtype == "float":
                number = self._number(column)
                column = number if item.on_missing == "pass" else number.fillna(item.fill or 0.0)
            elif item.dtype == "bool":
                if self._schema.coerce == "pandas":
                    column = column.where(column.isna(), column.astype(bool))
                column = (column if item.on_missing == "pass" else column.where(column.notna(), bool(item.fill))).astype(
                    "float64"
                )
            elif item.on_missing != "pass":
                column = column.where(column.notna(), item.fill).astype(str)
            columns[item.name] = column
        return pandas.DataFrame(columns)

    def _number(self, column):
        """float64, NaN where a cell is no number. `coerce: pandas` is by the row: a cell never bears on how its neighbours are read."""
        if self._schema.coerce != "pandas":
            return pandas.to_numeric(column, errors="coerce").astype("float64")
        read = {}
        for cell in column:
            if repr(cell) not in read:
                read[repr(cell)] = pandas.to_numeric(numpy.array([cell], dtype=object), errors="coerce").astype("float64")[0]
        return pandas.Series([read[repr(cell)] for cell in column], dtype="float64")

    def _encoded(self, frame):
        pieces = {}
        for name in frame.columns:
            encoder = self._encoders.get(name)
            if encoder is None:
                pieces[name] = frame[name]
            elif isinstance(encoder, CategoryCodes):
                pieces[name] = encoder.codes(frame[name])
            elif isinstance(encoder, LabelEncoder):
                text = frame[name]
                if "unknown" in encoder.classes_:
                    text = text.where(text.isin(encoder.classes_), "unknown")
                pieces[name] = encoder.transform(text)
            elif isinstance(encoder, OrdinalEncoder):
                named = hasattr(encoder, "feature_names_in_")
                pieces[name] = encoder.transform(frame[[name]] if named else frame[[name]].to_numpy(dtype=object))[:, 0]
            else:
                named = hasattr(encoder, "feature_names_in_")
                coded = encoder.transform(frame[[name]] if named else frame[[name]].to_numpy(dtype=object))
                coded = coded.toarray() if hasattr(coded, "toarray") else numpy.asarray(coded)
                for i, column in enumerate(encoder.get_feature_names_out([name])):
                    pieces[column] = coded[:, i]
        return pandas.DataFrame(pieces, index=frame.index)
