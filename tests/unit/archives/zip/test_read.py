from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import zipfile
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.zip import read as zip_read
from altmount.archives.zip.inflate import MAX_SIZE
from altmount.archives.zip.read import read_zip
from tests.support.archives import Driver, mutations
from tests.support.rars import some_files
from tests.support.zips import File, Shape, zipped

SHAPES = st.builds(
    Shape,
    zip64=st.booleans(),
    descriptors=st.booleans(),
    comment=st.sampled_from((b"", b"hello")),
    program=st.sampled_from((b"", b"MZ" + bytes(90))),
    gap=st.sampled_from((b"", b"between")),
    volume_size=st.sampled_from((None, 700, 2000)),
)


def read(data, password=None):
    driver = Driver(data)
    return driver, driver.run(read_zip(driver.volumes, password))


def fault_of(data):
    with pytest.raises(ArchiveError) as error:
        read(data)
    return error.value.fault


def files_of(seed, sizes):
    return [
        File(file.path, file.data, method=8 if index % 3 == 2 else 0)
        for index, file in enumerate(some_files(seed, sizes))
    ]


@settings(max_examples=40)
@given(
    SHAPES,
    st.lists(st.integers(0, 50) | st.integers(0, 5000), min_size=1, max_size=6),
    st.booleans(),
)
def test_every_entry_of_every_archive_has_its_bytes(shape, sizes, split):
    files = files_of(3, sizes)
    split = split and shape.volume_size is not None and not shape.program
    driver, archive = read(zipped(files, shape, split=split))
    assert [entry.path for entry in archive.entries] == [file.path for file in files]
    for entry, file in zip(archive.entries, files, strict=True):
        assert driver.content(entry) == file.data
        assert (entry.content is not None) == bool(file.method and file.data)


@pytest.mark.parametrize("split", [False, True])
def test_a_film_in_500_volumes_takes_few_articles(split):
    film = random.Random(1).randbytes(500_000)
    data = zipped([File("film.mkv", film)], volume_size=1000, split=split)
    assert len(data) >= 500
    driver, archive = read(data)
    assert len(driver.articles) <= 3
    assert driver.content(archive.entries[0]) == film


def test_what_stands_in_the_way_of_an_entry_is_said():
    files = [
        File("a", bytes(MAX_SIZE + 1), method=8),
        File("b", bytes(10), method=12, packed=b"bz"),
        File("c", bytes(10), encrypted="aes"),
        File("d", bytes(10), encrypted="zipcrypto"),
        File("e", bytes(10), method=77),
        File("f", bytes(10), packed=b"short"),
        File("g", b"text", method=8, packed=b"garbage"),
        File("h", b"plain"),
    ]
    driver, archive = read(zipped(files), "a password")
    found = {entry.path: (entry.obstacle, entry.detail) for entry in archive.entries}
    assert found["a"] == (ArchiveFault.COMPRESSED, "Deflate")
    assert found["b"] == (ArchiveFault.COMPRESSED, "BZip2")
    assert found["c"] == (ArchiveFault.UNSUPPORTED, "it is encrypted with WinZip's AES")
    assert found["d"] == (ArchiveFault.UNSUPPORTED, "it is encrypted with ZipCrypto")
    assert found["e"] == (ArchiveFault.COMPRESSED, "method 77")
    assert found["f"][0] is found["g"][0] is ArchiveFault.DAMAGED
    assert driver.content(archive.entries[-1]) == b"plain"


def test_what_is_unpacked_into_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(zip_read, "MAX_ALL", 250)
    data = zipped([File(str(number), bytes(100), method=8) for number in range(4)])
    found = [entry.obstacle for entry in read(data)[1].entries]
    assert found == [None, None, ArchiveFault.COMPRESSED, ArchiveFault.COMPRESSED]
    bad = zipped([File(str(number), bytes(100), method=8, packed=b"bad") for number in range(4)])
    found = [entry.obstacle for entry in read(bad)[1].entries]
    assert found == [ArchiveFault.DAMAGED] * 2 + [ArchiveFault.COMPRESSED] * 2


def test_folders_are_entries_and_links_are_not():
    data = zipped([File("d/"), File("l", b"x", link=True), File("a", b"bytes")])
    driver, archive = read(data)
    assert [(entry.path, entry.folder) for entry in archive.entries] == [("d", True), ("a", False)]
    assert driver.content(archive.entries[1]) == b"bytes"


def test_a_volume_missing_is_said_to_be():
    film = [File("film.mkv", bytes(5000)), File("b", b"x")]
    data = zipped(film, volume_size=1000)
    assert fault_of(data[:-1]) is ArchiveFault.VOLUMES_MISSING
    assert fault_of([*data[:2], *data[3:]]) is ArchiveFault.VOLUMES_MISSING
    split = zipped(film, volume_size=1000, split=True)
    assert fault_of(split[:-1]) is ArchiveFault.VOLUMES_MISSING
    assert fault_of([*split[:2], *split[3:]]) is ArchiveFault.VOLUMES_MISSING
    assert fault_of(data[1:]) is ArchiveFault.NOT_AN_ARCHIVE


