"""A real ringside-gateway for a test, in front of an EngineProcess (or of any run directory).

    with GatewayProcess(engine.run_dir) as gateway:
        status, headers, body = gateway.request("POST", "/predict", {"age": 27})
        raw = gateway.raw(b"GET / HTTP/1.1\\r\\n\\r\\n")     # every byte that came back until it closed
"""
import http.client
import json
import re
import socket
import subprocess
import time

from tests.support.engine_process import BIN, WATCHDOG_S


class GatewayProcess:
    def __init__(self, run_dir, *arguments):
        self._command = [str(BIN / "ringside-gateway"), "--listen", "127.0.0.1:0", "--run-dir", str(run_dir), *map(str, arguments)]
        self.process = self.port = None
        self.log = []

    def __enter__(self):
        self.process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        while True:
            line = self.process.stderr.readline()
            self.log.append(line)
            assert line, f"the gateway ended with {self.process.wait(WATCHDOG_S)}:\n{''.join(self.log)}"
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(WATCHDOG_S)
        self.process.stderr.close()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WATCHDOG_S)

    def request(self, method, target, body=None, headers=None):
        """(status, headers, body): `body` a value to be written as JSON, or bytes as they are; the answer's read where it is JSON."""
        connection = self.connection()
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(method, target, body=data, headers={**sent, **(headers or {})})
            response = connection.getresponse()
            text = response.read()
            is_json = response.getheader("Content-Type") == "application/json"
            return response.status, response.headers, json.loads(text) if is_json else text.decode()
        finally:
            connection.close()

    def open(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=WATCHDOG_S)

    def raw(self, data, shut=True):
        """Sends bytes, says that no more will come, and returns all that came back until the gateway closed."""
        with self.open() as peer:
            try:
                peer.sendall(data)
                if shut:
                    peer.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused early: what it said is still there
            return read_to_end(peer)


def read_to_end(peer):
    parts = []
    while True:
        try:
            part = peer.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def wait_until(holds, watchdog_s=WATCHDOG_S):
    """Asks again and again; fails after the watchdog's time."""
    deadline = time.monotonic() + watchdog_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # between two questions; nothing is concluded from it
