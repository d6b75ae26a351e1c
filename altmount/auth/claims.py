"""What a request shows of its sender, before anyone has looked whether it is right."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from altmount.signing import SignedPath


@dataclass(frozen=True, slots=True)
class Claims:
    """What is shown; None where nothing is."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    download_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    """Of a login, in a header."""

    cookie: str | None = field(default=None, repr=False)
    """The same, in a cookie."""

    link: SignedPath | None = None
    """To the very file that is asked for."""

    def __bool__(self) -> bool:
        """Whether anything is claimed at all."""
        return self != _NOTHING


_NOTHING = Claims()


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


def parse_bearer(authorization: str) -> str | None:
    """The token out of an Authorization header (RFC 6750), or None."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
