"""A real ringsided for a test: its own run and state directories, ready when entered, gone when left.

    with EngineProcess(models=ROOT / "models") as engine:
        engine.predict(rows_path, "--batch", "64")      # answers as dicts
        engine.cli("switch", "loan_default_v1.1.0")     # CompletedProcess of `ringside`
        engine.admin("GET", "/status")                  # (HTTP status, document)

Programs are found through RINGSIDE_BIN (tools/test sets it), else in build/release/bin. An engine that does not become ready
within the watchdog's time, or ends before, fails the test with what it wrote. Processes are ended by their id.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build" / "release" / "bin"))
WATCHDOG_S = 120  # against hanging; no bound on speed


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=WATCHDOG_S)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def run_program(name, *arguments, stdin=None, environment=None):
    """A program to its end: CompletedProcess with text output. RINGSIDE_* of the caller are left out, but for `environment`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("RINGSIDE_", "MODEL_PATH", "XDG_"))}
    return subprocess.run([str(BIN / name), *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=WATCHDOG_S * 5, env={**clean, **(environment or {})}, check=False)


class EngineProcess:
    def __init__(self, models, *arguments, environment=None, launcher=()):
        self.models = pathlib.Path(models)
        self.arguments = [str(argument) for argument in arguments]
        self.environment = environment or {}
        self.launcher = [str(word) for word in launcher]  # a command that becomes the engine: unshare, a shell that ends with exec
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rs-", dir="/tmp"))  # short: a socket's path has 107 bytes
        self.run_dir, self.state_dir, self.log = self.directory / "run", self.directory / "state", self.directory / "log"
        self.landing = pathlib.Path("/dev/shm") / self.directory.name  # of its own, so that a killed one leaves nothing
        self.process = None
        self.task = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.landing, ignore_errors=True)

    def start(self):
        """Starts it (again) and waits until it answers on admin.sock that it is ready."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("RINGSIDE_", "MODEL_PATH"))}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.launcher, str(BIN / "ringsided"), "--models", str(self.models), "--run-dir", str(self.run_dir),
                 "--state-dir", str(self.state_dir), *self.arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**clean, "RINGSIDE_JOURNAL_LANDING_DIR": str(self.landing), **self.environment})
        deadline = time.monotonic() + WATCHDOG_S
        while not self._is_ready():
            assert self.process.poll() is None, f"the engine ended with {self.process.returncode}:\n{self.log_text()}"
            assert time.monotonic() < deadline, f"the engine was not ready after {WATCHDOG_S} s:\n{self.log_text()}"
            time.sleep(0.02)  # between two questions; nothing is concluded from it

    def _is_ready(self):
        sockets = list(self.run_dir.glob("*/admin.sock"))
        if len(sockets) != 1:
            return False
        self.task = sockets[0].parent.name
        try:
            return self.admin("GET", "/readyz")[0] == 200
        except OSError:  # not yet listening, or the stale socket of the run before
            return False

    def wait_for(self, condition, what):
        """Asks until condition() is true, for what the engine does in the background."""
        deadline = time.monotonic() + WATCHDOG_S
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not after {WATCHDOG_S} s:\n{self.log_text()}"
            time.sleep(0.02)

    def wait_until_loaded(self):
        """Until every bundle of models/ is resident or failed."""
        names = {path.name for path in self.models.iterdir() if path.is_dir() and not path.is_symlink()}

        def loaded():
            states = {version["version"]: version["state"] for version in self.admin("GET", "/model/versions")[1]}
            return names <= states.keys() and all(states[name] in ("resident", "failed") for name in names)

        self.wait_for(loaded, "loading of all bundles")

    def stop(self):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=WATCHDOG_S)

    def kill(self):
        """SIGKILL, whether or not it still runs; returns when it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait(timeout=WATCHDOG_S)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def admin_socket(self):
        return self.run_dir / self.task / "admin.sock"

    def admin(self, method, target, body=None, headers=None):
        """One request to admin.sock: (status, document). `body`: a value to be written as JSON, or bytes as they are."""
        connection = _UnixConnection(self.admin_socket())
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, target, body=data, headers=headers or {})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def cli(self, *arguments, stdin=None):
        """`ringside` against this engine."""
        return run_program("ringside", "--run-dir", self.run_dir, *arguments, stdin=stdin)

    def predict(self, rows, *options):
        """`ringside predict` over a file of JSON Lines: its answers, one dict a line."""
        done = self.cli("predict", "--input", rows, *options)
        said = f"{done.stdout[-2000:]}\n{done.stderr}\n{self.log_text()}"
        assert done.returncode == 0, f"predict ended with {done.returncode}\n{said}"
        return [json.loads(line) for line in done.stdout.splitlines()]
