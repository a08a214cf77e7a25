"""Goal: `ringside top` shows what the engine does now, held to its schema, and ends as other commands do.
Method: a real engine and a client that keeps a call going."""
import json
import subprocess

from tests.cli.documents import check_cli
from tests.support.engine_process import BIN, WATCHDOG_S, run_program


def test_a_page_shows_the_rows_of_its_time_and_who_sent_them(own_engine, good_row):
    line = json.dumps(good_row) + "\n"
    client = subprocess.Popen([BIN / "ringside", "--run-dir", own_engine.run_dir, "predict", "--input", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    top = subprocess.Popen([BIN / "ringside", "--run-dir", own_engine.run_dir, "--json", "top", "--interval", "100ms"], stdout=subprocess.PIPE, text=True)
    try:
        seen = 0
        while seen < 3:  # pages in which rows were answered
            for _ in range(20):
                client.stdin.write(line)
                client.stdin.flush()
                assert json.loads(client.stdout.readline())["status"] == "ok"
            page = json.loads(top.stdout.readline())
            check_cli("top", page)
            seen += page["rows_per_s"]["ok"] > 0
        assert page["task"] == "loan_default" and page["ready"] and not page["restarted"]
        assert [one["client"] for one in page["clients"]] and page["clients"][0]["channels"] >= 1
        assert page["latency"]["total"]["p50_us"] is None or page["latency"]["total"]["p50_us"] > 0
    finally:
        top.kill()
        client.stdin.close()
        assert client.wait(timeout=WATCHDOG_S) == 0
        top.wait(timeout=WATCHDOG_S)


def test_as_many_pages_as_asked_for_as_text(engine):
    done = engine.cli("top", "--interval", "100ms", "--count", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("latency, microseconds") == 2 and "\x1b" not in done.stdout


def test_wrong_intervals_and_no_engine(engine, tmp_path):
    for interval in ("1", "0", "99ms", "2h", "soon"):
        done = engine.cli("top", "--interval", interval)
        assert done.returncode == 2 and "100ms to 3600s" in done.stderr, interval
    done = run_program("ringside", "--run-dir", str(tmp_path), "top", "--count", "1")
    assert done.returncode == 3 and done.stdout == ""
