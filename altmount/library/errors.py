"""What can be wrong with what the library keeps."""

from __future__ import annotations

from pathlib import Path

from altmount.errors import (
    ForbiddenError,
    InvalidRequestError,
    ObstacleError,
    PermanentError,
    TemporaryError,
)


class SidecarError(PermanentError):
    """A release's sidecar is damaged or gone, so its files cannot be read."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(
            f"{path} {reason}; restore it from a backup or add the release's NZB again"
        )
        self.path = path


class SidecarUnavailableError(TemporaryError):
    """A sidecar cannot be read or written now: the disk is full, or does not answer."""


class JournalError(PermanentError):
    """The journal cannot be used as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} {reason}; restore it from a backup, or move it away and run"
            " `altmount rebuild`, which shows releases where they came in at first"
        )


class StorageUnavailableError(TemporaryError):
    """The data folder cannot be read or written now: the disk is full, or does not answer."""


class FileReplacedError(TemporaryError):
    """The file's release was imported anew since the file was looked up; look it up again."""


class TakenError(ObstacleError):
    """Something is at the path already."""


class NoFolderError(ObstacleError):
    """The folder that it should be in is not there."""


class UndoError(ObstacleError):
    """What was done cannot be taken back as things are now; the message says why."""


class ProtectedError(ForbiddenError):
    """A folder that the program needs, such as a category's, or bytes that are not the user's."""


class TooLargeError(InvalidRequestError):
    """A local file is larger than one may be."""


class NoRoomError(ObstacleError):
    """All local files together would be more than they may be, or the disk is full."""


class LocalFileError(PermanentError):
    """The bytes of a local file are damaged or gone."""
