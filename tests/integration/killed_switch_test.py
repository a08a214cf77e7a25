"""Goal: whenever the engine is killed (-9) while operators change who answers, it starts again, and on a state that was told: what was
answered holds; what was under way holds wholly or not at all; traffic.json, pins and history are read; rows are answered right.

Method: rounds of seeded changes (switch, with and without --persist, rollback, canary, shadow, pins, labels); the last one of a round is sent and
the engine killed a random moment later, from at once to after its answer. It may be a switch to a bundle that has come a moment ago, so that it is
killed while that loads. Then the same engine again, on the same state, asked for all of it.
"""
import dataclasses
import json
import os
import random
import shutil
import socket
import time

import pytest

from tests.integration.answering import NEW, OLD, ROOT, THIRD, Answering
from tests.integration.third_version import good_third_version
from tests.support.engine_process import EngineProcess, WATCHDOG_S

KEYS = ("u1", "u2", "u3")
STATE_FILES = {"traffic.json", "pins.tsv", "history.jsonl"}  # what a task keeps between two lives


@dataclasses.dataclass(frozen=True)
class Kept:
    """What must outlive the engine."""
    current: str = OLD
    previous: str = ""
    canary: tuple = ()  # (version, percent)
    shadow: tuple = ()  # likewise
    pins: frozenset = frozenset()  # of (key, version)
    label: str = ""  # the version that is called `stable`

    def after(self, target, body):
        """The state that a change leads to."""
        version = body.get("version")
        if target == "/model/switch":
            if version == self.current:
                return self
            return dataclasses.replace(self, current=version, previous=self.current, canary=self.canary if self.canary[:1] != (version,) else (),
                                       shadow=self.shadow if self.shadow[:1] != (version,) else ())
        if target == "/model/rollback":
            return dataclasses.replace(self, current=self.previous, previous="", canary=(),
                                       shadow=self.shadow if self.shadow[:1] != (self.previous,) else ())
        if target == "/model/shadow":
            return dataclasses.replace(self, shadow=(version, body["percent"]) if version else ())
        if target == "/model/canary":
            return dataclasses.replace(self, canary=(version, body["percent"]) if version else ())
        if target == "/model/label":
            return dataclasses.replace(self, label=version)
        others = frozenset(pin for pin in self.pins if pin[0] not in body["keys"])
        return dataclasses.replace(self, pins=others | {(key, version) for key in body["keys"] if target == "/model/pin"})


def some_change(rng, kept):
    """(route, body) of something that an operator may do in this state."""
    other = NEW if kept.current == OLD else OLD
    if kept.previous and rng.random() < 0.2:
        return "/model/rollback", {}
    return rng.choice([("/model/switch", {"version": other}),
                       ("/model/switch", {"version": other, "persist": True}),
                       ("/model/shadow", {"version": other, "percent": rng.randint(1, 99)}),
                       ("/model/shadow", {"off": True}),
                       ("/model/canary", {"version": other, "percent": rng.randint(1, 99)}),
                       ("/model/canary", {"off": True}),
                       ("/model/pin", {"version": rng.choice([OLD, NEW]), "keys": [rng.choice(KEYS)]}),
                       ("/model/unpin", {"keys": [rng.choice(KEYS)]}),
                       ("/model/label", {"version": rng.choice([OLD, NEW]), "label": "stable"})])


def found(engine):
    """The state that the engine says it has."""
    status = engine.admin("GET", "/status")[1]
    pins = engine.admin("GET", "/model/pins")[1]["pins"]
    shadow = next(((version["version"], version["shadow_percent"]) for version in engine.admin("GET", "/model/versions")[1]
                   if "shadow_percent" in version), ())
    return Kept(status["current"], status["previous"] or "", (status["canary"], status["canary_percent"]) if status["canary"] else (), shadow,
                frozenset((pin["key"], pin["version"]) for pin in pins), status["labels"].get("stable", ""))


