"""Goal: the gate calls a work slower when it is, and only then: beyond the noise of then and now, never for less than a tenth, always for a third of the speed.
Method: invented ratios."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import regression  # noqa: E402

QUIET = [9.9, 10.0, 10.0, 10.1, 10.0]
NOISY = [6.0, 14.0, 10.0, 12.0, 8.0]


def slower(then, now, same_machine=True):
    return regression.judge("work", "reference", then, now, same_machine).slower


def times(ratios, factor):
    return [ratio * factor for ratio in ratios]


@pytest.mark.parametrize(("then", "factor", "verdict"), [
    (QUIET, 1.0, False),
    (QUIET, 0.95, False),   # a twentieth: below what is ever judged
    (QUIET, 0.8, True),     # a fifth, on a quiet machine
    (QUIET, 3.0, False),    # faster
    (NOISY, 0.8, False),    # a fifth, within the noise
    (NOISY, 0.3, True),     # less than a third: whatever the noise
    (QUIET, 1 / 1.5, True),
])
def test_a_change_is_judged_by_the_noise(then, factor, verdict):
    assert slower(then, times(then, factor)) is verdict


def test_noise_of_now_counts_as_well():
    assert not slower(QUIET, times(NOISY, 0.8))


def test_one_bad_run_does_not_decide():
    assert not slower(QUIET, [10.0, 10.1, 9.9, 2.0, 10.0])


def test_against_another_machine_only_half_the_speed_is_judged():
    assert not slower(QUIET, times(QUIET, 0.6), same_machine=False)
    assert slower(QUIET, times(QUIET, 0.45), same_machine=False)


def test_the_line_says_what_was_allowed():
    verdict = regression.judge("forest/x", "raw two-line", QUIET, times(QUIET, 0.5), True)
    assert verdict.text.startswith("SLOWER")
    assert "-50.0 %" in verdict.text and "forest/x" in verdict.text
