"""The commands this client sends (RFC 3977, RFC 4643)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from altmount.articles import MessageId
from altmount.errors import InvalidRequestError

# RFC 4643 2.3.2 lets blanks stand in both; a line has at most 512 octets.
_ARGUMENT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


class Verb(StrEnum):
    """What is asked about an article.

    The decoder knows no other multi-line answers than those of ARTICLE, HEAD, BODY and
    CAPABILITIES, so no command with another one (LIST, OVER, HELP …) may ever stand here.
    """

    BODY = "BODY"
    STAT = "STAT"
    HEAD = "HEAD"
    DATE = "DATE"
    CAPABILITIES = "CAPABILITIES"
    QUIT = "QUIT"


@dataclass(frozen=True, slots=True)
class Command:
    """One line to the server."""

    verb: Verb
    message_id: MessageId | None = None

    def encode(self) -> bytes:
        if self.message_id is None:
            return b"%b\r\n" % self.verb.encode()
        return b"%b <%b>\r\n" % (self.verb.encode(), self.message_id.encode("ascii"))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login, safe to put in a command."""

    username: str
    password: str

    def __post_init__(self) -> None:
        for what, text in (("user name", self.username), ("password", self.password)):
            if not _ARGUMENT.fullmatch(text):
                raise InvalidRequestError(
                    f"a provider's {what} must have 1 to 100 characters, and no line breaks"
                    " or other control characters"
                )

    def __repr__(self) -> str:
        return "Credentials(***)"

    def encode_user(self) -> bytes:
        return b"AUTHINFO USER %b\r\n" % self.username.encode()

    def encode_password(self) -> bytes:
        return b"AUTHINFO PASS %b\r\n" % self.password.encode()
