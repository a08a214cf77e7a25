"""Goal: thresholds tell a frame of float32 from one of float64, and say nothing where they cannot. Needs no LightGBM.

Method: thresholds made as LightGBM makes them, from columns of both widths.
"""

import numpy
import pytest

from ringside_export.models.lightgbm_width import telling_thresholds, width_of_thresholds
from ringside_export.models.model import Splits


def thresholds_of(column):
    """One ulp above the middle of each two neighbours."""
    values = numpy.unique(column.astype(numpy.float64))
    return numpy.nextafter((values[:-1] + values[1:]) / 2, numpy.inf).tolist()


COLUMNS = {
    "normal": numpy.random.default_rng(1).normal(0, 1, 300),
    "money": numpy.random.default_rng(2).gamma(2, 30000, 300).round(2),
    "wide": numpy.exp(numpy.random.default_rng(3).normal(0, 10, 300)),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_both_widths_are_told_apart(name):
    assert width_of_thresholds(thresholds_of(COLUMNS[name])) == "float64"
    assert width_of_thresholds(thresholds_of(COLUMNS[name].astype(numpy.float32))) == "float32"


def test_few_thresholds_and_lightgbms_own_say_nothing():
    assert width_of_thresholds(thresholds_of(COLUMNS["normal"])[:3]) is None
    assert width_of_thresholds([1.0000000180025095e-35, -1.0000000180025095e-35] * 4) is None


def test_columns_that_are_the_same_in_both_widths_are_not_asked():
    features = numpy.column_stack([numpy.arange(5.0), [0.1, numpy.nan, 0.5, 0.2, 0.3], [0.25, 0.5, numpy.nan, 1, 2]])
    splits = Splits({0: [1.5, 2.5], 1: [0.15, 0.35], 2: [0.3]}, [])
    assert telling_thresholds(splits, features) == [0.15, 0.35]
