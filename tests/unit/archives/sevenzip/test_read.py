from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import zlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.sevenzip.read import read_7z
from tests.support import sevenzips
from tests.support.archives import Driver, mutations
from tests.support.rars import some_files
from tests.support.sevenzips import COPY, LZMA, LZMA2, File, Shape, sevenzip

SHAPES = st.builds(
    Shape,
    solid=st.booleans(),
    password=st.sampled_from((None, "geheim")),
    packed_header=st.sampled_from((None, COPY, LZMA, LZMA2)),
    salt=st.sampled_from((b"", b"salt")),
    program=st.sampled_from((b"", b"MZ" + bytes(90))),
    volume_size=st.sampled_from((None, 50, 2000)),
    seed=st.integers(0, 99),
)


def read(data, password=None):
    driver = Driver(data)
    return driver, driver.run(read_7z(driver.volumes, password))


def fault_of(data, password=None):
    with pytest.raises(ArchiveError) as error:
        read(data, password)
    return error.value.fault


def files_of(seed, sizes):
    return [File(file.path, file.data) for file in some_files(seed, sizes)]


@settings(max_examples=60)
@given(SHAPES, st.lists(st.integers(0, 50) | st.integers(0, 9000), min_size=1, max_size=6))
def test_every_entry_of_every_archive_has_its_bytes(shape, sizes):
    files = files_of(shape.seed, sizes)
    driver, archive = read(sevenzip(files, shape), shape.password)
    assert [entry.path for entry in archive.entries] == [file.path for file in files]
    for entry, file in zip(archive.entries, files, strict=True):
        assert driver.content(entry) == file.data
        assert (entry.cipher is not None) == bool(shape.password and file.data)


def test_a_film_in_500_volumes_takes_two_articles():
    film = random.Random(1).randbytes(500_000)
    data = sevenzip([File("film.mkv", film), File("film.nfo", b"hello")], volume_size=1000)
    assert len(data) >= 500
    driver, archive = read(data)
    assert len(driver.articles) <= 3
    assert driver.content(archive.entries[0]) == film


@pytest.mark.parametrize("solid", [True, False])
def test_encrypted_headers_are_read_with_the_password(solid):
    files = files_of(1, [9000, 500, 16, 3])
    data = sevenzip(files, Shape(solid, password="geheim", encrypted_header=True))
    driver, archive = read(data, "geheim")
    assert [driver.content(entry) for entry in archive.entries] == [file.data for file in files]
    assert all(entry.cipher.checked for entry in archive.entries)
    assert fault_of(data) is ArchiveFault.ENCRYPTED
    assert fault_of(data, "Geheim") is ArchiveFault.WRONG_PASSWORD


def test_what_stands_in_the_way_of_an_entry_is_said():
    [entry] = read(sevenzip([File("a", bytes(100))], method=LZMA2))[1].entries
    assert (entry.obstacle, entry.detail, entry.size) == (ArchiveFault.COMPRESSED, "LZMA2", 100)
    [entry] = read(sevenzip([File("a", bytes(100))], password="x"))[1].entries
    assert (entry.obstacle, entry.extents) == (ArchiveFault.ENCRYPTED, ())
    [entry] = read(sevenzip([File("a", bytes(100))], method=LZMA, password="x"))[1].entries
    assert entry.obstacle is ArchiveFault.COMPRESSED


def test_folders_are_entries_and_links_are_not():
    files = [
        File("d", folder=True),
        File("l", b"target", link=True),
        File("a", b"bytes"),
        File("e"),
        File("gone", anti=True),
    ]
    driver, archive = read(sevenzip(files))
    assert [(entry.path, entry.folder) for entry in archive.entries] == [
        ("d", True),
        ("a", False),
        ("e", False),
    ]
    assert driver.content(archive.entries[1]) == b"bytes"


def test_an_archive_without_its_end_lacks_volumes_or_is_cut_off():
    data = sevenzip([File("film.mkv", bytes(5000))], volume_size=1000)
    assert fault_of(data[:-1]) is ArchiveFault.VOLUMES_MISSING
    assert fault_of([b"".join(data)[:-1]]) is ArchiveFault.TRUNCATED
    assert fault_of(data[1:]) is ArchiveFault.NOT_AN_ARCHIVE


@pytest.mark.parametrize("password", [None, "x"])
def test_a_file_larger_than_its_stream_is_damage(monkeypatch, password):
    pack = sevenzips._Packer.pack

    def larger(self, data, method, *, locked):
        packed, folder, sizes = pack(self, data, method, locked=locked)
        return packed, folder, [size + 100 for size in sizes] if data == b"film" * 9 else sizes

    monkeypatch.setattr(sevenzips._Packer, "pack", larger)
    data = sevenzip([File("film.mkv", b"film" * 9)], password=password)
    assert fault_of(data, "x") is ArchiveFault.DAMAGED


