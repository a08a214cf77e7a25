"""Goal: two operators at once are served one after the other, and each is told the truth: what they were told is one chain of from and to,
the same that the history holds, and the versions that answer meanwhile are those.

Method: two threads that switch and roll back as fast as they can, among three versions; every request has a reason of its own, by which its
answer is found again in the history.
"""
import os
import random
import shutil
import threading

from tests.integration.answering import NEW, OLD, ROOT, THIRD, Answering
from tests.integration.third_version import good_third_version
from tests.support.engine_process import EngineProcess

CHANGES = 150  # of each operator


def test_two_operators_are_told_one_chain(tmp_path):
    models = tmp_path / "models"
    for version in (OLD, NEW):
        shutil.copytree(ROOT / "models" / version, models / version)
    good_third_version(models / THIRD)
    os.symlink(OLD, models / "current")
    told, both = {}, threading.Barrier(2)

    def operate(engine, name):
        rng = random.Random(name)
        both.wait()
        for number in range(CHANGES):
            reason = f"{name} {number}"
            if rng.random() < 0.3:
                told[reason] = "rollback", engine.admin("POST", "/model/rollback", {"reason": reason})
            else:
                told[reason] = "switch", engine.admin("POST", "/model/switch", {"version": rng.choice([OLD, NEW, THIRD]), "reason": reason})

    with EngineProcess(models) as engine:
        engine.wait_until_loaded()
        operators = [threading.Thread(target=operate, args=(engine, name)) for name in ("ann", "ben")]
        for operator in operators:
            operator.start()
        for operator in operators:
            operator.join()
        history = [event for event in reversed(engine.admin("GET", "/model/history")[1]) if event["reason"] in told]
        current = engine.admin("GET", "/model/version")[1]["version"]
        with Answering(engine, tmp_path, 5) as answering:
            answering.goes_on()

    assert [event["reason"] for event in history if event["reason"].startswith("ann")] == [f"ann {number}" for number in range(CHANGES)]
    assert sorted(event["reason"] for event in history) == sorted(told), "the history holds every request once"
    assert any(a["reason"][:3] != b["reason"][:3] for a, b in zip(history, history[1:])), "they never met"
    now, before, kinds = OLD, None, set()
    for event in history:
        action, (status, document) = told[event["reason"]]
        said = document.get("status") or document["outcome"]
        kinds.add((action, said))
        assert event["action"] == action and (event["outcome"] == "done") == (status == 200)
        assert (document["from"], document["to"]) == (event["from"], event["to"])
        assert document["from"] == now, f"{event['reason']} was told from {document['from']}, and {now} answered"
        if said == "switched":
            if action == "rollback":
                assert document["to"] == before
            now, before = document["to"], (document["from"] if action == "switch" else None)
        else:
            assert (status, said) == ((409, "refused") if action == "rollback" else (200, "already_current"))
            assert before is None if action == "rollback" else document["to"] == now
    assert kinds == {("switch", "switched"), ("switch", "already_current"), ("rollback", "switched"), ("rollback", "refused")}
    assert now == current
