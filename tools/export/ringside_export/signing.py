"""manifest.sig: who made the bundle, an Ed25519 signature over the bytes of manifest.json (schemas/bundle.md).

python3-cryptography is imported only here, and only when a key is given.
"""

import hashlib

from .problems import UsageError


class PrivateKey:
    """An Ed25519 private key from a PEM file (PKCS#8, not encrypted). Raises UsageError."""

    def __init__(self, path):
        try:
            from cryptography.hazmat.primitives import serialization
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ImportError:
            raise UsageError("--sign: needs python3-cryptography; or export without it and use `ringside sign`") from None
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise UsageError(f"--sign {path}: {error.strerror}") from None
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError(f"--sign {path}: it is no Ed25519 private key in PEM, or an encrypted one")
        public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = hashlib.sha256(public).hexdigest()[:16]
        self._key = key

    def line(self, manifest):
        """The text of manifest.sig for the manifest's bytes."""
        return f"ed25519 {self.id} {self._key.sign(manifest).hex()}\n"
