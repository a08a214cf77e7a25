"""Goal: whatever an HTTP server does in ClickHouse's place, every record ends up in it or among the dead letters, and never in neither.
Method: a server written here over plain sockets. It takes what it reads (the rows' keys) or not, and answers badly first, then well.
"""
import collections
import json
import socket
import threading
import time

import pytest

from tests.support.engine_process import WATCHDOG_S
from tests.tools.ship.ship_fixtures import Ship
from tests.tools.ship.written_journal import WrittenJournal, prediction

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def answer(status, body=b""):
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body


class HostileServer:
    """`behave(rows, turn)` gives (whether the rows are kept, what to send: bytes, or None to say nothing and keep the connection)."""

    def __init__(self, behave):
        self.behave, self.turn = behave, 0
        self.kept = collections.Counter()
        self.held = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.held:
            connection.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.held.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(WATCHDOG_S)
        stream = connection.makefile("rb")
        try:
            while stream.readline():
                length = 0
                while (line := stream.readline().strip()):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                rows = [json.loads(line) for line in stream.read(length).splitlines()]
                if not rows:  # asked for its columns
                    connection.sendall(OK)
                    continue
                keeps, said = self.behave(rows, self.turn)
                self.turn += 1
                if keeps:
                    self.kept.update(row["sequence"] for row in rows)
                if said is None:
                    time.sleep(WATCHDOG_S)  # the other side has to give up
                connection.sendall(said)
                if said != OK:
                    break
        except OSError:
            pass
        finally:
            stream.close()
            connection.close()


@pytest.fixture
def journal(tmp_path):
    written = WrittenJournal(tmp_path / "journal")
    written.begin(1)
    written.add(*(prediction(i) for i in range(1, 41)))
    return written


def ship_to(server, tmp_path, timeout_ms=WATCHDOG_S * 1000):
    return Ship(tmp_path, {"clickhouse": {"url": server.url, "table": "t", "timeout_ms": timeout_ms}}, batch={"rows": 10})


@pytest.mark.parametrize("keeps, said", [
    (False, answer(500)), (False, answer(503, b"busy")), (False, answer(404, b"Code: 60. DB::Exception: no table")), (False, b""), (False, None),
    (False, b"HTTP/1.1 200"), (False, b"\x00\xff garbage"), (False, answer(200, b"Code: 241. DB::Exception: Memory limit")),
    (False, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), (False, answer(401)), (False, answer(302, b"elsewhere")),
    (True, b""), (True, None), (True, answer(500)), (True, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
], ids=str)
def test_a_bad_answer_is_followed_by_the_same_rows_again(tmp_path, journal, keeps, said):
    with HostileServer(lambda rows, turn: (keeps, said) if turn % 3 != 2 else (True, OK)) as server:
        hangs = said is None
        ship = ship_to(server, tmp_path, 500 if hangs else WATCHDOG_S * 1000)
        ship.once()
        assert sorted(server.kept) == list(range(1, 41))
        if hangs:  # a good answer may come too late, too
            assert min(server.kept.values()) >= (3 if keeps else 1)
        else:  # never another batch with some of them
            assert set(server.kept.values()) == {3 if keeps else 1}
    assert (ship.dead_letters(), ship.status()["rows"], ship.status()["lag_bytes"]) == ([], 40, 0)


def test_an_answer_without_end_is_bounded_in_time_and_memory(tmp_path, journal):
    endless = b"HTTP/1.1 500 x\r\n\r\n" + b"x" * (64 << 20)
    with HostileServer(lambda rows, turn: (False, endless) if turn == 0 else (True, OK)) as server:
        ship = ship_to(server, tmp_path)
        with ship.running() as process:
            ship.wait_until_shipped()
            assert int(open(f"/proc/{process.pid}/status").read().split("VmHWM:")[1].split()[0]) < 60_000
        assert sorted(server.kept) == list(range(1, 41))


def test_rows_that_are_refused_alone_become_dead_letters_with_the_reason_and_no_value(tmp_path, journal):
    bad = {3, 4, 25, 40}
    words = b"Code: 27, e.displayText() = DB::Exception: Cannot parse input: expected x before: kingfisher: (at row 1)"

    def behave(rows, turn):
        return (False, answer(500, words)) if bad & {row["sequence"] for row in rows} else (True, OK)

    with HostileServer(behave) as server:
        ship = ship_to(server, tmp_path)
        done = ship.once()
        assert sorted(server.kept) == [i for i in range(1, 41) if i not in bad]
        assert set(server.kept.values()) == {1}
    letters = ship.dead_letters()
    assert {letter["record"]["sequence"] for letter in letters} == bad
    assert all(letter["reason"].startswith("HTTP 500: Code: 27") and "kingfisher" not in letter["reason"] for letter in letters)
    assert "kingfisher" not in done.stderr


def test_a_batch_that_is_too_large_is_divided(tmp_path, journal):
    with HostileServer(lambda rows, turn: (False, answer(413)) if len(rows) > 3 else (True, OK)) as server:
        ship = ship_to(server, tmp_path)
        ship.once()
        assert set(server.kept.values()) == {1} and len(server.kept) == 40
    assert ship.dead_letters() == []


def test_a_failure_between_the_halves_of_a_batch_repeats_only_the_half(tmp_path, journal):
    def behave(rows, turn):
        if len(rows) > 5:
            return False, answer(413)
        return (False, answer(500)) if turn == 2 else (True, OK)

    with HostileServer(behave) as server:
        ship_to(server, tmp_path).once()
        assert set(server.kept.values()) == {1} and len(server.kept) == 40
