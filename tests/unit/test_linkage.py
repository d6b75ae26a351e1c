from __future__ import annotations

import pytest

from altmount.config.settings import Settings
from altmount.errors import InvalidRequestError
from altmount.linkage import keeper_of, mount_of


def wanting(**section):
    return Settings(**{"mount_path": section.pop("mount_path", ""), "import": section})


def test_without_a_strategy_nothing_keeps_links():
    assert keeper_of(wanting(import_dir="/links"), None, None) is None


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"import_strategy": "STRM"}, "import.import_dir"),
        ({"import_strategy": "SYMLINK", "mount_path": "/mnt"}, "import.import_dir"),
        ({"import_strategy": "SYMLINK", "import_dir": "/links"}, "mount_path"),
        ({"import_strategy": "SYMLINK", "import_dir": "/l", "mount_path": "here"}, "mount_path"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(section, key):
    with pytest.raises(InvalidRequestError, match=f"{key} .*; set it to the folder"):
        keeper_of(wanting(**section), None, None)


def test_the_mount_has_no_last_slash():
    assert mount_of(wanting(mount_path="/mnt/usenet//")) == "/mnt/usenet"
