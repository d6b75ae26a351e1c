"""Why an NZB is not imported, in words for people and in codes for programs."""

from __future__ import annotations

import enum

from altmount.articles import ArticleUnavailableError
from altmount.errors import AltmountError, PermanentError, TemporaryError


class Reason(enum.StrEnum):
    """The code of a refusal, as the history keeps it."""

    NOT_AN_NZB = "not-an-nzb"  #: It is something else, such as an indexer's error page.
    MALFORMED = "malformed"  #: It is broken beyond reading.
    ENTITIES = "entities"  #: It defines entities of its own, which no sound NZB does.
    EMPTY = "empty"  #: It is an NZB, but of no files.
    TOO_LARGE = "too-large"  #: It is larger than what is read.
    TOO_EXPENSIVE = "too-expensive"  #: Reading it took too much time or memory.
    INCOMPLETE = "incomplete"  #: It does not list all the articles of its files.
    UNEVEN_PARTS = "uneven-parts"  #: Where its parts begin cannot be told.
    ARTICLES_MISSING = "articles-missing"  #: No provider has all the articles.
    SPLIT_SET_INCOMPLETE = "split-set-incomplete"  #: A part of a split file is not in it.
    ARCHIVES_UNSUPPORTED = "archives-unsupported"  #: What it holds is inside archives.
    NO_MEDIA = "no-media"  #: Nothing in it may be shown.
    PROVIDERS_UNAVAILABLE = "providers-unavailable"  #: Providers could not be asked, many times.
    STORAGE = "storage"  #: The data folder could not be read or written.
    INTERNAL = "internal"  #: A defect of this program.


class Refusal(PermanentError):  # noqa: N818 -- the field's word for it
    """An NZB is not imported, and would be refused again as it is.

    The text says what is wrong and what can be done.
    """

    def __init__(self, code: Reason, message: str) -> None:
        super().__init__(message)
        self.code = code


def refusal_for(error: Exception) -> Refusal:
    """What the history says of an import that ended so, once nothing more is tried."""
    match error:
        case Refusal():
            return error
        case ArticleUnavailableError():
            return Refusal(
                Reason.PROVIDERS_UNAVAILABLE,
                f"the providers could not be asked, many times over (the last time: {error}); "
                "check them in the settings, then try this job again",
            )
        case OSError() | TemporaryError():
            return Refusal(
                Reason.STORAGE,
                f"the data folder could not be read or written: {error}; "
                "see that it has room and may be written to, then try this job again",
            )
        case AltmountError():
            return Refusal(Reason.INTERNAL, str(error))
        case _:
            return Refusal(
                Reason.INTERNAL,
                f"this is a defect of altmount ({type(error).__name__}: {error}); "
                "the log has more, please report it",
            )
