"""Goal: a bundle that a trusted key signed can be told from every other, by `check`, by the engine and by hand with OpenSSL.
Method: the real programs on copies of a committed bundle; keys as the help says, by openssl."""
import json
import shutil
import subprocess
import sys

import pytest

from tests.cli.conftest import NEW, OLD, ROOT
from tests.cli.documents import check_cli
from tests.support.engine_process import EngineProcess, run_program

sys.path.insert(0, str(ROOT / "tools" / "export"))
from ringside_export import signing  # noqa: E402  (the package is beside the tests, not installed)


@pytest.fixture
def keys(tmp_path):
    """tmp_path/release.key and keys/release.pem; returns the directory of public keys."""
    (tmp_path / "keys").mkdir()
    for command in (["genpkey", "-algorithm", "ed25519", "-out", tmp_path / "release.key"],
                    ["pkey", "-in", tmp_path / "release.key", "-pubout", "-out", tmp_path / "keys" / "release.pem"]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return tmp_path / "keys"


@pytest.fixture
def models(tmp_path):
    for version in (OLD, NEW):
        shutil.copytree(ROOT / "models" / version, tmp_path / "models" / version)
    (tmp_path / "models" / "current").symlink_to(OLD)
    return tmp_path / "models"


def sign(models, keys, version=OLD):
    return run_program("ringside", "sign", models / version, "--key", keys.parent / "release.key")


def test_signed_bundle_passes_where_signatures_are_required(models, keys):
    done = sign(models, keys)
    assert done.returncode == 0 and done.stdout.startswith(f"{OLD} is signed by key "), done.stderr
    checked = run_program("ringside", "check", models / OLD, "--keys", keys, "--json")
    document = json.loads(checked.stdout)
    check_cli("check", document)
    assert checked.returncode == 0 and document["signature"].startswith("signed by release (")
    assert sorted(path.name for path in models.iterdir()) == ["current", OLD, NEW]  # nothing is left beside the bundle


def test_unsigned_bundle_fails_where_signatures_are_required(models, keys):
    done = run_program("ringside", "check", models / OLD, "--keys", keys)
    assert done.returncode == 5 and "the bundle is unsigned" in done.stderr and "next: ask who made the bundle" in done.stderr


def test_what_is_not_good_is_not_signed(models, keys):
    (models / OLD / "version.txt").write_text("version: other\n")
    done = sign(models, keys)
    assert done.returncode == 5 and "was not signed" in done.stderr
    assert not (models / OLD / "manifest.sig").exists()


def test_key_that_is_none_is_a_usage_error(models, keys):
    for key in (keys / "release.pem", keys / "none"):
        assert run_program("ringside", "sign", models / OLD, "--key", key).returncode == 2


@pytest.mark.parametrize("given", ["none", "release.key", "empty", "private"])
def test_keys_that_cannot_be_used_are_a_usage_error_and_say_nothing_of_the_bundle(models, keys, tmp_path, given):
    (tmp_path / "empty").mkdir()
    (tmp_path / "private").mkdir()
    shutil.copy(tmp_path / "release.key", tmp_path / "private" / "release.pem")
    for directory in (models / OLD, tmp_path / "no bundle"):
        done = run_program("ringside", "check", directory, "--keys", tmp_path / given)
        assert done.returncode == 2 and "error: --keys " in done.stderr and "next: openssl pkey " in done.stderr, done.stderr
        assert "is not a good bundle" not in done.stderr


def test_exporters_signature_is_the_same_as_the_command_lines(models, keys):
    assert sign(models, keys).returncode == 0  # Ed25519 is deterministic
    manifest = (models / OLD / "manifest.json").read_bytes()
    line = signing.PrivateKey(keys.parent / "release.key").line(manifest)
    assert (models / OLD / "manifest.sig").read_text() == line


def test_openssl_alone_can_verify(models, keys, tmp_path):
    assert sign(models, keys).returncode == 0
    signature = tmp_path / "signature"
    signature.write_bytes(bytes.fromhex((models / OLD / "manifest.sig").read_text().split()[2]))
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", keys / "release.pem", "-rawin", "-in",
                    models / OLD / "manifest.json", "-sigfile", signature], check=True, capture_output=True)


def test_engine_loads_what_is_signed_and_refuses_the_rest(models, keys):
    assert sign(models, keys).returncode == 0
    require = {"RINGSIDE_BUNDLE_SIGNATURE_MODE": "require", "RINGSIDE_BUNDLE_SIGNATURE_KEYS": str(keys)}
    with EngineProcess(models, environment=require) as engine:
        assert engine.cli("switch", NEW).returncode == 5
        versions = {version["version"]: version for version in json.loads(engine.cli("versions", "--json").stdout)}
        assert versions[OLD]["signature"].startswith("signed by release (") and versions[OLD]["roles"] == ["current"]
        assert versions[NEW]["state"] == "failed" and "unsigned" in versions[NEW]["reason"]
        assert sign(models, keys, NEW).returncode == 0
        assert engine.cli("switch", NEW).returncode == 0  # keys and signatures are read anew


def test_engine_warns_and_serves_in_warn(models, keys):
    warn = {"RINGSIDE_BUNDLE_SIGNATURE_MODE": "warn", "RINGSIDE_BUNDLE_SIGNATURE_KEYS": str(keys)}
    with EngineProcess(models, environment=warn) as engine:
        current = next(version for version in json.loads(engine.cli("versions", "--json").stdout) if version["version"] == OLD)
        assert current["roles"] == ["current"] and any("unsigned" in warning for warning in current["warnings"])


@pytest.mark.parametrize("mode", ["warn", "require"])
def test_mode_without_keys_is_a_configuration_problem(mode):
    done = run_program("ringsided", "--check-config", environment={"RINGSIDE_BUNDLE_SIGNATURE_MODE": mode})
    assert done.returncode == 2 and "needs bundle_signature.keys" in done.stderr
