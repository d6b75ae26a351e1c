"""Who is calling, and what that one may do."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from altmount.errors import InvalidRequestError


class Role(enum.IntEnum):
    """What an account may do; each may do what those before it may."""

    READER = 1  #: Look at everything but secrets, and play files.
    USER = 2  #: Bring in NZBs, and change the library.
    ADMIN = 3  #: Change settings and accounts.

    @property
    def word(self) -> str:
        """How people write it."""
        return self.name.lower()


class Scope(enum.StrEnum):
    """What a credential is good for, within what its owner may do."""

    FULL = "full"  #: All of it.
    READ = "read"  #: Looking and playing.
    NZB = "nzb"  #: Bringing in NZBs, and nothing else.
    FILES = "files"  #: Playing files, and nothing else: what links carry.


class Means(enum.StrEnum):
    """How a caller showed who it is."""

    SESSION = "session"  #: By the token of a login, in a cookie or in a header.
    KEY = "key"  #: By an API key.
    BASIC = "basic"  #: By the WebDAV user and password of the settings.
    LINK = "link"  #: By what a link to a file carries.
    NOTHING = "nothing"  #: Not at all; nobody asked.


class Access(enum.Enum):
    """Who may do something that the program is asked for."""

    OPEN = "anyone"
    OWN = "who has the key that its handler asks for"  #: The door asks for nothing.
    FILES = "readers, and links"
    SHARE = "readers, over WebDAV"
    SHARE_CHANGE = "users, over WebDAV"
    READ = "readers"
    NZB = "users, and keys for NZBs"
    CHANGE = "users"
    ACCOUNT = "who has an account, about that account"
    ADMIN = "admins"

    @property
    def kept(self) -> bool:
        """Whether it asks for a credential even where no login is required.

        Links, players and mounts have theirs.
        """
        return self in _KEPT


_KEPT = frozenset({Access.OWN, Access.FILES, Access.SHARE, Access.SHARE_CHANGE})
_UNASKED = frozenset({Access.OPEN, Access.OWN})
_LEAST = {
    Access.FILES: Role.READER,
    Access.SHARE: Role.READER,
    Access.SHARE_CHANGE: Role.USER,
    Access.READ: Role.READER,
    Access.NZB: Role.USER,
    Access.CHANGE: Role.USER,
    Access.ACCOUNT: Role.READER,
    Access.ADMIN: Role.ADMIN,
}
_GOOD_FOR = {
    Scope.FULL: frozenset(_LEAST),
    Scope.READ: frozenset({Access.FILES, Access.SHARE, Access.READ}),
    Scope.NZB: frozenset({Access.NZB}),
    Scope.FILES: frozenset({Access.FILES}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    name: str
    """Of the account or of the login; empty where nobody was asked."""

    role: Role
    means: Means
    scope: Scope = Scope.FULL
    user_id: int | None = None
    """Of the account; None where there is none behind it."""

    session_id: int | None = None
    """Of the login, where it came by one."""

    ambient: bool = False
    """Whether a browser shows the credential by itself, whichever page makes it ask."""

    def may(self, access: Access) -> bool:
        """Whether it may do what asks for this."""
        if access in _UNASKED:
            return True
        return access in _GOOD_FOR[self.scope] and self.role >= _LEAST[access]


NOBODY = Caller("", Role.ADMIN, Means.NOTHING, ambient=True)
"""Who is not asked for a login, since none is required; the door has checked that."""


def parse_role(text: str) -> Role:
    """A role by its word.

    Raises:
        InvalidRequestError: There is none of that name.
    """
    try:
        return Role[text.upper()]
    except KeyError:
        words = ", ".join(role.word for role in Role)
        raise InvalidRequestError(f"a role is one of: {words}") from None


def parse_scope(text: str) -> Scope:
    """The scope of a key by its word; links have theirs, and no key may be made with it.

    Raises:
        InvalidRequestError: There is none of that name.
    """
    if text not in {Scope.FULL, Scope.READ, Scope.NZB}:
        raise InvalidRequestError("a key is good for one of: read, nzb, full")
    return Scope(text)
