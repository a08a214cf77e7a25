"""A refusal by class name: where, what, why, and what to do instead."""

from ..problems import CannotReproduce


class Where:
    """A fitted transformer and the way to it, for messages: pipeline.pkl: step 'prep': 'num': sklearn….StandardScaler."""

    def __init__(self, path, transformer):
        self.path = path
        self.transformer = transformer

    def __str__(self):
        kind = type(self.transformer)
        return f"{self.path}: {kind.__module__}.{kind.__qualname__}"


def refuse(where, reason, instead):
    """Raises CannotReproduce: class name, reason, what to do instead."""
    raise CannotReproduce(f"{where}: {reason}; {instead}")


def require_fitted(where, attribute):
    """Refuses a transformer that has not been fitted: it has no `attribute`."""
    if not hasattr(where.transformer, attribute):
        refuse(where, "it is not fitted", "fit it before saving")


def finite(where, value, what):
    """`value` as a Python float. Refuses NaN and infinity, which no constant of a step can be."""
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        refuse(where, f"its parameter {what} is {number}", "fit it on a column that has values")
    return number
