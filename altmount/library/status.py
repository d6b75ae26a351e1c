"""How a file of the library is, as far as that is known."""

from __future__ import annotations

import enum


class FileStatus(enum.StrEnum):
    """How the bytes of a file are."""

    HEALTHY = "healthy"  #: Nothing speaks against it: what it is made of was looked at.
    UNVERIFIED = "unverified"  #: Some of its volumes were only inferred, and not looked at yet.
    DEGRADED = "degraded"  #: Little of it is on no provider, and plays as zeros.
    DAMAGED = "damaged"  #: Something of it is not what it should be; reading it may end in errors.

    @property
    def code(self) -> int:
        """How a sidecar has it."""
        return _CODES.index(self)

    @classmethod
    def of(cls, code: int) -> FileStatus:
        """The status of a code.

        Raises:
            ValueError: There is none.
        """
        if not code < len(_CODES):
            raise ValueError(f"no status has the code {code}")
        return _CODES[code]


_CODES = (FileStatus.HEALTHY, FileStatus.UNVERIFIED, FileStatus.DEGRADED, FileStatus.DAMAGED)
