"""What is said of a post whose archives cannot be opened, or not be played from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from altmount.archives.errors import ArchiveFault
from altmount.errors import AltmountError
from altmount.importer.refusals import Reason, Refusal
from altmount.library.paths import safe_name

_REASONS = {
    ArchiveFault.NOT_AN_ARCHIVE: Reason.ARCHIVE_DAMAGED,
    ArchiveFault.DAMAGED: Reason.ARCHIVE_DAMAGED,
    ArchiveFault.TRUNCATED: Reason.ARCHIVE_DAMAGED,
    ArchiveFault.VOLUMES_MISSING: Reason.VOLUMES_MISSING,
    ArchiveFault.COMPRESSED: Reason.COMPRESSED,
    ArchiveFault.ENCRYPTED: Reason.ENCRYPTED,
    ArchiveFault.WRONG_PASSWORD: Reason.WRONG_PASSWORD,
    ArchiveFault.UNSUPPORTED: Reason.ARCHIVES_UNSUPPORTED,
    ArchiveFault.TOO_LARGE: Reason.ARCHIVES_UNSUPPORTED,
}

_SAID = {
    Reason.ARCHIVE_DAMAGED: "{name} is a damaged archive ({detail}); get another post",
    Reason.VOLUMES_MISSING: "{name} is not whole: {detail}; get a whole post",
    Reason.COMPRESSED: (
        "{name} is compressed ({detail}) and cannot be played without unpacking all of it; get a "
        "post that is stored, or download this one with another program"
    ),
    Reason.ENCRYPTED: (
        "{name} is encrypted and no password is known; try this job again with the password"
    ),
    Reason.WRONG_PASSWORD: (
        "{name} is encrypted and no password that is known opens it; try this job again with the "
        "right one"
    ),
    Reason.ARCHIVES_UNSUPPORTED: (
        "{name} is an archive that this version cannot play from: {detail}; get another post"
    ),
    Reason.ARTICLES_MISSING: (
        "{name} has articles that no provider has ({detail}); get another post, or add a "
        "provider that keeps articles longer"
    ),
    Reason.INCOMPLETE: (
        "the NZB does not list all articles of {name} ({detail}); get the NZB from another "
        "indexer, or another post"
    ),
    Reason.UNEVEN_PARTS: (
        "the parts of {name} differ in size in a way that only reading all of them would tell "
        "({detail}); get another post"
    ),
}
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something that is in an archive cannot be had."""

    reason: Reason
    detail: str
    """A part of a sentence."""

    @classmethod
    def of(cls, fault: ArchiveFault, detail: str) -> Obstacle:
        """What a parser found."""
        return cls(_REASONS[fault], detail or fault.value)

    @classmethod
    def lost(cls, error: AltmountError) -> Obstacle:
        """What no provider has, or none undamaged."""
        return cls(Reason.ARTICLES_MISSING, str(error))


def refuse_obstructed(obstructed: Sequence[tuple[str, int, Obstacle]]) -> None:
    """Refuse a post because of the largest of what cannot be had, if there is any.

    Args:
        obstructed: Name, size in bytes and obstacle of each.

    Raises:
        Refusal: There is some.
    """
    if obstructed:
        name, _, obstacle = max(obstructed, key=lambda each: each[1])
        shown = repr(safe_name(name.replace("\\", "/").rpartition("/")[2]))
        detail = obstacle.detail[:_LONGEST_DETAIL]
        raise Refusal(obstacle.reason, _SAID[obstacle.reason].format(name=shown, detail=detail))
