"""Goal: clients that nobody here wrote work unmodified: NVIDIA's tritonclient and KServe's inference client; and schemathesis, which makes requests of
our own description, finds no answer that the description does not promise.

Method: their newest releases from PyPI in a throw-away virtual environment, made once a run; outside_clients.py is what runs inside. Skipped with
pip's last word where PyPI is out of reach. Their scores must be the bits of /batch_predict.
"""
import hashlib
import json
import re
import struct
import subprocess

import pytest

from tests.support.engine_process import EngineProcess, WATCHDOG_S
from tests.support.gateway_process import GatewayProcess
from tests.tools.gateway.gateway_fixtures import ROOT, engine, gateway, golden  # fixtures by import

INSTALL_S = 900
UNREACHABLE = re.compile(r"from versions: none|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|SSLError"
                         r"|Temporary failure in name resolution|Connection (refused|reset|aborted)|Network is unreachable")


def environment_with(folder, *packages):
    """The interpreter of a new virtual environment with these packages; skips where no index answers."""
    subprocess.run(["/usr/bin/python3", "-m", "venv", str(folder)], check=True, timeout=INSTALL_S)
    python = folder / "bin" / "python"
    done = subprocess.run([python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--retries=1",
                           "--timeout=15", *packages], capture_output=True, text=True, timeout=INSTALL_S, check=False)
    if done.returncode != 0 and UNREACHABLE.search(done.stderr):
        pytest.skip("PyPI is out of reach: " + done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return python


@pytest.mark.long  # what kserve brings along takes most of a minute to install
def test_tritonclient_and_kserve_unmodified(gateway, golden, tmp_path):
    python = environment_with(tmp_path / "env", "tritonclient[http]", "kserve")
    rows = golden[:20]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    done = subprocess.run([python, "-I", ROOT / "tests/tools/gateway/outside_clients.py", f"127.0.0.1:{gateway.port}", tmp_path / "rows.json"],
                          capture_output=True, text=True, timeout=WATCHDOG_S * 2, check=False)
    assert done.returncode == 0, done.stderr
    fields = set.intersection(*(set(row) for row in rows))  # what outside_clients.py sends
    told = gateway.request("POST", "/batch_predict", [{name: row[name] for name in row if name in fields} for row in rows])[2]["results"]
    due = [struct.pack("<f", row["score"]) for row in told]
    for client, scores in json.loads(done.stdout).items():
        assert [struct.pack("<f", score) for score in scores] == due, client


# Which fields a row has is the model's to say, so a request may be right by the description and wrong all the same. 501 and 504 are promised: what is
# not there, and a deadline of microseconds.
SCHEMATHESIS = """
[checks]
positive_data_acceptance.enabled = false
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501, 504]
"""


def test_schemathesis_finds_nothing_that_the_description_does_not_promise(tmp_path):
    python = environment_with(tmp_path / "env", "schemathesis")
    (tmp_path / "schemathesis.toml").write_text(SCHEMATHESIS)
    (tmp_path / "tokens").write_text(f"fuzz {hashlib.sha256(b'fuzz').hexdigest()} admin\n")
    with EngineProcess(ROOT / "models") as own, GatewayProcess(own.run_dir, "--tokens", tmp_path / "tokens", "--admin-routes") as guarded:
        own.wait_until_loaded()
        address = f"http://127.0.0.1:{guarded.port}"
        done = subprocess.run([python.parent / "schemathesis", "--config-file", tmp_path / "schemathesis.toml", "run", f"{address}/openapi.json", "--url", address,
                               "--header", "Authorization: Bearer fuzz", "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1",
                               "--no-color"], capture_output=True, text=True, timeout=WATCHDOG_S * 5, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr
        assert guarded.process.poll() is None
