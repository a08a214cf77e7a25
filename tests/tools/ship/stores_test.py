"""Goal: in a real ClickHouse and a real PostgreSQL every record stands once, with its values, after whatever may happen to either side.
Method: Debian's servers, started here (store_servers.py); journals written byte by byte and one by a real engine; a proxy that keeps back what the
server answers, so that a commit is followed by an error; kill -9 at random moments.
"""
import json
import random
import socket
import threading

import pytest

from tests.support.engine_process import EngineProcess, ROOT, WATCHDOG_S
from tests.support.store_servers import ClickHouseServer, PostgresqlServer
from tests.tools.ship.ship_fixtures import Ship, TABLES
from tests.tools.ship.written_journal import VERSION, WrittenJournal, gap, prediction

ALL = "ringside.prediction_records"


class ClickHouse(ClickHouseServer):
    name = "clickhouse"

    def make_tables(self):
        self.run("DROP DATABASE IF EXISTS ringside")
        self.run_file(TABLES / "clickhouse.sql")

    def sink(self, port=None):
        return {"clickhouse": {"url": f"http://127.0.0.1:{port or self.port}", "table": ALL, "timeout_ms": 3000}}

    def keys(self):
        return self.run(f"SELECT engine_epoch, writer, sequence FROM {ALL} FINAL ORDER BY engine_epoch, writer, sequence")


class Postgresql(PostgresqlServer):
    name = "postgresql"

    def make_tables(self):
        self.run("SET client_min_messages = warning; DROP SCHEMA IF EXISTS ringside CASCADE")
        self.run((TABLES / "postgresql.sql").read_text())

    def sink(self, port=None):
        return {"postgresql": {"connection": self.connection().replace(str(self.port), str(port or self.port)), "table": ALL, "timeout_ms": 3000}}

    def keys(self):
        return self.run(f"SELECT engine_epoch, writer, sequence FROM {ALL} ORDER BY 1, 2, 3")


@pytest.fixture(scope="module", params=[ClickHouse, Postgresql], ids=["clickhouse", "postgresql"])
def server(request):
    with request.param() as running:
        yield running


@pytest.fixture
def store(server):
    server.make_tables()
    return server


@pytest.fixture
def journal(tmp_path):
    written = WrittenJournal(tmp_path / "journal")
    written.begin(1)
    return written


def sequences(store):
    """Of every key, twice where it is there twice."""
    return [int(sequence) for _, _, sequence in store.keys()]


class Proxy:
    """Between shipper and store. Answers to what contains `marker` are kept back, `times` times: the connection closes, or is left hanging."""

    def __init__(self, store, marker, times, hang=False):
        self.store, self.marker, self.left, self.hang, self.target = store, marker, times, hang, store.port
        self.kept_back = []  # how many rows were there, each time
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for one in self.sockets:
            one.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target), timeout=WATCHDOG_S)
            self.sockets += [client, server]
            state = {"asked": False}
            threading.Thread(target=self.forward, args=(client, server, state), daemon=True).start()
            threading.Thread(target=self.answer, args=(client, server, state), daemon=True).start()

    def forward(self, client, server, state):
        try:
            while data := client.recv(1 << 16):
                if self.marker in data and self.left > 0:
                    self.left -= 1
                    state["asked"] = True
                server.sendall(data)
            server.close()
        except OSError:
            pass

    def answer(self, client, server, state):
        try:
            while data := server.recv(1 << 16):
                if not state["asked"]:
                    client.sendall(data)
                    continue
                self.kept_back.append(len(self.store.keys()))  # it is done, and nobody hears of it
                if not self.hang:
                    client.shutdown(socket.SHUT_RDWR)
                    client.close()
                    return
        except OSError:
            pass


COMMIT = {"clickhouse": b"INSERT", "postgresql": b"COMMIT\0"}


