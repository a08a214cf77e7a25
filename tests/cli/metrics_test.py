"""Goal: `ringside metrics` and GET /metrics say what the engine did, in a form that Prometheus accepts; what rules and dashboard name is on it.

Method: a real engine, predictions of known outcome; promtool as the judge of the format and the rules; a real Prometheus that scrapes through a
proxy from TCP to the Unix socket.
"""
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest

from tests.cli.conftest import NEW, OLD, ROOT
from tests.support.engine_process import BIN, WATCHDOG_S, EngineProcess

DEPLOY = ROOT / "tools" / "deploy"
SERIES = re.compile(r'^(?P<name>[a-z_:][a-z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$')


def promtool(*arguments, **options):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=WATCHDOG_S, check=False, **options)


def page(engine):
    done = engine.cli("metrics")
    assert done.returncode == 0, done.stderr
    return done.stdout


def values(text):
    """{(name, labels as written): value}"""
    found = [SERIES.match(line) for line in text.splitlines() if line and not line.startswith("#")]
    assert all(found)
    return {(match["name"], match["labels"] or ""): float(match["value"]) for match in found}


def test_promtool_accepts_the_page(own_engine, rows, good_row):
    own_engine.predict(rows([good_row] * 3))
    judged = promtool("check", "metrics", input=page(own_engine))
    assert judged.returncode == 0 and not judged.stderr, judged.stdout + judged.stderr


def test_rows_and_stages_are_counted(own_engine, rows, good_row):
    before = values(page(own_engine))
    own_engine.predict(rows([good_row] * 5 + [{"nonsense": 1}]))
    own_engine.cli("predict", "--version", NEW, "--input", rows([good_row]))
    after = values(page(own_engine))

    def grown(name, labels=""):
        return after[name, labels] - before[name, labels]
    assert grown("ringside_rows_total", 'status="ok"') == 6
    assert grown("ringside_rows_total", 'status="invalid"') == 1
    assert grown("ringside_calls_total") == 7
    assert grown("ringside_version_rows_total", f'version="{OLD}"') == 6
    assert grown("ringside_version_rows_total", f'version="{NEW}"') == 1
    for stage in ("queue", "decode", "preprocess", "forest", "respond", "total"):
        assert grown("ringside_stage_seconds_count", f'stage="{stage}"') == 7
    total = grown("ringside_stage_seconds_sum", 'stage="total"')
    assert 0 < total
    assert grown("ringside_stage_seconds_bucket", 'stage="total",le="+Inf"') == 7


