"""What the exporter asks of a model, whichever library trained it.

    model.predict(features)           the oracle: what the library says
    model.usual_predict(features)     the same by the way that people usually ask, where that is another
    model.own_values(margins)         the same by our own arithmetic
    model.reloaded_predict(path, …)   the same by the file in the bundle
    model.splits()                    where its answers change: for the golden rows

A model is ready to be exported when it exists: its constructor, or what calls it, refuses the others by name.
"""

from dataclasses import dataclass

from ..problems import CannotReproduce, ExportFailed


@dataclass(frozen=True)
class Splits:
    """thresholds: feature index -> sorted distinct finite numbers at which a comparison of the feature turns;
    leaf_counts: leaves of each tree; both of the rounds that predict."""

    thresholds: dict
    leaf_counts: list


class Model:
    """The interface, and what both libraries have in common. Thread safety: none, one thread at a time.

    Set by an implementation:
      library, library_version  as the manifest names the package
      file                      the model's name in the bundle
      output_type               FloatType of margins and values
      missing                   a float32 that is missing beside NaN, or NaN
      zero_if_not_stored        whether what a sparse matrix does not store is zero to it; else it is missing
      booster, wrapper          the library's Booster; the scikit-learn estimator around it, or None
      objective, kind           the library's own names: "binary:logistic", "gbtree"
      class_count               classes that the objective knows: 0 or 1 where it is binary or has none
      feature_count             how many features it was trained on
      feature_names             their names, or None where it was trained without
      category_features         indices of the features that hold category codes, where pandas_categories is None
      pandas_categories         the categories of each column of the frame that was of pandas' category dtype, in the frame's order;
                                None where the model does not say
      notes                     what to tell the user
      all_rounds, rounds        boosting rounds that there are, and that predict
    """

    file = None
    output_type = None
    zero_if_not_stored = False
    library = None
    library_version = None
    category_features = ()
    pandas_categories = None

    # -- rounds

    rounds = 0
    all_rounds = 0
    _rounds_said = False

    def use_rounds(self, rounds):
        """What serving.yaml says of `iterations`: a number, or "all". Raises ExportFailed for rounds that there are not."""
        if rounds != "all" and not 1 <= rounds <= self.all_rounds:
            raise ExportFailed(f"serving.yaml: iterations: {rounds} is not within the model's 1 to {self.all_rounds} rounds")
        self.rounds = self.all_rounds if rounds == "all" else rounds
        self._rounds_said = True

    @property
    def iterations_line(self):
        """The line that serving.yaml needs so that the engine answers with the rounds that predict here, or nothing."""
        return ""

    # -- what it is

    @property
    def type_name(self):
        """For version.txt: "XGBClassifier (gbtree)"."""
        return f"{type(self.wrapper).__name__ if self.wrapper is not None else 'Booster'} ({self.kind})"

    @property
    def classifies(self):
        """Whether answers have a label: a probability a class, or the class itself."""
        raise NotImplementedError

    @property
    def own_classes(self):
        """The labels that the model itself knows, in the order of its outputs; None where it knows only their number."""
        return None

    def feature_type(self, said):
        """FloatType of the features that it reads. said: `float32`, `float64`, or None where the run says nothing."""
        raise NotImplementedError

    def feature_name(self, name):
        """How the library spells the name of a feature in `feature_names`."""
        return name

    # -- what it answers

    def predict(self, features):
        """(margins, values) of a matrix of `feature_type`: arrays (rows, outputs) of `output_type`. The oracle."""
        raise NotImplementedError

    def reloaded_predict(self, path, features):
        """As `predict`, by a booster freshly loaded from the file at `path`."""
        raise NotImplementedError

    def usual_predict(self, features):
        """As `predict`, by the estimator's own methods; None for a bare Booster. An estimator that cannot say one of them has None
        in its place."""
        raise NotImplementedError

    def usual_may_differ(self):
        """Whether `usual_predict` is known to round in another way; the user is then told on how many rows it does."""
        return False

    def own_values(self, margins):
        """Values from margins by our own arithmetic, in the objective's order, with the C library's functions."""
        raise NotImplementedError

    def require_width(self, features):
        """Raises CannotReproduce where the model shows that training's frame was of another width than `features`, a matrix of the
        sample."""

    def require_same_values(self, margins):
        """Raises CannotReproduce where another release, which wrote the model, makes other values of these margins."""

    def label(self, values, threshold):
        """The index of the class that a row's values name. threshold: serving.Threshold, or None for the library's own rule.
        REQUIRES: classifies"""
        raise NotImplementedError

    # -- what is in it

    def leaves(self, features):
        """The number of the leaf that each row reaches in each tree: int array (rows, trees)."""
        raise NotImplementedError

    def splits(self):
        """Splits of the rounds that predict."""
        raise NotImplementedError

    def walk_paths(self):
        """The ways through the trees of the rounds that predict, for golden rows: of each tree a function from a leaf, as `leaves` numbers
        them, to its records (golden_walks). None where the model has no such trees; then its rows say no walk."""
        return None

    def document_text(self):
        """The model as its library saves it: the text of `file`."""
        raise NotImplementedError


def refuse(what, reason, instead):
    """CannotReproduce, in the words of every refusal: which model, why, and what to do instead."""
    raise CannotReproduce(f"{what}: {reason}; {instead}")