def test_every_value_arrives_as_it_was_recorded(tmp_path, store, journal):
    journal.add(prediction(7, request_id=b"r\t7\\\n'\"{,}", user=b"u\xff1", score=0.1, home="łódź\t\\ \"x\"".encode()), gap(8, rows=5),
                prediction(9, status=2, fields=0, row=0xFFFF, rows=3, client=2), prediction(10, status=1, code=15, fields=0, version=0xFFFFFFFF))
    Ship(tmp_path, store.sink()).once()
    columns = "sequence, type, request_id, user_id, status, code, score, input_features, rows, status_alone, prediction, model_version"
    columns = columns.replace("rows", '"rows"')
    if store.name == "clickhouse":
        rows = store.run(f"SELECT {columns} FROM {ALL} FINAL ORDER BY sequence FORMAT JSONEachRow")
        rows = [list(json.loads("\t".join(row)).values()) for row in rows]
        rows = [[int(row[0]), *row[1:8], int(row[8]), bool(row[9]), *row[10:]] for row in rows]
        features = store.run(f"SELECT features[1], values, margins, filled, row, timestamp, wall_ns FROM {ALL} FINAL WHERE sequence = 7")
        assert features == [["nan", "[0.10000000149011612]", "[-1.5]", "['age']", "0", "2025-11-25 10:45:02", "1764067502123456789"]]
    else:
        rows = [row[0] for row in store.run(f"SELECT to_jsonb(array_to_json(ARRAY[to_jsonb(r)]))->0 FROM (SELECT {columns} FROM {ALL}) r "
                                            "ORDER BY sequence")]
        rows = [list(json.loads(row)[key.strip('"')] for key in columns.split(", ")) for row in rows]
        rows = [["" if value is None and i not in (6, 10) else value for i, value in enumerate(row)] for row in rows]
        rows = [[*row[:7], json.dumps(row[7], separators=(",", ":"), ensure_ascii=False), *row[8:]] for row in rows]
        features = store.run(f"SELECT features, \"values\", margins, filled, \"row\", \"timestamp\" AT TIME ZONE 'UTC', wall_ns FROM {ALL} "
                             "WHERE sequence = 7")
        assert features == [["{NaN}", "{0.10000000149011612}", "{-1.5}", "{age}", "0", "2025-11-25 10:45:02.123456", "1764067502123456789"]]
    home = json.dumps("łódź\t\\ \"x\"", ensure_ascii=False)
    assert json.loads(rows[0][7]) == {"age": 27, "home": json.loads(home)}
    assert [[*row[:7], *row[8:]] for row in rows] == [
        [7, "prediction", "r\t7\\\n'\"{,}", "u\ufffd1", "success", "", 0.10000000149011612, 1, False, "1", VERSION],
        [8, "gap", "", "", "", "", None, 5, False, None, ""],
        [9, "prediction", "", "", "timeout", "", None, 3, True, None, VERSION],
        [10, "prediction", "", "", "invalid", "MALFORMED", None, 1, True, None, ""]]


def test_what_a_real_engine_answered_can_be_found(tmp_path, store):
    rows = tmp_path / "rows.jsonl"
    golden = (ROOT / "tests/golden/loan_default_demo.jsonl").read_text().splitlines()
    rows.write_text("".join(json.dumps({**json.loads(line)["row"], "request_id": f"r{i}"}) + "\n" for i, line in enumerate(golden)))
    with EngineProcess(ROOT / "models", "--bundle", VERSION, environment={"RINGSIDE_JOURNAL_ENABLED": "true"}) as engine:
        folder = engine.state_dir / "loan_default" / "journal"
        ship = Ship(tmp_path, store.sink(), journal=folder)
        with ship.running():  # beside the engine
            answers = engine.predict(rows, "--batch", "16")
            ship.wait_until_shipped()
            engine.kill()  # and over its death
            engine.start()
            answers += engine.predict(rows)
            assert engine.stop() == 0
            ship.wait_until_shipped()
    found = dict(store.run("SELECT request_id, score FROM ringside.predictions WHERE task = 'loan_default' ORDER BY sequence"))
    assert {request_id: float(score) for request_id, score in found.items()} == {
        answer["request_id"]: pytest.approx(answer["score"], rel=1e-7) for answer in answers}
    assert len(store.run("SELECT request_id FROM ringside.predictions")) == len(answers)


