"""What a WebDAV client can be refused, beside what the library refuses."""

from __future__ import annotations

from altmount.errors import ForbiddenError, ObstacleError


class InfiniteDepthError(ForbiddenError):
    """A whole tree was asked for that is too large to be told at once (RFC 4918, 9.1)."""


class TooManyPropertiesError(ObstacleError):
    """There is no room for more properties that clients set."""


class OutsideError(ObstacleError):
    """What is to be copied or moved would leave the share."""


class ForeignDestinationError(ObstacleError):
    """What is to be copied or moved would go to another server (RFC 4918, 9.8.5)."""
