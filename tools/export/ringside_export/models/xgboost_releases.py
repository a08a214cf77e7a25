"""Which release of XGBoost wrote a model, read from its bytes, and whether the one that runs here says the same of it.

A legacy binary file, or a Booster that an older release pickled, is read by the library and saved as JSON, which names the library's
own release. The engine evaluates a model as its file's release does, so the release that wrote it is put back. The proof still comes
from the library that runs here; so only releases whose order of operations is 1.7's are taken, and the others are refused.
"""

import re
import struct

import xgboost

from ..problems import CannotReproduce, ExportFailed

# In a pickled booster: UBJSON's key `version` and an array of three small integers, the same in JSON, or a legacy binary header
# behind the length of what follows.
_UBJSON = re.compile(rb"version\[#L\x00{7}\x03[iU](.)[iU](.)[iU](.)", re.DOTALL)
_JSON = re.compile(rb'"version":\[(\d+),(\d+),(\d+)\]')
_LEGACY = re.compile(rb"CONFIG-offset:.{8}(?=binf)", re.DOTALL)
# base_score, num_feature, num_class, contain_extra_attrs, contain_eval_metrics, then the release; zeros before 1.0.
_HEADER = struct.Struct("<fIiiiII")
# Releases of whose files the engine has proof and which 1.7 reads; 1.2 is known, but adds in another order.
_LIKE_1_7 = ((1, 3), (1, 5), (1, 6), (1, 7), (2, 0), (2, 1), (3, 0))

RUNNING = tuple(int(part) for part in re.findall(r"\d+", xgboost.__version__)[:3])


def text(release):
    """(1, 7, 4) -> '1.7.4'; the patch is left out where it is unknown (None)."""
    return ".".join(str(part) for part in release if part is not None)


def of_pickle(data):
    """The release that pickled a booster, or None where the bytes do not say."""
    for pattern, number in ((_UBJSON, lambda part: part[0]), (_JSON, int)):
        match = pattern.search(data)
        if match:
            return tuple(number(part) for part in match.groups())
    match = _LEGACY.search(data)
    return of_legacy_binary(data[match.end() :], "model.pkl") if match else None


def of_model_file(data, name):
    """The release that wrote model.json, model.ubj or model.bin. Raises ExportFailed."""
    if name == "model.bin":
        return of_legacy_binary(data, name)
    found = list((_JSON if name == "model.json" else _UBJSON).finditer(data))
    if not found:
        raise ExportFailed(f"{name}: not a model that XGBoost saved: it names no version")
    return tuple(int(part) if name == "model.json" else part[0] for part in found[-1].groups())


def of_legacy_binary(data, name):
    """(major, minor, None): the header says no patch. Raises ExportFailed for what is no such file."""
    header = data[4:] if data.startswith(b"binf") else data
    if len(header) < _HEADER.size:
        raise ExportFailed(f"{name}: too short for a model in XGBoost's legacy binary format")
    *_, major, minor = _HEADER.unpack_from(header)
    return major, minor, None


def require_same_bits(what, release, kind, objective):
    """Raises CannotReproduce where the release that runs here would not show the bits of the one that wrote the model."""
    if release[:2] == RUNNING[:2]:
        return
    wrote = f"{what}: written by xgboost {text(release)}, this is {xgboost.__version__}"
    if RUNNING[:2] != (1, 7) or release[:2] not in ((1, 2),) + _LIKE_1_7:
        raise CannotReproduce(f"{wrote}; run the exporter where the model was trained")
    if release < (1, 3) or (kind == "dart" and release < (1, 4)):
        raise CannotReproduce(
            f"{wrote}, which adds a {kind}'s leaves in another order; run the exporter where the model was trained, or train again"
        )
    if objective == "binary:logitraw" and release[:2] == (1, 3):
        raise CannotReproduce(f"{wrote}; 1.3.0 and 1.3.1 take the base score of {objective} for different things")


def require_same_categories(what, release):
    """Raises CannotReproduce where a value that is no category went another way: before 1.7.3."""
    if release != RUNNING and tuple(part or 0 for part in release) < (1, 7, 3):
        raise CannotReproduce(
            f"{what}: written by xgboost {text(release)}, which sends what is no category another way than {xgboost.__version__}; "
            f"run the exporter where the model was trained, or train again"
        )


def require_same_values(what, release, objective, margins):
    """Until 1.5 a logistic value is 0 where it is a tiny number from 1.6 on: beyond a margin of -88."""
    if release < (1, 6) and objective in ("binary:logistic", "reg:logistic") and margins.min() < -88:
        raise CannotReproduce(
            f"{what}: written by xgboost {text(release)}, whose logistic values below a margin of -88 are not those of {xgboost.__version__}"
        )


def under(document_text, release):
    """XGBoost's JSON of a model, under the release that wrote it; a patch that is unknown is 0."""
    running = f'"version":[{",".join(map(str, RUNNING))}]'
    if document_text.count(running) != 1:
        raise ExportFailed(f"the saved model names its version {document_text.count(running)} times, expected once")
    return document_text.replace(running, f'"version":[{",".join(str(part or 0) for part in release)}]')
