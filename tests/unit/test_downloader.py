from __future__ import annotations

import pytest

from altmount.config.settings import Settings
from altmount.downloader import storage_of


@pytest.mark.parametrize(
    ("strategy", "windows", "told"),
    [
        ("NONE", True, "/mnt/complete/tv/Show: 1"),
        ("SYMLINK", False, "/links/complete/tv/Show: 1"),
        ("STRM", False, "/links/complete/tv/Show: 1"),
        ("STRM", True, "/links/complete/tv/Show\N{FULLWIDTH COLON} 1"),
    ],
)
def test_clients_are_told_where_the_links_are_if_there_are_any(strategy, windows, told):
    section = {"import_strategy": strategy, "import_dir": "/links", "link_windows_names": windows}
    place = storage_of(Settings(**{"mount_path": "/mnt/", "import": section}))
    assert place.path("/complete/tv/Show: 1") == told
    assert place.path("/") == told.partition("/complete")[0]
