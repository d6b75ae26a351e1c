"""The file that holds the settings: read, and changed where somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from altmount.config.changes import changed_keys
from altmount.config.document import printable, read_document
from altmount.config.edits import Tree, tree_of
from altmount.config.load import Loaded, load_settings, settings_in
from altmount.config.patch import Patch
from altmount.config.settings import Settings
from altmount.config.writing import write_whole
from altmount.config.yamltext import with_edits
from altmount.errors import ObstacleError

_LONGEST_PATH = 1000


Change: TypeAlias = Callable[[Tree, Settings], Patch]
"""Makes edits of what a file says, and of what comes of that."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the file would be, and what it is now."""

    before: bytes
    after: bytes
    loaded: Loaded
    ignored: tuple[str, ...]
    """Keys that this version does not act on, which were not written down."""

    overridden: tuple[str, ...]
    """Keys of which an environment variable says something else than the file."""


class SettingsFile:
    """A settings file, with the environment on top.

    All of it blocks.

    Args:
        path: Of the file.
        environ: As :func:`altmount.config.load.load_settings` takes it.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self._path = path.absolute()
        self._source = printable(str(self._path), _LONGEST_PATH)
        self._environ = environ

    def read(self) -> Loaded:
        """The settings as they are in it now.

        Raises:
            SettingsError: Something in them is wrong.
        """
        return load_settings(self._path, self._environ)

    def draft(self, change: Change) -> Draft:
        """What would come of a change; nothing is written.

        Args:
            change: Gives edits.

        Raises:
            SettingsError: Something in the file would be wrong, or is.
            ObstacleError: The file cannot be edited; it is not there, perhaps.
        """
        try:
            before = self._path.read_bytes()
        except OSError as error:
            raise ObstacleError(f"{self._source} cannot be read: {error.strerror}") from None
        settings = settings_in(before, self._path, self._environ).settings
        patch = change(tree_of(read_document(before, self._source)), settings)
        after = with_edits(before, patch.edits, self._source)
        loaded = settings_in(after, self._path, self._environ)
        alone = settings_in(after, self._path, {}).settings
        overridden = changed_keys(alone, loaded.settings)
        return Draft(before, after, loaded, tuple(patch.ignored), tuple(overridden))

    def write(self, draft: Draft) -> None:
        """Put a draft in the file's place.

        Raises:
            ObstacleError: It cannot be written, or has changed since.
        """
        if draft.after == draft.before:
            return
        try:
            if self._path.read_bytes() != draft.before:
                raise ObstacleError(
                    f"{self._source} was changed just now by someone else; try again"
                )
            write_whole(self._path, draft.after)
        except OSError as error:
            raise ObstacleError(f"{self._source} cannot be written: {error.strerror}") from None
