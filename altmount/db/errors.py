"""What can be wrong with a database."""

from __future__ import annotations

from altmount.errors import InvalidRequestError, PermanentError, TemporaryError


class DatabaseError(PermanentError):
    """The database cannot be used as it is."""


class NotADatabaseError(DatabaseError):
    """It is something else, is damaged, or is the database of another program."""


class ForeignDatabaseError(NotADatabaseError):
    """It is the database of another program."""


class NewerDatabaseError(DatabaseError):
    """A later version of this program has changed the database."""


class OutdatedDatabaseError(DatabaseError):
    """An earlier version of this program made the database, and it is not to be migrated now."""


class OccupiedDatabaseError(DatabaseError):
    """The database is to be empty, and is not."""


class DriverMissingError(DatabaseError):
    """What it takes to reach a database of this kind is not installed."""


class BackupError(DatabaseError):
    """No backup of the database can be made, so nothing was done that needs one."""


class ConflictError(DatabaseError):
    """A row would contradict another, such as a second file at one path."""


class UnfitValueError(InvalidRequestError):
    """The database has no room for a value, such as a text with a NUL in it."""


class DatabaseUnavailableError(TemporaryError):
    """The database could not be read or written now: no room, no connection, or others at it."""


class DatabaseInUseError(DatabaseUnavailableError):
    """Another process works with the database."""