def killed_under(engine, target, body, delay_s):
    """Sends a change and kills the engine so much later. True: it had said that it was done."""
    data = json.dumps(body).encode()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(WATCHDOG_S)
        sock.connect(str(engine.admin_socket()))
        sock.sendall(b"POST %s HTTP/1.1\r\nHost: engine\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (target.encode(), len(data), data))
        time.sleep(delay_s)  # any moment is right: what is under way then is what is tested
        engine.kill()
        said = b""
        try:
            while part := sock.recv(65536):
                said += part
        except ConnectionError:
            pass  # it died with our bytes unread
    assert not said or said.startswith(b"HTTP/1.1 200"), said
    return bool(said)


def send_away(engine, kept, directory, aside):
    """THIRD without a role, then without a directory, until it is gone: the state, and what was asked for that."""
    asked = []
    if THIRD in (kept.current, kept.previous):
        for version in (OLD, NEW):  # two, so that it is not the previous one either
            reason = f"away {version} {os.urandom(4).hex()}"
            assert engine.admin("POST", "/model/switch", {"version": version, "reason": reason})[0] == 200
            kept = kept.after("/model/switch", {"version": version})
            asked.append(reason)
    directory.rename(aside)
    engine.wait_for(lambda: all(version["version"] != THIRD or version["state"] == "gone" for version in engine.admin("GET", "/model/versions")[1]),
                    "the third version's going")
    return kept, asked


def live_through(seed, deaths, place):
    """So many lives of one engine, each ended in the middle of something."""
    rng = random.Random(seed)
    models = place / "models"
    for version in (OLD, NEW):
        shutil.copytree(ROOT / "models" / version, models / version)
    aside = place / THIRD
    good_third_version(aside)
    os.symlink(OLD, models / "current")
    kept, told = Kept(), []
    ends = {"told": 0, "new": 0, "old": 0}
    with EngineProcess(models) as engine:
        asking = Answering(engine, place, 10)  # not as a thread: rows are asked for between two deaths
        for death in range(deaths):
            number = 0
            for number in range(rng.randint(0, 3)):
                target, body = some_change(rng, kept)
                status, document = engine.admin("POST", target, {**body, "reason": f"{death}.{number}"})
                assert status == 200, (target, body, document)
                before, kept = kept, kept.after(target, body)
                if kept != before or target == "/model/switch":  # of what changed nothing, no history tells
                    told.append(f"{death}.{number}")
            loads = rng.random() < 0.3
            target, body = ("/model/switch", {"version": THIRD}) if loads else some_change(rng, kept)
            delay_s = rng.uniform(0, 0.06) if loads else rng.choice([0, 1, 1, 1, 4]) * rng.uniform(0, 0.006)
            if loads:
                aside.rename(models / THIRD)
            if killed_under(engine, target, {**body, "reason": f"{death}.last"}, delay_s):
                before, kept = kept, kept.after(target, body)
                if kept != before or target == "/model/switch":
                    told.append(f"{death}.last")
                allowed, ends["told"] = {kept}, ends["told"] + 1
            else:
                allowed = {kept, kept.after(target, body)}
            engine.start()
            now = found(engine)
            assert now in allowed, f"seed {seed}, death {death}, under {target} {body}:\n{now}\nis none of\n{allowed}"
            if len(allowed) == 2:
                ends["old" if now == kept else "new"] += 1
            kept = now
            assert os.readlink(models / "current") in (OLD, NEW) and (models / "current" / "manifest.json").exists()
            reasons = [event["reason"] for event in engine.admin("GET", "/model/history")[1]]
            known = [reason for reason in reversed(reasons) if reason in set(told)]
            assert known == told[-len(known):] and len(known) == len(told), f"seed {seed}, death {death}: the history lost what was told"
            assert asking.difference(engine.predict(place / "asked.jsonl", "--features")) is None
            if loads:
                kept, asked = send_away(engine, kept, models / THIRD, aside)
                told += asked
        # What a death left half-written stops nothing and is not heaped up.
        engine.wait_until_loaded()
        for target, body in (("/model/pin", {"version": OLD, "keys": ["u1"]}), ("/model/label", {"version": OLD, "label": "stable"})):
            assert engine.admin("POST", target, body)[0] == 200
        left = {path.name for path in (engine.state_dir / engine.task).iterdir()}
        assert {"traffic.json", "pins.tsv", "history.jsonl"} <= left and len(left - STATE_FILES) <= 2, left
        assert len(list(models.iterdir())) <= 4, list(models.iterdir())
    return ends


def test_killed_in_a_change_it_starts_again_on_what_was_told(tmp_path):
    live_through(5, 20, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_killed_in_a_change_a_thousand_times(seed, tmp_path):
    ends = live_through(seed, 100, tmp_path)
    assert all(ends.values()), f"the moments were all alike: {ends}"
