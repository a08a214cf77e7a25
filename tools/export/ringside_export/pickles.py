"""Loading the pickles of a training run, after looking at which scikit-learn and xgboost wrote them.

Unpickling runs code, so this happens in the training environment only. The versions are first read from the bytes, without
executing anything; a warning while loading counts as a refusal too, because private attributes move between versions.
"""

import re
import warnings

import joblib
import sklearn

from .problems import CannotReproduce, ExportFailed

# `_sklearn_version`, an optional memo opcode, then a short or long unicode string opcode with its length.
_VERSION = re.compile(rb"_sklearn_version(?:\x94|q.|r....)?(?:\x8c(.)|X(....))", re.DOTALL)


def load(path):
    """The object in `path`. Raises ExportFailed when it cannot be loaded, CannotReproduce for another library version's."""
    data = path.read_bytes()
    for version in sorted(written_by(data)):
        if version != sklearn.__version__:
            raise CannotReproduce(
                f"{path.name}: written by scikit-learn {version}, this is {sklearn.__version__}; run the exporter "
                f"where the model was trained"
            )
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            loaded = joblib.load(path)
    except ModuleNotFoundError as error:
        raise ExportFailed(f"{path.name}: {absent((error.name or 'a package').partition('.')[0])}") from None
    except Exception as error:
        raise ExportFailed(f"{path.name}: cannot be loaded: {type(error).__name__}: {error}") from None
    for warning in caught:
        if issubclass(warning.category, UserWarning):
            raise CannotReproduce(
                f"{path.name}: loading warns: {warning.category.__name__}: {' '.join(str(warning.message).split())}"
            )
    return loaded


def absent(package):
    """What to say where `package`, which a run needs, cannot be imported here."""
    return (
        f"this Python has no {package}; run the exporter where the model was trained, or in a virtual environment that has it beside "
        f"the packages that are here: python3 -m venv --system-site-packages ENV; ENV/bin/pip install --no-deps {package}; "
        f"ENV/bin/python -m ringside_export"
    )


def written_by(data):
    """The scikit-learn versions that an uncompressed pickle names; empty where none can be seen."""
    versions = set()
    for match in _VERSION.finditer(data):
        size = match.group(1)[0] if match.group(1) else int.from_bytes(match.group(2), "little")
        versions.add(data[match.end() : match.end() + min(size, 64)].decode("ascii", "replace"))
    return versions
