"""Goal: malformed, slow, huge, nested, half-closed and unread HTTP gets the right status and a trace id, costs bounded memory, and others are served
meanwhile.

Method: bytes over plain sockets, in tables; a request of another client after each.
"""
import http.client
import json
import pathlib
import subprocess

import pytest

from tests.support.engine_process import BIN, WATCHDOG_S
from tests.support.gateway_process import GatewayProcess, read_to_end, wait_until
from tests.tools.gateway.gateway_fixtures import engine, gateway, golden  # fixtures by import


@pytest.fixture(autouse=True)
def others_are_served(gateway, golden):
    yield
    assert gateway.request("POST", "/predict", golden[0])[0] == 200


def head(answer):
    """(status, document) of the first answer in `answer`."""
    top, _, body = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), json.loads(body)


@pytest.mark.parametrize("sent, status", [
    (b"nonsense\r\n\r\n", 400),
    (b"GET /healthz HTTP/3.9\r\n\r\n", 505),
    (b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n", 400),
    (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 414),
    (b"GET /healthz HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(101)) + b"\r\n", 431),
    (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
    (b"POST /predict HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
    (b"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 400),
    (b"GET /%zz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    (b"GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
    (b"BREW /predict HTTP/1.1\r\nConnection: close\r\n\r\n", 405),
    (b"GET /predict HTTP/1.1\r\nConnection: close\r\n\r\n", 405),
])
def test_what_is_no_request_gets_its_status(gateway, sent, status):
    found, document = head(gateway.raw(sent))
    assert found == status and document["error"] and document["trace_id"]


@pytest.mark.parametrize("body", [
    b"{", b"nul", b"\xff", b'{"age":"\xff"}', b"[" * 200_000, b'{"a":' * 200_000, b'{"age":1}}', b"\x00", b"{'age':1}",
    b'{"age":1e999999}', b'{"age":123456789012345678901234567890}', b'{"age":27,"age":28}', b'{"age":"\\ud800"}',
])
def test_bodies_that_are_no_good_row_are_400(gateway, body):
    status, _, answer = gateway.request("POST", "/predict", body)
    assert status == 400 and answer["error"] and answer["trace_id"]


def test_another_content_type_is_415(gateway):
    status, _, answer = gateway.request("POST", "/predict", b"{}", {"Content-Type": "text/csv"})
    assert status == 415 and "text/csv" in answer["error"]


@pytest.mark.parametrize("query", ["?deadline_ms=x", "?deadline_ms=-1", "?nonsense=1", "?version=a&label=b", "?features=maybe", "?deadline_ms=99999999"])
def test_parameters_that_are_wrong_are_400(gateway, golden, query):
    status, _, answer = gateway.request("POST", "/predict" + query, golden[0])
    assert status == 400 and answer["error"].startswith("?")


def test_pipelined_requests_are_answered_in_order(gateway, golden):
    rows = [json.dumps({**row, "request_id": f"r{i}"}).encode() for i, row in enumerate(golden[:20])]
    sent = b"".join(b"POST /predict HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(row) + row for row in rows)
    with gateway.open() as peer:
        peer.sendall(sent)
        stream = peer.makefile("rb")
        for i in range(20):
            length = 0
            while (line := stream.readline().strip()):
                if line.lower().startswith(b"content-length"):
                    length = int(line.split(b":")[1])
            assert json.loads(stream.read(length))["request_id"] == f"r{i}"


def test_expect_continue_and_chunks_are_understood(gateway, golden):
    row = json.dumps(golden[0]).encode()
    with gateway.open() as peer:
        peer.sendall(b"POST /predict HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 100")
        for i in range(0, len(row), 7):
            part = row[i:i + 7]
            peer.sendall(b"%x\r\n" % len(part) + part + b"\r\n")
        peer.sendall(b"0\r\n\r\n")
        status, document = head(read_to_end(peer))
    assert status == 200 and document["status"] == "ok"


def test_keep_alive_serves_many_on_one_connection(gateway, golden):
    connection = gateway.connection()
    for row in golden[:30]:
        connection.request("POST", "/predict", json.dumps(row), {"Content-Type": "application/json"})
        assert connection.getresponse().read()
    connection.close()


@pytest.fixture
def hasty(engine):
    """A gateway with little patience and few places."""
    with GatewayProcess(engine.run_dir, "--time", "200", "--connections", "5", "--workers", "2", "--body", "1") as running:
        yield running


def test_slow_and_half_closed_peers_are_sent_away(hasty):
    assert hasty.raw(b"", shut=False) == b""
    assert head(hasty.raw(b"GET /heal", shut=False))[0] == 408
    assert head(hasty.raw(b"POST /predict HTTP/1.1\r\nContent-Length: 10\r\n\r\n{", shut=False))[0] == 408
    assert hasty.raw(b"POST /predict HTTP/1.1\r\nContent-Length: 10\r\n\r\n{") == b""


def test_a_second_request_that_stalls_is_told_so_too(hasty):
    with hasty.open() as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert peer.recv(4096).startswith(b"HTTP/1.1 200")
        peer.sendall(b"GET /heal")
        assert head(read_to_end(peer))[0] == 408


def test_a_body_beyond_the_limit_is_413(hasty):
    body = b"[" + b" " * (2 << 20) + b"]"
    assert head(hasty.raw(b"POST /batch_predict HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body))[0] == 413
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    assert head(hasty.raw(b"POST /batch_predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 40))[0] == 413


def test_connections_beyond_the_limit_are_503_until_one_ends(engine):
    with GatewayProcess(engine.run_dir, "--connections", "5") as gateway:
        held = [gateway.open() for _ in range(5)]
        for peer in held:  # served once, so each is known to be counted
            peer.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
            assert peer.recv(4096)
        answer = gateway.raw(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert head(answer)[0] == 503 and b"Retry-After: 1" in answer
        held[0].close()
        wait_until(lambda: gateway.raw(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200"))
        for peer in held[1:]:
            peer.close()


def test_a_peer_that_never_reads_is_sent_away_and_costs_bounded_memory(engine, golden):
    def resident():
        return int(pathlib.Path(f"/proc/{gateway.process.pid}/statm").read_text().split()[1]) * 4096
    with GatewayProcess(engine.run_dir, "--time", "500") as gateway:
        body = json.dumps(golden[:200]).encode()
        assert gateway.request("POST", "/batch_predict?features=true", body)[0] == 200
        before = resident()
        peers = []
        for _ in range(4):
            peer = gateway.open()
            peer.settimeout(0.5)
            peers.append(peer)
            try:
                for _ in range(200):
                    peer.sendall(b"POST /batch_predict?features=true HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            except OSError:
                pass  # it stopped taking more
        assert gateway.request("POST", "/predict", golden[0])[0] == 200
        assert resident() < before + (64 << 20)
        for peer in peers:
            peer.close()


def test_sigterm_answers_what_is_under_way_and_ends(engine, golden):
    with GatewayProcess(engine.run_dir) as gateway:
        row = json.dumps(golden[0]).encode()
        with gateway.open() as idle, gateway.open() as busy:
            busy.sendall(b"POST /predict HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(row) + row)
            answered = b""
            while b"\r\n\r\n" not in answered:
                answered += busy.recv(65536)
            gateway.process.terminate()
            assert gateway.process.wait(WATCHDOG_S) == 0
            assert read_to_end(idle) == b""
        assert answered.startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError):
            http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=5).request("GET", "/healthz")


def test_usage_errors_and_a_port_in_use(engine, gateway):
    def run(*arguments):
        return subprocess.run([BIN / "ringside-gateway", "--run-dir", engine.run_dir, *arguments], capture_output=True, text=True,
                              timeout=WATCHDOG_S, check=False)
    assert run("--listen", "nowhere").returncode == 2
    assert run("--listen", "127.0.0.1:99999").returncode == 2
    assert run("--workers", "0").returncode == 2
    taken = run("--listen", f"127.0.0.1:{gateway.port}")
    assert taken.returncode == 1 and str(gateway.port) in taken.stderr