def test_a_header_that_is_not_where_it_should_be_is_damage():
    [data] = zipped([File("a", b"123")])
    [entry] = read([data.replace(b"PK\3\4", b"PK\3\5", 1).replace(b"PK\3\5", b"MZ\3\5", 1)])[
        1
    ].entries
    assert entry.obstacle is ArchiveFault.DAMAGED


def test_a_directory_larger_than_any_is_not_read(monkeypatch):
    monkeypatch.setattr(zip_read, "MAX_DIRECTORY", 40)
    assert fault_of(zipped([File("a", b"123")])) is ArchiveFault.TOO_LARGE


@cache
def _built(number):
    shape = (
        Shape(),
        Shape(zip64=True, comment=b"hello"),
        Shape(descriptors=True, volume_size=200),
        Shape(split=True, volume_size=400),
    )[number]
    files = [*files_of(number, [90, 0, 40, 300]), File("d/"), File("l", b"x", link=True)]
    return zipped(files, shape)


@settings(max_examples=200)
@given(st.integers(0, 3), st.data())
def test_damage_gives_an_error_of_its_kind_or_entries_that_lie_in_the_volumes(number, data):
    damaged = data.draw(mutations(_built(number)))
    driver = Driver(damaged)
    try:
        archive = driver.run(read_zip(driver.volumes))
    except ArchiveError:
        return
    for entry in archive.entries:
        for extent in entry.extents:
            assert 0 <= extent.start < extent.start + extent.size
            assert extent.start + extent.size <= len(damaged[extent.volume])
        if not entry.obstacle:
            assert len(driver.content(entry)) == entry.size


@given(st.binary(max_size=200) | st.binary(max_size=200).map(b"PK\3\4".__add__))
def test_garbage_is_an_error_of_its_kind(data):
    try:
        read([data])
    except ArchiveError:
        return


CONTENTS = {
    "film.mkv": random.Random(1).randbytes(200_000),
    "sub/ü.srt": b"text " * 999,
    "empty": b"",
}


def _spread(folder):
    for name, content in CONTENTS.items():
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).write_bytes(content)


def _volumes(folder):
    paths = sorted(folder.glob("x.z[0-9]*")) + sorted(folder.glob("x.zip*"))
    return [path.read_bytes() for path in paths]


def check(data):
    driver, archive = read(data)
    files = {entry.path: entry for entry in archive.entries if not entry.folder}
    assert {path: driver.content(entry) for path, entry in files.items()} == CONTENTS


@pytest.mark.skipif(
    shutil.which("zip") is None and not os.environ.get("CI"), reason="zip is not installed"
)
@pytest.mark.parametrize(
    ("options", "split"),
    [
        (("-0",), ()),
        (("-n", ".mkv"), ()),
        (("-0", "-fd"), ()),
        (("-0", "-fz"), ()),
        (("-0",), ("-s", "64k")),
        (("-n", ".mkv"), ("-s", "64k")),
        (("-0", "-fz"), ("-s", "64k")),
    ],
)
def test_archives_of_the_zip_program_are_read(tmp_path, options, split):
    _spread(tmp_path)
    command = ["zip", "-q", "-r", *options, *split, "../x.zip", "."]
    subprocess.run(command, cwd=tmp_path / "in", check=True)
    data = _volumes(tmp_path)
    assert (len(data) > 1) == bool(split)
    check(data)


@pytest.mark.skipif(
    shutil.which("zip") is None and not os.environ.get("CI"), reason="zip is not installed"
)
def test_what_the_zip_program_encrypts_is_refused(tmp_path):
    _spread(tmp_path)
    command = ["zip", "-q", "-0", "-P", "geheim", "../x.zip", "film.mkv"]
    subprocess.run(command, cwd=tmp_path / "in", check=True)
    [entry] = read(_volumes(tmp_path))[1].entries
    assert entry.obstacle is ArchiveFault.UNSUPPORTED


@pytest.mark.skipif(
    shutil.which("7zz") is None and not os.environ.get("CI"), reason="7zz is not installed"
)
@pytest.mark.parametrize("options", [("-mx0",), ("-mx0", "-v50000b")])
def test_archives_of_7_zip_are_read(tmp_path, options):
    _spread(tmp_path)
    command = ["7zz", "a", "-bso0", "-bsp0", "-tzip", *options, "../x.zip", "."]
    subprocess.run(command, cwd=tmp_path / "in", check=True)
    check(_volumes(tmp_path))


@pytest.mark.parametrize("number", range(2))
def test_another_reader_agrees_on_what_the_builder_makes(number):
    [data] = _built(number)
    files = files_of(number, [90, 0, 40, 300])
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert {file.path: opened.read(file.path) for file in files} == {
            file.path: file.data for file in files
        }
