"""Goal: with tokens, nobody without one is served, nobody but an admin changes anything, and each refusal is counted; over TLS nothing else differs;
what an operator does through the gateway is recorded under the token's name.

Method: a real engine and gateways with a token file; a certificate made here; curl and Python's ssl as clients.
"""
import hashlib
import http.client
import json
import ssl
import subprocess

import pytest

from tests.support.engine_process import BIN, EngineProcess, WATCHDOG_S
from tests.support.gateway_process import GatewayProcess, wait_until
from tests.tools.gateway.gateway_fixtures import NEW, OLD, ROOT, golden  # fixtures by import

ADS, DEPLOY = "a" * 64, "d" * 64  # tokens
LOAD = "/v2/repository/models/loan_default/load"


def bearer(token):
    return {"Authorization": "Bearer " + token}


@pytest.fixture(scope="module")
def engine():
    with EngineProcess(ROOT / "models") as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    path = tmp_path_factory.mktemp("access") / "tokens"
    lines = [f"{name} {hashlib.sha256(token.encode()).hexdigest()} {role}" for name, token, role in [("ads", ADS, "predict"), ("deploy", DEPLOY, "admin")]]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def guarded(engine, tokens):
    with GatewayProcess(engine.run_dir, "--tokens", tokens, "--admin-routes") as running:
        yield running


def count(gateway, status):
    page = gateway.request("GET", "/gateway/metrics", headers=bearer(ADS))[2]
    return int(next(line for line in page.splitlines() if line.startswith(f'ringside_gateway_responses_total{{status="{status}"}}')).split()[1])


@pytest.mark.parametrize("headers", [{}, bearer("b" * 64), {"Authorization": "Basic " + ADS}, bearer(ADS[:-1]), bearer(hashlib.sha256(ADS.encode()).hexdigest())])
@pytest.mark.parametrize("method, path", [("POST", "/predict"), ("GET", "/v2/models/loan_default"), ("GET", "/metrics"), ("POST", "/model/switch"), ("POST", LOAD),
                                          ("GET", "/nowhere"), ("GET", "/gateway/metrics")])
def test_without_a_token_of_the_file_it_is_401_and_counted(guarded, golden, method, path, headers):
    before = count(guarded, 401)
    status, answered, document = guarded.request(method, path, golden[0] if method == "POST" else None, headers)
    assert status == 401 and answered["WWW-Authenticate"].startswith("Bearer") and document["trace_id"]
    assert ADS not in json.dumps(document)
    assert count(guarded, 401) == before + 1


def test_with_one_it_is_served(guarded, golden):
    assert guarded.request("POST", "/predict", golden[0], bearer(ADS))[0] == 200
    assert guarded.request("POST", "/predict", golden[0], {"Authorization": "bearer " + DEPLOY})[0] == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v2/health/live", "/v2/health/ready", "/docs", "/openapi.json"])
def test_probes_and_the_pages_that_say_how_to_ask_need_none(guarded, path):
    assert guarded.request("GET", path)[0] == 200


@pytest.mark.parametrize("method, path", [("POST", "/model/switch"), ("POST", "/model/rollback"), ("GET", "/status"), ("GET", "/audit"), ("POST", LOAD),
                                          ("POST", "/v2/repository/models/loan_default/unload")])
def test_admin_routes_are_for_admins(guarded, method, path):
    before = count(guarded, 403)
    status, _, document = guarded.request(method, path, {} if method == "POST" else None, bearer(ADS))
    assert status == 403 and "ads" in document["error"] and count(guarded, 403) == before + 1


def test_without_the_option_there_are_no_admin_routes(engine, tokens):
    with GatewayProcess(engine.run_dir, "--tokens", tokens) as gateway:
        assert gateway.request("POST", "/model/rollback", {}, bearer(DEPLOY))[0] == 404
    with GatewayProcess(engine.run_dir) as gateway:
        assert gateway.request("POST", "/model/rollback", {})[0] == 404
        assert gateway.request("POST", LOAD, {})[0] == 404
        assert gateway.request("GET", "/status")[0] == 404


