"""The steps of tools/demo: an engine of its own in a temporary directory, real rows, every answer compared bit for bit.

Only the standard library is used: what Python would have answered was recorded, with its bits, when the example was exported.
"""
import argparse
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

FIRST, SECOND = "loan_default_v1.0.0", "loan_default_v1.1.0"
START_SECONDS_MAX = 60  # a watchdog, not a bound on speed
INDEX_SECONDS_MAX = 120  # likewise
SWITCHING_SECONDS = 5
SHADOW_SECONDS_MAX = 60  # a watchdog: rows are shed where the machine has no time for them
CANARY_USERS, CANARY_PERCENTS = 3_000, (5, 20, 50)
CANARY_SLACK = 4.0  # percentage points: four standard deviations of the widest share, and some

CURL_ROW = {"funded_amnt": 12000, "int_rate": 7.89}
# Guards judge latency, among others, and a busy machine that runs a demo has none worth judging.
UNGUARDED = {"RINGSIDE_GUARDS_ENABLED": "false"}


def bits(number):
    """The float32 bits of a printed number, as golden files write them; None (JSON null) is a missing feature."""
    return "7fc00000" if number is None else struct.pack(">f", number).hex()


class Demo:
    def __init__(self, binaries, models, rows_file, directory):
        self.binaries, self.models, self.directory = binaries, models, directory
        lines = [json.loads(line) for line in rows_file.read_text().splitlines()]
        self.expected = [line["expect"] for line in lines]
        self.rows = [line["row"] for line in lines]
        self.row_count = len(lines)
        self.input = directory / "rows.jsonl"
        self.input.write_text("".join(json.dumps(line["row"]) + "\n" for line in lines))
        self.run_dir = directory / "run"
        self.landing = pathlib.Path("/dev/shm") / directory.name  # where workers commit records; it outlives an engine that is killed
        self.table = []

    def say(self, what, seen):
        self.table.append((what, seen))

    def ringside(self, *arguments, check=True):
        done = subprocess.run([self.binaries / "ringside", "--run-dir", self.run_dir, *arguments], capture_output=True, text=True)
        if check and done.returncode != 0:
            raise SystemExit(f"demo: ringside {' '.join(map(str, arguments))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    @contextlib.contextmanager
    def engine(self):
        # Under load the demo's client and the worker want a core each; pinning is left to the operator.
        log = open(self.directory / "engine.log", "w")
        process = subprocess.Popen([self.binaries / "ringsided", "--models", self.models, "--bundle", FIRST, "--run-dir", self.run_dir,
                                    "--state-dir", self.directory / "state"], stderr=log, stdout=log,
                                   env={**os.environ, **UNGUARDED, "RINGSIDE_JOURNAL_ENABLED": "true", "RINGSIDE_JOURNAL_WHEN_FULL": "gap",
                                        "RINGSIDE_JOURNAL_LANDING_DIR": str(self.landing)})
        try:
            started = time.monotonic()
            while True:
                versions = self.ringside("versions", "--json", check=False)
                if versions.returncode == 0:
                    states = {version["version"]: version["state"] for version in json.loads(versions.stdout)}
                    if states.get(FIRST) == states.get(SECOND) == "resident":
                        break
                if process.poll() is not None or time.monotonic() - started > START_SECONDS_MAX:
                    raise SystemExit("demo: the engine did not start:\n" + (self.directory / "engine.log").read_text())
                time.sleep(0.05)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
            shutil.rmtree(self.landing, ignore_errors=True)
            log.close()

    def score(self, *arguments, rows=None):
        """Answers to all demo rows, in order, or to those of another file."""
        done = self.ringside("predict", "--input", rows or self.input, "--features", *arguments)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def compare(self, answers, count=None):
        """Every feature, margin and value against what Python recorded for the version that the answer names."""
        if len(answers) != (count or self.row_count):
            raise SystemExit(f"demo: {count or self.row_count} rows went in, {len(answers)} answers came out")
        for row, (answer, expected) in enumerate(zip(answers, itertools.cycle(self.expected))):
            if answer["status"] != "ok":
                raise SystemExit(f"demo: row {row} was answered {answer}")
            want = expected[answer["version"]]
            margin = answer["margin"] if isinstance(answer["margin"], list) else [answer["margin"]]
            got = {"features": [bits(x) for x in answer["features"]], "margin": [bits(x) for x in margin],
                   "values": [bits(answer["score"])], "label": answer["label"]}
            for key, value in got.items():
                if value != want[key]:
                    raise SystemExit(f"demo: row {row}, {answer['version']}, {key}: Python says {want[key]}, the engine {value}")
        return len(answers)

    def steps(self):
        with self.engine():
            one = self.compare(self.score())
            self.say("rows one by one, against Python's bits", f"{one} of {self.row_count} equal")
            batch = self.compare(self.score("--batch", "64"))
            self.say("the same in batches of 64", f"{batch} of {self.row_count} equal")
            other = self.compare(self.score("--version", SECOND))
            self.say(f"the same, answered by {SECOND}", f"{other} of {self.row_count} equal")
            self.change_under_load()
            self.measure()
            self.http()
            self.audit()

    def change_under_load(self):
        """What operators do all day, while rows are scored and every answer is compared."""
        with self.load() as counted:
            self.switch_to_and_fro()
            self.canary()
            self.shadow()
            self.roll_back()
        self.say("answers meanwhile, each the bits of the version it names",
                 f"{counted['answers']} ({counted[FIRST]} by v1.0.0, {counted[SECOND]} by v1.1.0)")

    @contextlib.contextmanager
    def load(self):
        """A thread that scores the rows over and over. What it counts is whole when this is left."""
        stop, problems, counted = threading.Event(), [], {"answers": 0, FIRST: 0, SECOND: 0}

        def score():
            try:
                while not stop.is_set():
                    answers = self.score()
                    counted["answers"] += self.compare(answers)
                    for answer in answers:
                        counted[answer["version"]] += 1
            except SystemExit as problem:
                problems.append(problem)

        thread = threading.Thread(target=score)
        thread.start()
        try:
            yield counted
        finally:
            stop.set()
            thread.join()
        if problems:
            raise problems[0]

    def switch_to_and_fro(self):
        switches, until = 0, time.monotonic() + SWITCHING_SECONDS
        while time.monotonic() < until or switches % 2 == 1:
            self.ringside("switch", SECOND if switches % 2 == 0 else FIRST, "--reason", "demo")
            switches += 1
        self.say("switches of version while rows were scored", str(switches))

    def canary(self):
        """The share of users that a canary answers, beside the share that was asked for; and nobody changes sides as it grows."""
        path = self.directory / "users.jsonl"
        path.write_text("".join(json.dumps({**self.rows[i % len(self.rows)], "user_id": f"user-{i}"}) + "\n" for i in range(CANARY_USERS)))
        took, seen = set(), []
        for percent in CANARY_PERCENTS:
            self.ringside("canary", SECOND, "--percent", str(percent), "--reason", "demo")
            answers = self.score(rows=path)
            self.compare(answers, CANARY_USERS)
            now = {user for user, answer in enumerate(answers) if answer["arm"] == "canary"}
            if not took <= now:
                raise SystemExit(f"demo: {len(took - now)} users left the canary as it grew to {percent} %")
            share = 100 * len(now) / CANARY_USERS
            if abs(share - percent) > CANARY_SLACK:
                raise SystemExit(f"demo: a canary of {percent} % answered {share:.1f} % of {CANARY_USERS} users")
            took = now
            seen.append(f"{percent} % asked, {share:.1f} % seen")
        self.ringside("canary", "off", "--reason", "demo")
        self.say(f"canary, {CANARY_USERS} users, the same ones as it grows", "; ".join(seen))

    def shadow(self):
        """The next version scores what the current one answers, behind the answers; its differences are those that Python recorded."""
        values = [[struct.unpack(">f", bytes.fromhex(expected[version]["values"][0]))[0] for version in (FIRST, SECOND)]
                  for expected in self.expected]
        most = max(abs(first - second) for first, second in values)
        self.ringside("shadow", SECOND, "--reason", "demo")
        until = time.monotonic() + SHADOW_SECONDS_MAX
        while (seen := json.loads(self.ringside("shadow", "--json").stdout)["comparison"])["compared"] < self.row_count:
            if time.monotonic() > until:
                raise SystemExit(f"demo: the shadow compared {seen['compared']} of {self.row_count} rows, and shed {seen['shed']}")
            self.compare(self.score())
        if seen["max_difference"] > most or (seen["shed"] == 0 and seen["max_difference"] != most):
            raise SystemExit(f"demo: the shadow differs by {seen['max_difference']} at most, in Python by {most}")
        self.ringside("shadow", "off", "--reason", "demo")
        self.say(f"shadow {SECOND}", f"{seen['compared']} rows scored once more, by {seen['mean_difference']:.4f} apart on average, "
                 f"{seen['label_flips']} other labels, {seen['shed']} rows shed")

    def roll_back(self):
        self.ringside("switch", SECOND, "--reason", "demo")
        outcome = json.loads(self.ringside("rollback", "--json", "--reason", "demo").stdout)
        if (outcome["from"], outcome["to"]) != (SECOND, FIRST) or {answer["version"] for answer in self.score()} != {FIRST}:
            raise SystemExit(f"demo: rolled back {outcome['from']} -> {outcome['to']}, and not all answers are by {FIRST}")
        self.say("roll back", f"{outcome['from']} -> {outcome['to']}")

    def audit(self):
        """The record of a user's own requests: found, and the score that was answered."""
        path, user = self.directory / "audited.jsonl", "demo-user"
        path.write_text("".join(json.dumps({**row, "user_id": user, "request_id": f"demo-{i}"}) + "\n" for i, row in enumerate(self.rows)))
        answers = {answer["request_id"]: answer for answer in self.score(rows=path)}
        until = time.monotonic() + INDEX_SECONDS_MAX
        while True:  # the load before this wrote records faster than they are indexed
            journal = json.loads(self.ringside("status", "--json").stdout)["journal"]
            if journal["waiting_bytes"] == journal["index"]["lag_bytes"] == 0:
                break
            if time.monotonic() > until:
                raise SystemExit(f"demo: the index does not catch up: {journal}")
            time.sleep(0.2)
        done = self.ringside("audit", "query", "--user", user, "--json", "--limit", str(len(answers) + 1))
        records = [json.loads(line) for line in done.stdout.splitlines()]
        for record in records:
            answer = answers.pop(record["request_id"])
            if (record["score"], record["model_version"], record["status"]) != (answer["score"], answer["version"], "success"):
                raise SystemExit(f"demo: the record {record} is not of the answer {answer}")
        if answers:
            raise SystemExit(f"demo: {len(answers)} answers have no record that the audit finds, such as {next(iter(answers))}")
        counts = json.loads(self.ringside("audit", "stats", "--by", "status", "--json").stdout)["counts"]
        rows = {count["status"]: count["rows"] for count in counts}
        self.say("audit: records of one user, each its answer's", f"{len(records)} of {len(records)}; in all " +
                 ", ".join(f"{count:,} {status}" for status, count in rows.items()))

    def http(self):
        """The same bits over HTTP, by the request that the last lines of the demo tell how to send."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen([self.binaries / "ringside-gateway", "--run-dir", self.run_dir, "--listen", f"127.0.0.1:{port}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        request = urllib.request.Request(f"http://127.0.0.1:{port}/predict", data=json.dumps(CURL_ROW).encode())
        until = time.monotonic() + START_SECONDS_MAX
        try:
            while True:
                try:
                    with urllib.request.urlopen(request, timeout=START_SECONDS_MAX) as answer:
                        over_http = json.load(answer)
                    break
                except urllib.error.HTTPError as error:
                    raise SystemExit(f"demo: the gateway answered {error.code}: {error.read().decode()}") from None
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise SystemExit("demo: the gateway did not start") from None
                    time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
        path = self.directory / "curl.jsonl"
        path.write_text(json.dumps(CURL_ROW) + "\n")
        direct, = self.score(rows=path)
        if over_http["score"] != direct["score"]:
            raise SystemExit(f"demo: {over_http} over HTTP, {direct} through shared memory")
        self.say("a row over HTTP, through ringside-gateway", f"score {over_http['score']}, as through shared memory")

    def measure(self):
        done = subprocess.run([self.binaries / "ringside-load", "--run-dir", self.run_dir, "--mode", "closed", "--duration", "2s", "--input",
                               self.input, "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"demo: ringside-load ended with {done.returncode}\n{done.stderr}")
        report = json.loads(done.stdout)
        latency = report["latency_us"]
        self.say("one row, end to end through shared memory", f"p50 {latency['p50']:.2f} us, p99 {latency['p99']:.2f} us "
                 f"({report['calls_per_s']:,.0f} calls/s, one thread, {os.cpu_count()} processors)")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("bin", "models", "rows"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringside-demo-") as directory:
        demo = Demo(arguments.bin, arguments.models, arguments.rows, pathlib.Path(directory))
        demo.steps()
    width = max(len(what) for what, _ in demo.table)
    print("\nRingside demo: all right\n")
    for what, seen in demo.table:
        print(f"  {what:<{width}}   {seen}")
    print(f"""
The same over HTTP, from this folder:

  build/release/bin/ringsided --models models --run-dir /tmp/ringside --state-dir /tmp/ringside-state &
  build/release/bin/ringside-gateway --run-dir /tmp/ringside --listen 127.0.0.1:8080 &
  curl -s http://127.0.0.1:8080/predict -d '{json.dumps(CURL_ROW)}'""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
