"""Whether a work has become slower than its baseline by more than noise: ratios to the in-run reference, then and now.

    ratio   = reference / ours of one run; the machine's mood is in both and falls out
    change  = ln(median now / median then)            below 0: slower
    noise   = spread of the runs then and now, together
    slower  when change < -margin, margin = 3 x noise, but at least 10 % and at most a factor of 3

A change to a third of the speed is a regression however noisy the machine is. Against another machine's baseline, half the speed is.
"""

import dataclasses
import math
import statistics

PERCENTILE = "p95"
NOISES = 3.0
MARGIN_MIN = math.log(1.10)
MARGIN_MAX = math.log(3.0)
MARGIN_ELSEWHERE = math.log(2.0)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One work against one reference."""

    name: str
    reference: str
    then: float   # median ratios
    now: float
    margin: float  # in logarithms

    @property
    def slower(self):
        """Whether it is a regression."""
        return math.log(self.now / self.then) < -self.margin

    @property
    def text(self):
        """One line of the gate's table."""
        percent = 100 * (self.now / self.then - 1)
        allowed = 100 * (math.exp(-self.margin) - 1)
        return f"{'SLOWER' if self.slower else 'ok':7} {self.name:40} {self.now:10.3f} {self.then:10.3f} {percent:+8.1f} % {allowed:+8.1f} %  {self.reference}"


HEADING = f"{'':7} {'work':40} {'ratio':>10} {'baseline':>10} {'change':>10} {'allowed':>10}  against"


def spread(ratios):
    """How far runs lie from their median, as a standard deviation of logarithms; robust against one bad run."""
    middle = statistics.median(ratios)
    return 1.4826 * statistics.median(abs(math.log(ratio / middle)) for ratio in ratios)


def judge(name, reference, then, now, same_machine=True):
    """Verdict from two lists of ratios."""
    noise = math.hypot(spread(then), spread(now))
    margin = min(max(NOISES * noise, MARGIN_MIN), MARGIN_MAX) if same_machine else MARGIN_ELSEWHERE
    return Verdict(name, reference, statistics.median(then), statistics.median(now), margin)
