"""serving.yaml: an optional decision threshold for a binary model, and the float width it is compared in.

    threshold: 0.35
    threshold_compare: float32      # float32 (the default) | float64

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
        """Whether the float32 `probability` is at least the threshold."""
        if self.compare == "float32":
            return bool(numpy.float32(probability) >= numpy.float32(self.value))
        return float(probability) >= self.value


def read(path, binary):
    """Threshold of the file at `path`, None where it is empty of one. Raises ExportFailed."""
    document = yaml_text.read(path)
    if not isinstance(document, dict):
        raise ExportFailed(f"{path.name}: expected a mapping")
    for key in document:
        if key not in ("threshold", "threshold_compare"):
            raise ExportFailed(f"{path.name}: unknown key '{key}' (known: threshold, threshold_compare)")
    if "threshold_compare" in document and "threshold" not in document:
        raise ExportFailed(f"{path.name}: threshold_compare: there is no threshold beside it")
    compare = document.get("threshold_compare", "float32")
    if compare not in ("float32", "float64"):
        raise ExportFailed(f"{path.name}: threshold_compare: '{compare}' is not one of float32, float64")
    if "threshold" not in document:
        return None
    if not binary:
        raise ExportFailed(f"{path.name}: threshold: only a binary classifier has one")
    value = convert(document["threshold"], "float", f"{path.name}: threshold")
    if not 0.0 <= value <= 1.0:
        raise ExportFailed(f"{path.name}: threshold: {value} is not within 0 and 1")
    return Threshold(value, compare)
