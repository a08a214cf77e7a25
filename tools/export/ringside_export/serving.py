"""serving.yaml: an optional decision threshold for a binary model, the float width it is compared in, and the rounds that answer.

    threshold: 0.35
    threshold_compare: float32      # float32 (the default) | float64; LightGBM's are float64, and compared as such
    iterations: 120                 # the first 120 boosting rounds | all

The second class is answered when the probability is at least the threshold. For p = float32(0.7) the two widths differ:
in float32 p >= 0.7 holds, in float64 it does not.
"""

from dataclasses import dataclass

import numpy

from . import yaml_text
from .feature_schema import convert
from .problems import ExportFailed


@dataclass(frozen=True)
class Threshold:
    """value: as written; compare: float32 or float64."""

    value: float
    compare: str

    def reached(self, probability):
        """Whether the `probability` is at least the threshold."""
        if self.compare == "float32":
            return bool(numpy.float32(probability) >= numpy.float32(self.value))
        return float(probability) >= self.value


@dataclass(frozen=True)
class Serving:
    """threshold: a Threshold or None; iterations: a number of rounds, "all", or None where the file does not say."""

    threshold: object = None
    iterations: object = None


def read(path, binary, width="float32"):
    """Serving of the file at `path`. width: of the model's probabilities. Raises ExportFailed."""
    document = yaml_text.read(path)
    if not isinstance(document, dict):
        raise ExportFailed(f"{path.name}: expected a mapping")
    for key in document:
        if key not in ("threshold", "threshold_compare", "iterations"):
            raise ExportFailed(f"{path.name}: unknown key '{key}' (known: threshold, threshold_compare, iterations)")
    if "threshold_compare" in document and "threshold" not in document:
        raise ExportFailed(f"{path.name}: threshold_compare: there is no threshold beside it")
    compare = document.get("threshold_compare", width)
    if compare not in ("float32", "float64"):
        raise ExportFailed(f"{path.name}: threshold_compare: '{compare}' is not one of float32, float64")
    if width == "float64" and compare == "float32":
        raise ExportFailed(f"{path.name}: threshold_compare: float32: the model's probabilities are float64; leave it out")
    iterations = _iterations(path.name, document.get("iterations"))
    if "threshold" not in document:
        return Serving(None, iterations)
    if not binary:
        raise ExportFailed(f"{path.name}: threshold: only a binary classifier has one")
    value = convert(document["threshold"], "float", f"{path.name}: threshold")
    if not 0.0 <= value <= 1.0:
        raise ExportFailed(f"{path.name}: threshold: {value} is not within 0 and 1")
    return Serving(Threshold(value, compare), iterations)


def _iterations(name, text):
    if text is None or text == "all":
        return text
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and int(text) > 0):
        raise ExportFailed(f"{name}: iterations: '{text}' is neither a number of rounds from 1 nor all")
    return int(text)