def test_rows_of_a_client_are_counted_while_it_is_connected(own_engine, good_row):
    lines = json.dumps(good_row) + "\n"
    client = subprocess.Popen([BIN / "ringside", "--run-dir", own_engine.run_dir, "predict", "--input", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    try:
        for line in (lines, lines, '{"nonsense": 1}\n'):
            client.stdin.write(line)
            client.stdin.flush()
            assert client.stdout.readline()
        rows_of = {labels: value for (name, labels), value in values(page(own_engine)).items() if name == "ringside_client_rows_total"}
        assert sorted(rows_of.values()) == [1, 2] and all("client=" in labels and "uid=" in labels for labels in rows_of)
    finally:
        client.stdin.close()
        client.wait(WATCHDOG_S)
    own_engine.wait_for(lambda: "ringside_client_rows_total" not in page(own_engine), "the end of a departed client's series")


def test_journal_has_its_series(models, rows, good_row):
    with EngineProcess(models, environment={"RINGSIDE_JOURNAL_ENABLED": "true"}) as engine:
        engine.predict(rows([good_row] * 4))
        found = values(page(engine))
        assert found["ringside_journal_records_total", ""] == 4 and found["ringside_journal_unrecorded_rows_total", ""] == 0
        assert found["ringside_journal_landing_bytes", ""] == 64 << 20 and found["ringside_journal_failing", ""] == 0
        judged = promtool("check", "metrics", input=page(engine))
        assert judged.returncode == 0 and not judged.stderr, judged.stdout + judged.stderr


def test_tritons_names_are_an_option(own_engine, rows, good_row):
    own_engine.predict(rows([good_row] * 3))
    own_engine.predict(rows([good_row]), "--version", "no_such_version")
    done = own_engine.cli("metrics", "--names", "triton")
    found = values(done.stdout)
    assert found["nv_inference_request_success", 'model="loan_default"'] == 3
    assert found["nv_inference_request_failure", 'model="loan_default",reason="OTHER"'] == 1
    assert found["nv_inference_count", f'model="loan_default",version="{OLD}"'] == 3
    durations = ["queue", "compute_input", "compute_infer", "compute_output"]
    parts = sum(found[f"nv_inference_{part}_duration_us", 'model="loan_default"'] for part in durations)
    assert parts == pytest.approx(found["nv_inference_request_duration_us", 'model="loan_default"'])
    judged = promtool("check", "metrics", input=done.stdout)  # it dislikes Triton's names, not the form
    assert "error while linting" not in judged.stdout + judged.stderr
    assert own_engine.admin("GET", "/metrics?names=x")[0] == 400


def test_roles_follow_a_canary(own_engine):
    assert own_engine.cli("canary", NEW, "--percent", "2.5").returncode == 0
    found = values(page(own_engine))
    assert found["ringside_canary_percent", f'version="{NEW}"'] == 2.5
    assert found["ringside_version_role", f'version="{NEW}",role="canary"'] == 1
    assert found["ringside_version_role", f'version="{OLD}",role="current"'] == 1


def test_over_http_it_has_prometheus_content_type(engine):
    answer = subprocess.run(["curl", "-si", "--unix-socket", engine.admin_socket(), "http://engine/metrics"],
                            capture_output=True, text=True, timeout=WATCHDOG_S, check=True).stdout
    head, _, body = answer.partition("\n\n")
    assert head.startswith("HTTP/1.1 200")
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8" in head
    assert body.startswith("# HELP ringside_ready")


def test_json_wraps_the_text(engine):
    document = json.loads(engine.cli("--json", "metrics").stdout)
    assert document["exposition"].startswith("# HELP ")


def named_metrics(expression):
    """The metrics of a PromQL expression: what is followed by a brace, a bracket or stands alone, and has our names' form."""
    return set(re.findall(r"\b((?:ringside|process)_[a-z_]+)\b(?!:)", re.sub(r"[a-z_]+:ringside_[a-z0-9_:]+", "", expression)))


def families(text):
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    return names | {name + part for name in names for part in ("_bucket", "_sum", "_count")}


def drift_families():
    """Those that stand on the page only for bundles with a baseline and enough rows; exposition_test.cc shows them."""
    source = (ROOT / "engine" / "metrics" / "exposition.cc").read_text()
    return set(re.findall(r'"(ringside_drift_[a-z_]+|ringside_canary_percent|ringside_client[a-z_]*)"', source))


def test_rules_are_right_and_name_what_there_is(engine):
    folder = DEPLOY / "prometheus"
    for arguments in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        judged = promtool(*arguments, cwd=folder)
        assert judged.returncode == 0, judged.stdout + judged.stderr
    named = named_metrics(" ".join(re.findall(r"expr: (.*(?:\n {12}.*)*|\|\n(?: {10,}.*\n)+)", (folder / "rules.yml").read_text())))
    assert len(named) >= 6
    assert named <= families(page(engine)) | drift_families()


def test_the_dashboard_names_what_there_is(engine):
    dashboard = json.loads((DEPLOY / "grafana" / "ringside.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    named = named_metrics(" ".join(expressions))
    assert len(expressions) >= 14 and len(named) >= 12
    assert named <= families(page(engine)) | drift_families()
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


class Proxy:
    """What tools/deploy/prometheus/scrape.yml asks for: TCP on loopback in front of admin.sock."""
    def __init__(self, socket_path):
        self._path = str(socket_path)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            inner = socket.socket(socket.AF_UNIX)
            inner.connect(self._path)
            for source, sink in ((taken, inner), (inner, taken)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._listener.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def prometheus(own_engine, tmp_path):
    """A real Prometheus that scrapes the engine; a function that asks it."""
    proxy, port = Proxy(own_engine.admin_socket()), free_port()
    shutil.copy(DEPLOY / "prometheus" / "rules.yml", tmp_path)
    config = (DEPLOY / "prometheus" / "scrape.yml").read_text().replace("9464", str(proxy.port)).replace("10s", "200ms")
    (tmp_path / "prometheus.yml").write_text("rule_files: [rules.yml]\n" + config)
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(["prometheus", "--config.file", tmp_path / "prometheus.yml", "--storage.tsdb.path", tmp_path / "data",
                                    "--web.listen-address", f"127.0.0.1:{port}", "--log.level", "warn"], stdout=log, stderr=log)

    def ask(expression):
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        deadline = time.monotonic() + WATCHDOG_S
        while True:
            try:
                result = json.load(urllib.request.urlopen(url, timeout=10))["data"]["result"]
            except OSError:
                result = []
            if result:
                return result
            assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.05)  # between two questions; nothing is concluded from it
    yield ask
    process.terminate()
    process.wait(WATCHDOG_S)
    proxy.close()


def test_a_real_prometheus_scrapes_it(prometheus, own_engine):
    (up,) = prometheus('up{job="ringside"} == 1')
    assert up["metric"]["task"] == "loan_default"
    (ready,) = prometheus("ringside_ready")
    assert ready["value"][1] == "1"
    (current,) = prometheus('ringside_version_role{role="current"}')
    assert current["metric"]["version"] == OLD
