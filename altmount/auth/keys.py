"""API keys: how they are made, known again without being kept, and kept where they must be shown.

``API key ──sha256──▶ download key ──sha256──▶ digest``. The database has the digest, from which
neither can be made, and by which either is found.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

_KEY_BYTES = 24
"""The ancestor's, which makes 32 characters that need no escape in a URL."""


def new_key() -> str:
    """A key that nobody has."""
    return secrets.token_urlsafe(_KEY_BYTES)


def download_key_of(key: str) -> str:
    """What links to files carry in place of the key; in lower-case hexadecimal digits."""
    return _sha256(key)


def digest_of(key: str) -> str:
    """By what an API key is found."""
    return _sha256(_sha256(key))


def digest_of_download_key(download_key: str) -> str:
    """By what a download key is found: as the key that it was made of."""
    return _sha256(download_key)


class Seal:
    """Keeps keys that must be shown again, unreadable to whoever has the database alone.

    Args:
        secret: 32 bytes that are kept elsewhere.
    """

    def __init__(self, secret: bytes) -> None:
        self._box = SecretBox(secret)

    def close(self, key: str) -> str:
        """A key as the database has it."""
        return base64.b64encode(self._box.encrypt(key.encode())).decode()

    def open(self, sealed: str) -> str | None:
        """The key again; None if it was sealed with another secret."""
        try:
            return self._box.decrypt(base64.b64decode(sealed, validate=True)).decode()
        except (CryptoError, binascii.Error, ValueError):
            return None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
