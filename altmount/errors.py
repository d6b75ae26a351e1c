"""What can go wrong, sorted by what the caller can do about it.

Leaves live beside the code that raises them. An error knows no HTTP status;
:mod:`altmount.web.errors` has the one table that translates.
"""


class AltmountError(Exception):
    """Anything this program raises on purpose."""


class NotFoundError(AltmountError):
    """There is nothing by that name."""


class InvalidRequestError(AltmountError):
    """The caller asked for something that makes no sense; asking again will not help."""


class ForbiddenError(AltmountError):
    """That is not to be done, by anyone; asking again will not help."""


class ObstacleError(AltmountError):
    """What is there now does not allow it; the message says what is in the way."""


class TemporaryError(AltmountError):
    """It failed this time; a later try may succeed."""


class PermanentError(AltmountError):
    """It failed, and will fail every time."""
