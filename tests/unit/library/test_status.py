from __future__ import annotations

import pytest

from altmount.library.status import FileStatus


def test_each_status_has_a_code_for_good():
    """Sidecars have them: a code that changed its meaning would change that of files."""
    assert [FileStatus.of(code).value for code in range(4)] == [
        "healthy",
        "unverified",
        "degraded",
        "damaged",
    ]
    assert [status.code for status in map(FileStatus.of, range(4))] == [0, 1, 2, 3]


@pytest.mark.parametrize("code", [4, 255])
def test_another_code_is_none(code):
    with pytest.raises(ValueError, match=str(code)):
        FileStatus.of(code)
