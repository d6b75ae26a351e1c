"""What a driver says went wrong, in this program's errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from altmount.db.errors import (
    ConflictError,
    DatabaseError,
    DatabaseUnavailableError,
    UnfitValueError,
)


@contextmanager
def translated(what: str = "the database") -> Iterator[None]:
    """Raise errors of the drivers as those of :mod:`altmount.db.errors`; about ``what``."""
    try:
        yield
    except exc.IntegrityError as error:
        raise ConflictError(f"{what} refuses a row: {_said(error)}") from error
    except exc.DataError as error:
        raise UnfitValueError(f"{what} has no room for a value: {_said(error)}") from error
    except exc.TimeoutError as error:
        raise DatabaseUnavailableError(
            "the database fails: all connections to it are in use"
        ) from error
    except exc.DBAPIError as error:
        if _is_held(error):
            raise DatabaseUnavailableError(
                f"another program holds the database and does not let go; end that ({_said(error)})"
            ) from error
        if isinstance(error, exc.OperationalError) or _is_read_only(error):
            raise DatabaseUnavailableError(f"the database fails: {_said(error)}") from error
        raise DatabaseError(
            f"the database is damaged ({_said(error)}); `altmount db check` says more"
        ) from error


def _said(error: exc.DBAPIError) -> str:
    return " ".join(str(error.orig).split())


def _is_held(error: exc.DBAPIError) -> bool:
    """Whether a lock was waited for in vain."""
    name = getattr(error.orig, "sqlite_errorname", "")
    state = getattr(error.orig, "sqlstate", None)
    return state == "55P03" or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _is_read_only(error: exc.DBAPIError) -> bool:
    """Whether a server takes no changes, as one that is a standby of another does."""
    return getattr(error.orig, "sqlstate", None) == "25006"
