"""What can be wrong with a database."""

from __future__ import annotations

from altmount.errors import PermanentError, TemporaryError


class DatabaseError(PermanentError):
    """The database cannot be used as it is."""


class NotADatabaseError(DatabaseError):
    """The file is something else, or the database of another program."""


class ForeignDatabaseError(NotADatabaseError):
    """The file is the database of another program."""


class NewerDatabaseError(DatabaseError):
    """A later version of this program has changed the database."""


class ConflictError(DatabaseError):
    """A row would contradict another, such as a second file at one path."""


class DatabaseUnavailableError(TemporaryError):
    """The database could not be read or written now: the disk is full, or another has it."""


class DatabaseInUseError(DatabaseUnavailableError):
    """Another process works with the database."""
