"""A bundle directory from its parts, written beside its place and renamed into it, so that it is whole or not there."""

import datetime
import hashlib
import json
import os
import platform
import shutil

import numpy
import pandas
import sklearn

from . import fitted
from .pandas_categories import CategoryCodes
from .problems import ExportFailed


def digest(data):
    """The SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def check_place(out):
    """Raises ExportFailed unless a bundle can be made at `out`. Asked before the work too, which may take minutes."""
    if out.exists() or out.is_symlink():
        raise ExportFailed(f"{out}: exists already; a bundle is never changed, give another name or remove it")
    if not out.parent.is_dir():
        raise ExportFailed(f"{out.parent}: no such directory; make it first, it is where bundles are kept")


class StagedBundle:
    """A temporary directory beside `out`; `publish` renames it, leaving the `with` block removes what is left of it.

    Raises ExportFailed when `out` exists or its parent cannot be written.
    """

    def __init__(self, out):
        self.out = out
        self.path = out.parent / f".{out.name}.{os.getpid()}.tmp"

    def __enter__(self):
        check_place(self.out)
        try:
            self.path.mkdir()
        except OSError as error:
            raise ExportFailed(f"{self.path}: {error.strerror}") from None
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, text):
        """One file of the bundle, from str (UTF-8) or bytes."""
        (self.path / name).write_bytes(text.encode("utf-8") if isinstance(text, str) else text)

    def publish(self, manifest, key=None):
        """Writes manifest.json over everything written so far, and manifest.sig where there is a signing.PrivateKey; syncs, and
        renames into place."""
        files = []
        for path in sorted(self.path.iterdir()):
            data = path.read_bytes()
            files.append({"path": path.name, "size": len(data), "sha256": digest(data)})
        text = json.dumps({**manifest, "files": files}, indent=1, ensure_ascii=False) + "\n"
        self.write("manifest.json", text)
        if key is not None:
            self.write("manifest.sig", key.line(text.encode("utf-8")))
        for path in self.path.iterdir():
            path.chmod(0o644)
            with path.open("rb") as file:
                os.fsync(file.fileno())
        self.path.chmod(0o755)
        self.path.rename(self.out)


def manifest(version, task_name, made_from, forest, inexact=()):
    """manifest.json without its list of files. inexact: its entries, step, what and ulp each."""
    return {
        "format_version": 1,
        "version": version,
        "task_name": task_name,
        "created": _created(),
        "packages": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "pandas": pandas.__version__,
            "scikit-learn": sklearn.__version__,
            forest.library: forest.library_version,
        },
        "libm": _libm(),
        "made_from": made_from,
        "inexact": list(inexact),
        "model": {"file": forest.file},
    }


def _created():
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is not None and not epoch.isdigit():
        raise ExportFailed(f"SOURCE_DATE_EPOCH: expected seconds since 1970, found '{epoch}'")
    moment = (
        datetime.datetime.now(datetime.timezone.utc)
        if epoch is None
        else datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
    )
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _libm():
    """Which C library computed expf, and whether it takes its FMA variant (always on arm64, by CPU on x86-64)."""
    try:
        name, _, version = os.confstr("CS_GNU_LIBC_VERSION").partition(" ")
    except (ValueError, AttributeError):
        name, version = platform.libc_ver()
    fma = platform.machine() in ("aarch64", "arm64")
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as cpuinfo:
            fma = fma or any(line.startswith("flags") and " fma " in f"{line.strip()} " for line in cpuinfo)
    except OSError:
        pass
    return {"name": name, "version": version, "fma": fma}


def encoders_text(plan):
    """encoders.json: the encoders' fitted texts, a field a line."""
    lines = []
    for name, parameter in plan.parameters.items():
        if isinstance(parameter, fitted.Label):
            entry = {"class": "LabelEncoder", "classes": list(parameter.classes)}
        elif isinstance(parameter, CategoryCodes):
            entry = {"class": "pandas.Categorical", "categories": list(parameter.categories)}
        elif isinstance(parameter, fitted.Ordinal):
            entry = {"class": "OrdinalEncoder", "categories": list(parameter.categories)}
            entry["values"] = [value.hex() for value in parameter.values]
        else:
            entry = {
                "class": "OneHotEncoder",
                "categories": list(parameter.categories),
                "drop": list(parameter.dropped),
                "handle_unknown": "ignore" if parameter.unseen_zeros else "error",
                "columns": list(parameter.names),
            }
        lines.append(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(entry, ensure_ascii=False)}")
    return '{"format_version": 1,\n "encoders": {\n' + ",\n".join(lines) + "\n }}\n"


def scaler_text(plan):
    """scaler.json: each numeric field's operations in order, numbers as hex floats; `class` null where nothing is scaled."""
    if plan.scale is None:
        return '{"format_version": 1,\n "class": null,\n "fields": {\n }}\n'
    lines = []
    for name, ops in zip(plan.scaled, plan.scale.ops):
        entry = [[op, *(value.hex() for value in values)] for op, *values in ops]
        lines.append(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(entry)}")
    return f'{{"format_version": 1,\n "class": "{plan.scale.kind}",\n "fields": {{\n' + ",\n".join(lines) + "\n }}\n"
