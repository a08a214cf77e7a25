"""Steps while they are being found: columns are numbers, and get names when it is known which ones are features.

A column that nothing reads is left out again, unless the step that writes it may refuse the row: scikit-learn computes what
it drops, and refuses for it.
"""

import numpy

FLOAT32 = numpy.dtype("float32")


class Steps:
    """Emits steps in order. Not thread-safe."""

    def __init__(self):
        self.steps = []
        self._fields = {}
        self._roots = []  # of a column: the field that it comes from
        self._cached = {}
        self.inexact = {}  # id of a step -> class that was fitted

    def number(self, field):
        """The column of the field `field`, written once."""
        if field not in self._fields:
            self._fields[field] = self._emit({"op": "number", "field": field}, field)[0]
        return self._fields[field]

    def step(self, op, source, width=None, inexact=None, **keys):
        """The column that `op` makes of the column `source`. width: its dtype; only float32 is said."""
        made = {"op": op, "in": source, **keys}
        if width == FLOAT32 and op != "float32":
            made["width"] = "float32"
        return self._once(made, inexact)

    def copy(self, source):
        """Another column with the same numbers, for a second feature."""
        return self._emit({"op": "multiply", "in": source, "value": 1.0.hex()}, self._roots[source])[0]

    def of_text(self, op, field, **keys):
        """The column that `op` makes of the text field `field`."""
        return self._once({"op": op, "field": field, **keys})

    def indicators(self, source, field, count, **keys):
        """`count` columns of one indicators step over the column `source` or, where that is None, the text field `field`."""
        made = {"op": "indicators", **({"in": source} if field is None else {"field": field}), **keys}
        return self._emit(made, self._roots[source] if field is None else field, count)

    def require(self, source, what=None):
        """NaN in the column is an error of its field; with what="finite" infinity is, and NaN passes."""
        made = {"op": "require", "in": source} if what is None else {"op": "require", "in": source, "what": what}
        if repr(made) not in self._cached:
            self._cached[repr(made)] = None
            self.steps.append(made)

    def _once(self, made, inexact=None):
        """The same step over the same column is the same column: branches of a pipeline often begin alike."""
        key = repr(made)
        if key not in self._cached:
            self._cached[key] = self._emit(made, made.get("field") or self._roots[made["in"]])[0]
            if inexact is not None:
                self.inexact[id(made)] = inexact
        return self._cached[key]

    def _emit(self, made, root, count=None):
        outs = list(range(len(self._roots), len(self._roots) + (1 if count is None else count)))
        self._roots.extend([root] * len(outs))
        made.update({"out": outs[0]} if count is None else {"outs": outs})
        self.steps.append(made)
        return outs

    def finish(self, features):
        """(steps, inexact): named steps for `features`, [(column, name)] with no column twice; inexact: place -> class."""
        wanted = {column for column, _ in features}
        kept = []
        for made in reversed(self.steps):
            written = made.get("outs", [made["out"]] if "out" in made else [])
            if _may_refuse(made) or wanted.intersection(written):
                kept.append(made)
                wanted.update([made["in"]] if "in" in made else [])
        kept.reverse()
        inexact = {place: self.inexact[id(made)] for place, made in enumerate(kept) if id(made) in self.inexact}
        return [self._named(made, names) for names in [self._names(kept, features)] for made in kept], inexact

    def _names(self, kept, features):
        names = {column: name for column, name in features}
        taken = set(names.values())
        counts = {}
        for made in kept:
            for column in made.get("outs", [made["out"]] if "out" in made else []):
                if column in names:
                    continue
                root = self._roots[column]
                name = None
                while name is None or name in taken:
                    name = f"{root}:{counts.get(root, 0)}"
                    counts[root] = counts.get(root, 0) + 1
                taken.add(name)
                names[column] = name
        return names

    @staticmethod
    def _named(made, names):
        named = dict(made)
        for key in ("in", "out"):
            if key in named:
                named[key] = names[named[key]]
        if "outs" in named:
            named["outs"] = [names[column] for column in named["outs"]]
        return named


def _may_refuse(made):
    if made["op"] in ("require", "bins"):
        return True
    return made["op"] in ("encode", "indicators") and (made["missing"] is None or made["unseen"] is None)


def hex_or_nan(value):
    """A constant of a step as preprocess.json writes it."""
    return "nan" if value != value else float(value).hex()
