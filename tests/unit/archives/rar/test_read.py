from __future__ import annotations

import os
import random
import shutil
import subprocess
from functools import cache

import pytest
import rarfile
import rars as rars_program
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.rar.read import identify_rar, read_rar
from tests.support.archives import Driver, mutations
from tests.support.rars import File, Shape, rar4, rar5, sealed4, sealed5, some_files

MAKERS = {"rar4": rar4, "rar5": rar5}
SEALS = {"rar4": sealed4, "rar5": sealed5}
SHAPES = st.builds(
    Shape,
    volume_size=st.sampled_from((None, 700, 2000, 9000)),
    password=st.sampled_from((None, "geheim")),
    check=st.booleans(),
    recovery=st.sampled_from((0, 50)),
    quick_open=st.sampled_from((0, 40)),
    comment=st.sampled_from((b"", b"hello")),
    program=st.sampled_from((b"", b"MZ" + bytes(90))),
    end=st.booleans(),
    number_bytes=st.sampled_from((1, 3)),
    seed=st.integers(0, 99),
)


def read(data, password=None, *, thorough=False):
    driver = Driver(data)
    return driver, driver.run(read_rar(driver.volumes, password, thorough=thorough))


def fault_of(data, password=None):
    with pytest.raises(ArchiveError) as error:
        read(data, password)
    return error.value.fault


def identity(data, password=None, *, numbered=False):
    driver = Driver([data])
    return driver.run(identify_rar(driver.volumes[0], password, numbered=numbered))


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(MAKERS)),
    SHAPES,
    st.lists(st.integers(0, 3000) | st.integers(0, 30_000), min_size=1, max_size=5),
    st.booleans(),
)
def test_every_entry_of_every_set_has_its_bytes(maker, shape, sizes, thorough):
    files = list(some_files(shape.seed, sizes))
    driver, archive = read(MAKERS[maker](files, shape), shape.password, thorough=thorough)
    assert [entry.path for entry in archive.entries] == [file.path for file in files]
    for entry, file in zip(archive.entries, files, strict=True):
        assert driver.content(entry) == file.data
        assert entry.size == len(file.data)
        assert (entry.cipher is not None) == bool(shape.password and file.data)


@pytest.mark.parametrize("maker", sorted(MAKERS))
@pytest.mark.parametrize("volume_size", [None, 2000])
def test_encrypted_headers_are_read_with_the_password(maker, volume_size):
    files = list(some_files(1, [9000, 0, 500]))
    shape = Shape(volume_size, "geheim", encrypted_headers=True)
    data = MAKERS[maker](files, shape)
    driver, archive = read(data, "geheim")
    assert [driver.content(entry) for entry in archive.entries] == [file.data for file in files]
    assert fault_of(data) is ArchiveFault.ENCRYPTED
    assert fault_of(data, "Geheim") is ArchiveFault.WRONG_PASSWORD


@pytest.mark.parametrize("maker", sorted(MAKERS))
@pytest.mark.parametrize("password", [None, "geheim"])
def test_a_film_in_500_volumes_takes_few_articles(maker, password):
    files = [File("film.nfo", bytes(100)), File("film.mkv", random.Random(3).randbytes(500_000))]
    data = MAKERS[maker](files, volume_size=1090, password=password)
    assert len(data) >= 480
    driver, archive = read(data, password)
    assert len(driver.articles) <= 4
    assert driver.content(archive.entries[1]) == files[1].data
    assert driver.asked < 3000
    assert driver.requests < 60


def test_a_season_takes_few_articles_an_episode():
    files = [File(f"e{n:02}.mkv", random.Random(n).randbytes(41_111)) for n in range(10)]
    data = rar5(files, volume_size=1000)
    driver, archive = read(data)
    assert [driver.content(entry) for entry in archive.entries] == [file.data for file in files]
    assert len({volume for volume, _ in driver.articles}) <= 3 * len(files)


