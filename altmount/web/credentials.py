"""Who may come in: a decision on what a request shows, without the request."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Claims:
    """What a request shows of its sender; None where it shows nothing."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    download_key: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        """Whether anything is claimed at all."""
        return self != _NO_CLAIMS


_NO_CLAIMS = Claims()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the program."""

    user: str
    password: str = field(repr=False)
    """Of the WebDAV user; where it is empty, no password opens anything."""

    api_key: str | None = field(default=None, repr=False)
    """Opens everything; where it is None or empty, no key opens anything."""

    login_required: bool = True

    @property
    def download_key(self) -> str | None:
        """The key in links to files: it can be handed on, and opens files for reading only."""
        return hashlib.sha256(self.api_key.encode()).hexdigest() if self.api_key else None

    def accept_key(self, claims: Claims, *, download: bool) -> bool:
        """Whether a key opens the door.

        Args:
            claims: What the request shows.
            download: Whether it only reads a file, which a download key allows.
        """
        return _same(claims.api_key, self.api_key) or (
            download and _same(claims.download_key, self.download_key)
        )

    def accept_password(self, claims: Claims) -> bool:
        """Whether user and password open the door."""
        user = _same(claims.user, self.user)
        return _same(claims.password, self.password) and user


def parse_basic(authorization: str) -> tuple[str, str] | None:
    """User and password out of an Authorization header (RFC 7617), or None."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


def _same(claimed: str | None, real: str | None) -> bool:
    """Compare in a time that does not depend on how much of it is right."""
    if claimed is None or not real:
        return False
    return hmac.compare_digest(
        claimed.encode(errors="surrogateescape"), real.encode(errors="surrogateescape")
    )