def test_more_files_than_streams_are_damage(monkeypatch):
    listed = sevenzips._files
    extra = File("b", b"no stream for this one")
    monkeypatch.setattr(sevenzips, "_files", lambda files: listed([*files, extra]))
    assert fault_of(sevenzip([File("a", b"123")])) is ArchiveFault.DAMAGED


@cache
def _built(number):
    shape = (
        Shape(packed_header=None),
        Shape(solid=True, packed_header=LZMA),
        Shape(password="x", packed_header=None),
        Shape(solid=True, password="x", encrypted_header=True, packed_header=LZMA2),
        Shape(volume_size=40, packed_header=None),
    )[number]
    files = [*files_of(number, [90, 0, 40]), File("d", folder=True), File("l", b"x", link=True)]
    return sevenzip(files, shape)


def _sealed(volumes):
    """The first header's checksums made right again, so that damage gets further in."""
    whole = bytearray(b"".join(volumes))
    if len(whole) >= 32:
        offset, size = struct.unpack_from("<QQ", whole, 12)
        header = bytes(whole[32 + offset : 32 + offset + size]) if size < 10_000 else b""
        struct.pack_into("<I", whole, 28, zlib.crc32(header))
        struct.pack_into("<I", whole, 8, zlib.crc32(whole[12:32]))
    return [bytes(whole)]


@settings(max_examples=500)
@given(st.integers(0, 4), st.booleans(), st.data())
def test_damage_gives_an_error_of_its_kind_or_entries_that_lie_in_the_volumes(number, sealed, data):
    damaged = data.draw(mutations(_built(number)))
    if sealed:
        damaged = _sealed(damaged)
    driver = Driver(damaged)
    try:
        archive = driver.run(read_7z(driver.volumes, "x"))
    except ArchiveError:
        return
    for entry in archive.entries:
        for extent in entry.extents:
            assert 0 <= extent.start < extent.start + extent.size
            assert extent.start + extent.size <= len(damaged[extent.volume])
        if not entry.obstacle:
            assert len(driver.content(entry)) == entry.size


@given(st.binary(max_size=200) | st.binary(max_size=200).map(b"7z\xbc\xaf\x27\x1c".__add__))
def test_garbage_is_an_error_of_its_kind(data):
    try:
        read([data])
    except ArchiveError:
        return


program = pytest.mark.skipif(
    shutil.which("7zz") is None and not os.environ.get("CI"), reason="7zz is not installed"
)


@program
@pytest.mark.parametrize(
    ("options", "stored"),
    [
        (("-mx0",), True),
        (("-mx0", "-ms=off"), True),
        (("-mx0", "-pgeheim"), True),
        (("-mx0", "-pgeheim", "-mhe=on"), True),
        (("-mx0", "-mhc=off"), True),
        (("-mx0", "-v4000b"), True),
        (("-mx0", "-pgeheim", "-mhe=on", "-v4000b"), True),
        (("-mx5",), False),
        (("-mx5", "-pgeheim", "-mhe=on"), False),
        (("-m0=PPMd",), False),
        (("-m0=BZip2",), False),
        (("-m0=Deflate",), False),
    ],
)
def test_archives_of_7_zip_are_read(tmp_path, options, stored):
    contents = {
        "film.mkv": random.Random(1).randbytes(20_000),
        "sub/ü.srt": b"text " * 99,
        "e": b"",
    }
    for name, content in contents.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    command = ["7zz", "a", "-bso0", "-bsp0", *options, "../x.7z", "."]
    subprocess.run(command, cwd=tmp_path / "in", check=True)
    data = [path.read_bytes() for path in sorted(tmp_path.glob("x.7z*"))]
    driver, archive = read(data, "geheim")
    files = {entry.path: entry for entry in archive.entries if not entry.folder}
    assert files.keys() == contents.keys()
    for path, entry in files.items():
        if stored or not entry.size:
            assert driver.content(entry) == contents[path]
        else:
            assert entry.obstacle is ArchiveFault.COMPRESSED
            assert entry.size == len(contents[path])
    assert len(driver.articles) <= 3
    if "-mhe=on" in options:
        assert fault_of(data) is ArchiveFault.ENCRYPTED
        assert fault_of(data, "wrong") is ArchiveFault.WRONG_PASSWORD


@program
@pytest.mark.parametrize("number", range(4))
def test_7_zip_reads_what_the_builder_makes(tmp_path, number):
    [data] = _built(number)
    (tmp_path / "x.7z").write_bytes(data)
    subprocess.run(["7zz", "t", "-bso0", "-bsp0", "-px", "x.7z"], cwd=tmp_path, check=True)
