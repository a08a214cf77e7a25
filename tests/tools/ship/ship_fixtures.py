"""ringside-ship on a journal and a state folder of its own, for tests.

    ship = Ship(folder, {"jsonl": {"folder": …}})
    ship.once()                       # CompletedProcess
    with ship.running() as process:   # killed when left
        ship.wait_for(lambda: ship.status()["lag_bytes"] == 0, "everything has arrived")
"""
import contextlib
import json
import pathlib
import subprocess
import time

import jsonschema

from tests.support.engine_process import BIN, WATCHDOG_S, run_program

STATUS = json.loads((pathlib.Path(__file__).resolve().parents[3] / "schemas" / "ship_status.schema.json").read_text())
TABLES = pathlib.Path(__file__).resolve().parents[3] / "tools" / "ship" / "tables"


class Ship:
    def __init__(self, folder, sink, journal=None, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.journal, self.state, self.config = journal or folder / "journal", folder / "state", folder / "ship.yaml"
        self.log = folder / "log"
        document = {"journal": str(self.journal), "state": str(self.state), "instance": "host1", "poll_ms": 5,
                    "batch": {"age_ms": 5}, "retry": {"first_ms": 1, "most_ms": 20}, **sink}
        for section, values in settings.items():
            document[section] = {**document.get(section, {}), **values} if isinstance(values, dict) else values
        self.config.write_text(json.dumps(document))  # JSON is YAML

    def once(self, expected=0):
        done = run_program("ringside-ship", "--config", self.config, "--once")
        assert done.returncode == expected, done.stdout + done.stderr
        return done

    def status(self):
        done = run_program("ringside-ship", "--config", self.config, "--status")
        assert done.returncode == 0, done.stdout + done.stderr
        document = json.loads(done.stdout)
        jsonschema.validate(document, STATUS)
        return document

    def start(self):
        with open(self.log, "ab") as log:
            return subprocess.Popen([str(BIN / "ringside-ship"), "--config", str(self.config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    @contextlib.contextmanager
    def running(self):
        process = self.start()
        try:
            yield process
        finally:
            process.kill()
            process.wait(timeout=WATCHDOG_S)

    def wait_for(self, condition, what):
        deadline = time.monotonic() + WATCHDOG_S
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not after {WATCHDOG_S} s\n{self.log.read_text()}"
            time.sleep(0.01)  # between two questions; nothing is concluded from it

    def wait_until_shipped(self):
        """A started process has begun (its cursor is there) and nothing is left."""
        self.wait_for(lambda: (self.state / "cursor.json").exists() and self.status()["lag_bytes"] == 0, "everything has arrived")

    def dead_letters(self):
        path = self.state / "dead_letters.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def lines_of(folder):
    """Every line of the JSON Lines files, in order."""
    text = "".join(path.read_text() for path in sorted(folder.glob("predictions-*.jsonl")))
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]
