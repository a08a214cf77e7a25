"""Goal: what the engine's limits refuse is 429 with the time after which there is room again, what overload sheds is 503.

Method: a real engine whose configuration limits the gateway, by the name that it gives; rates that give nothing back within the test.
"""
import pytest

from tests.support.engine_process import EngineProcess
from tests.support.gateway_process import GatewayProcess, wait_until
from tests.tools.gateway.gateway_fixtures import ROOT, golden  # a fixture by import


@pytest.fixture
def config(tmp_path):
    return tmp_path / "engine.yaml"


def limited(config, *rules, **keys):
    lines = ["limits:", "  rules:", *(f'    - "{rule}"' for rule in rules)] if rules else ["limits:"]
    config.write_text("\n".join([*lines, *(f"  {key}: {value}" for key, value in keys.items())]) + "\n")


def test_beyond_a_rate_is_429_with_retry_after(config, golden):
    limited(config, "name=ringside-gateway rows_per_s=1 burst_ms=0")
    with EngineProcess(ROOT / "models", "--config", config) as engine, GatewayProcess(engine.run_dir) as gateway:
        status, _, answer = gateway.request("POST", "/batch_predict", golden[:200])
        assert status == 200 and {row["status"] for row in answer["results"]} == {"ok"}
        status, headers, answer = gateway.request("POST", "/predict", golden[0])
        assert status == 429 and answer["status"] == "rejected" and answer["reason"] == "rate_limit"
        assert 1 <= int(headers["Retry-After"]) <= 200
        assert answer["trace_id"]


def test_rules_are_read_again_without_a_restart(config, golden):
    limited(config, "all rows_per_s=1 burst_ms=0")
    with EngineProcess(ROOT / "models", "--config", config) as engine, GatewayProcess(engine.run_dir) as gateway:
        assert gateway.request("POST", "/batch_predict", golden[:200])[0] == 200
        assert gateway.request("POST", "/predict", golden[0])[0] == 429
        limited(config, rows_max=512)
        status, _ = engine.admin("POST", "/config/reload")
        assert status == 200
        wait_until(lambda: gateway.request("POST", "/predict", golden[0])[0] == 200)
        _, _, page = gateway.request("GET", "/metrics")
        (refused,) = [line for line in page.splitlines() if line.startswith('ringside_rejected_calls_total{reason="rate_limit"}')]
        assert float(refused.split()[-1]) >= 1


def test_a_rule_that_says_nothing_stops_the_start(config):
    limited(config, "rows_per_s=5")
    with pytest.raises(AssertionError, match="a rule says whom it is about"):
        with EngineProcess(ROOT / "models", "--config", config):
            pass
