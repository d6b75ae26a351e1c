from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.read import read_iso
from altmount.archives.model import Volume
from altmount.archives.parser import A_STEP, Read
from altmount.archives.rar.read import read_rar
from altmount.archives.reading import gathered, take
from altmount.archives.sevenzip.read import read_7z
from altmount.archives.zip.read import read_zip
from altmount.spans import Span
from tests.support.archives import Driver
from tests.support.isos import iso9660
from tests.support.rars import File as RarFile
from tests.support.rars import rar4, rar5
from tests.support.sevenzips import File as SevenZipFile
from tests.support.sevenzips import sevenzip
from tests.support.zips import File as ZipFile
from tests.support.zips import zipped


def test_what_was_asked_for_is_taken():
    driver = Driver([b"abc", b"0123456789"])
    assert driver.run(take(driver.volumes, 1, 2, 5)) == b"23456"
    assert driver.run(take(driver.volumes, 1, 10, 0)) == b""


def test_what_lies_past_the_end_is_not_asked_for():
    driver = Driver([b"0123456789"])
    with pytest.raises(ArchiveError, match="v0 ends before byte 11") as error:
        driver.run(take(driver.volumes, 0, 6, 5))
    assert error.value.fault is ArchiveFault.TRUNCATED
    assert driver.requests == 0


def test_a_volume_of_inferred_size_may_be_larger_but_not_smaller():
    asking = take((Volume("v0", 3, inferred=True),), 0, 2, 4)
    assert next(asking) == Read(0, Span(2, 6))
    with pytest.raises(StopIteration) as end:
        asking.send(b"2345")
    assert end.value.value == b"2345"
    asking = take((Volume("v0", 3, inferred=True),), 0, 2, 4)
    next(asking)
    with pytest.raises(ArchiveError) as error:
        asking.send(b"234")
    assert error.value.fault is ArchiveFault.TRUNCATED


COUNT = 4 * A_STEP


@pytest.mark.parametrize(
    ("made", "parser", "passes"),
    [
        (lambda names: rar4([RarFile(name) for name in names])[0], read_rar, 1),
        (lambda names: rar5([RarFile(name) for name in names])[0], read_rar, 1),
        (lambda names: sevenzip([SevenZipFile(name, b"x") for name in names])[0], read_7z, 10),
        (lambda names: zipped([ZipFile(name) for name in names])[0], read_zip, 1),
        (lambda names: iso9660({name.encode(): b"" for name in names}), read_iso, 1),
    ],
    ids=["rar4", "rar5", "7z", "zip", "iso"],
)
def test_parsers_pause_between_entries_so_that_streams_go_on_beside_them(made, parser, passes):
    """``passes`` is how many times all entries are gone through, each time for something else."""
    names = [f"{number}.txt" for number in range(COUNT)]
    driver = Driver([made(names)])
    assert len(driver.run(parser(driver.volumes)).entries) == COUNT
    assert driver.pauses >= passes * COUNT // A_STEP


def test_a_long_list_is_made_in_steps():
    driver = Driver([])
    assert driver.run(gathered(map(str, range(3)))) == ["0", "1", "2"]
    assert driver.pauses == 0
    assert len(driver.run(gathered(range(COUNT)))) == COUNT
    assert driver.pauses == COUNT // A_STEP
