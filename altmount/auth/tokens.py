"""The tokens of logins: signed, and good for as long as their session is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

ISSUER = "altmount"
AUDIENCE = "altmount-api"
"""Both are the ancestor's."""

_ALGORITHM = "HS256"
_LONGEST = 2000
_REQUIRED = ["exp", "iss", "aud", "sub", "jti"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What only the owner of a session has."""

    secret: str = field(repr=False)

    @property
    def digest(self) -> str:
        """By what the session is found."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_ticket() -> Ticket:
    return Ticket(secrets.token_urlsafe(32))


class Tokens:
    """Makes tokens and reads them: JSON web tokens (RFC 7519) as the ancestor's clients know them.

    A token is worth nothing without the session that its ``jti`` opens, so that a login can be
    ended, and a secret that is found out opens nothing by itself.

    Args:
        secret: 32 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, ticket: Ticket, user_id: int, now: datetime, expires: datetime) -> str:
        """The token of a session."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "jti": ticket.secret,
            "iat": now,
            "exp": expires,
        }
        import jwt  # noqa: PLC0415 it brings every algorithm there is, and no start needs one

        return jwt.encode(claims, self._secret, _ALGORITHM)

    def read(self, token: str) -> Ticket | None:
        """What a token opens; None if it is not ours, or too old."""
        if len(token) > _LONGEST:
            return None
        import jwt  # noqa: PLC0415 as above

        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                # A clock that was set back makes no token wrong.
                options={"require": _REQUIRED, "verify_iat": False},
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        return Ticket(claims["jti"])
