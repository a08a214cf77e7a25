"""Builds what is measured, makes what it works on, and runs the programs: all works once, then all again.

    build = prepare(works)
    runs = measure(works, build, Effort(runs=5, rounds=60))       # {work name: [counters of run 1, …]}

Runs are interleaved (every work once, then every work again), so that a busy minute of the machine falls on all works a little and on
none wholly; each run is a process of its own, so that neither side keeps a lucky address.
"""

import collections
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

import figures

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "build" / "bench-data"


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long is measured: processes, and slices of each side in one."""

    runs: int
    rounds: int
    slice_us: int = 2000


FULL = Effort(runs=7, rounds=150)
QUICK = Effort(runs=3, rounds=60)


class Failed(Exception):
    """Nothing could be measured; the text says why."""


def run_or_fail(command, what, **options):
    """Runs it with its output on standard error, which is ours for progress."""
    if subprocess.run([str(word) for word in command], stdout=sys.stderr, check=False, **options).returncode != 0:
        raise Failed(f"{what} failed")


def prepare(works, build=None, data=DATA):
    """Installs, configures, builds and makes data, where that is not done; returns the build directory. `build`: take it as it is."""
    if build is None:
        build = ROOT / "build" / "release"
        run_or_fail([ROOT / "tools" / "setup", "--dev"], "tools/setup")
        environment = dict(os.environ)
        environment.setdefault("RINGSIDE_COMPILER_LAUNCHER", shutil.which("ccache") or "")
        run_or_fail(["cmake", "--preset", "release", "--log-level=WARNING", "-DBUILD_TESTING=ON", "-DRINGSIDE_BENCH=ON"], "cmake", cwd=ROOT,
                    env=environment)
        run_or_fail(["cmake", "--build", build, "--parallel", str(os.cpu_count()), "--target", "ringside_bench"], "the build", env=environment)
    names = sorted({name for work in works for name in work.data})
    if names:
        run_or_fail(["/usr/bin/python3", ROOT / "bench" / "models.py", "--out", data, *names], "bench/models.py")
    return build


def filter_of(works):
    """A regular expression of ECMAScript that is these works and no other: it knows no escapes but of its own syntax, so not "\\%"."""
    return "^(" + "|".join(re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", work.name) for work in works) + ")/iterations"


def run_program(build, program, mode, works, effort, data=DATA, extra=()):
    """One process; {work name: counters}. `extra`: flags of its own."""
    command = [build / "bin" / program, "--data", data, "--engine", build / "bin" / "ringsided", "--repository", ROOT, "--mode", mode,
               "--rounds", effort.rounds, "--slice-us", effort.slice_us, *extra, f"--benchmark_filter={filter_of(works)}", "--benchmark_format=json"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout:  # It ends with 0 where it cannot read the filter.
        raise Failed(f"{program} ended with {done.returncode}:\n{done.stderr}")
    found = figures.read_run(done.stdout)
    missing = [work.name for work in works if work.name not in found]
    if missing:
        raise Failed(f"{program} does not know {', '.join(missing)}")
    return found


def measure(works, build, effort, progress=lambda text: None, extra=()):
    """{work name: [counters, one a run]}. `extra`: flags for every program."""
    groups = collections.defaultdict(list)
    for work in works:
        groups[work.program, work.mode].append(work)
    measured = collections.defaultdict(list)
    for run in range(effort.runs):
        for (program, mode), group in groups.items():
            progress(f"run {run + 1} of {effort.runs}: {program} {mode}")
            for name, counters in run_program(build, program, mode, group, effort, extra=extra).items():
                measured[name].append(counters)
    return dict(measured)


def busy_machine():
    """A word of warning where others are at work on this machine, else empty. To be asked before measuring, which is work too."""
    load = os.getloadavg()[0]
    return f"load average {load:.1f} before the start: others are at work here; trust ratios, and not p99" if load > 0.5 * os.cpu_count() else ""
