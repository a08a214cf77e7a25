"""Goal: the scripts that people type do no more than is needed, refuse what they do not know, and end with the promised line.
Method: the real scripts, with invented programs first on the path (dpkg-query, apt-get, id, sudo) or beside them (build, test), that
write down how they were called. Nothing is installed or built."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/bash\n" + text)
    (folder / name).chmod(0o755)


def run(*command, path=None, cwd=None):
    environment = dict(os.environ, PATH=f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"])
    return subprocess.run([str(word) for word in command], env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def packages(section):
    found, current = [], ""
    for line in (ROOT / "tools/packages.txt").read_text().splitlines():
        word = line.split()[0] if line.split() else "#"
        if word.startswith("["):
            current = word.strip("[]")
        elif not word.startswith("#") and current == section:
            found.append(word)
    return found


class Machine:
    """A machine on which `missing` packages are not installed; `calls` are what apt-get and sudo were asked."""

    def __init__(self, folder, missing=(), user=0, has_sudo=True):
        self.bin, self.log = folder / "bin", folder / "log"
        self.log.write_text("")
        program(self.bin, "dpkg-query", f'''for word in "$@"; do
  case " {' '.join(missing)} --show --showformat " in *" $word "*) ;; *) printf 'installed:%s ' "$word" ;; esac; done\nexit 1\n''')
        program(self.bin, "apt-get", f'echo "apt-get $*" >>{self.log}\n')
        program(self.bin, "id", f"echo {user}\n")
        if has_sudo:
            program(self.bin, "sudo", f'echo sudo >>{self.log}\nexec "$@"\n')

    def setup(self, *arguments):
        return run(ROOT / "tools/setup", *arguments, path=self.bin, cwd="/")

    def calls(self):
        return self.log.read_text().splitlines()


@pytest.mark.parametrize("arguments", [(), ("--dev",)])
def test_setup_on_a_ready_machine_calls_no_apt(tmp_path, arguments):
    machine = Machine(tmp_path)
    ran = machine.setup(*arguments)
    assert ran.returncode == 0 and "are installed" in ran.stdout and machine.calls() == []


def test_setup_updates_once_and_installs_only_what_is_missing(tmp_path):
    machine = Machine(tmp_path, missing=("cmake", "libssl-dev", "libgtest-dev"))
    ran = machine.setup()
    update, install = machine.calls()
    assert ran.returncode == 0 and update.endswith(" update") and install.endswith(" cmake libssl-dev")
    assert "installing: cmake libssl-dev" in ran.stdout


def test_setup_dev_adds_the_packages_of_tests(tmp_path):
    machine = Machine(tmp_path, missing=("cmake", "libgtest-dev"))
    machine.setup("--dev")
    assert machine.calls()[1].endswith(" cmake libgtest-dev")


def test_setup_without_root_goes_through_sudo(tmp_path):
    machine = Machine(tmp_path, missing=("cmake",), user=1000)
    assert machine.setup().returncode == 0
    assert [call.split()[0] for call in machine.calls()] == ["sudo", "apt-get", "sudo", "apt-get"]


def test_setup_fails_when_apt_fails(tmp_path):
    machine = Machine(tmp_path, missing=("cmake",))
    program(machine.bin, "apt-get", '[[ $* == *update* ]]\n')
    ran = machine.setup()
    assert ran.returncode == 1 and "could not install all of: cmake" in ran.stderr


def test_every_package_is_listed_once():
    listed = packages("product") + packages("dev")
    assert "cmake" in packages("product") and "libgtest-dev" in packages("dev")
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("script", ["tools/setup", "tools/build", "tools/demo", "tools/test", ".ci/run"])
def test_unknown_argument_is_refused(script, tmp_path):
    ran = run(ROOT / script, "nonsense") if script != ".ci/run" else ci(tmp_path, "exit 0", "nonsense")
    assert ran.returncode == (1 if script == ".ci/run" else 2) and "nonsense" in ran.stderr + ran.stdout


@pytest.mark.parametrize("script", ["tools/setup", "tools/build", "tools/demo", "tools/test"])
def test_help_names_the_script_and_does_nothing(script):
    ran = run(ROOT / script, "--help")
    assert ran.returncode == 0 and script in ran.stdout and "#" not in ran.stdout


def test_failed_build_ends_with_the_closing_line(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/test", tmp_path / "tools/test")
    program(tmp_path / "tools", "setup", "exit 0\n")
    program(tmp_path / "tools", "build", "exit 1\n")
    ran = run(tmp_path / "tools/test")
    assert ran.returncode == 1 and ran.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_selected_labels_are_all_that_is_built(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/test", tmp_path / "tools/test")
    program(tmp_path / "tools", "setup", "exit 0\n")
    program(tmp_path / "tools", "build", f'echo "$*" >>{tmp_path}/log\nexit 1\n')
    for arguments in (("--preset", "tsan", "--cpp", "unit|race"), ("--long", "--cpp", "^race$"), ("--cpp", "nonsense"), ()):
        run(tmp_path / "tools/test", *arguments)
    assert (tmp_path / "log").read_text().splitlines() == ["tsan tests_unit tests_race", "release tests_race tests_long", "release"]


def ci(folder, test, *stages):
    """.ci/run over an invented tools/test, in a tree without fuzzers."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", folder / ".ci/run")
    program(folder / "tools", "test", test)
    return run(folder / ".ci/run", *stages)


def test_ci_adds_up_its_stages(tmp_path):
    ran = ci(tmp_path, 'if [[ $* == *san* ]]; then echo "3 passed, 0 failed, 0 skipped"; else echo "5 passed, 0 failed, 1 skipped"; fi', "release", "asan", "tsan")
    assert ran.returncode == 0 and ran.stdout.splitlines()[-1] == "11 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize("test, last", [
    ('echo "3 passed, 2 failed, 0 skipped"; exit 1', "3 passed, 2 failed, 0 skipped"),
    ('echo "3 passed, 0 failed, 1 skipped"; exit 1', "3 passed, 1 failed, 1 skipped"),  # a skip that is not allowed
    ("exit 3", "0 passed, 1 failed, 0 skipped"),  # died without a word
])
def test_ci_fails_with_any_stage_and_runs_the_others(tmp_path, test, last):
    ran = ci(tmp_path, f"if [[ $* == *asan* ]]; then {test}; else echo '0 passed, 0 failed, 0 skipped'; fi", "asan", "tsan")
    assert ran.returncode == 1 and "=== ci: tsan" in ran.stdout and ran.stdout.splitlines()[-1] == last