def test_a_store_that_is_away_is_waited_for(tmp_path, store, journal):
    journal.add(*(prediction(i) for i in range(1, 31)))
    ship = Ship(tmp_path, store.sink(), batch={"rows": 10})
    store.stop()
    with ship.running():
        ship.wait_for(lambda: ship.state.exists() and (ship.status()["activity"] or {}).get("tries", 0) >= 3, "it has tried")
        status = ship.status()
        assert (status["rows"], status["activity"]["state"], status["activity"]["waiting_rows"]) == (0, "retrying", 10)
        assert status["lag_bytes"] > 0 and status["activity"]["last_error"]
        journal.add(*(prediction(i) for i in range(31, 41)))
        store.start()
        ship.wait_until_shipped()
        store.stop()
        store.start()  # a connection that died while nothing was sent
        journal.add(prediction(41))
        ship.wait_until_shipped()
    assert sequences(store) == list(range(1, 42))
    assert ship.status()["dead_letters"] == 0


def test_once_ends_with_1_when_the_store_stays_away(tmp_path, store, journal):
    journal.add(prediction(1))
    ship = Ship(tmp_path, store.sink(port=1))
    assert "error: " in ship.once(expected=1).stderr
    ship = Ship(tmp_path, store.sink())
    ship.once()
    assert sequences(store) == [1]


@pytest.mark.parametrize("hang", [False, True], ids=["closed", "hanging"])
def test_an_answer_lost_after_the_commit_leaves_no_row_twice(tmp_path, store, journal, hang):
    journal.add(*(prediction(i) for i in range(1, 101)))
    with Proxy(store, COMMIT[store.name], times=3, hang=hang) as proxy:
        sink = store.sink(proxy.port)
        sink[store.name]["timeout_ms"] = 500 if hang else 3000
        ship = Ship(tmp_path, sink, batch={"rows": 20})
        ship.once()
        assert len(proxy.kept_back) >= 3 and min(proxy.kept_back) >= 20
    assert sequences(store) == list(range(1, 101))
    assert ship.status()["rows"] == 100


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_each_record_is_there_once(tmp_path, store, journal, seed):
    chance = random.Random(seed)
    ship = Ship(tmp_path, store.sink(), batch={"rows": 7})
    sequence = 0
    for life in range(10):
        journal.add(*(prediction(sequence + i, wall_ns=1_764_500_000_000_000_000 + (sequence + i) * 10**12) for i in range(1, 41)))
        sequence += 40
        if life == 5:
            journal.begin(2, engine_epoch=0xFEDC_BA98_7654_3210)
        with ship.running():
            aim = chance.random() * sequence
            ship.wait_for(lambda: len(store.keys()) >= aim, "some have arrived")
    cursor = json.loads((ship.state / "cursor.json").read_text())
    (ship.state / "cursor.json").write_text(json.dumps({**cursor, "file": 1, "offset": 0}))  # and all of it once more
    ship.once()
    assert sequences(store) == list(range(1, sequence + 1))
    assert ship.status()["dead_letters"] == 0


def test_the_same_numbers_of_another_start_are_other_records(tmp_path, store, journal):
    journal.add(prediction(1), prediction(2), prediction(1, writer=1))
    journal.begin(2, engine_epoch=5, epoch=2)
    journal.add(prediction(2, epoch=2))
    ship = Ship(tmp_path, store.sink())
    ship.once()
    assert len(store.keys()) == 4
    assert ship.status()["missing_records"] == 0


