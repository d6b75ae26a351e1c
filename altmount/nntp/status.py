"""What a status code or a failure means: the one table (RFC 3977 3.2, RFC 4643 2.3).

Nothing else in the program looks at codes to decide what to do with an account or an article.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from types import MappingProxyType

from altmount.errors import AltmountError
from altmount.nntp.commands import Verb
from altmount.nntp.errors import AuthenticationError, QuotaError, ServerBusyError


class Code(enum.IntEnum):
    """The status codes that are told apart."""

    CAPABILITIES = 101
    DATE = 111
    READY = 200
    READY_NO_POSTING = 201
    HEAD_FOLLOWS = 221
    BODY_FOLLOWS = 222
    ARTICLE_EXISTS = 223
    LOGGED_IN = 281
    PASSWORD_NEEDED = 381
    UNAVAILABLE = 400
    NO_SUCH_NUMBER = 423
    NO_SUCH_ARTICLE = 430
    REMOVED = 451  #: In no RFC; what some servers say of articles that were taken down.
    LOGIN_REJECTED = 452  #: Of RFC 2980, as 482.
    LOGIN_NEEDED = 480
    LOGIN_FAILED = 481
    LOGIN_OUT_OF_SEQUENCE = 482
    ENCRYPTION_NEEDED = 483
    UNKNOWN_COMMAND = 500
    SYNTAX = 501
    REFUSED = 502
    NOT_SUPPORTED = 503


class Stage(enum.Enum):
    """How far a conversation had come when the server said something."""

    GREETING = "greeting"
    LOGIN = "login"
    SESSION = "session"


class Outcome(enum.Enum):
    """What asking a provider for something comes down to."""

    SERVED = "served"  #: Here it is.
    MISSING = "missing"  #: This provider does not have it, by its own word.
    WRONG = "wrong"  #: What it has is not the article; asking it again will not help.
    BUSY = "busy"  #: It will not now: too many connections, maintenance.
    REFUSED = "refused"  #: It will not for this account: login, rights, quota.
    BROKEN = "broken"  #: It did not come to an answer, or to one that makes sense.


_LOGIN_CODES: Mapping[int, Outcome] = dict.fromkeys(
    (
        Code.LOGIN_REJECTED,
        Code.LOGIN_NEEDED,
        Code.LOGIN_FAILED,
        Code.LOGIN_OUT_OF_SEQUENCE,
        Code.ENCRYPTION_NEEDED,
    ),
    Outcome.REFUSED,
)

_MEANINGS: Mapping[Stage, Mapping[int, Outcome]] = MappingProxyType(
    {
        Stage.GREETING: {
            Code.READY: Outcome.SERVED,
            Code.READY_NO_POSTING: Outcome.SERVED,
            **_LOGIN_CODES,
        },
        Stage.LOGIN: {
            Code.LOGGED_IN: Outcome.SERVED,
            Code.PASSWORD_NEEDED: Outcome.SERVED,
            **_LOGIN_CODES,
        },
        Stage.SESSION: {
            Code.NO_SUCH_NUMBER: Outcome.MISSING,
            Code.NO_SUCH_ARTICLE: Outcome.MISSING,
            Code.REMOVED: Outcome.MISSING,
            **_LOGIN_CODES,
            Code.UNKNOWN_COMMAND: Outcome.REFUSED,
            Code.SYNTAX: Outcome.REFUSED,
            Code.NOT_SUPPORTED: Outcome.REFUSED,
        },
    }
)

_EXPECTED: Mapping[Verb, int] = MappingProxyType(
    {
        Verb.BODY: Code.BODY_FOLLOWS,
        Verb.STAT: Code.ARTICLE_EXISTS,
        Verb.HEAD: Code.HEAD_FOLLOWS,
        Verb.DATE: Code.DATE,
        Verb.CAPABILITIES: Code.CAPABILITIES,
    }
)

# Servers say with a code about passwords that there are too many connections.
_CROWDED = re.compile(r"connection|too many|simultaneous|session", re.IGNORECASE)


def meaning(stage: Stage, code: int, text: str = "", verb: Verb | None = None) -> Outcome:
    """What a status line means.

    Args:
        stage: When it was said.
        code: Its code.
        text: Its words, of which only those about too many connections matter.
        verb: What it answers, in a session.
    """
    if verb is not None and code == _EXPECTED.get(verb):
        return Outcome.SERVED
    outcome = _MEANINGS[stage].get(code)
    if outcome is Outcome.REFUSED and code in _LOGIN_CODES and _CROWDED.search(text):
        return Outcome.BUSY
    if outcome is not None:
        return outcome
    refuses = 400 <= code <= 599  # noqa: PLR2004 the codes that say no
    return Outcome.BUSY if refuses else Outcome.BROKEN


def meaning_of(error: AltmountError) -> Outcome:
    """What it means that asking failed."""
    if isinstance(error, ServerBusyError):
        return Outcome.BUSY
    if isinstance(error, (AuthenticationError, QuotaError)):
        return Outcome.REFUSED
    return Outcome.BROKEN


def ends_session(code: int) -> bool:
    """Whether a connection is of no more use after an answer with this code in a session.

    After 400 the server hangs up (RFC 3977 3.2.1), after 502 many do, and one that has
    forgotten our login will not remember it.
    """
    return code in _LOGIN_CODES or code in {Code.UNAVAILABLE, Code.REFUSED}
