from __future__ import annotations

import pytest

from altmount.config.settings import Settings
from altmount.db.database import Database
from altmount.db.links import LinkRepository, MadeLink
from altmount.errors import InvalidRequestError
from altmount.linkage import keeper_of, mount_of


def wanting(**section):
    return Settings(**{"mount_path": section.pop("mount_path", ""), "import": section})


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield database


class Library:
    def tell(self, look):
        pass


async def test_without_a_strategy_links_are_kept_as_long_as_some_stand(database, caplog):
    settings = wanting(import_dir="/links", mount_path="/mnt")
    assert await keeper_of(settings, database, Library()) is None
    await LinkRepository(database).put([MadeLink("f" * 32, "A/a.mkv")])
    assert await keeper_of(settings, database, Library()) is not None
    assert await keeper_of(wanting(mount_path="/mnt"), database, Library()) is None
    assert await keeper_of(wanting(import_dir="/links"), database, Library()) is None
    assert "left as they are" in caplog.text


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"import_strategy": "STRM"}, "import.import_dir"),
        ({"import_strategy": "SYMLINK", "mount_path": "/mnt"}, "import.import_dir"),
        ({"import_strategy": "SYMLINK", "import_dir": "/links"}, "mount_path"),
        ({"import_strategy": "SYMLINK", "import_dir": "/l", "mount_path": "here"}, "mount_path"),
    ],
)
async def test_what_is_missing_is_said_with_what_to_do(database, section, key):
    with pytest.raises(InvalidRequestError, match=f"{key} .*; set it to the folder"):
        await keeper_of(wanting(**section), database, Library())


def test_the_mount_has_no_last_slash():
    assert mount_of(wanting(mount_path="/mnt/usenet//")) == "/mnt/usenet"
