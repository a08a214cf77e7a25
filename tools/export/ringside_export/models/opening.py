"""Which library a run's model is of: model.pkl by its class, other files by their names. Only that library is imported."""

from .. import pickles
from ..fitted import class_name
from ..problems import CannotReproduce

FILES = ("model.pkl", "model.json", "model.ubj", "model.bin", "model.txt")  # one of them
_INSTEAD = (
    "use XGBClassifier, XGBRegressor, XGBRanker, LGBMClassifier, LGBMRegressor, LGBMRanker or the Booster of either library"
)


def open_file(path):
    """The Model in the file `path`, called as one of FILES. Raises ExportFailed or CannotReproduce."""
    if path.name == "model.txt":
        from . import lightgbm_model

        return lightgbm_model.open_file(path)
    if path.name != "model.pkl":
        from . import xgboost_model

        return xgboost_model.open_file(path)
    return open_object(pickles.load(path), path)


def open_object(model, path):
    """The Model of an object that was unpickled from `path`. Raises ExportFailed or CannotReproduce."""
    libraries = {base.__module__.partition(".")[0] for base in type(model).__mro__}
    if "lightgbm" in libraries:
        from . import lightgbm_model

        return lightgbm_model.open_model(model, path.name)
    if "xgboost" in libraries:
        from . import xgboost_model, xgboost_releases

        return xgboost_model.open_model(model, xgboost_releases.of_pickle(path.read_bytes()), path.name)
    raise CannotReproduce(f"{path.name}: {class_name(model)}: not a model that this version reproduces; {_INSTEAD}")