def test_a_stored_film_beside_packed_entries_plays():
    films = [
        File("film.nfo", bytes(300), method=3),
        File("trailer.mkv", bytes(30_000), method=5),
        File("film.mkv", b"film" * 5000),
    ]
    for make in MAKERS.values():
        driver, archive = read(make(films, volume_size=1500))
        nfo, trailer, film = archive.entries
        assert nfo.obstacle is trailer.obstacle is ArchiveFault.COMPRESSED
        assert nfo.size == 300
        assert trailer.detail == "method 5"
        assert driver.content(film) == b"film" * 5000


def test_a_plain_entry_beside_encrypted_ones_needs_no_password():
    data = rar5([File("a", b"12"), File("b", b"34", plain=True)], password="x")
    driver, archive = read(data)
    locked, plain = archive.entries
    assert locked.obstacle is ArchiveFault.ENCRYPTED
    assert driver.content(plain) == b"34"
    assert read(data, "y")[1].entries[0].obstacle is ArchiveFault.WRONG_PASSWORD


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_set_without_its_start_or_its_end_says_so(maker):
    files = [File("a.mkv", bytes(5000)), File("b.mkv", b"b" * 3000)]
    data = MAKERS[maker](files, volume_size=1000)
    driver, archive = read(data[1:])
    assert len(driver.articles) < len(data) - 1
    late, whole = archive.entries
    assert late.obstacle is ArchiveFault.VOLUMES_MISSING
    assert driver.content(whole) == b"b" * 3000
    driver, archive = read(data[:-1])
    whole, late = archive.entries
    assert late.obstacle is ArchiveFault.VOLUMES_MISSING
    assert driver.content(whole) == bytes(5000)


def test_a_set_with_a_gap_loses_only_what_lies_there():
    files = [File("a.mkv", bytes(5000)), File("b.mkv", b"b" * 3000), File("c.mkv", b"c" * 90)]
    data = rar5(files, volume_size=1000)
    driver, archive = read([*data[:2], *data[3:]])
    assert archive.entries[0].path == "a.mkv"
    assert archive.entries[0].obstacle is ArchiveFault.VOLUMES_MISSING
    assert driver.content(archive.entries[-1]) == b"c" * 90


def test_volumes_of_another_set_after_the_last_are_left_alone():
    data = rar5([File("a", bytes(3000))], volume_size=1000)
    driver, archive = read([*data, b"not a volume"])
    assert driver.content(archive.entries[0]) == bytes(3000)


def test_a_volume_that_is_no_rar_is_said_to_be_none():
    assert fault_of([b"whatever"]) is ArchiveFault.NOT_AN_ARCHIVE
    data = rar5([File("a", bytes(3000))], volume_size=1000)
    assert fault_of([data[0], b"whatever"]) is ArchiveFault.NOT_AN_ARCHIVE
    assert read([])[1].entries == ()


def test_what_is_cut_off_is_said_to_be():
    [data] = rar5([File("a", bytes(3000)), File("b", b"x")])
    [entry] = read([data[:2000]])[1].entries
    assert entry.obstacle is ArchiveFault.TRUNCATED


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_volume_says_where_it_belongs(maker):
    volumes = MAKERS[maker]([File("film.mkv", bytes(5000))], volume_size=1000)
    found = [identity(data, numbered=True) for data in volumes]
    assert [one.number for one in found] == list(range(len(volumes)))
    assert [one.first for one in found] == [True] + [False] * (len(volumes) - 1)
    assert {(one.format, one.entry, one.entry_size) for one in found} == {(maker, "film.mkv", 5000)}
    assert [one.continues for one in found] == [False] + [True] * (len(volumes) - 1)


