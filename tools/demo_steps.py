"""The steps of tools/demo: an engine of its own in a temporary directory, real rows, every answer compared bit for bit.

Only the standard library is used: what Python would have answered was recorded, with its bits, when the example was exported.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

FIRST, SECOND = "loan_default_v1.0.0", "loan_default_v1.1.0"
START_SECONDS_MAX = 60  # a watchdog, not a bound on speed


def bits(number):
    """The float32 bits of a printed number, as golden files write them; None (JSON null) is a missing feature."""
    return "7fc00000" if number is None else struct.pack(">f", number).hex()


class Demo:
    def __init__(self, binaries, models, rows_file, directory):
        self.binaries, self.models, self.directory = binaries, models, directory
        lines = [json.loads(line) for line in rows_file.read_text().splitlines()]
        self.expected = [line["expect"] for line in lines]
        self.row_count = len(lines)
        self.input = directory / "rows.jsonl"
        self.input.write_text("".join(json.dumps(line["row"]) + "\n" for line in lines))
        self.run_dir = directory / "run"
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
                                    "--state-dir", self.directory / "state"], stderr=log, stdout=log)
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
            log.close()

    def score(self, *arguments):
        """Answers to all demo rows, in order."""
        done = self.ringside("predict", "--input", self.input, "--features", *arguments)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def compare(self, answers):
        """Every feature, margin and value against what Python recorded for the version that the answer names."""
        if len(answers) != self.row_count:
            raise SystemExit(f"demo: {self.row_count} rows went in, {len(answers)} answers came out")
        for row, (answer, expected) in enumerate(zip(answers, self.expected)):
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
            self.switch_under_load()
            self.measure()

    def switch_under_load(self):
        stop, problems, counted = threading.Event(), [], {"answers": 0, FIRST: 0, SECOND: 0}

        def load():
            try:
                while not stop.is_set():
                    answers = self.score()
                    counted["answers"] += self.compare(answers)
                    for answer in answers:
                        counted[answer["version"]] += 1
            except SystemExit as problem:
                problems.append(problem)

        loader = threading.Thread(target=load)
        loader.start()
        switches = 0
        until = time.monotonic() + 5
        while time.monotonic() < until and not problems:
            self.ringside("switch", SECOND if switches % 2 == 0 else FIRST, "--reason", "demo")
            switches += 1
        back = self.ringside("rollback", "--json")
        stop.set()
        loader.join()
        if problems:
            raise problems[0]
        outcome = json.loads(back.stdout)
        self.say("switches of version while rows were scored", str(switches))
        self.say("answers meanwhile, each the bits of the version it names",
                 f"{counted['answers']} ({counted[FIRST]} by v1.0.0, {counted[SECOND]} by v1.1.0)")
        self.say("roll back", f"{outcome['from']} -> {outcome['to']}")

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
    return 0


if __name__ == "__main__":
    sys.exit(main())
