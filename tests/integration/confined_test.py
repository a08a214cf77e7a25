"""Goal: the channel needs nothing of its surroundings but the socket: no /dev/shm, no namespace in common with its clients, little memory.

Method: the engine, or its client, started by `unshare` or inside a memory cgroup; rows are asked from outside and have Python's bits.
"""
import json
import os
import pathlib
import subprocess

import pytest

from tests.integration.answering import ROOT, Answering
from tests.support.engine_process import BIN, EngineProcess, WATCHDOG_S

# /dev/shm is there, and nothing can be made in it: a name that anybody needs there is an error.
WITHOUT_SHM = ("sh", "-c", 'mount -t tmpfs -o ro none /dev/shm && exec "$@"', "sh")
OWN_NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--ipc", *WITHOUT_SHM)
OWN_PROCESSES_TOO = ("unshare", "--user", "--map-root-user", "--mount", "--ipc", "--pid", "--fork", "--kill-child", *WITHOUT_SHM)
LIMIT = 64 << 20


def skip_unless(launcher):
    if subprocess.run([*launcher, "true"], capture_output=True, timeout=WATCHDOG_S, check=False).returncode != 0:
        pytest.skip("namespaces cannot be made here")


@pytest.mark.parametrize("launcher", [OWN_NAMESPACES, OWN_PROCESSES_TOO], ids=["mount_ipc_user", "mount_ipc_user_pid"])
def test_served_from_namespaces_of_its_own(launcher, tmp_path):
    skip_unless(launcher)
    with EngineProcess(ROOT / "models", launcher=launcher) as engine:
        engine.wait_until_loaded()
        with Answering(engine, tmp_path) as answering:
            answering.goes_on()
            answering.goes_on()


class ClientElsewhere:
    """predict() of an engine, asked from other namespaces."""

    def __init__(self, engine, launcher):
        self._engine, self._launcher = engine, launcher

    def predict(self, rows, *options):
        done = subprocess.run([*self._launcher, str(BIN / "ringside"), "--run-dir", str(self._engine.run_dir), "predict", "--input", str(rows),
                               *options], capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("launcher", [OWN_NAMESPACES, OWN_PROCESSES_TOO], ids=["mount_ipc_user", "mount_ipc_user_pid"])
def test_rows_asked_from_another_namespace(launcher, tmp_path):
    skip_unless(launcher)
    with EngineProcess(ROOT / "models") as engine:
        engine.wait_until_loaded()
        with Answering(ClientElsewhere(engine, launcher), tmp_path) as answering:
            answering.goes_on()
            answering.goes_on()


class MemoryLimit:
    """A cgroup with LIMIT bytes of memory, of version 1 or 2; a test is skipped where none can be made."""

    def __enter__(self):
        for root, limit, kills in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"),
                                   ("/sys/fs/cgroup", "memory.max", "memory.events")):
            self.path = pathlib.Path(root) / f"ringside-test-{os.getpid()}"
            self._kills = self.path / kills
            try:
                self.path.mkdir()
            except OSError:
                continue
            try:
                (self.path / limit).write_text(str(LIMIT))
                return self
            except OSError:
                self.path.rmdir()
        pytest.skip("no memory cgroup can be made here")

    def __exit__(self, *_):
        self.path.rmdir()

    def launcher(self):
        return ("sh", "-c", f'echo $$ > {self.path}/cgroup.procs && exec "$@"', "sh")

    def kills(self):
        return next(int(line.split()[1]) for line in self._kills.read_text().splitlines() if line.split()[0] == "oom_kill")


def test_served_within_64_mb_of_memory(tmp_path):
    with MemoryLimit() as limit:
        with EngineProcess(ROOT / "models", launcher=limit.launcher()) as engine:
            engine.wait_until_loaded()
            assert str(engine.process.pid) in (limit.path / "cgroup.procs").read_text().split()
            with Answering(engine, tmp_path) as answering:
                for _ in range(5):
                    answering.goes_on()
            assert engine.process.poll() is None
        assert limit.kills() == 0
