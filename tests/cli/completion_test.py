"""Goal: bash and zsh complete every command, every option, files where a file is wanted and versions where a version is.
Method: the printed scripts, run by the real shells; the words compared with the program's own help."""
import re
import subprocess

import pytest

from tests.cli.conftest import NEW, OLD
from tests.support.engine_process import BIN, WATCHDOG_S, run_program

ASK = """
source /dev/stdin
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_ringside
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(shell):
    done = run_program("ringside", "completion", shell)
    assert done.returncode == 0 and done.stderr == ""
    return done.stdout


def complete(*words, cwd=None):
    """What bash offers for the last word."""
    done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", "ringside", *words], input=script("bash"), capture_output=True, text=True,
                          timeout=WATCHDOG_S, check=True, cwd=cwd, env={"PATH": f"{BIN}:/usr/bin:/bin"})
    assert done.stderr == ""
    return set(done.stdout.split())


def commands():
    return set(re.findall(r"^  ([a-z][a-z-]*) +\S", run_program("ringside", "--help").stdout.split("Subcommands:")[1].split("Exit status")[0], re.M))


def test_every_command_is_completed():
    assert len(commands()) >= 20
    assert commands() <= complete("")
    assert complete("sw") == {"switch"}
    assert complete("--task", "x", "--json", "hist") == {"history"}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_option_of_a_command_is_completed(command):
    named = set(re.findall(r"^  (?:-h,)?(--[a-z-]+)", run_program("ringside", command, "--help").stdout, re.M))
    assert "--help" in named
    assert named | {"--json", "--run-dir", "--task"} <= complete(command, "-")


def test_values_are_completed_by_their_kind(tmp_path):
    (tmp_path / "rows.jsonl").touch()
    (tmp_path / "folder").mkdir()
    assert complete("predict", "--input", "", cwd=tmp_path) == {"rows.jsonl", "folder"}
    assert complete("check", "fo", cwd=tmp_path) == {"folder"}
    assert complete("log-level", "") >= {"debug", "info", "warn", "error"}
    assert complete("completion", "z") == {"zsh"}
    assert complete("history", "--limit", "") == set()


def test_versions_are_those_of_the_engine(engine):
    assert complete("--run-dir", str(engine.run_dir), "switch", "loan") == {OLD, NEW}
    assert complete("--run-dir", str(engine.run_dir), "predict", "--version", "") == {OLD, NEW}
    assert complete("--run-dir", "/no/such/folder", "switch", "loan") == set()


def test_zsh_takes_the_script_and_knows_every_command():
    text = script("zsh")
    subprocess.run(["zsh", "-n"], input=text, text=True, timeout=WATCHDOG_S, check=True)
    done = subprocess.run(["zsh", "-f", "-c", 'autoload -U compinit; compinit -D -u; source /dev/stdin; print -r -- ${_comps[ringside]}'],
                          input=text, capture_output=True, text=True, timeout=WATCHDOG_S, check=True)
    assert done.stdout == "_ringside\n" and done.stderr == ""
    for command in commands():
        assert f"\n    '{command}:" in text and f"\n      {command}) _arguments" in text
