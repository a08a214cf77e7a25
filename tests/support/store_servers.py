"""Real stores for a test: started on loopback with their data in a temporary folder, gone when left.

    with PostgresqlServer() as store:
        store.run(sql)              # rows as lists of text
        store.stop(), store.start() # the same data
    with ClickHouseServer() as store:
        store.run(sql)

Each server has a port of its own and knows nothing of one that the host may run. PostgreSQL refuses to run as root, so root becomes `nobody` for
it. A server that does not answer within the watchdog's time fails the test with what it wrote. Processes are ended by their id.
"""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

WATCHDOG_S = 120  # against hanging; no bound on speed


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class _Server:
    def __init__(self, name):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"rs-{name}-", dir="/tmp"))
        self.port = free_port()
        self.log = self.directory / "log"
        self.process = None

    def __enter__(self):
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self.identity())
        deadline = time.monotonic() + WATCHDOG_S
        while True:
            assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log_text()}"
            with contextlib.suppress(OSError, AssertionError):
                self.run("SELECT 1")
                return
            assert time.monotonic() < deadline, f"the server does not answer:\n{self.log_text()}"
            time.sleep(0.05)  # between two questions; nothing is concluded from it

    def stop(self, how=signal.SIGKILL):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
        if self.process is not None:
            self.process.wait(timeout=WATCHDOG_S)

    def log_text(self):
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def identity(self):
        return {}


class PostgresqlServer(_Server):
    def __init__(self):
        super().__init__("pg")
        homes = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        assert homes, "PostgreSQL is not installed: tools/setup --dev"
        self.bin = homes[-1].parent
        self.data = self.directory / "data"

    def identity(self):
        if os.getuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}

    def prepare(self):
        if os.getuid() == 0:
            shutil.chown(self.directory, "nobody")
        done = subprocess.run([self.bin / "initdb", "-D", self.data, "-A", "trust", "-U", "ringside", "-E", "UTF8", "--locale=C", "--no-sync"],
                              capture_output=True, text=True, timeout=WATCHDOG_S, check=False, **self.identity())
        assert done.returncode == 0, done.stdout + done.stderr

    def command(self):
        return [self.bin / "postgres", "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                "-c", "unix_socket_directories=", "-c", "shared_buffers=16MB", "-c", "max_connections=20"]

    def stop(self, how=signal.SIGQUIT):  # immediate, with its children
        super().stop(how)

    def connection(self):
        return f"host=127.0.0.1 port={self.port} dbname=postgres user=ringside"

    def run(self, sql):
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.connection(), "-f", "-"],
                              input=sql, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]


class ClickHouseServer(_Server):
    def __init__(self):
        super().__init__("ch")
        self.program = shutil.which("clickhouse-server") or "/usr/sbin/clickhouse-server"
        assert pathlib.Path(self.program).exists(), "ClickHouse is not installed: tools/setup --dev"

    def prepare(self):
        (self.directory / "users.xml").write_text(
            "<yandex><profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>"
            "<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>"
            "</users><quotas><default></default></quotas></yandex>")
        (self.directory / "config.xml").write_text(
            f"<yandex><logger><level>warning</level><console>1</console></logger><http_port>{self.port}</http_port><tcp_port>{free_port()}</tcp_port>"
            f"<listen_host>127.0.0.1</listen_host><path>{self.directory}/data/</path><tmp_path>{self.directory}/tmp/</tmp_path>"
            f"<users_config>{self.directory}/users.xml</users_config><default_profile>default</default_profile>"
            "<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size><timezone>UTC</timezone></yandex>")

    def command(self):
        return [self.program, f"--config-file={self.directory / 'config.xml'}"]

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def run(self, sql):
        """One statement."""
        request = urllib.request.Request(self.url() + "/", data=sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=WATCHDOG_S) as answer:
                return [line.split("\t") for line in answer.read().decode().splitlines()]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode(errors="replace")) from error

    def run_file(self, path):
        for statement in pathlib.Path(path).read_text().split(";\n"):
            if any(line.strip() and not line.lstrip().startswith("--") for line in statement.splitlines()):
                self.run(statement)
