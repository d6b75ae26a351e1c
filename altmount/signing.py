"""Links to files that open by themselves for a while: a path, an end, and a signature of both."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

_LATEST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class SignedPath:
    """What a link shows."""

    path: str
    """Of the file, in the library."""

    expires: str
    """When it ends, in seconds since 1970, as it stands in the link."""

    signature: str = field(repr=False)

    @property
    def query(self) -> str:
        """How it stands in the query of a URL."""
        return f"path={quote(self.path)}&expires={self.expires}&signature={self.signature}"


class Signer:
    """Signs paths, and knows its signatures again.

    Args:
        secret: 32 bytes. Other ones end all links.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, path: str, expires: datetime) -> SignedPath:
        """A path that opens until then."""
        end = str(int(expires.timestamp()))
        return SignedPath(path, end, self._signature(path, end))

    def opens(self, shown: SignedPath, now: datetime) -> bool:
        """Whether a link was made here, for this path, and has not ended."""
        right = self._signature(shown.path, shown.expires)
        given = shown.signature.encode(errors="surrogateescape")
        if not hmac.compare_digest(given, right.encode()):
            return False
        end = shown.expires
        if not (end.isascii() and end.isdigit() and len(end) <= len(str(_LATEST))):
            return False
        return now < datetime.fromtimestamp(min(int(end), _LATEST), UTC)

    def _signature(self, path: str, expires: str) -> str:
        # No end has a line break in it, so that one text stands for one pair.
        text = f"{expires}\n{path}".encode(errors="surrogateescape")
        digest = hmac.new(self._secret, text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
