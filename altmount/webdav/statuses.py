"""Which status tells a WebDAV client of an error (RFC 4918, sections 9 and 11)."""

from __future__ import annotations

from http import HTTPStatus

from altmount.errors import (
    AltmountError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ObstacleError,
    TemporaryError,
)
from altmount.library.errors import NoRoomError, TakenError, TooLargeError
from altmount.webdav.errors import ForeignDestinationError, TooManyPropertiesError

_STATUS: dict[type[AltmountError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InvalidRequestError: HTTPStatus.BAD_REQUEST,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    TakenError: HTTPStatus.METHOD_NOT_ALLOWED,
    NoRoomError: HTTPStatus.INSUFFICIENT_STORAGE,
    TooManyPropertiesError: HTTPStatus.INSUFFICIENT_STORAGE,
    ForeignDestinationError: HTTPStatus.BAD_GATEWAY,
    ObstacleError: HTTPStatus.CONFLICT,
    TemporaryError: HTTPStatus.SERVICE_UNAVAILABLE,
    AltmountError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: AltmountError) -> HTTPStatus:
    """Find the status of the nearest kind of error that has one."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