def test_the_end_of_a_volume_is_only_looked_at_for_its_number():
    [_, data, *_] = rar4([File("film.mkv", bytes(5000))], volume_size=1000)
    assert identity(data).number is None
    driver = Driver([data])
    driver.run(identify_rar(driver.volumes[0]))
    assert driver.asked < 100


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_volume_with_encrypted_headers_says_so(maker):
    volumes = MAKERS[maker](
        [File("film.mkv", bytes(3000))], volume_size=1000, password="x", encrypted_headers=True
    )
    shut = identity(volumes[1])
    assert (shut.format, shut.encrypted_headers, shut.number) == (maker, True, None)
    opened = identity(volumes[1], "x", numbered=True)
    assert (opened.entry, opened.number, opened.encrypted_headers) == ("film.mkv", 1, True)
    with pytest.raises(ArchiveError) as error:
        identity(volumes[1], "y")
    assert error.value.fault is ArchiveFault.WRONG_PASSWORD


def test_an_empty_archive_has_no_entries():
    assert read(rar5([]))[1].entries == ()
    assert identity(rar5([])[0]).entry == ""


@cache
def _built(maker, number):
    files = [*some_files(number, [900, 0, 40]), File("d", folder=True), File("l", link="x")]
    shape = (
        Shape(),
        Shape(volume_size=400, recovery=20),
        Shape(password="x", check=False),
        Shape(volume_size=400, password="x"),
    )[number]
    return MAKERS[maker](files, shape)


@settings(max_examples=400)
@given(st.sampled_from(sorted(MAKERS)), st.integers(0, 3), st.booleans(), st.data())
def test_damage_gives_an_error_of_its_kind_or_entries_that_lie_in_the_volumes(
    maker, number, sealed, data
):
    damaged = data.draw(mutations(_built(maker, number)))
    if sealed:
        damaged = [SEALS[maker](volume) for volume in damaged]
    driver = Driver(damaged)
    try:
        archive = driver.run(read_rar(driver.volumes, "x" if number != 2 else None))
    except ArchiveError:
        return
    for entry in archive.entries:
        for extent in entry.extents:
            assert 0 <= extent.start < extent.start + extent.size
            assert extent.start + extent.size <= len(damaged[extent.volume])
        if entry.extents:
            assert driver.content(entry) is not None


@settings(max_examples=100)
@given(st.sampled_from(sorted(MAKERS)), st.data())
def test_damage_behind_encrypted_headers_gives_an_error_of_its_kind(maker, data):
    built = _locked(maker)
    damaged = data.draw(mutations(built))
    driver = Driver(damaged)
    try:
        driver.run(read_rar(driver.volumes, "x"))
        driver.run(identify_rar(driver.volumes[0], "x", numbered=True))
    except ArchiveError:
        return


@cache
def _locked(maker):
    files = list(some_files(4, [500, 20]))
    return MAKERS[maker](files, Shape(400, "x", encrypted_headers=True))


@given(st.binary(max_size=200) | st.binary(max_size=200).map(b"Rar!\x1a\x07\x01\x00".__add__))
def test_garbage_is_an_error_of_its_kind(data):
    try:
        read([data])
    except ArchiveError:
        return


@pytest.mark.parametrize("form", ["rar29", "rar50", "rar70"])
@pytest.mark.parametrize("password", [None, "geheim"])
@pytest.mark.parametrize("volume_size", [None, 4000])
def test_sets_of_another_program_are_read(tmp_path, form, password, volume_size):
    film = random.Random(1).randbytes(60_000)
    locked = bool(password) and form != "rar29"
    builder = rars_program.RarBuilder(
        format=form,
        store=True,
        password=password,
        encrypt_headers=locked,
        volume_size=volume_size,
        recovery_percent=None if form == "rar29" else 3,
    )
    builder.add_bytes(film, "dir/film.mkv")
    contents = {"dir/film.mkv": film}
    if volume_size is None:
        builder.add_bytes(b"hello", "info.nfo")
        contents["info.nfo"] = b"hello"
        builder.write(tmp_path / "x.rar")
        paths = [tmp_path / "x.rar"]
    else:
        paths = builder.write_volumes(tmp_path / "x.part1.rar")
    driver, archive = read([path.read_bytes() for path in paths], password)
    assert {entry.path: driver.content(entry) for entry in archive.entries} == contents
    assert len({volume for volume, _ in driver.articles}) <= 3
    if password:
        wrong = _outcome([path.read_bytes() for path in paths], "wrong")
        assert wrong in ({None} if form == "rar29" else {ArchiveFault.WRONG_PASSWORD})


