"""Goal: whoever knows nothing can go on from any --help: it fits a terminal, names units and defaults, and has an example.
Method: the real programs."""
import re
import subprocess

import pytest

from tests.cli.conftest import ROOT
from tests.support.engine_process import run_program

PROGRAMS = [("ringside",), ("ringsided",), ("ringside-load",), ("ringside-gateway",),
            *[("ringside", command) for command in ("status", "versions", "compare", "history", "schema", "drift", "metrics", "check", "predict", "sign",
                                                    "switch", "rollback", "canary", "shadow", "pin", "unpin", "pins", "label", "ab", "health", "top", "config", "reload",
                                                    "log-level", "completion", "audit")],
            *[("ringside", "audit", command) for command in ("query", "stats", "verify", "replay", "export", "hold", "key")],
            *[("ringside", "audit", "hold", command) for command in ("add", "list", "remove")],
            *[("ringside", "audit", "key", command) for command in ("list", "rotate", "destroy")]]


def help_of(program, *arguments):
    done = run_program(program, *arguments, "--help")
    assert done.returncode == 0 and done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_help_fits_a_terminal_and_ends_with_an_example(program):
    text = help_of(*program)
    assert max(map(len, text.splitlines())) <= 110, "wrapped by hand: CLI11 does not"
    assert "Exit status: 0 done" in text and re.search(f"Examples?:\n  {program[0]} ", text)


def test_load_generator_tells_unit_and_default_of_every_option():
    options = re.split(r"\n  (?=--)", help_of("ringside-load").split("\n\nLatencies")[0])[1:]
    assert len(options) == 14
    for option in options:
        name = option.split()[0]
        assert name in ("--json", "--program-version") or re.search(r"Default: |Required", option), option
    by_name = {option.split()[0]: option for option in options}
    for name in ("--duration", "--deadline"):
        assert "ns, us, ms, s, m or h" in by_name[name]
    assert "Calls a second" in by_name["--rate"] and "1 to 64" in by_name["--threads"]


def test_numbers_in_usage_errors_are_written_out():
    done = run_program("ringside-load", "--mode", "open", "--rate", "1e9", "--input", "x")
    assert done.returncode == 2 and "0.001 to 100000000" in done.stderr


def test_exporter_has_an_example_and_its_exit_statuses():
    done = subprocess.run([ROOT / "tools" / "export" / "ringside-export", "--help"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert "Example:\n  ringside-export --from" in done.stdout and "Exit status: 0 done" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120
