"""Why an archive, or an entry of one, cannot be read."""

from __future__ import annotations

import enum

from altmount.errors import PermanentError


class ArchiveFault(enum.StrEnum):
    """What is the matter with it."""

    NOT_AN_ARCHIVE = "not an archive"  #: It does not start, or end, as its format does.
    DAMAGED = "damaged"  #: Checksums are wrong, or headers contradict one another.
    TRUNCATED = "truncated"  #: It ends before its headers or its data do.
    VOLUMES_MISSING = "volumes missing"  #: A volume of the set is not there.
    COMPRESSED = "compressed"  #: It would have to be unpacked, which no seek survives.
    ENCRYPTED = "encrypted"  #: It needs a password, and none was given.
    WRONG_PASSWORD = "wrong password"  # noqa: S105 #: It was not encrypted with the one given.
    UNSUPPORTED = "unsupported"  #: Sound, as far as that can be told, but of a kind not known.
    TOO_LARGE = "too large"  #: More headers, entries or levels than any sound one has.


class ArchiveError(PermanentError):
    """An archive cannot be read. The text says what is wrong, as a part of a sentence."""

    def __init__(self, fault: ArchiveFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
