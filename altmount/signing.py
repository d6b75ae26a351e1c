"""Links to files that open by themselves.

Those that are handed on have a path, an end, and a signature of both. Those in .strm files never
end, and have a path and an id: they open the file of that id wherever it is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

_LATEST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""

_ID = "id "
"""What is signed before an id; no end begins so."""


@dataclass(frozen=True, slots=True)
class SignedPath:
    """What a link shows."""

    path: str
    """Of the file, in the library."""

    expires: str
    """When it ends, in seconds since 1970, as it stands in the link; empty if it never does."""

    signature: str = field(repr=False)
    id: str = ""
    """Of the file, in a link that never ends."""

    @property
    def query(self) -> str:
        """How it stands in the query of a URL."""
        which = f"id={quote(self.id)}" if self.id else f"expires={self.expires}"
        return f"path={quote(self.path)}&{which}&signature={self.signature}"


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

    def sign_lasting(self, path: str, file_id: str) -> SignedPath:
        """A file's id and its path that open for good."""
        return SignedPath(path, "", self._signature(path, f"{_ID}{file_id}"), file_id)

    def opens(self, shown: SignedPath, now: datetime) -> bool:
        """Whether a link was made here, for this path, and has not ended."""
        right = self._signature(shown.path, f"{_ID}{shown.id}" if shown.id else shown.expires)
        given = shown.signature.encode(errors="surrogateescape")
        if not hmac.compare_digest(given, right.encode()):
            return False
        end = shown.expires
        if shown.id:
            return not end and "\n" not in shown.id
        if not (end.isascii() and end.isdigit() and len(end) <= len(str(_LATEST))):
            return False
        return now < datetime.fromtimestamp(min(int(end), _LATEST), UTC)

    def _signature(self, path: str, other: str) -> str:
        # No end or id has a line break in it, so that one text stands for one pair.
        text = f"{other}\n{path}".encode(errors="surrogateescape")
        digest = hmac.new(self._secret, text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
