"""Runs a recorder under many releases of a library, each in a virtual environment of its own, and keeps an index of the results.

    sys.exit(main(__doc__, HERE, RELEASES, packages=("xgboost", "xgboost-cpu")))

Used by the make_vectors.py of each library; all that is particular to a library is its record.py. Files are written below
--out: <release>/<case>.* and index.json, which says what was recorded with which versions, what a release refuses and why, and
the sha256 of every file.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# numpy, scipy, pandas, scikit-learn: the newest that a release and its Python get on with.
OLD = ("1.23.5", "1.10.1", "1.5.3", "1.2.2")
MIDDLE = ("1.26.4", "1.11.4", "2.1.4", "1.5.2")
NEW = ("2.2.6", "1.15.3", "2.2.3", "1.6.1")
NAMES = ("numpy", "scipy", "pandas", "scikit-learn")
WITHOUT_WHICH_THEY_DO_NOT_IMPORT = (
    "joblib==1.3.2",
    "threadpoolctl==3.5.0",
    "python-dateutil==2.9.0.post0",
    "pytz==2024.2",
    "tzdata==2024.2",
    "six==1.16.0",
    "packaging==24.2",
    "narwhals==2.29.0",
)
SECONDS_TO_INSTALL, SECONDS_TO_RECORD = 1200, 1200


class NotInstalled(Exception):
    """No Python of that version, or pip has not got the release."""


def python_of(wanted):
    """An interpreter of that version: the system's, one on the path, or one that pyenv keeps."""
    places = [f"/usr/bin/python{wanted}", f"python{wanted}"]
    places += map(str, sorted(pathlib.Path.home().glob(f".pyenv/versions/{wanted}.*/bin/python{wanted}")))
    for place in places:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            said = subprocess.run(
                [place, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, timeout=60
            )
            if said.stdout.strip() == wanted:
                return place
    raise NotInstalled(f"there is no Python {wanted} here")


def environment(folder, package, release):
    """The Python of a virtual environment with the release in it; made unless it is there."""
    patch, python, beside = release
    inside = folder / f"{package}-{patch}"
    if not (inside / "complete").exists():
        shutil.rmtree(inside, ignore_errors=True)
        subprocess.run([python_of(python), "-m", "venv", str(inside)], check=True, timeout=SECONDS_TO_INSTALL)
        wanted = [
            f"{package}=={patch}",
            *(f"{name}=={version}" for name, version in zip(NAMES, beside)),
            *WITHOUT_WHICH_THEY_DO_NOT_IMPORT,
        ]
        pip = [str(inside / "bin/python"), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", *wanted]
        done = subprocess.run(pip, capture_output=True, text=True, timeout=SECONDS_TO_INSTALL)
        if done.returncode != 0:
            raise NotInstalled((done.stderr.strip().splitlines() or ["pip failed"])[-1])
        (inside / "complete").touch()
    return inside / "bin/python"


def recorded(python, recorder, out, cases):
    """Runs the recorder into `out`; returns its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        command = [str(python), "-W", "ignore", str(recorder), "--out", str(out), "--report", str(report)]
        for case in cases or ():
            command += ["--case", case]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        subprocess.run(
            command,
            check=True,
            timeout=SECONDS_TO_RECORD,
            stdout=subprocess.DEVNULL,
            env={**plain, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return json.loads(report.read_text())


def indexed(known, report, out, package, partial):
    """index.json's entry of a release; a partial run adds to what is known."""
    cases, refused = report.pop("recorded"), report.pop("refused")
    entry = {"package": package, **report, "refused": refused, "cases": {}}
    if partial and known:
        entry["cases"] = {name: files for name, files in known["cases"].items() if name not in refused}
        entry["refused"] = {**{name: why for name, why in known["refused"].items() if name not in cases}, **refused}
    for name in cases:
        files = sorted(path for path in out.iterdir() if path.name.split(".")[0] == name)
        entry["cases"][name] = {path.name[len(name) + 1 :]: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    entry["cases"] = dict(sorted(entry["cases"].items()))
    entry["refused"] = dict(sorted(entry["refused"].items()))
    return entry


def a_line_each(value, levels=3):
    """JSON with a line for each thing down to a case."""
    if levels == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value)
    lines = (f"{json.dumps(name)}: {a_line_each(part, levels - 1)}" for name, part in value.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def make(options, recorder, releases, environments):
    """Every release asked for; returns the names of those that could not be made."""
    index_path = options.out / "index.json"
    index = json.loads(index_path.read_text()) if index_path.exists() else {}
    failed = []
    for series in options.release or releases:
        patch = releases[series][0]
        out = options.out / patch
        try:
            python = environment(environments, options.package, releases[series])
            if not options.case:
                shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True, exist_ok=True)
            report = recorded(python, recorder, out, options.case)
        except (NotInstalled, subprocess.SubprocessError) as error:
            print(f"{patch}: not made: {error}", file=sys.stderr)
            failed.append(patch)
            continue
        print(f"{patch}: {len(report['recorded'])} cases, {len(report['refused'])} refused")
        index[patch] = indexed(index.get(patch), report, out, options.package, bool(options.case))
        index = dict(sorted(index.items(), key=lambda pair: [int(part) for part in pair[0].split(".")]))
        index_path.write_text(a_line_each(index) + "\n")
    return failed


def main(description, here, releases, packages):
    """The command line. releases: series -> (latest patch, Python, what it is installed beside)."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--release", action="append", choices=releases, help="these only; all when absent")
    parser.add_argument("--case", action="append", help="these only; all when absent")
    parser.add_argument("--out", default=here, type=pathlib.Path)
    parser.add_argument("--package", default=packages[0], choices=packages)
    parser.add_argument("--environments", type=pathlib.Path, help="a folder that keeps the virtual environments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 1 if make(options, here / "record.py", releases, options.environments or pathlib.Path(folder)) else 0
