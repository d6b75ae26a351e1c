"""Which status tells a WebDAV client of an error (RFC 4918, sections 9 and 11)."""

from __future__ import annotations

from http import HTTPStatus

from altmount.errors import AltmountError
from altmount.library.errors import TakenError
from altmount.web import errors
from altmount.webdav.errors import ForeignDestinationError, TooManyPropertiesError

_OWN: dict[type[AltmountError], HTTPStatus] = {
    TakenError: HTTPStatus.METHOD_NOT_ALLOWED,
    TooManyPropertiesError: HTTPStatus.INSUFFICIENT_STORAGE,
    ForeignDestinationError: HTTPStatus.BAD_GATEWAY,
}


def status_of(error: AltmountError) -> HTTPStatus:
    """WebDAV's own statuses, and otherwise those that all doors have."""
    return _OWN.get(type(error)) or errors.status_of(error)
