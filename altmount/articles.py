"""Articles: how they are named, what one must hold, and what fetching one may raise."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import NewType, Protocol

from altmount.errors import InvalidRequestError, PermanentError, TemporaryError

MAX_ARTICLE_BYTES = 10_000_000
"""The largest decoded article that is accepted, in bytes. Posts in the wild stay below 5 MiB, and
the decoder takes less than 10 MiB."""

MessageId = NewType("MessageId", str)
"""A Message-ID without its angle brackets, safe to put in a command."""

# RFC 3977 3.6: printable ASCII without "<", ">" and blanks, 250 octets with the brackets.
_MESSAGE_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,248}")


def parse_message_id(text: str) -> MessageId:
    """Take a Message-ID from outside, such as an NZB.

    Raises:
        InvalidRequestError: It could not be sent without changing the command it is in.
    """
    bare = text.strip().removeprefix("<").removesuffix(">")
    if not _MESSAGE_ID.fullmatch(bare):
        raise InvalidRequestError(f"not a Message-ID: {text[:80]!r}")
    return MessageId(bare)


class Urgency(enum.IntEnum):
    """Why an article is wanted; the lowest number is served first, at every hand-out.

    There is one that is no claim on the line: what nobody waits for yet shares with what is less
    urgent than it, until a player comes to it.
    """

    PLAYBACK_NOW = 0  #: A player waits for this very article, after a seek.
    PLAYBACK_AHEAD = 1  #: A player has come to it in playing, or wants it for certain.
    PLAYBACK_LATER = 2  #: A player may want it: read-ahead that nobody waits for.
    IMPORT = 3  #: A new post is being mapped.
    SCAN = 4  #: A library's contents are looked at.
    HEALTH = 5  #: Is it still there?


@dataclass(frozen=True, slots=True)
class Part:
    """What an article must hold to be the one that a file's map speaks of."""

    begin: int
    """Offset of its first byte in the posted file, in bytes."""

    size: int
    """Decoded size in bytes."""

    file_size: int
    """Decoded size of the whole posted file, in bytes."""

    file_name: str | None = None
    """The posted file's name in the yEnc header, where the poster repeats it faithfully."""

    def objection(self, found: Part) -> str:
        """Why an article that says it is ``found`` is not this; empty if it is."""
        return found.misfit(self)

    def misfit(self, wanted: Part) -> str:
        """Why an article that says it is this is not ``wanted``; empty if it is."""
        if self.begin != wanted.begin or self.size != wanted.size:
            return (
                f"it holds {self.size} bytes from {self.begin} on,"
                f" not {wanted.size} from {wanted.begin} on"
            )
        if self.file_size != wanted.file_size:
            return f"it is of a file of {self.file_size} bytes, not of {wanted.file_size}"
        if wanted.file_name is not None and self.file_name != wanted.file_name:
            return f"it is of the file {self.file_name!r}, not of {wanted.file_name!r}"
        return ""


@dataclass(frozen=True, slots=True)
class Body:
    """A decoded article body.

    ``data`` is never copied on its way to the client: hand it on as it is, or sliced.
    It is not to be written to.
    """

    data: memoryview
    part: Part
    """What its own yEnc header says it is; ``file_name`` is never ``None`` here."""


class ArticleMissingError(PermanentError):
    """Every enabled provider said that it does not have the article."""

    def __init__(self, message_id: MessageId) -> None:
        super().__init__(f"article <{message_id}> is on no provider")
        self.message_id = message_id


class ArticleDamagedError(PermanentError):
    """No provider has the article as it should be; at least one has something else."""

    def __init__(self, message_id: MessageId, reason: str) -> None:
        super().__init__(f"article <{message_id}> is damaged: {reason}")
        self.message_id = message_id


class ArticleUnavailableError(TemporaryError):
    """The article could not be fetched now, which says nothing about whether it exists."""

    def __init__(self, message_id: MessageId, reason: str) -> None:
        super().__init__(f"article <{message_id}> cannot be fetched now: {reason}")
        self.message_id = message_id


class Wanted(Protocol):
    """What an article must be: a :class:`Part`, or something that knows less of it."""

    @property
    def size(self) -> int:
        """About how many bytes it has decoded; so much room is made for it."""

    def objection(self, found: Part) -> str:
        """Why an article that says it is ``found`` is not it; empty if it may be."""


class Articles(Protocol):
    """Wherever articles come from.

    Cancelling a call gives up that article and leaves nothing behind.
    """

    async def body(
        self,
        message_id: MessageId,
        *,
        urgency: Urgency,
        part: Wanted | None = None,
        reader: object = None,
    ) -> Body:
        """The decoded body of an article.

        Args:
            message_id: Which article.
            urgency: Why it is wanted.
            part: What it must hold; ``None`` while that is still to be learned, when
                any body that agrees with its own yEnc header is accepted.
            reader: Who wants it. Readers of the same urgency are served in turn; all who
                give none count as one.

        Raises:
            ArticleMissingError: No provider has it.
            ArticleDamagedError: Some have, but none as it should be.
            ArticleUnavailableError: It could not be asked for everywhere.
        """

    async def exists(self, message_id: MessageId, *, urgency: Urgency) -> bool:
        """Whether any provider has the article, by its own word (STAT).

        Raises:
            ArticleUnavailableError: Some provider could not be asked, and no other has it.
        """

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """Someone more urgent waits for a fetch that is under way; let it wait no longer."""
