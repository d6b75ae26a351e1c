"""Why a file is not taken as an NZB."""

from __future__ import annotations

import enum

from altmount.errors import InvalidRequestError


class NzbFault(enum.StrEnum):
    """What is wrong, in a word that programs can compare."""

    MALFORMED = "malformed"  #: It starts like one, but nothing in it can be read.
    EMPTY = "empty"  #: It names no article.
    TOO_LARGE = "too-large"  #: It has more of something than is accepted.
    ENTITIES = "entities"  #: It declares XML entities of its own, which no NZB needs.
    NOT_AN_NZB = "not-an-nzb"  #: It is something else, such as an indexer's error page.


class NzbError(InvalidRequestError):
    """A file that cannot be taken as an NZB; the text says what to do about it."""

    def __init__(self, code: NzbFault, message: str) -> None:
        # Both are kept as arguments, so that the error survives the way between processes.
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
