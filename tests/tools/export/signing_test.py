"""Goal: --sign writes a signature that fits the manifest's bytes, and a wrong key stops the export before it begins.

Method: keys made by cryptography itself, which also verifies.
"""

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

import small_run
from ringside_export import problems, signing


def written(path, key, password=None):
    protection = serialization.NoEncryption() if password is None else serialization.BestAvailableEncryption(password)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection))
    return path


def test_signature_fits_the_bytes_of_the_manifest_and_is_not_listed(run_directory, tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    out = tmp_path / "small_v1.0.0"
    done = small_run.run_program("--from", run_directory, "--sample", run_directory / "sample.jsonl", "--out", out, "--sign",
                                 written(tmp_path / "release.key", key))
    assert done.returncode == 0, done.stderr
    algorithm, name, signature = (out / "manifest.sig").read_text().split()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert (algorithm, name) == ("ed25519", hashlib.sha256(public).hexdigest()[:16])
    key.public_key().verify(bytes.fromhex(signature), (out / "manifest.json").read_bytes())
    assert b"manifest.sig" not in (out / "manifest.json").read_bytes()


@pytest.mark.parametrize("make", [
    lambda path: path,
    lambda path: (path.write_text("no key"), path)[1],
    lambda path: written(path, x25519.X25519PrivateKey.generate()),
    lambda path: written(path, ed25519.Ed25519PrivateKey.generate(), b"secret"),
], ids=["absent", "no PEM", "another algorithm", "encrypted"])
def test_wrong_key_is_a_usage_error_before_anything_is_done(make, tmp_path):
    with pytest.raises(problems.UsageError, match="^--sign "):
        signing.PrivateKey(make(tmp_path / "key.pem"))
