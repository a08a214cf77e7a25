"""An engine under questions: a thread asks for the committed rows over and over, and every answer must have Python's bits for its version.

    with Answering(engine, directory) as answering:
        …                           # whatever operators, disks and people do
        answering.goes_on()         # waits for a whole round that began after this; fails with what was wrong
"""
import json
import pathlib
import struct
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLD, NEW = "loan_default_v1.0.0", "loan_default_v1.1.0"
THIRD = "loan_default_v1.2.0"  # NEW under another name: third_version.py


def bits(number):
    """The float32 bits of a printed number; None is a missing feature."""
    return "7fc00000" if number is None else struct.pack(">f", number).hex()


class Answering:
    def __init__(self, engine, directory, count=40):
        lines = [json.loads(line) for line in (ROOT / "tests" / "golden" / "loan_default_demo.jsonl").read_text().splitlines()[:count]]
        self._engine = engine
        self._expected = [line["expect"] for line in lines]
        self._rows = directory / "asked.jsonl"
        self._rows.write_text("".join(json.dumps({**line["row"], "user_id": f"u{i}"}) + "\n" for i, line in enumerate(lines)))
        self._told = threading.Condition()
        self._begun = self._done = 0
        self._stop = False
        self._trouble = None
        self.versions = set()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop = True
        self._thread.join()
        assert kind is not None or self._trouble is None, self._trouble

    def goes_on(self):
        """A whole round from now on, right in every bit."""
        with self._told:
            wanted = self._begun + 1
            self._told.wait_for(lambda: self._done >= wanted or self._trouble)
        assert self._trouble is None, self._trouble

    def _run(self):
        while not self._stop and self._trouble is None:
            with self._told:
                self._begun += 1
            trouble = None
            try:
                trouble = self.difference(self._engine.predict(self._rows, "--features"))
            except Exception as error:  # whatever it is, whoever waits must hear of it
                trouble = repr(error)
            with self._told:
                self._done, self._trouble = self._begun, trouble
                self._told.notify_all()

    def difference(self, answers):
        """What is not Python's, or None."""
        if len(answers) != len(self._expected):
            return f"{len(self._expected)} rows went in, {len(answers)} answers came out"
        for row, (answer, expected) in enumerate(zip(answers, self._expected)):
            if answer["status"] != "ok":
                return f"row {row}: {answer}"
            want = expected[NEW if answer["version"] == THIRD else answer["version"]]
            got = {"features": [bits(x) for x in answer["features"]], "margin": [bits(answer["margin"])], "values": [bits(answer["score"])],
                   "label": answer["label"]}
            wrong = [key for key in got if got[key] != want[key]]
            if wrong:
                return f"row {row} by {answer['version']}: {wrong[0]} is {got[wrong[0]]}, Python has {want[wrong[0]]}"
            self.versions.add(answer["version"])
        return None
