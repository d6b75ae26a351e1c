"""What can be wrong with what the library keeps."""

from __future__ import annotations

from pathlib import Path

from altmount.errors import PermanentError, TemporaryError


class SidecarError(PermanentError):
    """A release's sidecar is damaged or gone, so its files cannot be read."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(
            f"{path} {reason}; restore it from a backup or add the release's NZB again"
        )
        self.path = path


class SidecarUnavailableError(TemporaryError):
    """A sidecar cannot be read or written now: the disk is full, or does not answer."""


class FileReplacedError(TemporaryError):
    """The file's release was imported anew since the file was looked up; look it up again."""