def test_a_later_record_of_a_call_overrules_earlier_ones(tmp_path, store, journal):
    call = {"client": 3, "ticket": 40, "rows": 3}
    row_call = {"client": 3, "ticket": 41, "rows": 2}
    journal.add(prediction(1, **call, row=0), prediction(2, **call, row=1), prediction(3, client=3, ticket=40, rows=1),
                prediction(4, **call, status=2, fields=0, row=0xFFFF),  # all of them
                prediction(5, **row_call, row=0, request_id=b"a"), prediction(6, **row_call, row=1, request_id=b"b"),
                prediction(7, **row_call, status=7, fields=0, row=1, request_id=b"b"), gap(8, rows=1))
    Ship(tmp_path, store.sink()).once()
    assert [int(row[0]) for row in store.run("SELECT sequence FROM ringside.predictions ORDER BY sequence")] == [3, 4, 5, 7]
    assert sequences(store) == list(range(1, 9))


def test_a_table_that_does_not_fit_costs_no_record(tmp_path, store, journal):
    journal.add(*(prediction(i) for i in range(1, 6)))
    ship = Ship(tmp_path, store.sink())
    store.run(f"ALTER TABLE {ALL} DROP COLUMN client_ip" + (" CASCADE" if store.name == "postgresql" else ""))
    with ship.running():
        ship.wait_for(lambda: ship.state.exists() and (ship.status()["activity"] or {}).get("tries", 0) >= 3, "it has tried")
        assert "client_ip" in ship.status()["activity"]["last_error"]
        store.run(f"ALTER TABLE {ALL} ADD COLUMN client_ip " + ("String" if store.name == "clickhouse" else "text"))
        ship.wait_until_shipped()
    assert sequences(store) == [1, 2, 3, 4, 5]
    assert ship.dead_letters() == []


def test_what_postgresql_cannot_hold_is_a_dead_letter_and_the_rest_arrives(tmp_path, store, journal):
    bad = {13: {"user": b"kingfisher\0"}, 14: {"home": b"kingfisher\0"}, 77: {"request_id": b"\0"}}
    journal.add(*(prediction(i, **bad.get(i, {})) for i in range(1, 101)))
    ship = Ship(tmp_path, store.sink())
    ship.once()
    if store.name == "clickhouse":  # takes any text
        assert sequences(store) == list(range(1, 101))
        return
    assert sequences(store) == [i for i in range(1, 101) if i not in bad]
    letters = ship.dead_letters()
    assert [letter["record"]["sequence"] for letter in letters] == [13, 14, 77]
    assert [letter["reason"][:6] for letter in letters] == ["22021:", "22P05:", "22021:"]
    assert (ship.status()["dead_letters"], ship.status()["rows"]) == (3, 97)
    assert "kingfisher" not in "".join(letter["reason"] for letter in letters)


def test_sigterm_ends_it_while_a_store_hangs(tmp_path, store, journal):
    journal.add(prediction(1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sink = store.sink(silent.getsockname()[1])
        sink[store.name]["timeout_ms"] = 80_000_000
        ship = Ship(tmp_path, sink)
        with ship.running() as process:
            silent.settimeout(WATCHDOG_S)
            connection, _ = silent.accept()
            process.terminate()
            assert process.wait(timeout=WATCHDOG_S) == 0
            connection.close()
    Ship(tmp_path, store.sink()).once()
    assert sequences(store) == [1]


def test_postgresql_months_are_partitions_and_the_rest_has_a_place(tmp_path, journal):
    with Postgresql() as store:
        store.make_tables()
        journal.add(prediction(1), prediction(2, wall_ns=4_200_000_000_000_000_000))
        Ship(tmp_path, store.sink()).once()
        where = f"SELECT relname FROM {ALL} r JOIN pg_class c ON c.oid = r.tableoid ORDER BY sequence"
        assert store.run(where) == [["prediction_records_rest"]] * 2
        store.run(f"DELETE FROM {ALL}; SELECT ringside.make_months(0, '2025-11-03')")
        (tmp_path / "state" / "cursor.json").unlink()
        Ship(tmp_path, store.sink()).once()
        assert store.run(where) == [["prediction_records_2025_11"], ["prediction_records_rest"]]