def _outcome(data, password):
    try:
        return read(data, password)[1].entries[0].obstacle
    except ArchiveError as error:
        return error.fault


@pytest.mark.parametrize("maker", sorted(MAKERS))
@pytest.mark.parametrize("shape", [Shape(), Shape(volume_size=900, recovery=30)])
def test_other_readers_agree_on_what_the_builder_makes(tmp_path, maker, shape):
    files = list(some_files(7, [5000, 0, 33]))
    volumes = MAKERS[maker](files, shape)
    paths = [tmp_path / f"x.part{number:02}.rar" for number in range(1, len(volumes) + 1)]
    for path, data in zip(paths, volumes, strict=True):
        path.write_bytes(data)
    with rarfile.RarFile(paths[0], errors="strict") as opened:
        for file in files:
            assert opened.read(file.path) == file.data


@pytest.mark.parametrize("maker", sorted(MAKERS))
@pytest.mark.parametrize("volume_size", [None, 900])
@pytest.mark.parametrize("hidden", [False, True])
def test_other_readers_agree_on_what_the_builder_encrypts(tmp_path, maker, volume_size, hidden):
    files = list(some_files(7, [5000, 33]))
    volumes = MAKERS[maker](files, Shape(volume_size, "geheim", encrypted_headers=hidden))
    paths = [tmp_path / f"x.part{number:02}.rar" for number in range(1, len(volumes) + 1)]
    for path, data in zip(paths, volumes, strict=True):
        path.write_bytes(data)
    rars_program.extract_volumes(paths, tmp_path / "out", password="geheim")
    for file in files:
        assert (tmp_path / "out" / file.path).read_bytes() == file.data


@pytest.mark.skipif(shutil.which("rar") is None, reason="rar is not installed")
@pytest.mark.parametrize(
    ("options", "stored"),
    [
        (("-m0",), True),
        (("-m0", "-s", "-rr5", "-qo+"), True),
        (("-m0", "-pgeheim"), True),
        (("-m0", "-hpgeheim"), True),
        (("-m0", "-v4000b"), True),
        (("-m0", "-v4000b", "-vn", "-rr10"), True),
        (("-m0", "-v4000b", "-hpgeheim", "-qo+"), True),
        (("-m0", "-v4000b", "-htb", "-ts+", "-oh"), True),
        (("-m3",), False),
        (("-m5", "-s", "-hpgeheim"), False),
        (("-m3", "-v4000b"), False),
    ],
)
def test_archives_of_rar_itself_are_read(tmp_path, options, stored):
    contents = {
        "film.mkv": random.Random(1).randbytes(20_000),
        "sub/\u00fc.srt": b"text " * 99,
        "e": b"",
    }
    for name, content in contents.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    command = ["rar", "a", "-idq", "-r", *options, "../x.rar", "."]
    subprocess.run(command, cwd=tmp_path / "in", check=True, env={**os.environ, "LANG": "C.UTF-8"})
    paths = sorted(tmp_path.glob("x*.r*"), key=lambda path: (path.suffix != ".rar", path.name))
    data = [path.read_bytes() for path in paths]
    driver, archive = read(data, "geheim")
    files = {entry.path: entry for entry in archive.entries if not entry.folder}
    assert files.keys() == contents.keys()
    for path, entry in files.items():
        assert entry.size == len(contents[path])
        if not entry.obstacle:
            assert driver.content(entry) == contents[path]
    obstacle = files["sub/\u00fc.srt"].obstacle
    assert obstacle is (None if stored else ArchiveFault.COMPRESSED)
    if any(option.startswith("-hp") for option in options):
        assert fault_of(data) is ArchiveFault.ENCRYPTED
        assert fault_of(data, "wrong") is ArchiveFault.WRONG_PASSWORD