def test_a_switch_and_a_load_are_recorded_under_the_tokens_name(golden, tokens):
    with EngineProcess(ROOT / "models") as engine, GatewayProcess(engine.run_dir, "--tokens", tokens, "--admin-routes") as gateway:
        engine.wait_until_loaded()

        def ask(method, path, body=None):
            return gateway.request(method, path, body, bearer(DEPLOY))
        status, _, done = ask("POST", "/model/switch", {"version": NEW, "force": True, "reason": "by hand"})
        assert status == 200 and (done["from"], done["to"]) == (OLD, NEW)
        assert ask("POST", "/model/rollback/loan_default", {})[0] == 200
        assert ask("POST", LOAD)[0] == 200  # a version answers already
        assert ask("POST", LOAD, {"parameters": {"version": NEW}})[0] in (200, 409)  # 409: it lacks what a strict switch asks for
        assert ask("POST", LOAD, {"parameters": {"version": "nobody"}})[0] == 404
        assert ask("POST", LOAD, {"parameters": {"file:1/model": "aGVsbG8="}})[0] == 400
        assert ask("POST", "/v2/repository/models/nobody/load")[0] == 404
        assert ask("POST", "/v2/repository/models/loan_default/unload")[0] == 501
        assert ask("GET", "/model/rollback")[0] == 405
        history = ask("GET", "/model/history?limit=50")[2]
        entries = history if isinstance(history, list) else history["changes"]
        asked = [entry for entry in entries if "for deploy at 127.0.0.1" in entry["actor"]]
        assert len(asked) >= 2 and all(entry["actor"].startswith("uid ") for entry in asked)


def test_a_change_holds_up_no_prediction(golden, tokens):
    """While the engine does not answer its admin.sock, every worker goes on."""
    with EngineProcess(ROOT / "models") as engine, GatewayProcess(engine.run_dir, "--tokens", tokens, "--admin-routes", "--workers", "1") as gateway:
        slow = gateway.connection()
        socket = engine.admin_socket()
        socket.rename(socket.with_name("hidden"))
        import socket as sockets
        silent = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        silent.bind(str(socket))
        silent.listen()
        slow.request("POST", "/model/rollback", "{}", bearer(DEPLOY))
        held, _ = silent.accept()  # the gateway is asking, and waits
        assert gateway.request("POST", "/predict", golden[0], bearer(ADS))[0] == 200
        held.close()
        silent.close()
        assert slow.getresponse().status == 503
        slow.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key): self-signed, for 127.0.0.1."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256()))
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def tls(engine, certificate):
    with GatewayProcess(engine.run_dir, "--tls-certificate", certificate[0], "--tls-key", certificate[1], "--time", "500") as running:
        yield running


def test_over_tls_the_same_is_answered(tls, certificate, golden):
    context = ssl.create_default_context(cafile=certificate[0])
    connection = http.client.HTTPSConnection("127.0.0.1", tls.port, timeout=WATCHDOG_S, context=context)
    for row in golden[:5]:  # on one connection
        connection.request("POST", "/predict", json.dumps(row), {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200 and json.loads(response.read())["status"] == "ok"
    connection.close()
    done = subprocess.run(["curl", "-s", "--cacert", certificate[0], f"https://127.0.0.1:{tls.port}/v2/health/ready"], capture_output=True, text=True,
                          timeout=WATCHDOG_S, check=True)
    assert json.loads(done.stdout)["ready"]


def test_what_is_no_tls_or_too_old_or_silent_is_sent_away(tls, certificate, golden):
    assert b"HTTP/1.1" not in tls.raw(b"GET /healthz HTTP/1.1\r\n\r\n")
    assert tls.raw(b"", shut=False) == b""  # after its time
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.options |= ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3
    with tls.open() as peer, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(peer)
    context = ssl.create_default_context(cafile=certificate[0])
    with tls.open() as peer, context.wrap_socket(peer, server_hostname="127.0.0.1") as secure:  # half a request, then silence
        secure.sendall(b"POST /predict HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        assert secure.recv(4096).startswith(b"HTTP/1.1 408")
    test_over_tls_the_same_is_answered(tls, certificate, golden)


def test_options_that_contradict_each_other_are_told(engine, tokens, tmp_path):
    def run(*arguments):
        return subprocess.run([BIN / "ringside-gateway", "--run-dir", engine.run_dir, "--listen", "127.0.0.1:0", *map(str, arguments)], capture_output=True,
                              text=True, timeout=WATCHDOG_S, check=False)
    assert run("--admin-routes").returncode == 2
    predicting = tmp_path / "predicting"
    predicting.write_text(tokens.read_text().splitlines()[0] + "\n")
    assert run("--admin-routes", "--tokens", predicting).returncode == 2
    assert run("--tls-certificate", "x").returncode == 2
    assert run("--tls-certificate", "x", "--tls-key", "y").returncode == 1
    wrong = tmp_path / "wrong"
    wrong.write_text("ads 12 predict\nads\n")
    told = run("--tokens", wrong)
    assert told.returncode == 1 and "wrong:1:" in told.stderr and "wrong:2:" in told.stderr
    assert run("--tokens", tmp_path / "none").returncode == 1


def test_the_gateways_own_counts_are_prometheus_text(guarded):
    page = guarded.request("GET", "/gateway/metrics", headers=bearer(ADS))[2]
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    wait_until(lambda: "ringside_gateway_connections 1" in guarded.request("GET", "/gateway/metrics", headers=bearer(ADS))[2])
