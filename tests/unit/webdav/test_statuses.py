from __future__ import annotations

import pytest

from altmount.errors import NotFoundError, TemporaryError
from altmount.library.errors import (
    NoFolderError,
    NoRoomError,
    ProtectedError,
    TakenError,
    TooLargeError,
)
from altmount.webdav.errors import (
    ForeignDestinationError,
    InfiniteDepthError,
    OutsideError,
    TooManyPropertiesError,
)
from altmount.webdav.statuses import status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError(), 404),
        (TemporaryError(), 503),
        (ProtectedError(), 403),
        (InfiniteDepthError(), 403),
        (TakenError(), 405),
        (NoFolderError(), 409),
        (OutsideError(), 409),
        (TooLargeError(), 413),
        (ForeignDestinationError(), 502),
        (NoRoomError(), 507),
        (TooManyPropertiesError(), 507),
    ],
)
def test_each_refusal_has_its_status(error, status):
    assert status_of(error) == status
