"""Goal: health says what is true and why, to operators and to systemd; a worker that stops turning is noticed by both.
Method: the real engine with a socket of ours as NOTIFY_SOCKET; a worker thread is stopped by ptrace, as a debugger would."""
import ctypes
import json
import os
import signal
import socket

import pytest

from tests.cli.conftest import OLD, ROOT
from tests.cli.documents import check_admin, check_cli
from tests.support.engine_process import WATCHDOG_S, EngineProcess

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17


class Manager:
    """What systemd hears."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(WATCHDOG_S)

    def next(self):
        return self.socket.recv(4096).decode()

    def until(self, wanted):
        """All words up to and with the wanted one."""
        heard = []
        while wanted not in heard:
            heard.append(self.next())
        return heard

    def forget(self):
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            self.socket.settimeout(WATCHDOG_S)


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.socket.close()


def environment(manager):
    return {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"}


def test_systemd_hears_ready_status_pings_reload_and_stop(manager):
    with EngineProcess(ROOT / "models", environment=environment(manager)) as engine:
        assert manager.next() == "READY=1"
        heard = manager.until("WATCHDOG=1")
        assert f"STATUS={OLD} answers" in heard
        manager.until("WATCHDOG=1")  # and again
        engine.process.send_signal(signal.SIGHUP)
        heard = manager.until("READY=1")
        assert any(word.startswith("RELOADING=1\nMONOTONIC_USEC=") for word in heard)
        assert engine.stop() == 0
        manager.until("STOPPING=1")


def test_health_command_and_routes_agree(engine):
    done = engine.cli("health", "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    check_cli("health", document)
    assert document == {"alive": True, "ready": True, "current": OLD, "reasons": [], "warnings": []}
    assert engine.cli("health").stdout == f"alive and ready, {OLD} answers\n"
    for path in ("/healthz", "/readyz"):
        status, document = engine.admin("GET", path)
        assert status == 200
        check_admin("GET", path, status, document)


def worker_thread(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as name:
            if name.read().strip() == "rs-worker-0":
                return int(thread)
    raise AssertionError("no worker")


class Stopped:
    """One thread of another process stands still."""

    def __init__(self, thread):
        self.thread, self.libc = thread, ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def ask(self, request):
        assert self.libc.ptrace(request, self.thread, None, None) == 0, os.strerror(ctypes.get_errno())

    def __enter__(self):
        self.ask(PTRACE_SEIZE)
        self.ask(PTRACE_INTERRUPT)
        os.waitpid(self.thread, 0x40000000)  # __WALL
        return self

    def __exit__(self, *_):
        self.ask(PTRACE_DETACH)


def test_pings_stop_and_health_says_why_while_a_worker_does_not_turn(manager):
    with EngineProcess(ROOT / "models", "--wait", "spin", environment=environment(manager)) as engine:
        manager.until("WATCHDOG=1")
        with Stopped(worker_thread(engine.process.pid)):
            engine.wait_for(lambda: engine.admin("GET", "/healthz")[0] == 503, "the stuck worker")
            status, document = engine.admin("GET", "/readyz")
            check_admin("GET", "/readyz", status, document)
            assert status == 503 and document["reasons"][0].startswith("worker 0 has not ended a pass for ")
            done = engine.cli("health")
            assert done.returncode == 4 and done.stdout.startswith("stuck\n  worker 0")
            manager.forget()  # what was said before it was noticed
            word = manager.next()
            while word == "WATCHDOG=1":  # a ping that was under way
                word = manager.next()
            assert word.startswith("STATUS=stuck: worker 0 has not ended a pass for 5 s") or word.startswith("STATUS=stuck: ")
            heard = [manager.next() for _ in range(2)]  # the seconds are counted on, and nothing else is said
            assert all(word.startswith("STATUS=stuck: ") for word in heard), heard
        engine.wait_for(lambda: engine.admin("GET", "/healthz")[0] == 200, "the worker that turns again")
        manager.until("WATCHDOG=1")


def test_unit_file_is_one_that_systemd_would_take():
    text = (ROOT / "tools" / "deploy" / "systemd" / "ringsided@.service").read_text()
    for line in ("Type=notify", "WatchdogSec=15s", "ExecReload=/bin/kill -HUP $MAINPID", "NoNewPrivileges=yes", "ProtectSystem=strict",
                 "RestrictAddressFamilies=AF_UNIX", "RestartPreventExitStatus=2 5"):
        assert f"\n{line}\n" in text
