from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import A_STEP
from altmount.archives.sevenzip.fields import MAX_COUNT, Fields
from altmount.archives.sevenzip.streams import read_streams
from tests.support.archives import Driver
from tests.support.sevenzips import AES, COPY, LZMA, coder, number

FOLDER = number(1) + coder(COPY)


def streams(
    packs=(10,), folders=(FOLDER,), sizes=(10,), *, start=0, substreams=b"", external=0, crcs=b""
):
    found = b"\x06" + number(start) + number(len(packs)) + b"\x09"
    found += b"".join(map(number, packs)) + b"\0"
    found += b"\x07\x0b" + number(len(folders)) + bytes((external,)) + b"".join(folders)
    found += b"\x0c" + b"".join(map(number, sizes)) + crcs + b"\0"
    return found + substreams + b"\0"


def read(fields):
    return Driver([]).run(read_streams(fields))


def fault_of(data):
    with pytest.raises(ArchiveError) as error:
        read(Fields(data))
    return error.value.fault


def test_folders_lie_one_after_another():
    first, second = read(Fields(streams((10, 7), (FOLDER, FOLDER), (10, 7), start=100)))
    assert (first.start, first.packed_size, first.substreams) == (100, 10, (10,))
    assert (second.start, second.packed_size, second.substreams) == (110, 7, (7,))


def test_a_folder_may_take_several_packed_streams():
    # BCJ2: four streams in, one out
    bcj2 = b"\x14\x03\x03\x01\x1b" + number(4) + number(1)
    folder = number(1) + bcj2 + b"".join(map(number, range(4)))
    first, second = read(Fields(streams((1, 2, 3, 4, 9), (folder, FOLDER), (10, 9))))
    assert (first.packed_streams, first.packed_size) == (4, 10)
    assert not first.coders[0].simple
    assert second.start == 10


def test_what_comes_out_at_the_end_is_known():
    chain = number(2) + coder(COPY) + coder(AES, b"\x13") + number(0) + number(1)
    [folder] = read(Fields(streams((16,), (chain,), (9, 12))))
    assert (folder.last, folder.size) == (0, 9)
    other = number(2) + coder(AES, b"\x13") + coder(LZMA) + number(1) + number(0)
    [folder] = read(Fields(streams((16,), (other,), (9, 12))))
    assert (folder.last, folder.size) == (1, 12)


def test_files_share_a_folder():
    substreams = b"\x08\x0d" + number(3) + b"\x09" + number(2) + number(3) + b"\0"
    [folder] = read(Fields(streams(substreams=substreams)))
    assert folder.substreams == (2, 3, 5)
    none = b"\x08\x0d" + number(0) + b"\0"
    assert read(Fields(streams(substreams=none)))[0].substreams == ()
    one = b"\x08\x0a\x01" + bytes(4) + b"\0"
    assert read(Fields(streams(substreams=one)))[0].substreams == (10,)


def test_checksums_that_a_folder_has_are_not_said_twice():
    crcs = b"\x0a\x00\x80" + b"\x01\0\0\0"
    data = streams((4, 6), (FOLDER, FOLDER), (4, 6), crcs=crcs)
    substreams = b"\x08\x0a\x01" + bytes(4) + b"\0"
    found = read(Fields(data[:-1] + substreams + b"\0"))
    assert [folder.crc for folder in found] == [1, None]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\x05", ArchiveFault.DAMAGED),
        (b"\x06\0\1\x05", ArchiveFault.DAMAGED),
        (b"\x07\0", ArchiveFault.DAMAGED),
        (b"\x07\x0b\0\0\x05", ArchiveFault.DAMAGED),
        (streams(sizes=()), ArchiveFault.DAMAGED),
        (streams(packs=()), ArchiveFault.DAMAGED),
        (streams(external=1), ArchiveFault.UNSUPPORTED),
        (streams(folders=(number(0),)), ArchiveFault.DAMAGED),
        (streams(folders=(number(33) + coder(COPY) * 33,)), ArchiveFault.DAMAGED),
        (streams(folders=(number(1) + b"\x11\0" + number(2) + number(2),)), "unsupported"),
        (streams(folders=(number(1) + b"\x11\0" + number(99) + number(1),)), "unsupported"),
        (streams(substreams=b"\x08\x05"), ArchiveFault.DAMAGED),
        (streams(substreams=b"\x08\x0d" + number(2) + b"\0"), ArchiveFault.DAMAGED),
        (
            streams(substreams=b"\x08\x0d" + number(2) + b"\x09" + number(11) + b"\0"),
            ArchiveFault.DAMAGED,
        ),
        (streams(substreams=b"\x08\x0d" + number(MAX_COUNT + 1)), ArchiveFault.TOO_LARGE),
        (b"\x07\x0b" + number(MAX_COUNT + 1), ArchiveFault.TOO_LARGE),
    ],
)
def test_streams_that_cannot_be_so_are_refused(data, fault):
    assert fault_of(data) == fault


def test_coders_that_make_no_chain_are_damage():
    loop = number(2) + coder(COPY) + coder(COPY) + number(0) + number(5)
    assert fault_of(streams(folders=(loop,), sizes=(1, 1))) is ArchiveFault.DAMAGED


def test_many_folders_of_many_files_are_too_many():
    folders, sizes = (FOLDER,) * 3, (10,) * 3
    counts = b"\x08\x0d" + number(MAX_COUNT // 2) * 3
    data = streams((10,) * 3, folders, sizes, substreams=counts)
    assert fault_of(data) is ArchiveFault.TOO_LARGE


def test_it_pauses_so_that_streams_go_on_beside_it():
    count = 4 * A_STEP
    driver = Driver([])
    data = streams([1] * count, [FOLDER] * count, [1] * count)
    found = driver.run(read_streams(Fields(data)))
    assert [folder.start for folder in found] == list(range(count))
    assert driver.pauses >= 4 * 4  # packed sizes, folders, their sizes, and where they lie
