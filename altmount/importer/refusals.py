"""Why an NZB is not imported, in words for people and in codes for programs."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
)
from altmount.errors import AltmountError, PermanentError, TemporaryError


class Reason(enum.StrEnum):
    """The code of a refusal, as the history keeps it."""

    NOT_AN_NZB = "not-an-nzb"
    MALFORMED = "malformed"
    ENTITIES = "entities"
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_EXPENSIVE = "too-expensive"
    INCOMPLETE = "incomplete"
    UNEVEN_PARTS = "uneven-parts"
    ARTICLES_MISSING = "articles-missing"
    SPLIT_SET_INCOMPLETE = "split-set-incomplete"
    VOLUMES_MISSING = "volumes-missing"
    ARCHIVE_DAMAGED = "archive-damaged"
    COMPRESSED = "compressed"
    ENCRYPTED = "encrypted"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 -- not one
    ARCHIVES_UNSUPPORTED = "archives-unsupported"
    NOT_PLAYABLE = "not-playable"
    TOO_DAMAGED = "too-damaged"
    NO_MEDIA = "no-media"
    PROVIDERS_UNAVAILABLE = "providers-unavailable"
    NOT_FETCHED = "not-fetched"
    DUPLICATE = "duplicate"
    STORAGE = "storage"
    HANDED_ON = "handed-on"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


_SAID: Mapping[Reason, tuple[str, str]] = {
    Reason.NOT_AN_NZB: (
        "it is something else, such as an indexer's error page",
        "get the NZB again, and look at what is in it",
    ),
    Reason.MALFORMED: (
        "it is broken beyond reading",
        "get the NZB from another indexer",
    ),
    Reason.ENTITIES: (
        "it defines entities of its own, which no sound NZB does",
        "get the NZB from another indexer",
    ),
    Reason.EMPTY: (
        "it is an NZB, but of no files",
        "get the NZB from another indexer",
    ),
    Reason.TOO_LARGE: (
        "it is larger than what is read",
        "get a smaller post",
    ),
    Reason.TOO_EXPENSIVE: (
        "reading it took too much time or memory",
        "get the NZB from another indexer",
    ),
    Reason.INCOMPLETE: (
        "it does not list all the articles of its files",
        "get the NZB from another indexer, or another post",
    ),
    Reason.UNEVEN_PARTS: (
        "where its parts begin cannot be told",
        "get another post",
    ),
    Reason.ARTICLES_MISSING: (
        "no provider has all the articles",
        "get another post, or add a provider that keeps articles longer",
    ),
    Reason.SPLIT_SET_INCOMPLETE: (
        "a part of a split file is not in it",
        "get a whole post",
    ),
    Reason.VOLUMES_MISSING: (
        "a volume of an archive is not in it",
        "get a whole post",
    ),
    Reason.ARCHIVE_DAMAGED: (
        "an archive in it is broken",
        "get another post",
    ),
    Reason.COMPRESSED: (
        "what it holds would have to be unpacked first",
        "get a post that is stored, or download this one with another program",
    ),
    Reason.ENCRYPTED: (
        "it needs a password, and none is known",
        "try the job again with the password",
    ),
    Reason.WRONG_PASSWORD: (
        "no password that is known opens it",
        "try the job again with the right password",
    ),
    Reason.ARCHIVES_UNSUPPORTED: (
        "an archive in it is of a kind not known",
        "get another post",
    ),
    Reason.NOT_PLAYABLE: (
        "its film does not begin as any film does",
        "get another post",
    ),
    Reason.TOO_DAMAGED: (
        "more of its film is missing than can be played over",
        "get another post, or add a provider that keeps articles longer",
    ),
    Reason.NO_MEDIA: (
        "nothing in it may be shown",
        "allow more in `import.allowed_file_extensions`, or get another post",
    ),
    Reason.PROVIDERS_UNAVAILABLE: (
        "providers could not be asked, many times",
        "check the providers in the settings, then try the job again",
    ),
    Reason.NOT_FETCHED: (
        "it could not be fetched from its URL",
        "look at what the web server says, and hand the NZB in as a file or try the job again",
    ),
    Reason.DUPLICATE: (
        "it came by URL, and was handed in before",
        "remove the job that it names, or set `import.duplicates` to allow, and try it again",
    ),
    Reason.STORAGE: (
        "the data folder could not be read or written",
        "see that the data folder has room and may be written to, then try the job again",
    ),
    Reason.HANDED_ON: (
        "it could not be played from here, and the SABnzbd at `sabnzbd.fallback_host` has it",
        "look there",
    ),
    Reason.CANCELLED: (
        "somebody did not want it any more",
        "try the job again if it is wanted after all",
    ),
    Reason.INTERNAL: (
        "a defect of this program",
        "report it, with what the log says",
    ),
}
"""What each says of an NZB, and what can be done about it."""


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
        case ArticleMissingError() | ArticleDamagedError():
            return Refusal(
                Reason.ARTICLES_MISSING,
                f"{error}; get another post, or add a provider that keeps articles longer",
            )
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


_PAGE_HEAD = """\
# Why an NZB is refused

A job that is `failed` has one of these codes as `error_code`, and in `error_message` a sentence
that says what is wrong with this post and what can be done. Nothing of it is shown; trying it
again (`POST /api/queue/{id}/retry`) needs no new upload.

| code | what it means | what can be done |
|---|---|---|
"""
_PAGE_FOOT = """
This page is generated from `altmount/importer/refusals.py`.
"""


def refusals_reference() -> str:
    """The page of the documents that lists them, in Markdown."""
    rows = [f"| `{reason}` | {' | '.join(_SAID[reason])} |\n" for reason in Reason]
    return _PAGE_HEAD + "".join(rows) + _PAGE_FOOT
